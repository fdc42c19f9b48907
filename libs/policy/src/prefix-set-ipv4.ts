/**
 * Prefixes with length ranges, looked up by route.
 *
 * An entry `P/n ge..le` holds for a route `R/m` when the first n bits of R are P and ge ≤ m ≤ le. So a lookup asks, for
 * each length n that occurs in the set and is not above m, whether `R masked to n` is a key: at most 33 probes of a hash
 * table over typed arrays, whatever the size of the set. Entries of one key hang in a chain, lowest value first.
 *
 * The value says which statement the entry belongs to. A lookup returns the lowest value that holds, so a run of
 * statements that look at nothing but the prefix becomes one set: the first of them that matches wins.
 */
export class Ipv4PrefixSet {
  readonly #lengths: Uint8Array;
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #address: Uint32Array;
  readonly #length: Uint8Array;
  readonly #ge: Uint8Array;
  readonly #le: Uint8Array;
  readonly #value: Int32Array;
  readonly #next: Int32Array;

  /** @param entries with ascending values; not retained. */
  constructor(entries: readonly Ipv4PrefixEntry[]) {
    const count = entries.length;
    const capacity = slotsFor(count);
    this.#mask = capacity - 1;
    this.#slots = new Int32Array(capacity).fill(-1);
    this.#address = new Uint32Array(count);
    this.#length = new Uint8Array(count);
    this.#ge = new Uint8Array(count);
    this.#le = new Uint8Array(count);
    this.#value = new Int32Array(count);
    this.#next = new Int32Array(count).fill(-1);
    const present = new Set<number>();
    for (const [node, entry] of entries.entries()) {
      this.#address[node] = entry.address;
      this.#length[node] = entry.length;
      this.#ge[node] = entry.ge;
      this.#le[node] = entry.le;
      this.#value[node] = entry.value;
      present.add(entry.length);
      this.#link(node);
    }
    this.#lengths = Uint8Array.from([...present].sort((a, b) => a - b));
  }

  /** The lowest value whose entry holds for the route, or -1. At most 33 probes. */
  lookup(address: number, length: number): number {
    let best = -1;
    for (const keyLength of this.#lengths) {
      if (keyLength > length) break;
      let node = this.#slots[this.#slotOf(maskIpv4(address, keyLength), keyLength)]!;
      for (; node >= 0; node = this.#next[node]!) {
        if (length < this.#ge[node]! || length > this.#le[node]!) continue;
        if (best < 0 || this.#value[node]! < best) best = this.#value[node]!;
        break;
      }
    }
    return best;
  }

  #link(node: number): void {
    const slot = this.#slotOf(this.#address[node]!, this.#length[node]!);
    let last = this.#slots[slot]!;
    if (last < 0) {
      this.#slots[slot] = node;
      return;
    }
    for (;;) {
      // An equal range with a lower value is already there: this entry can never be the answer.
      if (this.#ge[last] === this.#ge[node] && this.#le[last] === this.#le[node]) return;
      const next = this.#next[last]!;
      if (next < 0) break;
      last = next;
    }
    this.#next[last] = node;
  }

  /** The slot of the key, or the free slot where it belongs. The table is at most half full, so a free slot exists. */
  #slotOf(address: number, length: number): number {
    let slot = hashIpv4(address, length) & this.#mask;
    for (;;) {
      const node = this.#slots[slot]!;
      if (node < 0 || (this.#address[node] === address && this.#length[node] === length)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }
}

export interface Ipv4PrefixEntry {
  /** Unsigned, host bits clear. */
  readonly address: number;
  readonly length: number;
  readonly ge: number;
  readonly le: number;
  /** At least 0. */
  readonly value: number;
}

/** The address with all bits past `length` cleared, unsigned. Shift counts wrap at 32, hence the case of 0. */
export function maskIpv4(address: number, length: number): number {
  return length === 0 ? 0 : (address & (-1 << (32 - length))) >>> 0;
}

/** A power of two that keeps the table at most half full. */
export function slotsFor(count: number): number {
  let capacity = 8;
  while (capacity < count * 2) capacity *= 2;
  return capacity;
}

function hashIpv4(address: number, length: number): number {
  let hash = Math.imul(address ^ Math.imul(length + 1, 0x9e37_79b1), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
