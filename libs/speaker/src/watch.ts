import type { BestChange, Rib } from '@bgp/rib';
import { type Family, parseIpPrefix } from '@bgp/wire';
import { FLOWSPEC_FAMILIES } from './flowspec-validation.ts';
import type { ClockPort } from './ports.ts';
import { type RouteSource, routeRow } from './routes.ts';
import type { Scheduler, SlicedTask } from './scheduler.ts';
import type { RouteEvent, WatchQuery } from './status.ts';

/** Events kept for a watcher that does not read; then it is told how many it lost. */
const MAX_WAITING = 4096;
const RETRY_MS = 50;
const DUMP_ROWS_PER_SLICE = 512;

type Push = (events: readonly RouteEvent[]) => boolean;

/** One consumer of best-path changes: the current table first if it wants that, then what happens. */
class Watcher {
  readonly #query: WatchQuery;
  readonly #push: Push;
  readonly #clock: ClockPort;
  #waiting: RouteEvent[] = [];
  #lost = 0;
  #cancelRetry: (() => void) | undefined;
  isClosed = false;
  /** Asked for once: the watcher reads again. */
  onRoom: (() => void) | undefined;

  constructor(query: WatchQuery, push: Push, clock: ClockPort) {
    this.#query = query;
    this.#push = push;
    this.#clock = clock;
  }

  get hasRoom(): boolean {
    return this.#lost === 0 && this.#waiting.length < DUMP_ROWS_PER_SLICE;
  }

  wants(family: Family, ...peers: readonly (string | undefined)[]): boolean {
    if (FLOWSPEC_FAMILIES.includes(family)) return false; // events name prefixes
    if (this.#query.family !== undefined && this.#query.family !== family) return false;
    return this.#query.peer === undefined || peers.includes(this.#query.peer);
  }

  add(event: RouteEvent): void {
    // Between two moments of rest there may be more changes than that: only what the consumer does not take is lost.
    if (this.#waiting.length >= MAX_WAITING) this.flush();
    if (this.#lost > 0 || this.#waiting.length >= MAX_WAITING) {
      this.#lost++;
      return;
    }
    this.#waiting.push(event);
  }

  flush(): void {
    if (this.isClosed || this.#cancelRetry !== undefined) return;
    if (this.#waiting.length > 0) {
      const batch = this.#waiting;
      if (!this.#push(batch)) return this.#retry();
      this.#waiting = [];
    }
    if (this.#lost > 0) {
      const common = { atMs: this.#clock.wallMs(), family: 0, prefix: '', peer: '' };
      if (!this.#push([{ ...common, type: 'lagged', lost: this.#lost }])) return this.#retry();
      this.#lost = 0;
    }
    const { onRoom } = this;
    this.onRoom = undefined;
    onRoom?.();
  }

  close(): void {
    this.isClosed = true;
    this.#cancelRetry?.();
  }

  #retry(): void {
    this.#cancelRetry = this.#clock.after(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      this.flush();
    });
  }
}

/** All watchers; costs nothing per route while there is none. */
export class RouteWatch {
  readonly #source: RouteSource;
  readonly #rib: Rib;
  readonly #clock: ClockPort;
  readonly #scheduler: Scheduler;
  readonly #watchers = new Set<Watcher>();
  #stopListening: (() => void) | undefined;

  constructor(source: RouteSource, clock: ClockPort, scheduler: Scheduler) {
    this.#source = source;
    this.#rib = source.rib;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  add(query: WatchQuery, push: Push): () => void {
    const watcher = new Watcher(query, push, this.#clock);
    this.#watchers.add(watcher);
    this.#stopListening ??= this.#rib.onBestChange((change) => this.#bestChanged(change));
    if (query.initialDump) this.#scheduler.addTask(this.#dump(watcher, query));
    return () => {
      watcher.close();
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#stopListening?.();
      this.#stopListening = undefined;
    };
  }

  flush(): void {
    for (const watcher of this.#watchers) watcher.flush();
  }

  #bestChanged(change: BestChange): void {
    const previousPeer = change.previousPeer < 0 ? undefined : this.#nameOf(change.previousPeer);
    const peer = change.peer < 0 ? undefined : this.#nameOf(change.peer);
    let event: RouteEvent | undefined;
    for (const watcher of this.#watchers) {
      if (!watcher.wants(change.family, peer, previousPeer)) continue;
      event ??= this.#event(change, peer, previousPeer);
      watcher.add(event);
    }
    if (event !== undefined) this.#scheduler.wake();
  }

  #event(change: BestChange, peer: string | undefined, previousPeer: string | undefined): RouteEvent {
    const prefix = this.#rib.prefixText(change.family, change.prefixId);
    const common = { atMs: this.#clock.wallMs(), family: change.family, prefix };
    if (peer === undefined) return { ...common, type: 'withdrawn', peer: previousPeer ?? '' };
    const type = previousPeer === undefined ? 'added' : 'best-changed';
    const parsed = parseIpPrefix(prefix);
    let route: RouteEvent['route'];
    if (parsed.ok) {
      this.#rib.scanPrefix(change.family, parsed.value.octets, parsed.value.length, (row) => {
        if (row.best) route = routeRow(this.#source, row);
        return false;
      });
    }
    return {
      ...common,
      type,
      peer,
      ...(previousPeer === undefined ? {} : { previousPeer }),
      ...(route === undefined ? {} : { route }),
    };
  }

  #dump(watcher: Watcher, query: WatchQuery): SlicedTask {
    const families = query.family === undefined ? this.#source.families : [query.family];
    let at = 0;
    let cursor = 0;
    const slice: SlicedTask = () => {
      if (watcher.isClosed) return true;
      // A route that is gone, but not for the decision, is in no row; if it comes back as it was, nobody hears of it either.
      if (!this.#rib.isDecided) return false;
      watcher.flush();
      if (!watcher.hasRoom) {
        // It does not read: no turns are spent on it until it has taken what waits.
        watcher.onRoom = () => this.#scheduler.addTask(slice);
        return true;
      }
      const family = families[at];
      if (family === undefined) {
        watcher.add({
          type: 'end-of-initial-dump',
          atMs: this.#clock.wallMs(),
          family: query.family ?? 0,
          prefix: '',
          peer: '',
        });
        watcher.flush();
        return true;
      }
      const next = this.#rib.scanBest(family, cursor, DUMP_ROWS_PER_SLICE, (row) => {
        const route = routeRow(this.#source, row);
        if (watcher.wants(family, route.peer)) {
          watcher.add({
            type: 'added',
            atMs: this.#clock.wallMs(),
            family,
            prefix: route.prefix,
            peer: route.peer,
            route,
          });
        }
        return true;
      });
      if (next === undefined) at++;
      cursor = next ?? 0;
      return false;
    };
    return slice;
  }

  #nameOf(index: number): string {
    return this.#source.peerAt(index)?.name ?? 'local';
  }
}
