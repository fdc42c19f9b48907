import { countAses, readAs, SEGMENT } from '../attributes/as-path-segments.ts';
import { AS_TRANS, ATTRIBUTE, FLAG, OPTIONAL_TRANSITIVE } from '../attributes/codes.ts';
import { beginTlv, endTlv } from '../attributes/tlv.ts';
import { readU16, readU32 } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';

/**
 * Writes the attributes of canonical octets as a peer gets them: without NEXT_HOP when MP_REACH_NLRI brings it, and for a
 * two-octet speaker with AS_TRANS in the old attributes and the truth in AS4_PATH and AS4_AGGREGATOR (RFC 6793 §4.2.2).
 *
 * @param canonical holds them in `[begin, stop)`.
 */
export function writeOutgoingAttributes(
  canonical: Uint8Array,
  fourOctetAs: boolean,
  withNextHop: boolean,
  out: ByteWriter,
  begin = 0,
  stop: number = canonical.length,
): void {
  if (fourOctetAs && withNextHop) return out.copy(canonical, begin, stop); // they are what is sent
  let pathStart = -1;
  let pathEnd = -1;
  let aggregatorStart = -1;
  let as4Due = !fourOctetAs;
  let position = begin;
  while (position < stop) {
    const flags = canonical[position]!;
    const code = canonical[position + 1]!;
    const isExtended = (flags & FLAG.EXTENDED_LENGTH) !== 0;
    const start = position + (isExtended ? 4 : 3);
    const end = start + (isExtended ? readU16(canonical, position + 2) : canonical[position + 2]!);
    if (as4Due && code > ATTRIBUTE.AS4_AGGREGATOR) {
      writeAs4(canonical, pathStart, pathEnd, aggregatorStart, out);
      as4Due = false;
    }
    if (!fourOctetAs && code === ATTRIBUTE.AS_PATH) {
      pathStart = start;
      pathEnd = end;
      const tlv = beginTlv(out, flags & ~FLAG.EXTENDED_LENGTH, code);
      writeTwoOctetPath(canonical, start, end, out);
      endTlv(out, tlv);
    } else if (!fourOctetAs && code === ATTRIBUTE.AGGREGATOR) {
      aggregatorStart = start;
      const tlv = beginTlv(out, flags, code);
      out.u16(toTwoOctets(readU32(canonical, start)));
      out.copy(canonical, start + 4, end);
      endTlv(out, tlv);
    } else if (code !== ATTRIBUTE.NEXT_HOP || withNextHop) {
      out.copy(canonical, position, end);
    }
    position = end;
  }
  if (as4Due) writeAs4(canonical, pathStart, pathEnd, aggregatorStart, out);
}

function toTwoOctets(as: number): number {
  return as > 0xffff ? AS_TRANS : as;
}

function writeTwoOctetPath(octets: Uint8Array, start: number, end: number, out: ByteWriter): void {
  let position = start;
  while (position < end) {
    const next = position + 2 + octets[position + 1]! * 4;
    out.copy(octets, position, position + 2);
    for (let as = position + 2; as < next; as += 4) out.u16(toTwoOctets(readU32(octets, as)));
    position = next;
  }
}

function writeAs4(
  octets: Uint8Array,
  pathStart: number,
  pathEnd: number,
  aggregatorStart: number,
  out: ByteWriter,
): void {
  if (pathStart >= 0 && needsAs4Path(octets, pathStart, pathEnd)) {
    const tlv = beginTlv(out, OPTIONAL_TRANSITIVE, ATTRIBUTE.AS4_PATH);
    writePathWithoutConfed(octets, pathStart, pathEnd, out);
    endTlv(out, tlv);
  }
  if (aggregatorStart >= 0 && readU32(octets, aggregatorStart) > 0xffff) {
    const tlv = beginTlv(out, OPTIONAL_TRANSITIVE, ATTRIBUTE.AS4_AGGREGATOR);
    out.copy(octets, aggregatorStart, aggregatorStart + 8);
    endTlv(out, tlv);
  }
}

/** RFC 6793 §4.2.2: not when every AS fits into two octets; and confederation segments, which AS4_PATH excludes, do not ask for one. */
function needsAs4Path(octets: Uint8Array, start: number, end: number): boolean {
  if (countAses(octets, start, end, 4) === 0) return false;
  let position = start;
  while (position < end) {
    const next = position + 2 + octets[position + 1]! * 4;
    if (octets[position]! < SEGMENT.CONFED_SEQUENCE) {
      for (let as = position + 2; as < next; as += 4) if (readAs(octets, as, 4) > 0xffff) return true;
    }
    position = next;
  }
  return false;
}

function writePathWithoutConfed(octets: Uint8Array, start: number, end: number, out: ByteWriter): void {
  let position = start;
  while (position < end) {
    const next = position + 2 + octets[position + 1]! * 4;
    if (octets[position]! < SEGMENT.CONFED_SEQUENCE) out.copy(octets, position, next);
    position = next;
  }
}
