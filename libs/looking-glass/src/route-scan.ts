import type { RouteQuery, RouteRow } from '@bgp/speaker';
import { ok, type Result } from '@bgp/wire';
import { type GlassError, glassError } from './glass-error.ts';
import type { GlassSource } from './glass-source.ts';

/** Rows made in one step: a few milliseconds with their text. */
const ROWS_PER_STEP = 256;

export interface Page {
  /** Most rows. */
  readonly limit: number;
  /** From a page before. */
  readonly cursor?: string;
}

/** A row, or nothing when the question is not about it. */
export type Pick<T> = (row: RouteRow) => T | undefined;

/**
 * The rows of one question in steps of bounded work, so that sessions have their turn in between, whatever the size of the
 * table. Pages with the cursor of the page before are the whole: what lasts is neither left out nor shown twice.
 */
export class RouteScan<T> {
  readonly #source: GlassSource;
  readonly #query: Omit<RouteQuery, 'limit' | 'cursor'>;
  readonly #pick: Pick<T>;
  readonly #rowsPerStep: number;
  #left: number;
  #cursor: string | undefined;
  #isAtEnd = false;

  constructor(
    source: GlassSource,
    query: Omit<RouteQuery, 'limit' | 'cursor'>,
    page: Page,
    pick: Pick<T>,
    rowsPerStep: number = ROWS_PER_STEP,
  ) {
    this.#source = source;
    this.#query = query;
    this.#pick = pick;
    this.#left = page.limit;
    this.#cursor = page.cursor;
    this.#rowsPerStep = rowsPerStep;
  }

  /** Nothing comes any more: the page is full, or the table has ended. */
  get isDone(): boolean {
    return this.#isAtEnd || this.#left <= 0;
  }

  /** Where to go on when there is more than the page holds. */
  get nextCursor(): string | undefined {
    return this.#isAtEnd ? undefined : this.#cursor;
  }

  /** The rows of one step; possibly none although more come later. */
  next(): Result<readonly T[], GlassError> {
    // No more rows than the page has room for: every row that is read is either shown or not asked for.
    const limit = Math.min(this.#left, this.#rowsPerStep);
    const cursor = this.#cursor === undefined ? {} : { cursor: this.#cursor };
    const page = this.#source.listRoutes({ ...this.#query, limit, ...cursor });
    if (!page.ok) {
      const { code, message } = page.error;
      return glassError(code === 'query-invalid' ? 'cursor-invalid' : 'interrupted', message);
    }
    this.#cursor = page.value.nextCursor;
    this.#isAtEnd = this.#cursor === undefined;
    const picked = page.value.routes.flatMap((row) => this.#pick(row) ?? []);
    this.#left -= picked.length;
    return ok(picked);
  }
}
