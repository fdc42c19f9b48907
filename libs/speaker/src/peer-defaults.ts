import { type Asn, IPV4_UNICAST, IPV6_UNICAST, type IpAddress } from '@bgp/wire';
import type { PeerConfig } from './config.ts';

/** A neighbor with every default: an IPv4 one speaks IPv4 unicast, an IPv6 one both unicast families. */
export function defaultPeerConfig(address: IpAddress, remoteAs: Asn): PeerConfig {
  return {
    name: address,
    address,
    remoteAs,
    enabled: true,
    passive: false,
    remotePort: 179,
    holdTime: 90,
    connectRetryTime: 5,
    delayOpenTime: 0,
    families: address.includes(':') ? [IPV4_UNICAST, IPV6_UNICAST] : [IPV4_UNICAST],
    ttlSecurity: false,
    nextHopSelf: false,
    routeReflectorClient: false,
    routeServerClient: false,
    enforceFirstAs: true,
    gracefulRestart: true,
    grRestartTime: 120,
    grStaleRoutesTime: 360,
    llgrStaleTime: 0,
    maxPrefixesAction: 'reset',
    strictRole: false,
    allowOwnAs: 0,
    asOverride: false,
    perClientBest: false,
    flowSpecValidation: true,
  };
}
