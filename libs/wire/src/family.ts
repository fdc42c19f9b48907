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

/** Names as the configuration and the API spell them. Families that we cannot carry yet are named too: peers offer them. */
const FAMILY_NAMES: ReadonlyMap<Family, string> = new Map([
  [IPV4_UNICAST, 'ipv4_unicast'],
  [IPV4_MULTICAST, 'ipv4_multicast'],
  [toFamily(1, 4), 'ipv4_labeled_unicast'],
  [toFamily(1, 128), 'ipv4_vpn'],
  [toFamily(1, 132), 'rt_constraint'],
  [toFamily(1, 133), 'ipv4_flowspec'],
  [toFamily(1, 134), 'ipv4_vpn_flowspec'],
  [IPV6_UNICAST, 'ipv6_unicast'],
  [IPV6_MULTICAST, 'ipv6_multicast'],
  [toFamily(2, 4), 'ipv6_labeled_unicast'],
  [toFamily(2, 128), 'ipv6_vpn'],
  [toFamily(2, 133), 'ipv6_flowspec'],
  [toFamily(2, 134), 'ipv6_vpn_flowspec'],
  [toFamily(25, 65), 'l2vpn_vpls'],
  [toFamily(25, 70), 'l2vpn_evpn'],
  [toFamily(16388, 71), 'bgp_ls'],
]);

const FAMILIES_BY_NAME: ReadonlyMap<string, Family> = new Map(
  [...FAMILY_NAMES].map(([family, name]) => [name, family]),
);

/** `ipv4_unicast`; a family without a name is `afi/safi`. */
export function formatFamily(family: Family): string {
  return FAMILY_NAMES.get(family) ?? `${afiOf(family)}/${safiOf(family)}`;
}

/** The inverse of `formatFamily`; `undefined` for anything else. */
export function parseFamily(text: string): Family | undefined {
  const named = FAMILIES_BY_NAME.get(text);
  if (named !== undefined) return named;
  const match = /^(\d{1,5})\/(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const afi = Number(match[1]);
  const safi = Number(match[2]);
  return afi <= 0xffff && safi <= 0xff ? toFamily(afi, safi) : undefined;
}
