/** Work that is done a bounded piece at a time, one piece per `next`. Nobody else may change the same data before it is done. */
export type Sliced<T> = Generator<undefined, T>;

/** Records per piece: about a millisecond. */
const RECORDS_PER_PIECE = 1_024;

/** Says after how many records a piece is over. */
export class Pace {
  #left = RECORDS_PER_PIECE;

  isDue(): boolean {
    if (--this.#left > 0) return false;
    this.#left = RECORDS_PER_PIECE;
    return true;
  }
}

/** For small data, and tests. */
export function runToEnd<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
