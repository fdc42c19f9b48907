import type { ClockPort } from './ports.ts';

/** A session that was ended for a reason that time may heal, and starts again by itself then. */
export class DelayedStart {
  readonly #clock: ClockPort;
  readonly #start: () => void;
  #atMs: number | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: ClockPort, start: () => void) {
    this.#clock = clock;
    this.#start = start;
  }

  /** Undefined: nothing is planned. */
  get secondsLeft(): number | undefined {
    return this.#atMs === undefined ? undefined : Math.max(0, Math.ceil((this.#atMs - this.#clock.nowMs()) / 1000));
  }

  after(seconds: number): void {
    this.cancel();
    this.#atMs = this.#clock.nowMs() + seconds * 1000;
    this.#cancelTimer = this.#clock.after(seconds * 1000, () => {
      this.cancel();
      this.#start();
    });
  }

  cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#atMs = undefined;
  }
}
