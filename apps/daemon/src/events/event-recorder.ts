import { join } from 'node:path';
import type { ConfigDocument, EventHistoryConfig } from '@bgp/config';
import {
  type Cursor,
  type CursorError,
  comparePlaces,
  Dampener,
  type DurablePlace,
  type EventBody,
  type EventFilter,
  EventLog,
  type EventRecord,
  fromRouteEvent,
  fromSpeakerEvent,
  kindOf,
  type Subscription,
} from '@bgp/event-log';
import type { LifecycleEvent } from '@bgp/lifecycle';
import type { ClockPort, Speaker, SpeakerEvent } from '@bgp/speaker';
import type { EventLogReading } from '@bgp/telemetry';
import type { Result } from '@bgp/wire';
import type { Log } from '../log.ts';
import { configEvents } from './config-events.ts';
import { type EarlierEvents, SegmentFolder } from './segment-folder.ts';
import { SegmentWriter } from './segment-writer.ts';

/** Route events are recorded so long after the last reader who wanted them, so that one whose connection broke finds them. */
const ROUTES_LINGER_MS = 15 * 60_000;
const NOTHING: EarlierEvents = { records: [], lastEpoch: 0, cutOctets: 0, cutEvents: 0 };

type RouteSource = Pick<Speaker, 'watchRoutes'>;

export interface EventRecorderOptions {
  readonly config: EventHistoryConfig;
  readonly stateDir: string;
  /** In force at the start. */
  readonly document: ConfigDocument;
  readonly clock: ClockPort;
  readonly log: Log;
}

/** The stream of one daemon: what the speaker and the life cycle tell goes in, memory and disk keep it, readers come and go. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #folder: SegmentFolder | undefined;
  readonly #earlier: EarlierEvents;
  readonly #log: EventLog;
  readonly #dampener = new Dampener();
  readonly #published = new Map<string, number>();
  #writer: SegmentWriter | undefined;
  #speaker: RouteSource | undefined;
  /** What happens before `start` comes after the beginning of the run. */
  #early: (() => void)[] = [];
  #stopRoutes: (() => void) | undefined;
  #cancelLinger: (() => void) | undefined;
  #document: ConfigDocument;
  #lagged = 0;
  #laggedEvents = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#document = options.document;
    const { config, stateDir, clock } = options;
    const { folder, earlier } = this.#open(config, join(stateDir, 'events'));
    this.#folder = folder;
    this.#earlier = earlier;
    const last = earlier.records.at(-1);
    this.#log = new EventLog({
      // Also when the clock went back, or nothing of the last run got to disk.
      epoch: Math.max(clock.wallMs(), earlier.lastEpoch + 1),
      lastDurable: (last?.durable ?? 0) + earlier.cutEvents,
      bounds: { maxRecords: config.memoryEvents, maxOctets: config.memoryBytes },
      isDurable: (type) => config.routes || kindOf(type) !== 'route',
      hasHistory: folder !== undefined,
      onRoutesWanted: (areWanted) => this.#routesWanted(areWanted),
    });
    this.#log.preload(earlier.records);
  }

  #open(config: EventHistoryConfig, path: string) {
    if (!config.enabled) return { folder: undefined, earlier: NOTHING };
    const folder = new SegmentFolder(path, (what, error) => this.#complain(what, error));
    try {
      return { folder, earlier: folder.openSync(config.memoryEvents + 1) };
    } catch (error) {
      this.#complain(`opening ${path}; events stay in memory`, error);
      return { folder: undefined, earlier: NOTHING };
    }
  }

  /** Nobody else uses the folder: writing begins. */
  start(speaker: RouteSource, version: string): void {
    this.#speaker = speaker;
    const { config, clock, log } = this.#options;
    if (this.#folder !== undefined) {
      try {
        this.#folder.cutSync();
      } catch (error) {
        this.#complain('cutting off what a broken write left', error);
      }
      this.#writer = new SegmentWriter({
        folder: this.#folder,
        retention: { maxOctets: config.maxBytes, maxAgeMs: config.maxAgeSeconds * 1000 },
        synchronous: config.synchronous,
        wallMs: () => clock.wallMs(),
        onTrouble: (error) => this.#complain('writing; sessions are not affected, events wait in memory', error),
        onRecovery: (lost) => log.write(lost > 0 ? 'warn' : 'info', 'event log is written again', { lost }),
      });
    }
    const last = this.#earlier.records.at(-1);
    const { cutOctets } = this.#earlier;
    this.#publish({
      type: 'process-started',
      version,
      previousEnd:
        last === undefined ? 'none' : last.type === 'process-stopped' && cutOctets === 0 ? 'clean' : 'killed',
      ...(last === undefined ? {} : { previous: { epoch: last.epoch, durable: last.durable } }),
      ...(cutOctets === 0 ? {} : { cutOctets }),
    });
    for (const publish of this.#early.splice(0)) publish();
    if (config.routes) this.#recordRoutes();
    else if (this.#log.subscribers.ofRoutes > 0) this.#routesWanted(true);
  }

  /** One of the speaker's listeners: constant work, never throws. */
  observe(event: SpeakerEvent): void {
    const body = fromSpeakerEvent(event);
    if (body === undefined) return;
    const passed = this.#dampener.pass(body, this.#options.clock.nowMs());
    if (passed === undefined) return;
    const earlier = body.type === 'session-up' || body.type === 'peer-removed' ? this.#dampener.forget(body.peer) : 0;
    this.#publish(body, event.atMs, passed.unreported + earlier);
  }

  /** `document`: with `config-applied`, the one that is in force now. */
  observeConfig(event: LifecycleEvent, document: ConfigDocument): void {
    const before = this.#document;
    if (event.type === 'config-applied') this.#document = document;
    for (const body of configEvents(event, before, document)) this.#publish(body, event.atMs);
  }

  /** The last event of this run, and all of them on disk. */
  async stop(reason: string): Promise<void> {
    if (this.#speaker === undefined) return;
    this.#cancelLinger?.();
    this.#stopRoutes?.();
    this.#publish({ type: 'process-stopped', reason });
    await this.#writer?.close();
  }

  get head(): Cursor {
    return this.#log.head;
  }

  subscribe(
    filter: EventFilter,
    from: Cursor | 'head' | 'oldest',
    onReady: () => void,
    purpose?: 'live' | 'past',
  ): Result<Subscription, CursorError> {
    return this.#log.subscribe(filter, from, onReady, purpose);
  }

  /** For the metrics: a reader was told that it lost so many. */
  noteLagged(lost: number): void {
    this.#lagged++;
    this.#laggedEvents += lost;
  }

  /** Durable events from disk, and those that wait to get there: after one place, up to and including another. */
  async *history(
    after: DurablePlace,
    upTo: DurablePlace,
    notBeforeMs?: number,
  ): AsyncGenerator<readonly EventRecord[]> {
    if (this.#folder === undefined) return;
    // Taken first: what is written meanwhile may come from either, and is told apart by its place.
    const waiting = this.#writer?.waitingIn(after, upTo) ?? [];
    let reached = after;
    for await (const records of this.#folder.read(after, upTo, notBeforeMs)) {
      yield records;
      reached = records.at(-1) ?? reached;
    }
    const rest = waiting.filter((record) => comparePlaces(record, reached) > 0);
    if (rest.length > 0) yield rest;
  }

  /** The latest `limit` that match, oldest first: from memory, and from disk when memory does not have enough. */
  async latest(limit: number, matches: (record: EventRecord) => boolean): Promise<readonly EventRecord[]> {
    const inMemory = this.#log.latest(limit, matches);
    if (inMemory.length >= limit || this.#folder === undefined) return inMemory;
    const oldest = this.#log.oldestDurable;
    const missing = limit - inMemory.length;
    const isOlder = (record: EventRecord) => oldest === undefined || comparePlaces(record, oldest) < 0;
    const older = await this.#folder.latest(missing, (record) => isOlder(record) && matches(record));
    return [...older, ...inMemory];
  }

  latestInMemory(limit: number, matches: (record: EventRecord) => boolean): readonly EventRecord[] {
    return this.#log.latest(limit, matches);
  }

  reading(): EventLogReading {
    const { config } = this.#options;
    const { durable, volatile, octets } = this.#log.inMemory;
    return {
      subscribers: this.#log.subscribers,
      published: this.#published,
      lagged: { times: this.#lagged, events: this.#laggedEvents },
      inMemory: { durable, volatile, octets, capacity: config.memoryEvents },
      areRoutesRecorded: this.#stopRoutes !== undefined,
      ...(this.#folder === undefined || this.#writer === undefined
        ? {}
        : {
            disk: {
              octets: this.#folder.octets,
              segments: this.#folder.segments.length,
              written: this.#writer.written,
              lost: this.#writer.lost,
              waiting: this.#writer.waiting,
              isFailing: this.#writer.isFailing,
            },
          }),
    };
  }

  #publish(body: EventBody, atMs = this.#options.clock.wallMs(), unreported = 0): void {
    if (this.#speaker === undefined) {
      this.#early.push(() => this.#publish(body, atMs, unreported));
      return;
    }
    const kind = kindOf(body.type);
    this.#published.set(kind, (this.#published.get(kind) ?? 0) + 1);
    const record = this.#log.publish(body, atMs, unreported);
    if (kind !== 'route' || this.#options.config.routes) this.#writer?.add(record);
  }

  #routesWanted(areWanted: boolean): void {
    if (this.#options.config.routes || this.#speaker === undefined) return;
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    if (areWanted) return this.#recordRoutes();
    this.#cancelLinger = this.#options.clock.after(ROUTES_LINGER_MS, () => {
      this.#stopRoutes?.();
      this.#stopRoutes = undefined;
    });
  }

  #recordRoutes(): void {
    if (this.#stopRoutes !== undefined || this.#speaker === undefined) return;
    // Whoever resumes from before learns that nobody looked.
    if (!this.#options.config.routes) this.#publish({ type: 'routes-missing' });
    this.#stopRoutes = this.#speaker.watchRoutes({ initialDump: false }, (events) => {
      for (const event of events) {
        const body = fromRouteEvent(event);
        if (body !== undefined) this.#publish(body, event.atMs);
      }
      return true;
    });
  }

  #complain(what: string, error: unknown): void {
    this.#options.log.write('error', 'event log', {
      what,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
