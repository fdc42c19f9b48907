import { afiOf, type Family, type IpAddress, parseIpAddress } from '@bgp/wire';
import type { PeerConfig } from './config.ts';

const AFI_IPV4 = 1;

/** Octets of an address that is known to be valid. */
export function addressOctets(address: IpAddress): Uint8Array {
  const parsed = parseIpAddress(address);
  if (!parsed.ok) throw new Error(`speaker: ${address} is no address`);
  return parsed.value;
}

/**
 * Our own next hop for a family on a session with this local address, or undefined when there is none: IPv4 routes over an
 * IPv6 session need RFC 8950, IPv6 routes over an IPv4 session a configured address.
 * @source RFC 4271 §5.1.3, RFC 2545 §3, RFC 8950 §4
 */
export function nextHopSelf(
  family: Family,
  local: IpAddress,
  peer: PeerConfig,
  mayExtend: boolean,
): Uint8Array | undefined {
  const socket = unmapped(addressOctets(local));
  if (afiOf(family) === AFI_IPV4) return socket.length === 4 ? socket : mayExtend ? ipv6Self(socket, peer) : undefined;
  return ipv6Self(socket, peer);
}

/** RFC 2545 §3: the global address comes first; a link-local session without one sends its link-local address. */
function ipv6Self(socket: Uint8Array, peer: PeerConfig): Uint8Array | undefined {
  if (peer.localIpv6NextHop !== undefined) return addressOctets(peer.localIpv6NextHop);
  return socket.length === 16 ? socket : undefined;
}

/** `::ffff:192.0.2.1`, as dual-stack sockets say it, is an IPv4 address. */
function unmapped(octets: Uint8Array): Uint8Array {
  const isMapped =
    octets.length === 16 && octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 255 && octets[11] === 255;
  return isMapped ? octets.subarray(12) : octets;
}
