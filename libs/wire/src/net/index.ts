export { formatIpAddress, formatIpv4, formatIpv6, parseIpAddress, parseIpv4, parseIpv6 } from './ip-address.ts';
export {
  clearHostBits,
  formatIpPrefix,
  formatIpv4Prefix,
  formatIpv6Prefix,
  type PrefixOctets,
  parseIpPrefix,
} from './ip-prefix.ts';
export type { TextError } from './text-error.ts';
export type { Asn, IpAddress, IpPrefix } from './types.ts';
