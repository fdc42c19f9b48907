import { err, ok, type Result } from '@bgp/wire';
import { type Cursor, type CursorError, comparePlaces, type DurablePlace } from './cursor.ts';
import { type EventBody, type EventRecord, type EventType, KIND_OF_TYPE } from './event.ts';
import { type EventFilter, wantsRoutes, wantsType } from './filter.ts';
import { Lane, type LaneBounds } from './lane.ts';
import { Subscription } from './subscription.ts';

export interface EventLogOptions {
  /** Of this run of the process: larger than that of every run before. */
  readonly epoch: number;
  /** The count of the last durable event of earlier runs, also of one that is known to be lost. */
  readonly lastDurable: number;
  /** Of each lane. */
  readonly bounds: LaneBounds;
  readonly isDurable: (type: EventType) => boolean;
  /** Durable events that have left the memory can be read from disk: `Subscription.behind`. */
  readonly hasHistory: boolean;
  /** Before the first subscriber that wants route events begins, and after the last one has gone. */
  readonly onRoutesWanted?: (areWanted: boolean) => void;
}

/** Everything that one stream is made of. Work per event: constant, and one question for each subscriber that waits. */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #durableLane: Lane;
  readonly #volatileLane: Lane;
  readonly #subscriptions = new Set<Subscription>();
  /** Subscribers that want route events. */
  #routeSubscriptions = 0;
  #durable: number;
  #volatile = 0;
  /** What is right before the oldest one in memory. */
  #durableFloor: DurablePlace;
  #volatileFloor = 0;

  constructor(options: EventLogOptions) {
    this.#options = options;
    this.#durable = options.lastDurable;
    this.#durableFloor = { epoch: options.epoch, durable: options.lastDurable };
    this.#durableLane = new Lane(options.bounds, (record) => {
      this.#durableFloor = { epoch: record.epoch, durable: record.durable };
      if (!options.hasHistory) for (const one of this.#subscriptions) one.evicted(record, 'durable');
    });
    this.#volatileLane = new Lane(options.bounds, (record) => {
      this.#volatileFloor = record.volatile;
      for (const one of this.#subscriptions) one.evicted(record, 'volatile');
    });
  }

  /** The latest durable events of earlier runs, in order, before anything is published. The first one only tells where they begin. */
  preload(records: readonly EventRecord[]): void {
    const [first, ...rest] = records;
    if (first === undefined || this.#durableLane.size > 0) return;
    this.#durableFloor = { epoch: first.epoch, durable: first.durable };
    for (const record of rest) this.#durableLane.push(record);
  }

  publish(body: EventBody, atMs: number, unreported = 0): EventRecord {
    const isDurable = this.#options.isDurable(body.type);
    if (isDurable) this.#durable++;
    else this.#volatile++;
    const record: EventRecord = { ...this.head, atMs, ...(unreported === 0 ? {} : { unreported }), ...body };
    if (isDurable) this.#durableLane.push(record);
    else this.#volatileLane.push(record);
    for (const one of this.#subscriptions) one.published(record);
    return record;
  }

  /** Behind everything so far. */
  get head(): Cursor {
    return { epoch: this.#options.epoch, durable: this.#durable, volatile: this.#volatile };
  }

  /** Of the durable events in memory. */
  get oldestDurable(): DurablePlace | undefined {
    return this.#durableLane.at(0);
  }

  get subscribers(): { readonly all: number; readonly ofRoutes: number } {
    return { all: this.#subscriptions.size, ofRoutes: this.#routeSubscriptions };
  }

  get inMemory(): { readonly durable: number; readonly volatile: number; readonly octets: number } {
    const [durable, volatile] = [this.#durableLane, this.#volatileLane];
    return { durable: durable.size, volatile: volatile.size, octets: durable.octets + volatile.octets };
  }

  /** The latest `limit` events in memory that match, oldest first. Those of earlier runs that were loaded are among them. */
  latest(limit: number, matches: (record: EventRecord) => boolean): EventRecord[] {
    const durable = this.#durableLane.latest(limit, matches);
    const volatile = this.#volatileLane.latest(limit, matches);
    return mergeInOrder(durable, volatile).slice(-limit);
  }

  /**
   * A reader of the stream that stays. It begins behind `from`; without it behind everything so far; with `oldest` at the oldest event
   * that is kept, which is no loss. `onReady` runs when it can read again after it had nothing to read: once, within `publish`. One that
   * only asks for what has been (`past`) makes nobody record routes.
   */
  subscribe(
    filter: EventFilter,
    from: Cursor | 'head' | 'oldest',
    onReady: () => void,
    purpose: 'live' | 'past' = 'live',
  ): Result<Subscription, CursorError> {
    const { epoch } = this.#options;
    if (typeof from === 'object') {
      const ahead = from.epoch === epoch && (from.durable > this.#durable || from.volatile > this.#volatile);
      if (from.epoch > epoch || ahead) {
        return err({ code: 'cursor-ahead', message: 'the cursor is not from this daemon: it is ahead of its events' });
      }
    }
    const areRoutesWanted = purpose === 'live' && wantsRoutes(filter);
    if (areRoutesWanted && this.#routeSubscriptions++ === 0) this.#options.onRoutesWanted?.(true);
    const types = Object.keys(KIND_OF_TYPE) as EventType[];
    const wants = (durable: boolean) =>
      types.some((type) => this.#options.isDurable(type) === durable && wantsType(filter, type));
    const subscription = new Subscription(this.#source(), filter, from, {
      wantsDurable: wants(true),
      wantsVolatile: wants(false),
      onReady,
      onClose: () => {
        this.#subscriptions.delete(subscription);
        if (areRoutesWanted && --this.#routeSubscriptions === 0) this.#options.onRoutesWanted?.(false);
      },
    });
    this.#subscriptions.add(subscription);
    return ok(subscription);
  }

  #source() {
    const log = this;
    return {
      hasHistory: this.#options.hasHistory,
      durableLane: this.#durableLane,
      volatileLane: this.#volatileLane,
      get head() {
        return log.head;
      },
      get durableFloor() {
        return log.#durableFloor;
      },
      get volatileFloor() {
        return log.#volatileFloor;
      },
    };
  }
}

/** Both in order. Volatile events are of the latest epoch only. */
function mergeInOrder(durable: readonly EventRecord[], volatile: readonly EventRecord[]): EventRecord[] {
  return [...durable, ...volatile].sort(compareRecords);
}

/** Within an epoch each event raises one of the two counts, so their sum orders all of them. */
export function compareRecords(a: EventRecord, b: EventRecord): number {
  return a.epoch === b.epoch ? a.durable + a.volatile - b.durable - b.volatile : comparePlaces(a, b);
}
