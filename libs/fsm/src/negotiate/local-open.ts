import { AS_TRANS, type Capability, type Open } from '@bgp/wire';
import type { FsmConfig } from '../types.ts';

/** What we advertise: one multiprotocol capability per family, the configured ones, and four-octet AS numbers always. */
export function localCapabilities(config: FsmConfig): readonly Capability[] {
  return [
    ...config.families.map((family): Capability => ({ type: 'multiprotocol', family })),
    ...config.capabilities,
    { type: 'four-octet-as', as: config.localAs },
  ];
}

/** Our OPEN. RFC 6793 §4.2.2: an AS number that needs four octets is AS_TRANS in the fixed field. */
export function localOpen(config: FsmConfig): Open {
  return {
    type: 'OPEN',
    version: 4,
    myAs: config.localAs > 65535 ? AS_TRANS : config.localAs,
    holdTime: config.holdTime,
    bgpIdentifier: config.routerId,
    capabilities: localCapabilities(config),
  };
}
