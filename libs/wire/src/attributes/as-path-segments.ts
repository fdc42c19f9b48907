import { readU16, readU32 } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';

/** Segment types: RFC 4271 §4.3 (1, 2), RFC 5065 §3 (3, 4). */
export const SEGMENT = { SET: 1, SEQUENCE: 2, CONFED_SEQUENCE: 3, CONFED_SET: 4 } as const;

/** What is wrong with the structure of an AS path, RFC 7606 §7.2. */
export interface SegmentFault {
  readonly reason: 'segment-type' | 'segment-empty' | 'segment-overrun' | 'segment-underrun';
  readonly offset: number;
}

/**
 * ```text
 * +--------------+-------------------------+---------------------------------+
 * | type (1)     | number of ASes (1)      | ASes, asOctets (2 or 4) each    |  … repeated to the end of the attribute
 * +--------------+-------------------------+---------------------------------+
 * ```
 */
export function checkSegments(
  octets: Uint8Array,
  start: number,
  end: number,
  asOctets: 2 | 4,
): SegmentFault | undefined {
  let position = start;
  while (position < end) {
    if (end - position < 2) return { reason: 'segment-underrun', offset: position - start };
    const type = octets[position]!;
    if (type < SEGMENT.SET || type > SEGMENT.CONFED_SET) return { reason: 'segment-type', offset: position - start };
    const count = octets[position + 1]!;
    if (count === 0) return { reason: 'segment-empty', offset: position - start };
    const next = position + 2 + count * asOctets;
    if (next > end) return { reason: 'segment-overrun', offset: position - start };
    position = next;
  }
  return undefined;
}

/** Offset, from `start`, of the first AS 0 in a sound path; -1 when there is none. */
export function findAsZero(octets: Uint8Array, start: number, end: number, asOctets: 2 | 4): number {
  let position = start;
  while (position < end) {
    const next = position + 2 + octets[position + 1]! * asOctets;
    for (let as = position + 2; as < next; as += asOctets) {
      if (readAs(octets, as, asOctets) === 0) return as - start;
    }
    position = next;
  }
  return -1;
}

/** Whether a sound path has an AS_CONFED_SEQUENCE or AS_CONFED_SET. */
export function hasConfedSegment(octets: Uint8Array, start: number, end: number, asOctets: 2 | 4): boolean {
  for (let position = start; position < end; position += 2 + octets[position + 1]! * asOctets) {
    if (octets[position]! >= SEGMENT.CONFED_SEQUENCE) return true;
  }
  return false;
}

/** RFC 4271 §9.1.2.2 (a): a set counts as one; RFC 5065 §5.3: confederation segments do not count. */
export function countAses(octets: Uint8Array, start: number, end: number, asOctets: 2 | 4): number {
  let length = 0;
  let position = start;
  while (position < end) {
    const count = octets[position + 1]!;
    const type = octets[position]!;
    if (type === SEGMENT.SEQUENCE) length += count;
    else if (type === SEGMENT.SET) length += 1;
    position += 2 + count * asOctets;
  }
  return length;
}

export function readAs(octets: Uint8Array, offset: number, asOctets: 2 | 4): number {
  return asOctets === 4 ? readU32(octets, offset) : readU16(octets, offset);
}

/**
 * Writes AS paths with four-octet numbers in the one form that we call canonical: neighboring sequences are one run, cut
 * into segments of 255 from the left. Joining changes nothing that the standard gives a meaning to; two sets are kept
 * apart, because each counts as one.
 */
export class AsPathWriter {
  readonly #out: ByteWriter;
  #type = 0;
  #countOffset = 0;
  #count = 0;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  /** Starts a path at the writer's position. */
  reset(): void {
    this.#type = 0;
  }

  begin(type: number): void {
    const isSequence = type === SEGMENT.SEQUENCE || type === SEGMENT.CONFED_SEQUENCE;
    if (isSequence && type === this.#type) return;
    this.#open(type);
  }

  add(as: number): void {
    if (this.#count === 255) this.#open(this.#type);
    this.#out.u32(as);
    this.#out.octets[this.#countOffset] = ++this.#count;
  }

  /** Appends whole segments of a sound path. */
  append(octets: Uint8Array, start: number, end: number, asOctets: 2 | 4): void {
    let position = start;
    while (position < end) {
      this.begin(octets[position]!);
      const count = octets[position + 1]!;
      const next = position + 2 + count * asOctets;
      if (asOctets === 4 && this.#count + count <= 255) this.#copy(octets, position + 2, next, count);
      else for (let as = position + 2; as < next; as += asOctets) this.add(readAs(octets, as, asOctets));
      position = next;
    }
  }

  /** Numbers that fit the open segment as they are. */
  #copy(octets: Uint8Array, start: number, end: number, count: number): void {
    this.#out.copy(octets, start, end);
    this.#count += count;
    this.#out.octets[this.#countOffset] = this.#count;
  }

  #open(type: number): void {
    this.#type = type;
    this.#out.u8(type);
    this.#countOffset = this.#out.length;
    this.#out.u8(0);
    this.#count = 0;
  }
}
