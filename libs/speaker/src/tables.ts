import { type PeerIndex, Rib, type RouteValidator } from '@bgp/rib';
import { type Family, IPV4_MULTICAST, IPV4_UNICAST, IPV6_MULTICAST, IPV6_UNICAST, parseIpv4 } from '@bgp/wire';
import type { SpeakerConfig } from './config.ts';
import { FLOWSPEC_FAMILIES } from './flowspec-validation.ts';

/** Whatever a session carries beside these is ignored. */
export const TABLE_FAMILIES: readonly Family[] = [
  IPV4_UNICAST,
  IPV6_UNICAST,
  IPV4_MULTICAST,
  IPV6_MULTICAST,
  ...FLOWSPEC_FAMILIES,
];

export interface Tables {
  readonly rib: Rib;
  /** Whom routes of our own come from. */
  readonly localPeer: PeerIndex;
  /** Unsigned 32-bit. */
  readonly clusterId: number;
}

/** Empty tables of a speaker. Throws for what the config library would not have let through. */
export function createTables(config: SpeakerConfig, validator: RouteValidator): Tables {
  const { asn, med, confederation, validityInDecision } = config;
  const routerId = ipv4Number(config.routerId);
  const clusterId = ipv4Number(config.clusterId ?? config.routerId);
  const rib = new Rib({
    localAs: asn,
    routerId,
    clusterId,
    med,
    families: TABLE_FAMILIES,
    ...(confederation === undefined ? {} : { confederationId: confederation.id }),
    validator,
    ...(validityInDecision === undefined ? {} : { validityInDecision }),
  });
  const localPeer = rib.addPeer({
    name: 'local',
    kind: 'local',
    as: asn,
    bgpIdentifier: routerId,
    address: new Uint8Array(4),
    routeReflectorClient: false,
    routeServerClient: false,
  });
  return { rib, localPeer, clusterId };
}

function ipv4Number(text: string): number {
  const parsed = parseIpv4(text);
  if (!parsed.ok) throw new Error(`"${text}" is not an IPv4 address`);
  return parsed.value;
}
