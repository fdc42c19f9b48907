import type { PeerStatus, RibStatus, SpeakerEvent, WorkStatus } from '@bgp/speaker';
import type { MetricFamily } from './exposition.ts';

/** What is read when a scrape asks; `Speaker` has this shape. */
export interface TelemetrySource {
  peers(): Iterable<PeerStatus>;
  ribStatus(): readonly RibStatus[];
  work(): WorkStatus;
}

export interface TelemetryOptions {
  /** Absent while the speaker is not made yet. */
  readonly speaker: () => TelemetrySource | undefined;
  /** The stream of events; absent: there is none. */
  readonly eventLog?: () => EventLogReading;
  /** BMP collectors; absent: none are configured. */
  readonly bmp?: () => readonly BmpCollectorReading[];
  /** What Node and the system say about this process; replaced in tests. */
  readonly process?: ProcessProbe;
  /** Table dumps; undefined: none are configured. */
  readonly mrt?: () => MrtReading | undefined;
  readonly mrtUpdates?: () => MrtUpdatesReading | undefined;
  /** RPKI data; undefined: no source of it is configured. */
  readonly rpki?: () => RpkiReading | undefined;
  /** Undefined: there is no looking glass. */
  readonly lookingGlass?: () => LookingGlassReading | undefined;
  /** Undefined: there is no live stream. */
  readonly risLive?: () => RisLiveReading | undefined;
  /** Metrics of other packages (the API counts its calls), appended to ours. */
  readonly more?: () => readonly MetricFamily[];
}

export interface Telemetry {
  /** The speaker's `observe` port, or one of its listeners. Constant work, never throws. */
  observe(event: SpeakerEvent): void;
  /**
   * Prometheus text exposition format 0.0.4. Work grows with the number of neighbors and is done in pieces, over several turns of the
   * event loop: what is read once for all neighbors is of the first turn, counters of events and process are read on the way.
   */
  prometheus(): Promise<string>;
  /** Stops the loop-delay monitor. */
  close(): void;
}

/** One BMP collector; counters are since the start. */
export interface BmpCollectorReading {
  /** `address:port`. */
  readonly collector: string;
  readonly state: 'connecting' | 'waiting' | 'connected';
  /** It has had all tables since it connected, or since its buffer overflowed. */
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
  /** All of them, by reason. */
  readonly drops: { readonly bufferFull: BmpDropCounts; readonly disconnected: BmpDropCounts };
}

/** What happened as it happened, what was told again, and of both the Peer Ups and Downs. */
export interface BmpDropCounts {
  readonly fanOut: number;
  readonly replay: number;
  readonly peerUps: number;
  readonly peerDowns: number;
}

export interface ProcessProbe {
  read(): ProcessReading;
  close(): void;
}

export interface ProcessReading {
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly residentOctets: number;
  readonly heapUsedOctets: number;
  /** Unix time in seconds. */
  readonly startTimeSeconds: number;
  readonly uptimeSeconds: number;
  /** Event-loop delay since the start, in seconds, beyond the sampling interval. */
  readonly loopDelay: LoopDelay;
  readonly loopLag: LoopLag;
}

export interface RpkiReading {
  readonly ipv4Vrps: number;
  readonly ipv6Vrps: number;
  readonly aspas: number;
  readonly sources: readonly { readonly name: string; readonly isUp: boolean; readonly lastUpdateMs?: number }[];
}

/** Requests by what became of them. */
export type LookingGlassReading = Readonly<Record<'answered' | 'refused' | 'too_fast' | 'broken_off', number>>;

export interface RisLiveReading {
  readonly clients: number;
  readonly sent: number;
  readonly dropped: Readonly<Record<'too_slow' | 'no_pong' | 'no_room', number>>;
}

export interface MrtReading {
  readonly written: number;
  readonly failed: number;
  /** The last one that was written. */
  readonly last?: {
    /** Unix time. */
    readonly atSeconds: number;
    readonly durationSeconds: number;
    readonly routes: number;
    /** Before compression. */
    readonly octets: number;
  };
}

/** Files of what neighbors send. */
export interface MrtUpdatesReading {
  /** Files, since the start. */
  readonly written: number;
  readonly failed: number;
  /** In files that are there or being made. */
  readonly records: number;
  /** `slow`: the disk did not take them in time; `failed`: not at all. */
  readonly dropped: { readonly slow: number; readonly failed: number };
  readonly waitingOctets: number;
}

/** How late each tick of a regular timer came. */
export interface LoopLag {
  /** Upper bounds in seconds, ascending, and how many ticks were at most so late; those that were later are only in `count`. */
  readonly buckets: readonly { readonly atMostSeconds: number; readonly count: number }[];
  readonly count: number;
  readonly sumSeconds: number;
}

export interface LoopDelay {
  readonly count: number;
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  readonly p99Seconds: number;
  readonly maxSeconds: number;
  readonly meanSeconds: number;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface LogRecord {
  readonly level: LogLevel;
  /** A fixed text: what varies is in `fields`. */
  readonly message: string;
  readonly fields: Readonly<Record<string, LogValue>>;
}

export type LogValue = string | number | boolean | readonly (string | number)[];

/** What the event log says at a scrape. */
export interface EventLogReading {
  readonly subscribers: { readonly all: number; readonly ofRoutes: number };
  /** Since the start, by kind. */
  readonly published: ReadonlyMap<string, number>;
  /** Readers that were told of a loss, and the events that they lost. */
  readonly lagged: { readonly times: number; readonly events: number };
  readonly inMemory: {
    readonly durable: number;
    readonly volatile: number;
    readonly octets: number;
    /** Of each of the two, in events. */
    readonly capacity: number;
  };
  readonly areRoutesRecorded: boolean;
  /** Absent: nothing is kept on disk. */
  readonly disk?: {
    readonly octets: number;
    readonly segments: number;
    /** Events, since the start. */
    readonly written: number;
    /** That did not get to disk. */
    readonly lost: number;
    readonly waiting: number;
    readonly isFailing: boolean;
  };
}
