import type { Sliced } from '@bgp/rpki';
import type { ClockPort } from '@bgp/speaker';

/** Longest turn: sockets and timers of sessions come in between. */
const SLICE_MS = 4;
/** With a clock that stands still (a simulation) a turn still ends. */
const PIECES_PER_TURN = 8;

interface Work {
  run(): boolean;
}

/** One piece of work after the other, each in pieces. */
export class WorkQueue {
  readonly #clock: ClockPort;
  #works: Work[] = [];
  #isScheduled = false;

  constructor(clock: ClockPort) {
    this.#clock = clock;
  }

  /** `begin` runs when everything before is done. */
  add<T>(begin: () => Sliced<T>, done: (result: T) => void): void {
    let work: Sliced<T> | undefined;
    this.#works.push({
      run() {
        work ??= begin();
        const step = work.next();
        if (step.done === true) done(step.value);
        return step.done === true;
      },
    });
    this.#schedule();
  }

  /** What has not begun is forgotten. */
  clear(): void {
    this.#works = [];
  }

  #schedule(): void {
    if (this.#isScheduled || this.#works.length === 0) return;
    this.#isScheduled = true;
    this.#clock.soon(() => {
      this.#isScheduled = false;
      this.#turn();
      this.#schedule();
    });
  }

  #turn(): void {
    const until = this.#clock.nowMs() + SLICE_MS;
    for (let piece = 0; piece < PIECES_PER_TURN; piece++) {
      const current = this.#works[0];
      if (current === undefined) return;
      if (current.run()) this.#works = this.#works.filter((work) => work !== current);
      if (this.#clock.nowMs() >= until) return;
    }
  }
}
