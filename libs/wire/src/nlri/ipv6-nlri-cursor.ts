import { readU32 } from '../bytes/byte-reader.ts';
import type { WireError } from '../errors.ts';
import { IPV6_UNICAST } from '../family.ts';

/**
 * Walks a run of IPv6 prefixes without allocating; the format is that of `Ipv4NlriCursor` with up to 16 octets.
 * @source RFC 4760 §5, RFC 2545 §3, RFC 7911 §3
 */
export class Ipv6NlriCursor {
  /** The address as four unsigned 32-bit words, most significant first; the bits past `length` are zero. */
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  /** 0–128. */
  length = 0;
  /** 0 without ADD-PATH. */
  pathId = 0;
  /** Set when `next` returned false before the end of the field. */
  error: WireError | undefined = undefined;
  #octets: Uint8Array = new Uint8Array(0);
  #position = 0;
  #end = 0;
  #addPath = false;

  reset(octets: Uint8Array, start: number, end: number, addPath: boolean): this {
    this.#octets = octets;
    this.#position = start;
    this.#end = end;
    this.#addPath = addPath;
    this.error = undefined;
    return this;
  }

  /** Goes to the next prefix. False at the end of the field, and at an error. */
  next(): boolean {
    let position = this.#position;
    const end = this.#end;
    if (position >= end) return false;
    const octets = this.#octets;
    const start = position;
    if (this.#addPath) {
      if (end - position < 5) return this.#truncated(start, 0);
      this.pathId = readU32(octets, position);
      position += 4;
    } else {
      this.pathId = 0;
    }
    const length = octets[position++]!;
    if (length > 128) {
      this.error = { code: 'nlri-length-invalid', family: IPV6_UNICAST, offset: start, length, max: 128 };
      this.#position = end;
      return false;
    }
    const next = position + ((length + 7) >>> 3);
    if (next > end) return this.#truncated(start, length);
    this.w0 = wordAt(octets, position, length);
    this.w1 = length > 32 ? wordAt(octets, position + 4, length - 32) : 0;
    this.w2 = length > 64 ? wordAt(octets, position + 8, length - 64) : 0;
    this.w3 = length > 96 ? wordAt(octets, position + 12, length - 96) : 0;
    this.length = length;
    this.#position = next;
    return true;
  }

  #truncated(offset: number, length: number): false {
    this.error = { code: 'nlri-truncated', family: IPV6_UNICAST, offset, length };
    this.#position = this.#end;
    return false;
  }
}

/** The 32-bit word at `position` of which only the first `bits` bits count; only the octets that hold them are read. */
function wordAt(octets: Uint8Array, position: number, bits: number): number {
  if (bits >= 32) return readU32(octets, position);
  if (bits <= 0) return 0;
  let word = octets[position]! << 24;
  if (bits > 8) word |= octets[position + 1]! << 16;
  if (bits > 16) word |= octets[position + 2]! << 8;
  if (bits > 24) word |= octets[position + 3]!;
  return (word & (-1 << (32 - bits))) >>> 0;
}
