import { ATTRIBUTE, AttributeReader, decodeAttributes, type PathAttributes, type WireError } from '@bgp/wire';
import { readU16, readU32 } from './octets.ts';

const EXTENDED_LENGTH = 0x10;
const AS_TRANS = 23456;
const NO_OCTETS = new Uint8Array(0);

export interface DecodedAttributes {
  readonly attributes: PathAttributes;
  /** What RFC 7606 says about the block; a route whose errors ask for a withdrawal has no attributes. */
  readonly errors: readonly WireError[];
}

/**
 * The path attributes of one route as recorded: where each is, found in one pass without an object. Archives hold what routers took
 * years ago, so this is lenient: the first of two equal attributes counts, and what stands before a fault can be read.
 *
 * MP_REACH_NLRI of a table may be cut to its next hop (RFC 6396 §4.3.4):
 *
 * ```text
 * | next hop length (1) | next hop |                                        as the RFC says; the first octet is never zero
 * | AFI (2) | SAFI (1) | next hop length (1) | next hop | reserved | NLRI |  as some writers have it; the first octet is zero
 * ```
 */
export class AttributeBlock {
  octets: Uint8Array = NO_OCTETS;
  start = 0;
  end = 0;
  /** Of the AS numbers in AS_PATH and AGGREGATOR. */
  asOctets: 2 | 4 = 4;
  /** Where an attribute runs past the end of the block; -1 when none does. */
  faultAt = -1;
  /** MP_REACH_NLRI's next hop, in `octets`; length 0 without one. */
  mpNextHopStart = 0;
  mpNextHopLength = 0;
  readonly #seen = new Uint32Array(256);
  readonly #starts = new Int32Array(256);
  readonly #lengths = new Int32Array(256);
  /** Ahead of `#seen`: a new block has nothing. */
  #round = 1;
  readonly #reader = new AttributeReader();

  /** Takes a view of `octets`, which must not change while the block is asked. */
  reset(octets: Uint8Array, start: number, end: number, asOctets: 2 | 4): this {
    this.octets = octets;
    this.start = start;
    this.end = end;
    this.asOctets = asOctets;
    this.faultAt = -1;
    this.mpNextHopLength = 0;
    this.#round = (this.#round + 1) >>> 0;
    if (this.#round === 0) {
      this.#seen.fill(0);
      this.#round = 1;
    }
    let position = start;
    while (position < end) {
      const isExtended = (octets[position]! & EXTENDED_LENGTH) !== 0; // position < end
      const value = position + (isExtended ? 4 : 3);
      const length = isExtended ? readU16(octets, position + 2) : octets[position + 2]!; // checked in the next line
      if (value > end || value + length > end) {
        this.faultAt = position;
        break;
      }
      const code = octets[position + 1]!; // value <= end
      if (this.#seen[code] !== this.#round) {
        this.#seen[code] = this.#round;
        this.#starts[code] = value;
        this.#lengths[code] = length;
      }
      position = value + length;
    }
    return this;
  }

  /** Offset of an attribute's value in `octets`, -1 when it is absent. */
  find(code: number): number {
    return this.#seen[code] === this.#round ? this.#starts[code]! : -1; // code is 0–255
  }

  /** Octets of an attribute's value; 0 when it is absent. */
  lengthOf(code: number): number {
    return this.#seen[code] === this.#round ? this.#lengths[code]! : 0; // code is 0–255
  }

  /** Reads the next hop of a table's MP_REACH_NLRI, in either form. False when there is an attribute and it holds none. */
  findTableNextHop(): boolean {
    const at = this.find(ATTRIBUTE.MP_REACH_NLRI);
    if (at < 0) return true;
    const length = this.lengthOf(ATTRIBUTE.MP_REACH_NLRI);
    const hopAt = this.octets[at] === 0 ? at + 4 : at + 1;
    const hopLength = hopAt <= at + length ? (this.octets[hopAt - 1] ?? 0) : 0;
    if (hopLength === 0 || hopAt + hopLength > at + length) return false;
    this.mpNextHopStart = hopAt;
    this.mpNextHopLength = hopLength;
    return true;
  }

  /** Whether the record has 2-octet AS numbers and tells the true ones beside them (RFC 6793). */
  get hasAs4(): boolean {
    if (this.asOctets === 4) return false;
    if (this.find(ATTRIBUTE.AS4_PATH) >= 0) return true;
    return (
      this.find(ATTRIBUTE.AS4_AGGREGATOR) >= 0 &&
      this.lengthOf(ATTRIBUTE.AGGREGATOR) === 6 &&
      readU16(this.octets, this.find(ATTRIBUTE.AGGREGATOR)) === AS_TRANS
    );
  }

  /**
   * AS_PATH and AGGREGATOR with 4-octet numbers, AS4_PATH and AS4_AGGREGATOR merged in (RFC 6793 §4.2.3), as attribute octets;
   * `undefined` when they are too broken for it. Freshly made at each call's expense: ask `hasAs4` first.
   */
  mergedAs4(): Uint8Array | undefined {
    const ctx = { fourOctetAs: false, peerKind: 'internal', carries: 'none' } as const;
    this.#reader.read(this.octets.subarray(this.start, this.end), NO_OCTETS, ctx);
    const { action } = this.#reader;
    return action === undefined || action === 'attribute-discard' ? this.#reader.canonical().slice() : undefined;
  }

  /**
   * The attributes as objects, judged by RFC 7606 as an internal neighbor's: a collector is told everything.
   *
   * @param nextHop of MP_REACH_NLRI; empty when NEXT_HOP counts.
   */
  decode(nextHop: Uint8Array): DecodedAttributes {
    this.#judge(nextHop);
    return { attributes: decodeAttributes(this.#reader.canonical()), errors: this.#reader.errors };
  }

  /**
   * Canonical octets (ascending codes, 4-octet AS numbers, any next hop in NEXT_HOP), valid until the next question; `undefined` when RFC 7606
   * treats the route as withdrawn.
   */
  canonical(nextHop: Uint8Array): Uint8Array | undefined {
    this.#judge(nextHop);
    const { action } = this.#reader;
    return action === undefined || action === 'attribute-discard' ? this.#reader.canonical() : undefined;
  }

  #judge(nextHop: Uint8Array): void {
    const carries = nextHop.length > 0 ? 'mp' : 'body';
    const ctx = { fourOctetAs: this.asOctets === 4, peerKind: 'internal', carries } as const;
    this.#reader.read(this.octets.subarray(this.start, this.end), nextHop, ctx);
  }

  /** Unsigned 32 bits; 0 when the attribute is absent or too short. */
  u32(code: number): number {
    return this.lengthOf(code) < 4 ? 0 : readU32(this.octets, this.find(code));
  }
}
