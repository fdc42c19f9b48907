import { readU32 } from '../../bytes/byte-reader.ts';
import type { WireError } from '../../errors.ts';
import type { Family } from '../../family.ts';
import { IPV4_FLOWSPEC } from './family.ts';

/**
 * Walks a field of FlowSpec rules without allocating. It looks at lengths only; `checkFlowSpec` looks into a rule.
 *
 * ```text
 * +----------------------+-----------------------------------+---------------------+
 * | path id (4, ADD-PATH)| length (1 octet 0xnn, 2 0xfnnn)   | components (length) |  … repeated
 * +----------------------+-----------------------------------+---------------------+
 * ```
 * @source RFC 8955 §4, §4.1; RFC 7911 §3
 */
export class FlowSpecNlriCursor {
  /** 0 without ADD-PATH. */
  pathId = 0;
  /** The rule's components are `octets[start, end)` of the frame, without path id and length. */
  start = 0;
  end = 0;
  /** Set when `next` returned false before the end of the field. `offset` is where the NLRI starts. */
  error: WireError | undefined = undefined;
  #octets: Uint8Array = new Uint8Array(0);
  #position = 0;
  #fieldEnd = 0;
  #addPath = false;
  #family: Family = IPV4_FLOWSPEC;

  reset(octets: Uint8Array, start: number, end: number, addPath: boolean, family: Family): this {
    this.#octets = octets;
    this.#position = start;
    this.#fieldEnd = end;
    this.#addPath = addPath;
    this.#family = family;
    this.error = undefined;
    return this;
  }

  /** Goes to the next rule. False at the end of the field, and at an error. */
  next(): boolean {
    let position = this.#position;
    const fieldEnd = this.#fieldEnd;
    if (position >= fieldEnd) return false;
    const octets = this.#octets;
    const first = position;
    if (this.#addPath) {
      if (fieldEnd - position < 5) return this.#truncated(first, 0);
      this.pathId = readU32(octets, position);
      position += 4;
    } else {
      this.pathId = 0;
    }
    let length = octets[position++]!;
    // RFC 8955 §4.1: 0xf in the first nibble says that twelve bits of length follow it. They may hold less than 240: one
    // octet *can* be used for that, it need not.
    if (length >= 0xf0) {
      if (position >= fieldEnd) return this.#truncated(first, 0);
      length = ((length & 0x0f) << 8) | octets[position++]!;
    }
    if (length > fieldEnd - position) return this.#truncated(first, length);
    this.start = position;
    this.end = position + length;
    this.#position = this.end;
    return true;
  }

  #truncated(offset: number, length: number): false {
    this.error = { code: 'nlri-truncated', family: this.#family, offset, length };
    this.#position = this.#fieldEnd;
    return false;
  }
}
