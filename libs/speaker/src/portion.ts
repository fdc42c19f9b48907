/** A whole slice; a round that takes longer was too large for the machine at the moment. */
const LONGEST_MS = 4;
/** Below this a larger round saves work. */
const SHORTEST_MS = 2;
/** What is sent to hundreds of neighbors must not become small messages: each is written hundreds of times. */
const SMALLEST = 256;

/**
 * How much is done between two looks at the clock. A thousand routes take well under a millisecond, but twenty times as long while the
 * code for them is new and not compiled yet, or on a machine that is busy with something else: what took too long is halved, what was
 * quick doubled. On a clock that stands still, as in a simulation, it is always the most.
 */
export class Portion {
  readonly #most: number;
  #size: number;

  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  get size(): number {
    return this.#size;
  }

  took(ms: number): void {
    if (ms > LONGEST_MS) this.#size = Math.max(Math.min(SMALLEST, this.#most), this.#size >>> 1);
    else if (ms < SHORTEST_MS) this.#size = Math.min(this.#most, this.#size * 2);
  }
}
