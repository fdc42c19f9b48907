/**
 * The hashes of `@bgp/rib`, word for word, so that a table rebuilt here and the daemon's have one fingerprint. Both packages stand beside each
 * other, so neither can import the other; `fingerprint.test.ts` compares them on random routes.
 */

/** A bijection on 32-bit words. */
export function mix(word: number): number {
  let h = word;
  h ^= h >>> 16;
  h = Math.imul(h, 0x21f0_aaad);
  h ^= h >>> 15;
  h = Math.imul(h, 0x735a_2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

export function hashOctets(octets: Uint8Array, seed: number): number {
  const end = octets.length;
  let h = seed ^ Math.imul(end, 0x9e37_79b1);
  let i = 0;
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

export function hashIpv4(address: number, length: number): number {
  return mix(address ^ Math.imul(length + 1, 0x9e37_79b1));
}

export function hashIpv6(w0: number, w1: number, w2: number, w3: number, length: number): number {
  let hash = mix(w0 ^ Math.imul(length + 1, 0x9e37_79b1));
  hash = mix(hash ^ w1);
  return (w2 | w3) === 0 ? hash : mix(mix(hash ^ w2) ^ Math.imul(w3, 0x85eb_ca6b));
}
