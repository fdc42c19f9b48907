import { afiOf, type Family, parseIpAddress } from '@bgp/wire';
import type { PeerConfig } from './config.ts';

/**
 * Our address on a session as a next hop of the family, in octets; undefined when there is none, and then the family cannot be
 * announced to an external neighbor. IPv4 routes may have an IPv6 next hop where RFC 8950 was negotiated.
 */
export function nextHopSelf(
  family: Family,
  localAddress: string,
  peer: PeerConfig,
  extendedNextHop: ReadonlySet<Family>,
): Uint8Array | undefined {
  const local = octetsOf(localAddress);
  const ipv6 = octetsOf(peer.localIpv6NextHop) ?? (local?.length === 16 ? local : undefined);
  if (afiOf(family) === 1) {
    if (local?.length === 4) return local;
    return extendedNextHop.has(family) ? ipv6 : undefined;
  }
  return ipv6;
}

function octetsOf(address: string | undefined): Uint8Array | undefined {
  if (address === undefined) return undefined;
  const parsed = parseIpAddress(address);
  return parsed.ok ? parsed.value : undefined;
}
