import { type CollectorDrops, CollectorQueue, type CollectorWants, type Exporter } from '@bgp/bmp';
import type { BmpCollectorConfig } from '@bgp/config';
import type { ClockPort, TapReader, TapRoutes, TapTable, TapWalkHandle, TcpHandle, TcpPort } from '@bgp/speaker';

const FIRST_RETRY_MS = 1_000;
/** A connection that held this long was a good one: the next attempt comes soon again. */
const GOOD_AFTER_MS = 10_000;
/** Between two beginnings over the same connection; doubled while it is no use. */
const FIRST_REPLAY_MS = 1_000;
const LONGEST_REPLAY_MS = 60_000;
/** A collector that takes nothing for this long is gone, whatever TCP says. */
const STALLED_MS = 30_000;
/** Octets handed to the socket in one go. */
const PIECE_OCTETS = 65_536;

const TABLES = {
  rib_in_pre: 'adj-rib-in-pre',
  rib_in_post: 'adj-rib-in-post',
  rib_out_post: 'adj-rib-out-post',
  loc_rib: 'loc-rib',
} as const satisfies Record<BmpCollectorConfig['monitor'][number], TapTable>;

/** What a collector needs of the rest. */
export interface CollectorDeps {
  readonly clock: ClockPort;
  readonly tcp: Pick<TcpPort, 'connect'>;
  readonly exporter: Exporter;
  /** Who is connected has changed. */
  changed(): void;
  walk(tables: ReadonlySet<TapTable>, reader: TapReader): TapWalkHandle;
  /** One UPDATE or more to this collector alone. */
  offer(queue: CollectorQueue, routes: TapRoutes): void;
  log(level: 'info' | 'warn', message: string, fields: Readonly<Record<string, string | number>>): void;
}

export interface CollectorReading {
  /** `address:port`. */
  readonly collector: string;
  readonly state: 'connecting' | 'waiting' | 'connected';
  /** `synchronized`: it has had all tables since it connected, or since its buffer overflowed. */
  readonly isSynchronized: boolean;
  readonly attempts: number;
  readonly connections: number;
  readonly replays: number;
  readonly waitingOctets: number;
  readonly sentMessages: number;
  readonly sentOctets: number;
  readonly droppedMessages: number;
  /** Of the dropped messages: what still waited when the connection was gone. */
  readonly abandonedMessages: number;
  readonly overflows: number;
  /** All of the dropped messages, by reason. */
  readonly drops: CollectorDrops;
}

/**
 * One collector: the connection to it, what waits for it, and the tables whenever it begins anew. Everything about it is bounded, and nothing
 * waits for it: what it does not take in time is dropped, counted, and told again.
 * @source RFC 7854 §3.2, §3.3
 */
export class Collector {
  readonly name: string;
  readonly tables: ReadonlySet<TapTable>;
  readonly wants: CollectorWants;
  readonly #config: BmpCollectorConfig;
  readonly #deps: CollectorDeps;
  readonly #queue: CollectorQueue;
  #handle: TcpHandle | undefined;
  #isOpen = false;
  #isBlocked = false;
  #isStopped = false;
  #isSynchronized = false;
  #walk: TapWalkHandle | undefined;
  #retryMs = FIRST_RETRY_MS;
  #loggedWaitMs = 0;
  #openedAtMs = 0;
  #attempts = 0;
  #connections = 0;
  #replays = 0;
  #cancelRetry: (() => void) | undefined;
  #cancelStall: (() => void) | undefined;
  /** Set while an overflow is to be answered with the tables. */
  #cancelReplay: (() => void) | undefined;
  #replayMs = FIRST_REPLAY_MS;
  #isPumpDue = false;

  constructor(config: BmpCollectorConfig, deps: CollectorDeps) {
    this.#config = config;
    this.#deps = deps;
    this.name = config.host.includes(':') ? `[${config.host}]:${config.port}` : `${config.host}:${config.port}`;
    this.tables = new Set(config.monitor.map((table) => TABLES[table]));
    this.wants = { tables: this.tables, mirroring: config.mirror };
    this.#queue = new CollectorQueue(config.bufferOctets);
  }

  get isConnected(): boolean {
    return this.#isOpen;
  }

  reading(): CollectorReading {
    const { sentMessages, sentOctets, droppedMessages, abandonedMessages, overflows } = this.#queue.counters;
    return {
      collector: this.name,
      state: this.#isOpen ? 'connected' : this.#cancelRetry === undefined ? 'connecting' : 'waiting',
      isSynchronized: this.#isSynchronized,
      attempts: this.#attempts,
      connections: this.#connections,
      replays: this.#replays,
      waitingOctets: this.#queue.waitingOctets + (this.#handle?.queuedOctets() ?? 0),
      sentMessages,
      sentOctets,
      droppedMessages,
      abandonedMessages,
      overflows,
      drops: this.#queue.drops,
    };
  }

  start(): void {
    this.#connect();
  }

  /** What waits goes out, with what the exporter has said last; `ended` runs when the connection is closed. */
  stop(ended: () => void): void {
    this.#isStopped = true;
    this.#cancelRetry?.();
    this.#cancelReplay?.();
    this.#cancelStall?.();
    this.#walk?.cancel();
    if (!this.#isOpen || this.#handle === undefined) {
      this.#handle?.destroy();
      return ended();
    }
    this.#ended = ended;
    this.#isBlocked = false;
    for (const octets of this.#queue.take(Number.POSITIVE_INFINITY)) this.#handle.write(octets);
    this.#handle.end();
  }

  #ended: () => void = () => {};

  /** Something may wait: it is written when the present work is done. */
  wake(): void {
    if (this.#isPumpDue || !this.#isOpen) return;
    this.#isPumpDue = true;
    this.#deps.clock.soon(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #connect(): void {
    const { host, port } = this.#config;
    this.#attempts++;
    this.#cancelRetry = undefined;
    let failure: { readonly code: string; readonly detail: string } | undefined;
    this.#handle = this.#deps.tcp.connect(
      { address: host, port, security: {} },
      {
        onOpen: () => this.#opened(),
        onData: () => {}, // RFC 7854 §3.2: a collector says nothing
        onDrain: () => {
          this.#isBlocked = false;
          this.#armStall();
          this.#pump();
        },
        onClose: (reason) => {
          failure = reason;
          this.#closed(failure);
        },
      },
    );
  }

  #opened(): void {
    this.#isOpen = true;
    this.#isBlocked = false;
    this.#openedAtMs = this.#deps.clock.nowMs();
    this.#connections++;
    // The peers first, so that what changes from now on finds them told of.
    this.#deps.changed();
    const attached = this.#deps.exporter.attach(this.#queue, this.wants);
    if (!attached.ok) return this.#giveUp(attached.error.code);
    this.#deps.log('info', 'BMP collector connected', { collector: this.name });
    this.#replay();
    this.#pump();
  }

  #closed({ code, detail }: { readonly code: string; readonly detail: string }): void {
    const { exporter, clock, log, changed } = this.#deps;
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#handle = undefined;
    this.#isSynchronized = false;
    this.#walk?.cancel();
    this.#walk = undefined;
    this.#cancelStall?.();
    this.#cancelStall = undefined;
    this.#cancelReplay?.();
    this.#cancelReplay = undefined;
    exporter.detach(this.#queue);
    if (wasOpen) changed();
    if (this.#isStopped) return this.#ended();
    if (wasOpen && clock.nowMs() - this.#openedAtMs >= GOOD_AFTER_MS) this.#retryMs = FIRST_RETRY_MS;
    const waitMs = this.#retryMs;
    this.#retryMs = Math.min(waitMs * 2, Math.max(this.#config.reconnectSeconds * 1000, FIRST_RETRY_MS));
    const message = wasOpen ? 'BMP collector lost' : 'BMP collector not reached';
    // One that stays away for days fills no log: a line for each longer wait, then the metrics have it.
    const isNews = wasOpen || waitMs !== this.#loggedWaitMs;
    this.#loggedWaitMs = waitMs;
    if (isNews) log('warn', message, { collector: this.name, reason: code, detail, retry_seconds: waitMs / 1000 });
    this.#cancelRetry = clock.after(waitMs, () => this.#connect());
  }

  /** All tables, beside everything else and no faster than it reads. */
  #replay(): void {
    this.#isSynchronized = false;
    this.#replays++;
    this.#walk?.cancel();
    this.#walk = this.#deps.walk(this.tables, {
      // Half of the buffer is for what happens meanwhile.
      room: () => (this.#queue.state === 'live' ? this.#config.bufferOctets / 2 - this.#queue.waitingOctets : 0),
      push: (routes) => {
        this.#deps.offer(this.#queue, routes);
        this.wake();
      },
      done: () => {
        this.#walk = undefined;
        this.#isSynchronized = this.#queue.state === 'live';
        if (!this.#isSynchronized) return;
        this.#replayMs = FIRST_REPLAY_MS;
        const { sentMessages } = this.#queue.counters;
        this.#deps.log('info', 'BMP tables sent', { collector: this.name, messages: sentMessages });
      },
    });
  }

  #pump(): void {
    const handle = this.#handle;
    if (handle === undefined || !this.#isOpen) return;
    while (!this.#isBlocked && this.#queue.waitingOctets > 0) {
      for (const octets of this.#queue.take(PIECE_OCTETS)) {
        // The socket keeps what it cannot send; its own bound is small.
        if (!handle.write(octets)) this.#isBlocked = true;
      }
    }
    if (this.#isBlocked) return this.#armStall();
    this.#cancelStall?.();
    this.#cancelStall = undefined;
    if (this.#queue.state !== 'lost') return this.#walk?.resume();
    if (this.#cancelReplay !== undefined) return;
    // It has taken all that it was given before its buffer overflowed. A breath first: a buffer that is always too small must not keep us busy.
    this.#walk?.cancel();
    this.#walk = undefined;
    const waitMs = this.#replayMs;
    this.#replayMs = Math.min(waitMs * 2, LONGEST_REPLAY_MS);
    this.#cancelReplay = this.#deps.clock.after(waitMs, () => {
      this.#cancelReplay = undefined;
      this.#beginAgain();
    });
  }

  #beginAgain(): void {
    const { exporter, clock, log } = this.#deps;
    const { overflows, droppedMessages } = this.#queue.counters;
    log('warn', 'BMP collector too slow, tables are sent again', {
      collector: this.name,
      overflows,
      dropped_messages: droppedMessages,
    });
    const now = clock.wallMs();
    const result = exporter.resynchronize(this.#queue, Math.floor(now / 1000), Math.floor(now % 1000) * 1000);
    if (!result.ok) return this.#giveUp(result.error.code);
    this.#replay();
    this.wake();
  }

  #armStall(): void {
    this.#cancelStall?.();
    this.#cancelStall = undefined;
    if (!this.#isBlocked) return;
    const before = this.#handle?.queuedOctets() ?? 0;
    this.#cancelStall = this.#deps.clock.after(STALLED_MS, () => {
      if ((this.#handle?.queuedOctets() ?? 0) < before) this.#armStall();
      else this.#giveUp(`nothing was read for ${STALLED_MS / 1000} s`);
    });
  }

  #giveUp(reason: string): void {
    this.#deps.log('warn', 'BMP collector given up', { collector: this.name, reason });
    this.#handle?.destroy();
  }
}
