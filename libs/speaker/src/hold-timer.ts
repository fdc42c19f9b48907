import type { ClockPort } from './ports.ts';

/**
 * The hold timer of one connection. Re-arming happens with every message and therefore only stores a deadline; the one pending
 * clock timer asks on expiry whether the deadline has moved.
 */
export class HoldTimer {
  readonly #clock: ClockPort;
  readonly #onExpired: () => void;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: ClockPort, onExpired: () => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  start(delayMs: number): void {
    this.#deadlineMs = this.#clock.nowMs() + delayMs;
    this.#cancel ??= this.#clock.after(delayMs, () => this.#check());
  }

  stop(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #check(): void {
    this.#cancel = undefined;
    if (this.#deadlineMs === Number.POSITIVE_INFINITY) return;
    const leftMs = this.#deadlineMs - this.#clock.nowMs();
    if (leftMs > 0) {
      this.#cancel = this.#clock.after(leftMs, () => this.#check());
      return;
    }
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#onExpired();
  }
}
