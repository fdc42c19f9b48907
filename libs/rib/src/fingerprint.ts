import { mix } from './octets.ts';
import type { Fingerprint } from './types.ts';

/** An order-free sum of per-route hashes, kept up to date route by route. */
export class FingerprintSum {
  /** Signed: those fit a field without a box. */
  #low = 0;
  #high = 0;

  get value(): Fingerprint {
    return [this.#low >>> 0, this.#high >>> 0];
  }

  /** `sign` 1 adds the route, -1 takes it away. The attribute hashes are of the canonical octets. */
  change(sign: 1 | -1, prefixHash: number, pathId: number, attributesLow: number, attributesHigh: number): void {
    const route = mix(prefixHash ^ Math.imul(pathId, 0x85eb_ca6b));
    this.#low = (this.#low + sign * mix(route ^ attributesLow)) | 0;
    this.#high = (this.#high + sign * mix((route + 0x9e37_79b9) ^ attributesHigh)) | 0;
  }
}
