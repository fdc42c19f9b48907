import type { Family } from '../family.ts';
import type { Nlri } from '../message/types.ts';
import { formatIpv4Prefix } from '../net/ip-prefix.ts';
import { Ipv4NlriCursor } from './ipv4-nlri-cursor.ts';
import { checkPrefixField, encodePrefix } from './prefix-field.ts';
import type { NlriCodec } from './types.ts';

/** The row of a family whose NLRI is an IPv4 prefix. */
export function ipv4PrefixCodec(family: Family): NlriCodec {
  return {
    family,
    nextHopLengths: [4],
    // RFC 8950 §3: an IPv6 next hop, alone or with its link-local address.
    extendedNextHopLengths: [16, 32],
    check: (octets, start, end, addPath) => checkPrefixField(family, 32, octets, start, end, addPath),
    decode: decodeIpv4Prefixes,
    encode: (nlri, addPath, out) => encodePrefix(family, 4, nlri, addPath, out),
  };
}

function decodeIpv4Prefixes(octets: Uint8Array, start: number, end: number, addPath: boolean): Nlri[] {
  const cursor = new Ipv4NlriCursor().reset(octets, start, end, addPath);
  const list: Nlri[] = [];
  while (cursor.next()) {
    const prefix = formatIpv4Prefix(cursor.address, cursor.length);
    list.push(addPath ? { prefix, pathId: cursor.pathId } : { prefix });
  }
  return list;
}
