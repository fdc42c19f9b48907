import { ok, type Result } from '@bgp/wire';
import type { Cursor, CursorError, DurablePlace } from './cursor.ts';
import type { EventRecord } from './event.ts';
import type { EventFilter } from './filter.ts';
import type { StreamItem, Subscription } from './subscription.ts';

/** Memory and disk together. */
export interface EventSource {
  subscribe(
    filter: EventFilter,
    from: Cursor | 'head' | 'oldest',
    onReady: () => void,
    purpose?: 'live' | 'past',
  ): Result<Subscription, CursorError>;
  /** Durable events after one place, up to and including another, in order. `notBeforeMs`: older ones may be left out. */
  history(after: DurablePlace, upTo: DurablePlace, notBeforeMs?: number): AsyncIterable<readonly EventRecord[]>;
}

/** Reads the stream from any place on: from disk where it has to, from memory then, and waits at the end. For one caller at a time. */
export class EventReader {
  readonly #source: EventSource;
  readonly #subscription: Subscription;
  readonly #notBeforeMs: number | undefined;
  #history: { readonly pages: AsyncIterator<readonly EventRecord[]>; readonly upTo: DurablePlace } | undefined;
  #wake: () => void = () => {};
  #isReady = false;
  #isClosed = false;

  private constructor(source: EventSource, subscription: Subscription, notBeforeMs: number | undefined) {
    this.#source = source;
    this.#subscription = subscription;
    this.#notBeforeMs = notBeforeMs;
  }

  /** `past`: only what has been; `notBeforeMs`: and what is older may be left out. */
  static open(
    source: EventSource,
    filter: EventFilter,
    from: Cursor | 'head' | 'oldest',
    { purpose, notBeforeMs }: { readonly purpose?: 'live' | 'past'; readonly notBeforeMs?: number } = {},
  ): Result<EventReader, CursorError> {
    let reader: EventReader | undefined;
    const subscribed = source.subscribe(filter, from, () => reader?.wake(), purpose);
    if (!subscribed.ok) return subscribed;
    reader = new EventReader(source, subscribed.value, notBeforeMs);
    return ok(reader);
  }

  /** Behind what was read last. */
  get cursor(): Cursor {
    return this.#subscription.cursor;
  }

  /**
   * Up to `max` items. None and `isAtEnd`: there is nothing more now. None without: much was looked at that the filter does not want; give
   * others their turn before the next call.
   */
  async read(max: number): Promise<{ readonly items: readonly StreamItem[]; readonly isAtEnd: boolean }> {
    while (!this.#isClosed) {
      const { items, state } = this.#subscription.read(max);
      if (state !== 'behind' || items.length > 0) return { items, isAtEnd: state === 'waiting' };
      await this.#readHistory();
    }
    return { items: [], isAtEnd: true };
  }

  /** Resolves when `read` has something, or at `wake` or `close`. */
  async wait(): Promise<void> {
    if (!this.#isReady && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isReady = false;
  }

  wake(): void {
    this.#isReady = true;
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#subscription.close();
    void this.#history?.pages.return?.();
    this.#history = undefined;
    this.wake();
  }

  async #readHistory(): Promise<void> {
    if (this.#history === undefined) {
      const { after, upTo } = this.#subscription.behind;
      const pages = this.#source.history(after, upTo, this.#notBeforeMs)[Symbol.asyncIterator]();
      this.#history = { pages, upTo };
    }
    const { pages, upTo } = this.#history;
    const page = await pages.next();
    if (page.done !== true) return this.#subscription.supply(page.value, undefined);
    this.#history = undefined;
    this.#subscription.supply([], upTo);
  }
}
