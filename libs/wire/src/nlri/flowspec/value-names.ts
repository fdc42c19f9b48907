import type { FlowSpecType } from './types.ts';

/** IANA "Protocol Numbers": those that filters name. */
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['ipip', 4],
  ['tcp', 6],
  ['udp', 17],
  ['ipv6', 41],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['icmpv6', 58],
  ['ospf', 89],
  ['pim', 103],
  ['vrrp', 112],
  ['l2tp', 115],
  ['sctp', 132],
]);

/** RFC 9293 §3.1, the control bits from the least significant one. */
const TCP_FLAGS: ReadonlyMap<string, number> = new Map([
  ['fin', 0x01],
  ['syn', 0x02],
  ['rst', 0x04],
  ['psh', 0x08],
  ['ack', 0x10],
  ['urg', 0x20],
  ['ece', 0x40],
  ['cwr', 0x80],
]);

/** RFC 8955 §4.2.2.12: DF, IsF, FF, LF. */
const FRAGMENT_BITS: ReadonlyMap<string, number> = new Map([
  ['dont-fragment', 0x01],
  ['is-fragment', 0x02],
  ['first-fragment', 0x04],
  ['last-fragment', 0x08],
]);

const NONE: ReadonlyMap<string, number> = new Map();

/** The names that a component's values, or the bits of its masks, have in text. */
export function valueNames(type: FlowSpecType): ReadonlyMap<string, number> {
  if (type === 'ip-protocol') return PROTOCOLS;
  if (type === 'tcp-flags') return TCP_FLAGS;
  return type === 'fragment' ? FRAGMENT_BITS : NONE;
}
