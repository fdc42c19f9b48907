export { formatAsPath, parseAsPath } from './as-path-text.ts';
export { parseAsn } from './asn.ts';
export { formatCommunity, parseCommunity, WELL_KNOWN_COMMUNITY } from './community.ts';
export {
  decodeRouteTarget,
  extendedCommunityFromBigint,
  extendedCommunityToBigint,
  formatExtendedCommunity,
  parseExtendedCommunity,
  type RouteTarget,
} from './extended-community.ts';
export { isInterfaceName } from './interface-name.ts';
export { formatIpAddress, formatIpv4, formatIpv6, parseIpAddress, parseIpv4, parseIpv6 } from './ip-address.ts';
export {
  clearHostBits,
  formatIpPrefix,
  formatIpv4Prefix,
  formatIpv6Prefix,
  type PrefixOctets,
  parseIpPrefix,
} from './ip-prefix.ts';
export { formatLargeCommunity, parseLargeCommunity } from './large-community.ts';
export type { TextError } from './text-error.ts';
export type { Asn, IpAddress, IpPrefix } from './types.ts';
