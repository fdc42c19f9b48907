import type { ClockPort } from './ports.ts';

/** How many TCP connections all neighbors have together: who stops wants to see them closed. */
export class OpenConnections {
  #count = 0;
  #noneLeft: () => void = () => {};

  changed(change: 1 | -1): void {
    this.#count += change;
    if (this.#count === 0) this.#noneLeft();
  }

  /** `done` runs once: when none is open, which may be now, or after this time. */
  whenClosed(clock: ClockPort, longestMs: number, done: () => void): void {
    const end = () => {
      this.#noneLeft = () => {};
      cancel();
      done();
    };
    const cancel = clock.after(longestMs, end);
    this.#noneLeft = end;
    if (this.#count === 0) end();
  }
}
