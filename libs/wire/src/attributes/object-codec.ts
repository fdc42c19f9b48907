import { readU16 } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { EncodeError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';
import { isUnsigned, type MutablePathAttributes } from './codec.ts';
import { FLAG, OPTIONAL_TRANSITIVE } from './codes.ts';
import { ATTRIBUTE_CODECS, attributeCodec } from './table.ts';
import { beginTlv, endTlv, putTlv } from './tlv.ts';
import type { PathAttributes, UnknownAttribute } from './types.ts';

/** The object face of canonical octets. Nothing in the result aliases the input. */
export function decodeAttributes(canonical: Uint8Array): PathAttributes {
  const attributes: MutablePathAttributes = {};
  const unknown: UnknownAttribute[] = [];
  let position = 0;
  while (position < canonical.length) {
    const flags = canonical[position]!;
    const code = canonical[position + 1]!;
    const isExtended = (flags & FLAG.EXTENDED_LENGTH) !== 0;
    const start = position + (isExtended ? 4 : 3);
    const end = start + (isExtended ? readU16(canonical, position + 2) : canonical[position + 2]!);
    const codec = attributeCodec(code);
    if (codec !== undefined) codec.decode(canonical, start, end, attributes);
    else unknown.push({ flags: flags & ~FLAG.EXTENDED_LENGTH, code, value: canonical.slice(start, end) });
    position = end;
  }
  if (unknown.length > 0) attributes.unknown = unknown;
  return attributes;
}

/**
 * Canonical octets of an object. Refuses what a field cannot hold.
 * `unknown` may be in any order, but not name a code twice, nor one that has a field.
 */
export function encodeAttributes(attributes: PathAttributes): Result<Uint8Array, EncodeError> {
  const out = new ByteWriter();
  const unknown = [...(attributes.unknown ?? [])].sort((a, b) => a.code - b.code);
  for (const [index, { code, flags, value }] of unknown.entries()) {
    const isTaken = !isUnsigned(code, 255) || RESERVED_CODES.has(code) || unknown[index + 1]?.code === code;
    if (isTaken) return err({ code: 'value-out-of-range', field: 'unknown.code', value: code });
    // RFC 4271 §4.3: what a receiver may not know must be optional.
    if (!isUnsigned(flags, 255) || (flags & FLAG.OPTIONAL) === 0)
      return err({ code: 'value-out-of-range', field: 'unknown.flags', value: flags });
    if (value.length > 0xffff)
      return err({ code: 'field-too-long', field: 'unknown.value', length: value.length, max: 0xffff });
  }
  let next = 0;
  const putUnknownBelow = (code: number): void => {
    for (let row = unknown[next]; row !== undefined && row.code < code; row = unknown[++next])
      putTlv(out, row.flags & (OPTIONAL_TRANSITIVE | FLAG.PARTIAL), row.code, row.value, 0, row.value.length);
  };
  for (const codec of ATTRIBUTE_CODECS) {
    if (!codec.isPresent(attributes)) continue;
    putUnknownBelow(codec.code);
    const offset = beginTlv(out, codec.flags, codec.code);
    const error = codec.encode(attributes, out);
    if (error !== undefined) return err(error);
    const length = out.length - offset - 3;
    if (length > 0xffff) return err({ code: 'field-too-long', field: codec.name, length, max: 0xffff });
    endTlv(out, offset);
  }
  putUnknownBelow(256);
  return ok(out.toOctets());
}

/** Codes that have a field, or a place of their own in an UPDATE. */
const RESERVED_CODES: ReadonlySet<number> = new Set([
  ...ATTRIBUTE_CODECS.map((codec) => codec.code),
  14, // MP_REACH_NLRI
  15, // MP_UNREACH_NLRI
  17, // AS4_PATH
  18, // AS4_AGGREGATOR
]);
