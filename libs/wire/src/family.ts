/**
 * An address family and subsequent family as one small integer, `afi << 8 | safi`: a Map key and a typed-array value
 * without allocation. Values that no table row names are legal; a peer may advertise them.
 * @source RFC 4760 §3; IANA "Address Family Numbers", "SAFI Parameters"
 */
export type Family = number;

export const IPV4_UNICAST: Family = 0x0001_01;
export const IPV4_MULTICAST: Family = 0x0001_02;
export const IPV6_UNICAST: Family = 0x0002_01;
export const IPV6_MULTICAST: Family = 0x0002_02;

export function toFamily(afi: number, safi: number): Family {
  return afi * 256 + safi;
}

export function afiOf(family: Family): number {
  return family >>> 8;
}

export function safiOf(family: Family): number {
  return family & 0xff;
}
