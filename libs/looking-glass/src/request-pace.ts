/** So much is let through at once before a client is slowed down. */
const BURST_MS = 1_000;
/** Whoever would have to wait longer is refused. */
const LONGEST_WAIT_MS = 5_000;
/** From here on, addresses whose time has passed are forgotten. */
const MANY_ADDRESSES = 4_096;

/**
 * Requests of one client address at an even pace: those that come too fast wait their turn, so that a reader that asks for one neighbor
 * after the other is slowed down and not refused. Each address has the time at which what it has asked for so far would be
 * through at that pace.
 */
export class RequestPace {
  readonly #intervalMs: number;
  readonly #throughAtMs = new Map<string, number>();

  /** 0 requests a second: no limit. */
  constructor(perSecond: number) {
    this.#intervalMs = perSecond === 0 ? 0 : 1_000 / perSecond;
  }

  /** Milliseconds to wait before answering; undefined: refuse. */
  delayMs(address: string, nowMs: number): number | undefined {
    if (this.#intervalMs === 0) return 0;
    if (this.#throughAtMs.size >= MANY_ADDRESSES) this.#forget(nowMs);
    const throughAtMs = Math.max(nowMs, this.#throughAtMs.get(address) ?? nowMs) + this.#intervalMs;
    const delayMs = Math.max(0, throughAtMs - nowMs - BURST_MS);
    if (delayMs > LONGEST_WAIT_MS) return undefined; // and what is refused takes no turn
    this.#throughAtMs.set(address, throughAtMs);
    return delayMs;
  }

  #forget(nowMs: number): void {
    for (const [address, throughAtMs] of this.#throughAtMs) {
      if (throughAtMs <= nowMs) this.#throughAtMs.delete(address);
    }
  }
}
