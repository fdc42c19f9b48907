import type { LoopLag } from './types.ts';

/** From what nobody notices to what ends a session of three seconds' hold time. */
const BOUNDS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];

/** Counts how late things were, in buckets. */
export class LagHistogram {
  readonly #counts = new Array<number>(BOUNDS_SECONDS.length).fill(0);
  #count = 0;
  #sum = 0;

  add(lagSeconds: number): void {
    const lag = Math.max(0, lagSeconds);
    const at = BOUNDS_SECONDS.findIndex((bound) => lag <= bound);
    if (at >= 0) this.#counts[at]!++;
    this.#count++;
    this.#sum += lag;
  }

  read(): LoopLag {
    let upTo = 0;
    const buckets = BOUNDS_SECONDS.map((atMostSeconds, at) => {
      upTo += this.#counts[at]!;
      return { atMostSeconds, count: upTo };
    });
    return { buckets, count: this.#count, sumSeconds: this.#sum };
  }
}
