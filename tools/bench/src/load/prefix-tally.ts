/** How many distinct IPv4 prefixes were added. */
export class PrefixTally {
  size = 0;
  readonly #keys: Float64Array;
  readonly #mask: number;

  /** @param expected more than this many may be added, up to twice as many. */
  constructor(expected: number) {
    let capacity = 64;
    while (capacity < expected * 4) capacity *= 2;
    this.#keys = new Float64Array(capacity).fill(-1);
    this.#mask = capacity - 1;
  }

  add(address: number, length: number): void {
    const key = address * 64 + length;
    let slot = (Math.imul(address, 0x9e37_79b1) ^ Math.imul(length, 0x85eb_ca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (this.#keys[slot] !== -1) {
      if (this.#keys[slot] === key) return;
      slot = (slot + 1) & this.#mask;
    }
    this.#keys[slot] = key;
    this.size += 1;
  }
}
