import { readU32 } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { EncodeError } from '../errors.ts';
import { AsPathWriter, checkSegments, findAsZero, hasConfedSegment, SEGMENT } from './as-path-segments.ts';
import { type AttributeCodec, isUnsigned, MAX_U32 } from './codec.ts';
import { ATTRIBUTE, WELL_KNOWN } from './codes.ts';
import type { AsPath, AsPathSegment } from './types.ts';

const TYPE_NAMES = ['set', 'sequence', 'confed-sequence', 'confed-set'] as const; // from 1

/** RFC 4271 §5.1.2, RFC 5065, RFC 6793; errors RFC 7606 §7.2, RFC 7607 §2. AS4_PATH is merged by the reader. */
export const asPath: AttributeCodec = {
  code: ATTRIBUTE.AS_PATH,
  name: 'AS_PATH',
  flags: WELL_KNOWN,
  check(octets, start, end, ctx) {
    const asOctets = ctx.fourOctetAs ? 4 : 2;
    const fault = checkSegments(octets, start, end, asOctets);
    if (fault !== undefined) return { code: 'as-path-malformed', ...fault };
    const zero = findAsZero(octets, start, end, asOctets);
    if (zero >= 0) return { code: 'as-path-as-zero', offset: zero };
    // RFC 5065 §5: confederation segments must not come from outside the confederation …
    if (ctx.peerKind === 'external' && hasConfedSegment(octets, start, end, asOctets))
      return { code: 'as-path-confed-from-external' };
    // … and a path from another member AS must begin with AS_CONFED_SEQUENCE.
    if (ctx.peerKind === 'confederation' && (start === end || octets[start] !== SEGMENT.CONFED_SEQUENCE))
      return { code: 'as-path-confed-missing' };
    return undefined;
  },
  canonicalize(octets, start, end, ctx, out) {
    new AsPathWriter(out).append(octets, start, end, ctx.fourOctetAs ? 4 : 2);
  },
  decode(octets, start, end, into) {
    into.asPath = decodeAsPath(octets, start, end);
  },
  isPresent: (attributes) => attributes.asPath !== undefined,
  encode: (attributes, out) => encodeAsPath(attributes.asPath ?? [], out),
};

/** Four-octet segments as objects; neighboring sequences, which only the limit of 255 had cut, are one again. */
export function decodeAsPath(octets: Uint8Array, start: number, end: number): AsPath {
  const segments: { type: AsPathSegment['type']; asns: number[] }[] = [];
  let position = start;
  while (position < end) {
    const type = TYPE_NAMES[octets[position]! - 1]!; // canonical octets: 1–4
    const next = position + 2 + octets[position + 1]! * 4;
    const last = segments.at(-1);
    const joins = last?.type === type && (type === 'sequence' || type === 'confed-sequence');
    const asns = joins ? last.asns : [];
    for (let as = position + 2; as < next; as += 4) asns.push(readU32(octets, as));
    if (!joins) segments.push({ type, asns });
    position = next;
  }
  return segments;
}

function encodeAsPath(path: AsPath, out: ByteWriter): EncodeError | undefined {
  const writer = new AsPathWriter(out);
  for (const { type, asns } of path) {
    if (asns.length === 0) return { code: 'value-out-of-range', field: 'asPath', value: 'empty segment' };
    // Cutting a set in two would make it count twice (RFC 4271 §9.1.2.2 (a)): refused, not changed.
    if (asns.length > 255 && (type === 'set' || type === 'confed-set'))
      return { code: 'field-too-long', field: 'asPath', length: asns.length, max: 255 };
    writer.begin(TYPE_NAMES.indexOf(type) + 1);
    for (const as of asns) {
      // RFC 7607 §2: AS 0 must not be propagated.
      if (as === 0 || !isUnsigned(as, MAX_U32)) return { code: 'value-out-of-range', field: 'asPath', value: as };
      writer.add(as);
    }
  }
  return undefined;
}
