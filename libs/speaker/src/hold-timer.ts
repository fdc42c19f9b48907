import type { ClockPort } from './ports.ts';

/**
 * The hold timer of one connection. Re-arming happens with every message and therefore only stores a deadline; the one pending
 * clock timer asks on expiry whether the deadline has moved.
 */
export class HoldTimer {
  readonly #clock: ClockPort;
  readonly #onExpired: () => void;
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** When the pending clock timer looks, and how to stop it. */
  #checkMs = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: ClockPort, onExpired: () => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  start(delayMs: number): void {
    this.#deadlineMs = this.#clock.nowMs() + delayMs;
    if (this.#cancel !== undefined && this.#checkMs <= this.#deadlineMs) return;
    // The first one, or a shorter time than before: the negotiated hold time after the long one of the OPEN exchange.
    this.#cancel?.();
    this.#look(delayMs);
  }

  stop(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(delayMs: number): void {
    this.#checkMs = this.#clock.nowMs() + delayMs;
    this.#cancel = this.#clock.after(delayMs, () => this.#check());
  }

  #check(): void {
    this.#cancel = undefined;
    if (this.#deadlineMs === Number.POSITIVE_INFINITY) return;
    const leftMs = this.#deadlineMs - this.#clock.nowMs();
    if (leftMs > 0) {
      return this.#look(leftMs);
    }
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#onExpired();
  }
}
