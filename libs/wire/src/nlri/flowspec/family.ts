import { afiOf, type Family, toFamily } from '../../family.ts';

/** RFC 8955 §4: AFI 1, SAFI 133. */
export const IPV4_FLOWSPEC: Family = toFamily(1, 133);
/** RFC 8956 §2: AFI 2, SAFI 133. */
export const IPV6_FLOWSPEC: Family = toFamily(2, 133);

export function isIpv6(family: Family): boolean {
  return afiOf(family) === 2;
}
