const WINDOW_MS = 1_000;

/**
 * So many requests a second for each client address. Fixed windows: memory holds only the addresses of the current second,
 * and connections bound how many there can be.
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #counts = new Map<string, number>();
  #windowStartMs = Number.NEGATIVE_INFINITY;

  /** 0: no limit. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  allows(address: string, nowMs: number): boolean {
    if (this.#perSecond === 0) return true;
    if (nowMs - this.#windowStartMs >= WINDOW_MS || nowMs < this.#windowStartMs) {
      this.#windowStartMs = nowMs;
      this.#counts.clear();
    }
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    return count <= this.#perSecond;
  }
}
