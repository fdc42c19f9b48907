import type { Family } from '../family.ts';
import type { Nlri } from '../message/types.ts';
import { formatIpv6Prefix } from '../net/ip-prefix.ts';
import { Ipv6NlriCursor } from './ipv6-nlri-cursor.ts';
import { checkPrefixField, encodePrefix } from './prefix-field.ts';
import type { NlriCodec } from './types.ts';

/** The row of a family whose NLRI is an IPv6 prefix. */
export function ipv6PrefixCodec(family: Family): NlriCodec {
  return {
    family,
    // RFC 2545 §3: global, or global and link-local.
    nextHopLengths: [16, 32],
    extendedNextHopLengths: [],
    check: (octets, start, end, addPath) => checkPrefixField(family, 128, octets, start, end, addPath),
    decode: decodeIpv6Prefixes,
    encode: (nlri, addPath, out) => encodePrefix(family, 16, nlri, addPath, out),
  };
}

function decodeIpv6Prefixes(octets: Uint8Array, start: number, end: number, addPath: boolean): Nlri[] {
  const cursor = new Ipv6NlriCursor().reset(octets, start, end, addPath);
  const list: Nlri[] = [];
  while (cursor.next()) {
    const prefix = formatIpv6Prefix(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
    list.push(addPath ? { prefix, pathId: cursor.pathId } : { prefix });
  }
  return list;
}
