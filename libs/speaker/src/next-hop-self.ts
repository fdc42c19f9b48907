import { afiOf, type Family, parseIpAddress } from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import { isLinkLocalAddress } from './scoped-address.ts';

/**
 * Our address on a session as a next hop of the family, in octets; undefined when there is none, and then the family cannot be
 * announced to an external neighbor. IPv4 routes may have an IPv6 next hop where RFC 8950 was negotiated.
 *
 * A session over link-local addresses gets 32 octets, since both ends are on one link (RFC 2545 §3):
 *
 * ```text
 *  0         16                   32
 *  | global   | our link-local    |   global: `local_ipv6_nexthop`; without it the link-local address twice, see below
 * ```
 *
 * RFC 2545 §3 wants a global address in front. A router whose links have none cannot have it; what it sends then is not standardized, and
 * the link-local address in both halves is what FRR sends and what FRR and BIRD take (ADR 0020).
 */
export function nextHopSelf(
  family: Family,
  localAddress: string,
  peer: PeerConfig,
  extendedNextHop: ReadonlySet<Family>,
): Uint8Array | undefined {
  const local = octetsOf(localAddress);
  const ipv6 = ipv6NextHop(local, octetsOf(peer.localIpv6NextHop));
  if (afiOf(family) === 1) {
    if (local?.length === 4) return local;
    return extendedNextHop.has(family) ? ipv6 : undefined;
  }
  return ipv6;
}

function ipv6NextHop(local: Uint8Array | undefined, configured: Uint8Array | undefined): Uint8Array | undefined {
  const onSession = local?.length === 16 ? local : undefined;
  if (onSession === undefined || !isLinkLocalAddress(onSession)) return configured ?? onSession;
  const both = new Uint8Array(32);
  both.set(configured ?? onSession);
  both.set(onSession, 16);
  return both;
}

function octetsOf(address: string | undefined): Uint8Array | undefined {
  if (address === undefined) return undefined;
  const parsed = parseIpAddress(address);
  return parsed.ok ? parsed.value : undefined;
}
