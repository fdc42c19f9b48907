import { mix } from './hash.ts';

/** Order-free sum over a table's routes, two unsigned 32-bit lanes. */
export type Fingerprint = readonly [low: number, high: number];

/**
 * The sum that `Rib.fingerprint` of `@bgp/rib` keeps. One term per route:
 *
 * ```text
 * route = mix(hash of the prefix ^ path identifier * 0x85ebca6b)
 * low  += mix(route ^ first hash of the attributes)
 * high += mix(route + 0x9e3779b9 ^ second hash of the attributes)
 * ```
 *
 * Hashed are: address words and length of a prefix, or the canonical octets of a FlowSpec rule; the path identifier, 0 without ADD-PATH and
 * in the Loc-RIB; the canonical attribute octets, the next hop among them. Not hashed: family, peer, time.
 */
export class FingerprintSum {
  #low = 0;
  #high = 0;

  get value(): Fingerprint {
    return [this.#low, this.#high];
  }

  /** `sign` 1 adds the route, -1 takes it away. */
  change(sign: 1 | -1, prefixHash: number, pathId: number, attributesLow: number, attributesHigh: number): void {
    const route = mix(prefixHash ^ Math.imul(pathId, 0x85eb_ca6b));
    this.#low = (this.#low + sign * mix(route ^ attributesLow)) >>> 0;
    this.#high = (this.#high + sign * mix((route + 0x9e37_79b9) ^ attributesHigh)) >>> 0;
  }
}
