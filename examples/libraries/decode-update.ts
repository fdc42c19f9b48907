/** Reads one UPDATE from octets and prints it as an object. Run: node --conditions=@bgp/source examples/libraries/decode-update.ts */
import { type CodecContext, decodeMessage, INITIAL_CONTEXT } from '@bgp/wire';

const ctx: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };

/** 192.0.2.0/24 with ORIGIN IGP, AS_PATH 64500 64501 and NEXT_HOP 198.51.100.1. */
export const UPDATE = Uint8Array.from(
  [
    'ffffffffffffffffffffffffffffffff 0033 02', // header: 51 octets, UPDATE
    '0000', // no withdrawn routes
    '0018', // 24 octets of attributes
    '400101 00', // ORIGIN
    '40020a 02 02 0000fbf4 0000fbf5', // AS_PATH
    '400304 c6336401', // NEXT_HOP
    '18 c00002', // NLRI
  ]
    .join('')
    .replaceAll(' ', '')
    .match(/../g) ?? [],
  (octet) => Number.parseInt(octet, 16),
);

export const decoded = decodeMessage(UPDATE, ctx);
console.dir(decoded, { depth: null });
