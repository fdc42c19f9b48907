import { maskIpv4, slotsFor } from './prefix-set-ipv4.ts';

/** As `Ipv4PrefixSet`, with four words a key. A class of its own keeps both lookups monomorphic. */
export class Ipv6PrefixSet {
  readonly #lengths: Uint8Array;
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** Four words per node. */
  readonly #words: Uint32Array;
  readonly #length: Uint8Array;
  readonly #ge: Uint8Array;
  readonly #le: Uint8Array;
  readonly #value: Int32Array;
  readonly #next: Int32Array;

  /** @param entries with ascending values; not retained. */
  constructor(entries: readonly Ipv6PrefixEntry[]) {
    const count = entries.length;
    const capacity = slotsFor(count);
    this.#mask = capacity - 1;
    this.#slots = new Int32Array(capacity).fill(-1);
    this.#words = new Uint32Array(count * 4);
    this.#length = new Uint8Array(count);
    this.#ge = new Uint8Array(count);
    this.#le = new Uint8Array(count);
    this.#value = new Int32Array(count);
    this.#next = new Int32Array(count).fill(-1);
    const present = new Set<number>();
    for (const [node, entry] of entries.entries()) {
      this.#words.set([entry.w0, entry.w1, entry.w2, entry.w3], node * 4);
      this.#length[node] = entry.length;
      this.#ge[node] = entry.ge;
      this.#le[node] = entry.le;
      this.#value[node] = entry.value;
      present.add(entry.length);
      this.#link(node);
    }
    this.#lengths = Uint8Array.from([...present].sort((a, b) => a - b));
  }

  /** The lowest value whose entry holds for the route, or -1. At most 129 probes. */
  lookup(w0: number, w1: number, w2: number, w3: number, length: number): number {
    let best = -1;
    for (const keyLength of this.#lengths) {
      if (keyLength > length) break;
      const slot = this.#slotOf(
        maskWord(w0, keyLength),
        maskWord(w1, keyLength - 32),
        maskWord(w2, keyLength - 64),
        maskWord(w3, keyLength - 96),
        keyLength,
      );
      for (let node = this.#slots[slot]!; node >= 0; node = this.#next[node]!) {
        if (length < this.#ge[node]! || length > this.#le[node]!) continue;
        if (best < 0 || this.#value[node]! < best) best = this.#value[node]!;
        break;
      }
    }
    return best;
  }

  #link(node: number): void {
    const words = this.#words;
    const at = node * 4;
    const slot = this.#slotOf(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, this.#length[node]!);
    let last = this.#slots[slot]!;
    if (last < 0) {
      this.#slots[slot] = node;
      return;
    }
    for (;;) {
      if (this.#ge[last] === this.#ge[node] && this.#le[last] === this.#le[node]) return;
      const next = this.#next[last]!;
      if (next < 0) break;
      last = next;
    }
    this.#next[last] = node;
  }

  #slotOf(w0: number, w1: number, w2: number, w3: number, length: number): number {
    const words = this.#words;
    let slot = hashIpv6(w0, w1, w2, w3, length) & this.#mask;
    for (;;) {
      const node = this.#slots[slot]!;
      if (node < 0) return slot;
      const at = node * 4;
      if (
        words[at] === w0 &&
        words[at + 1] === w1 &&
        words[at + 2] === w2 &&
        words[at + 3] === w3 &&
        this.#length[node] === length
      ) {
        return slot;
      }
      slot = (slot + 1) & this.#mask;
    }
  }
}

export interface Ipv6PrefixEntry {
  /** Unsigned words, most significant first, host bits clear. */
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
  readonly ge: number;
  readonly le: number;
  /** At least 0. */
  readonly value: number;
}

/** One word of an address, with `bits` (any number) of it kept. */
export function maskWord(word: number, bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? word >>> 0 : maskIpv4(word, bits);
}

function hashIpv6(w0: number, w1: number, w2: number, w3: number, length: number): number {
  let hash = Math.imul(w0 ^ Math.imul(length + 1, 0x9e37_79b1), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ w1, 0xc2b2_ae35);
  hash = Math.imul(hash ^ (hash >>> 13) ^ w2, 0x27d4_eb2f);
  hash = Math.imul(hash ^ (hash >>> 16) ^ w3, 0x1656_67b1);
  return hash ^ (hash >>> 15);
}
