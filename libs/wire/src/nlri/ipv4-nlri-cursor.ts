import { readU32 } from '../bytes/byte-reader.ts';
import type { WireError } from '../errors.ts';
import { IPV4_UNICAST } from '../family.ts';

/**
 * Walks a run of IPv4 prefixes without allocating.
 *
 * ```text
 * +---------------------+--------------------+---------------------+
 * | path id (4 octets,  | length in bits     | prefix (0–4 octets) |  … repeated to the end of the field
 * | ADD-PATH only)      | (1 octet)          |                     |
 * +---------------------+--------------------+---------------------+
 * ```
 *
 * @source RFC 4271 §4.3, RFC 7911 §3
 */
export class Ipv4NlriCursor {
  /** Unsigned 32 bits; the bits past `length` are zero. */
  address = 0;
  /** 0–32. */
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
    if (length > 32) {
      this.error = { code: 'nlri-length-invalid', family: IPV4_UNICAST, offset: start, length, max: 32 };
      this.#position = end;
      return false;
    }
    const next = position + ((length + 7) >>> 3);
    if (next > end) return this.#truncated(start, length);
    let address = 0;
    // RFC 4271 §4.3 calls the trailing bits irrelevant. Kept, they would give one route several keys.
    if (length > 24) {
      address = (readU32(octets, position) & (-1 << (32 - length))) >>> 0;
    } else if (length > 16) {
      address =
        (((octets[position]! << 24) | (octets[position + 1]! << 16) | (octets[position + 2]! << 8)) &
          (-1 << (32 - length))) >>>
        0;
    } else if (length > 8) {
      address = (((octets[position]! << 24) | (octets[position + 1]! << 16)) & (-1 << (32 - length))) >>> 0;
    } else if (length > 0) {
      address = ((octets[position]! << 24) & (-1 << (32 - length))) >>> 0;
    }
    this.address = address;
    this.length = length;
    this.#position = next;
    return true;
  }

  #truncated(offset: number, length: number): false {
    this.error = { code: 'nlri-truncated', family: IPV4_UNICAST, offset, length };
    this.#position = this.#end;
    return false;
  }
}
