/** Makes one column of a table longer; what is in it stays. */
export type GrowColumn<T> = (table: T, capacity: number) => void;

/** Rows are a power of two; the last part of them, one in so many, is when the columns grow. */
const PARTS = 32;

/**
 * When the columns of a table double. All at once they would be copied in one go: 17 MB at half a million paths, a stall of twenty
 * milliseconds, and twice that at each doubling. So they grow one after the other while the last rows are taken, and all of them are
 * longer when the last row of the old length is in use.
 */
export class StagedGrowth<T> {
  /** With this many rows in use (the next one has this number), `grow` is due. */
  at = 0;
  readonly #table: T;
  readonly #columns: readonly GrowColumn<T>[];
  #capacity: number;
  /** So many columns are twice as long already. */
  #grown = 0;

  /** `capacity`: of all columns now, a power of two. */
  constructor(table: T, columns: readonly GrowColumn<T>[], capacity: number) {
    this.#table = table;
    this.#columns = columns;
    this.#capacity = capacity;
    this.#plan();
  }

  /** `rows`: so many are in use, or the number of one that is about to be. */
  grow(rows: number): void {
    while (rows >= this.at) {
      this.#columns[this.#grown]?.(this.#table, this.#capacity * 2);
      this.#grown++;
      if (this.#grown === this.#columns.length) {
        this.#grown = 0;
        this.#capacity *= 2;
      }
      this.#plan();
    }
  }

  #plan(): void {
    const last = this.#capacity / PARTS;
    this.at = this.#capacity - last + Math.floor((last * this.#grown) / this.#columns.length);
  }
}
