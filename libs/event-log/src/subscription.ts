import { type Cursor, comparePlaces, type DurablePlace } from './cursor.ts';
import type { EventRecord } from './event.ts';
import { compileFilter, type EventFilter, type EventPredicate } from './filter.ts';
import type { Lane } from './lane.ts';

/** Why events are missing, as a closed set. */
export type LagReason =
  /** The reader took longer than the events stay in memory. */
  | 'slow-reader'
  /** They are older than what is kept, or could not be written or read. */
  | 'not-kept'
  /** Volatile events do not outlive the process. */
  | 'restart'
  /** Nobody listened to route events then, or their source lost them. */
  | 'not-recorded';

export interface Lagged {
  /** Events lost; those that are gone unseen count whether or not the filter would have let them through. */
  readonly lost: number;
  /** There may be more: nobody counted all of them. */
  readonly isAtLeast: boolean;
  readonly reason: LagReason;
}

export type StreamItem =
  | { readonly type: 'event'; readonly record: EventRecord; readonly cursor: Cursor }
  | { readonly type: 'lagged'; readonly lagged: Lagged; readonly cursor: Cursor };

/** `more`: read again. `waiting`: `onReady` tells. `behind`: the next events are on disk, see `Subscription.behind`. */
export interface ReadResult {
  readonly items: readonly StreamItem[];
  readonly state: 'more' | 'waiting' | 'behind';
}

/** What a subscription sees of the log. */
export interface SubscriptionSource {
  readonly hasHistory: boolean;
  readonly durableLane: Lane;
  readonly volatileLane: Lane;
  readonly head: Cursor;
  readonly durableFloor: DurablePlace;
  readonly volatileFloor: number;
}

interface SubscriptionOptions {
  readonly wantsDurable: boolean;
  readonly wantsVolatile: boolean;
  readonly onReady: () => void;
  readonly onClose: () => void;
}

/** Events looked at in one `read`, so that a filter that lets little through does not hold the others up. */
const LOOKS_PER_READ = 2048;

/**
 * One reader. It has a place in each lane and no queue: what it has not read stays in the common memory, or on disk, until it goes there;
 * then it is counted. So a reader that stalls costs nothing, and `lost` is exact for what went while it was subscribed.
 */
export class Subscription {
  readonly #source: SubscriptionSource;
  readonly #options: SubscriptionOptions;
  readonly #matches: EventPredicate;
  #durable: DurablePlace;
  #volatile: number;
  /** It begins at whatever is oldest: what came before is no loss. */
  #isFromOldest: boolean;
  /** The same of the volatile lane. */
  #isVolatileFromOldest: boolean;
  /** From disk, not read yet. */
  #page: readonly EventRecord[] = [];
  #pageAt = 0;
  /** Behind the page nothing is on disk up to here. */
  #pageEnd: DurablePlace | undefined;
  #lagged: Lagged | undefined;
  #isWaiting = false;
  #isClosed = false;

  constructor(
    source: SubscriptionSource,
    filter: EventFilter,
    from: Cursor | 'head' | 'oldest',
    options: SubscriptionOptions,
  ) {
    this.#source = source;
    this.#options = options;
    this.#matches = compileFilter(filter);
    const { head } = source;
    this.#isFromOldest = from === 'oldest';
    this.#isVolatileFromOldest = this.#isFromOldest;
    if (from === 'head') [this.#durable, this.#volatile] = [head, head.volatile];
    else if (from === 'oldest') [this.#durable, this.#volatile] = [{ epoch: 0, durable: 0 }, source.volatileFloor];
    else [this.#durable, this.#volatile] = [from, this.#volatileFrom(from)];
    if (!options.wantsDurable) this.#durable = head;
    else if (!source.hasHistory) this.#skipToMemory();
  }

  /** Behind what was read last. */
  get cursor(): Cursor {
    return { ...this.#durable, volatile: this.#volatile };
  }

  /** After `read` said `behind`: events after `after`, up to and including `upTo`, have to come from disk, to `supply`. */
  get behind(): { readonly after: DurablePlace; readonly upTo: DurablePlace } {
    return { after: this.#durable, upTo: this.#source.durableFloor };
  }

  /**
   * A page of `behind`, in order. `upTo`: there is nothing more on disk up to there. What is missing in between is counted as lost.
   */
  supply(records: readonly EventRecord[], upTo: DurablePlace | undefined): void {
    this.#page = records;
    this.#pageAt = 0;
    this.#pageEnd = upTo;
  }

  /** At most `max` items; never waits. */
  read(max: number): ReadResult {
    const items: StreamItem[] = [];
    this.#isWaiting = false;
    const done = (state: ReadResult['state']): ReadResult => {
      this.#tellLagged(items);
      return { items, state };
    };
    for (let looks = 0; looks < LOOKS_PER_READ && items.length < max; looks++) {
      const durable = this.#nextDurable();
      if (durable === 'behind') return done('behind');
      const volatile = this.#nextVolatile();
      const record = earlier(durable, volatile);
      if (record === undefined) {
        this.#isWaiting = true;
        return done('waiting');
      }
      const isFirst = record !== durable && this.#isVolatileFromOldest;
      if (record === durable) this.#reachDurable(record);
      else this.#reachVolatile(record);
      if (record.type === 'routes-missing') {
        if (!isFirst) this.#lose(record.lost ?? 0, record.lost === undefined, 'not-recorded');
        continue;
      }
      if (!this.#matches(record) && !this.#explainsGap(record)) continue;
      this.#tellLagged(items);
      const { epoch, durable: d, volatile: v } = record;
      items.push({ type: 'event', record, cursor: { epoch, durable: d, volatile: v } });
    }
    return done('more');
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.onClose();
  }

  /** For the log: a new event. */
  published(record: EventRecord): void {
    if (!this.#isWaiting || this.#isClosed) return;
    if (record.type === 'routes-missing' ? this.#options.wantsVolatile : this.#matches(record)) {
      this.#isWaiting = false;
      this.#options.onReady();
    } else this.#passed(record, record.volatile > this.#volatile ? 'volatile' : 'durable');
  }

  /** For the log: an event leaves the memory and is nowhere else. */
  evicted(record: EventRecord, lane: 'durable' | 'volatile'): void {
    const isRead = lane === 'durable' ? comparePlaces(record, this.#durable) <= 0 : record.volatile <= this.#volatile;
    if (isRead) return;
    if (record.type === 'routes-missing') this.#lose(record.lost ?? 0, record.lost === undefined, 'not-recorded');
    else if (this.#matches(record)) this.#lose(1, false, 'slow-reader');
    this.#passed(record, lane);
  }

  #passed({ epoch, durable, volatile }: EventRecord, lane: 'durable' | 'volatile'): void {
    if (lane === 'durable') this.#durable = { epoch, durable };
    else this.#volatile = volatile;
  }

  /** Where to begin in the volatile lane, and what is lost of it. */
  #volatileFrom(from: Cursor): number {
    const { head, volatileFloor } = this.#source;
    if (from.epoch !== head.epoch) {
      if (this.#options.wantsVolatile) this.#lose(volatileFloor, true, 'restart');
      return volatileFloor;
    }
    if (from.volatile >= volatileFloor) return from.volatile;
    if (this.#options.wantsVolatile) this.#lose(volatileFloor - from.volatile, false, 'not-kept');
    return volatileFloor;
  }

  /** Nothing is on disk: what is older than the memory is lost. */
  #skipToMemory(): void {
    const { durableFloor } = this.#source;
    if (comparePlaces(this.#durable, durableFloor) >= 0) return;
    if (!this.#isFromOldest) {
      const isSameRun = this.#durable.epoch === durableFloor.epoch;
      const lost = isSameRun ? durableFloor.durable - this.#durable.durable : durableFloor.durable;
      this.#lose(lost, !isSameRun, isSameRun ? 'not-kept' : 'restart');
    }
    this.#isFromOldest = false;
    this.#durable = durableFloor;
  }

  #nextDurable(): EventRecord | 'behind' | undefined {
    if (!this.#options.wantsDurable) return undefined;
    for (; this.#pageAt < this.#page.length; this.#pageAt++) {
      const record = this.#page[this.#pageAt];
      if (record !== undefined && comparePlaces(record, this.#durable) > 0) return record;
    }
    if (this.#pageEnd !== undefined) {
      this.#reachPlace(this.#pageEnd);
      this.#pageEnd = undefined;
    }
    const { durableLane, durableFloor, hasHistory } = this.#source;
    if (hasHistory && comparePlaces(this.#durable, durableFloor) < 0) return 'behind';
    return durableLane.at(durableLane.firstIndex((record) => comparePlaces(record, this.#durable) > 0));
  }

  #nextVolatile(): EventRecord | undefined {
    if (!this.#options.wantsVolatile) return undefined;
    const { volatileLane } = this.#source;
    return volatileLane.at(volatileLane.firstIndex((record) => record.volatile > this.#volatile));
  }

  /**
   * Counts are dense, so what is between is lost. Only where a run begins that may not be the whole truth: a count that never got to disk
   * is used again. Every run begins with `process-started`, which names the run before it; another run, or no such event, and there is more.
   */
  #reachDurable(record: EventRecord): void {
    const isNewRun = record.epoch !== this.#durable.epoch;
    const isNext = record.type === 'process-started' && record.previous?.epoch === this.#durable.epoch;
    this.#countBetween(record.durable - 1, isNewRun && !isNext);
    this.#passed(record, 'durable');
  }

  #reachVolatile(record: EventRecord): void {
    this.#isVolatileFromOldest = false;
    this.#passed(record, 'volatile');
  }

  #reachPlace(place: DurablePlace): void {
    if (comparePlaces(this.#durable, place) >= 0) return;
    this.#countBetween(place.durable, place.epoch !== this.#durable.epoch);
    this.#durable = place;
  }

  #countBetween(upTo: number, isAtLeast: boolean): void {
    if (!this.#isFromOldest) this.#lose(Math.max(0, upTo - this.#durable.durable), isAtLeast, 'not-kept');
    this.#isFromOldest = false;
  }

  /** A run that was killed may have had events that nobody saw, and sessions that ended without one: every reader is told. */
  #explainsGap(record: EventRecord): boolean {
    return record.type === 'process-started' && record.previousEnd !== 'clean' && record.previous !== undefined;
  }

  #lose(lost: number, isAtLeast: boolean, reason: LagReason): void {
    if (lost === 0 && !isAtLeast) return;
    const before = this.#lagged;
    this.#lagged = {
      lost: lost + (before?.lost ?? 0),
      isAtLeast: isAtLeast || before?.isAtLeast === true,
      reason,
    };
    if (this.#isWaiting && !this.#isClosed) {
      this.#isWaiting = false;
      this.#options.onReady();
    }
  }

  #tellLagged(items: StreamItem[]): void {
    if (this.#lagged === undefined) return;
    items.push({ type: 'lagged', lagged: this.#lagged, cursor: this.cursor });
    this.#lagged = undefined;
  }
}

/** Volatile events are of the latest epoch; within it each event raises one of the two counts. */
function earlier(durable: EventRecord | undefined, volatile: EventRecord | undefined): EventRecord | undefined {
  if (durable === undefined || volatile === undefined) return durable ?? volatile;
  if (durable.epoch < volatile.epoch) return durable;
  return durable.durable + durable.volatile < volatile.durable + volatile.volatile ? durable : volatile;
}
