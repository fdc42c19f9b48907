/** Mixing and comparing of octets and words, for tables and fingerprints. Unseeded: equal content, equal hash, anywhere. */

/** A bijection on 32-bit words whose output bits all depend on all input bits. */
export function mix(word: number): number {
  let h = word;
  h ^= h >>> 16;
  h = Math.imul(h, 0x21f0_aaad);
  h ^= h >>> 15;
  h = Math.imul(h, 0x735a_2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

/** Two independent hashes of the same octets in one pass: those of `hashOctets` with the seeds 1 and 2. Refilled by each call. */
export class OctetHash {
  low = 0;
  high = 0;

  read(octets: Uint8Array, start: number, end: number): this {
    const length = Math.imul(end - start, 0x9e37_79b1);
    let low = 1 ^ length;
    let high = 2 ^ length;
    let i = start;
    for (; i + 4 <= end; i += 4) {
      const word = octets[i]! | (octets[i + 1]! << 8) | (octets[i + 2]! << 16) | (octets[i + 3]! << 24);
      const round = Math.imul(word, 0xcc9e_2d51);
      low = Math.imul(low ^ round, 0x1b87_3593);
      high = Math.imul(high ^ round, 0x1b87_3593);
      low ^= low >>> 15;
      high ^= high >>> 15;
    }
    for (; i < end; i++) {
      low = Math.imul(low ^ octets[i]!, 0x1b87_3593);
      high = Math.imul(high ^ octets[i]!, 0x1b87_3593);
      low ^= low >>> 13;
      high ^= high >>> 13;
    }
    this.low = mix(low);
    this.high = mix(high);
    return this;
  }
}

/** Four octets per round. */
export function hashOctets(octets: Uint8Array, start: number, end: number, seed: number): number {
  let h = seed ^ Math.imul(end - start, 0x9e37_79b1);
  let i = start;
  for (; i + 4 <= end; i += 4) {
    // In range: i + 3 < end.
    const word = octets[i]! | (octets[i + 1]! << 8) | (octets[i + 2]! << 16) | (octets[i + 3]! << 24);
    h = Math.imul(h ^ Math.imul(word, 0xcc9e_2d51), 0x1b87_3593);
    h ^= h >>> 15;
  }
  for (; i < end; i++) {
    h = Math.imul(h ^ octets[i]!, 0x1b87_3593);
    h ^= h >>> 13;
  }
  return mix(h);
}

export function equalOctets(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}

/** Unsigned 32 bits in network order; the caller knows them to be there. */
export function readU32(octets: Uint8Array, offset: number): number {
  return (
    ((octets[offset]! << 24) | (octets[offset + 1]! << 16) | (octets[offset + 2]! << 8) | octets[offset + 3]!) >>> 0
  );
}

/** Copies into a typed array twice as long at least. */
export function grown<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array>(column: T, capacity: number): T {
  const Column = column.constructor as { new (length: number): T };
  const copy = new Column(capacity);
  copy.set(column);
  return copy;
}
