import type { Family } from '../../family.ts';
import { isIpv6 } from './family.ts';

/**
 * The destination prefix that a rule embeds, for the validation of RFC 8955 §6. One object is reused: `read` overwrites it.
 *
 * RFC 8956 §5 (a): an IPv6 rule counts as having one only when `offset` is 0.
 */
export class FlowSpecDestination {
  /** IPv4: the address. IPv6: the first of four words. Unsigned; the bits outside of `offset`–`length` are zero. */
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  length = 0;
  offset = 0;

  /** False when the sound rule `octets[start, end)` has no destination prefix; the fields are zero then. */
  read(octets: Uint8Array, start: number, end: number, family: Family): boolean {
    // Type 1 can only be the first component (RFC 8955 §4.2).
    if (start < end && octets[start] === 1) {
      this.readComponent(octets, start, family);
      return true;
    }
    this.w0 = this.w1 = this.w2 = this.w3 = this.length = this.offset = 0;
    return false;
  }

  /** The same for the sound prefix component, destination or source, at `start`. */
  readComponent(octets: Uint8Array, start: number, family: Family): void {
    const ipv6 = isIpv6(family);
    this.length = octets[start + 1]!;
    this.offset = ipv6 ? octets[start + 2]! : 0;
    const pattern = start + (ipv6 ? 3 : 2);
    this.w0 = this.#word(octets, pattern, 0);
    this.w1 = this.#word(octets, pattern, 32);
    this.w2 = this.#word(octets, pattern, 64);
    this.w3 = this.#word(octets, pattern, 96);
  }

  /** The address bits `first`–`first + 31`. The pattern's first bit is address bit `offset` (RFC 8956 §3.1). */
  #word(octets: Uint8Array, pattern: number, first: number): number {
    let word = 0;
    const last = Math.min(first + 32, this.length);
    for (let bit = Math.max(first, this.offset); bit < last; bit++) {
      const at = bit - this.offset;
      if ((octets[pattern + (at >>> 3)]! & (0x80 >>> (at & 7))) !== 0) word |= 1 << (31 - (bit - first));
    }
    return word >>> 0;
  }
}
