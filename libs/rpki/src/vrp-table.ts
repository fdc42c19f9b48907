import { type Afi, addressBits, formatVrpPrefix, type Vrp, type VrpDelta } from './vrp.ts';
import { type OriginValidity, VrpTrie } from './vrp-trie.ts';

/** Origin of a route whose AS_PATH ends in an AS_SET: RFC 6811 §2 calls it NONE, and it matches no VRP. */
export const NO_ORIGIN = -1;

/** Prefixes inside a block, down to a length: the routes that have to be validated again. */
export interface PrefixRange {
  readonly afi: Afi;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
  /** Longest prefix of the block whose validity may differ. */
  readonly maxLength: number;
}

/** The VRPs in use and the validity they give to routes (RFC 6811). */
export class VrpTable {
  readonly #ipv4 = new VrpTrie(1);
  readonly #ipv6 = new VrpTrie(2);

  /** VRPs of a family. */
  size(afi: Afi): number {
    return this.#trie(afi).size;
  }

  /**
   * Makes the change and returns where validity may differ: no range inside another, sorted by prefix. A VRP that is
   * there already, or not there, changes nothing and gives no range. O(changes × trie depth).
   *
   * A VRP under another one decides only up to its own maximum length, because everything below is covered with or
   * without it; the first VRP over a block also turns longer prefixes from not-found to invalid.
   */
  apply({ announce, withdraw }: VrpDelta): readonly PrefixRange[] {
    const ranges: PrefixRange[] = [];
    for (const vrp of announce) {
      const trie = this.#trie(vrp.afi);
      const wasCovered = trie.covers(vrp);
      if (trie.add(vrp)) pushRange(ranges, vrp, wasCovered);
    }
    for (const vrp of withdraw) {
      const trie = this.#trie(vrp.afi);
      if (trie.remove(vrp)) pushRange(ranges, vrp, trie.covers(vrp));
    }
    return merge(ranges);
  }

  /** One more VRP, for a table that nobody asks yet. */
  add(vrp: Vrp): void {
    this.#trie(vrp.afi).add(vrp);
  }

  /** The VRPs that cover a prefix (RFC 6811 §2), the shortest first; words and length as in `Vrp`. */
  covering(prefix: Omit<Vrp, 'maxLength' | 'asn'>): readonly Vrp[] {
    return this.#trie(prefix.afi)
      .covering(prefix)
      .map((entry) => ({ afi: prefix.afi, ...entry }));
  }

  /** Validity of an IPv4 route: prefix as a word, origin AS or `NO_ORIGIN`. Allocates nothing. */
  validateIpv4(w0: number, length: number, originAs: number): OriginValidity {
    return this.#ipv4.validate(w0, 0, 0, 0, length, originAs);
  }

  /** Validity of an IPv6 route: prefix as four words, origin AS or `NO_ORIGIN`. Allocates nothing. */
  validateIpv6(w0: number, w1: number, w2: number, w3: number, length: number, originAs: number): OriginValidity {
    return this.#ipv6.validate(w0, w1, w2, w3, length, originAs);
  }

  #trie(afi: Afi): VrpTrie {
    return afi === 1 ? this.#ipv4 : this.#ipv6;
  }
}

function pushRange(ranges: PrefixRange[], vrp: Vrp, coveredWithoutIt: boolean): void {
  // A VRP for AS 0 matches nothing: where another one covers, it makes no difference.
  if (coveredWithoutIt && vrp.asn === 0) return;
  const { afi, w0, w1, w2, w3, length } = vrp;
  ranges.push({ afi, w0, w1, w2, w3, length, maxLength: coveredWithoutIt ? vrp.maxLength : addressBits(afi) });
}

/** Drops ranges that lie inside another. Sorted, so the blocks around a prefix are a stack. */
function merge(ranges: readonly PrefixRange[]): readonly PrefixRange[] {
  const sorted = [...ranges].sort(compareRanges);
  const merged: PrefixRange[] = [];
  const around: PrefixRange[] = [];
  for (const range of sorted) {
    while (around.length > 0 && !contains(around.at(-1)!, range)) around.pop(); // not empty: just asked
    // Each block on the stack reaches deeper than those around it, so the last one decides.
    if ((around.at(-1)?.maxLength ?? -1) >= range.maxLength) continue;
    merged.push(range);
    around.push(range);
  }
  return merged;
}

function compareRanges(a: PrefixRange, b: PrefixRange): number {
  return (
    a.afi - b.afi ||
    a.w0 - b.w0 ||
    a.w1 - b.w1 ||
    a.w2 - b.w2 ||
    a.w3 - b.w3 ||
    a.length - b.length ||
    b.maxLength - a.maxLength
  );
}

function contains(outer: PrefixRange, inner: PrefixRange): boolean {
  if (outer.afi !== inner.afi || outer.length > inner.length) return false;
  return (
    sameBits(outer.w0, inner.w0, outer.length) &&
    sameBits(outer.w1, inner.w1, outer.length - 32) &&
    sameBits(outer.w2, inner.w2, outer.length - 64) &&
    sameBits(outer.w3, inner.w3, outer.length - 96)
  );
}

function sameBits(a: number, b: number, bits: number): boolean {
  if (bits <= 0) return true;
  return bits >= 32 ? a === b : (a ^ b) >>> (32 - bits) === 0;
}

/** `10.0.0.0/8-24`, for people. */
export function formatPrefixRange(range: PrefixRange): string {
  return `${formatVrpPrefix(range)}-${range.maxLength}`;
}
