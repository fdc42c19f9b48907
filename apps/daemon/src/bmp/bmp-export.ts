import { type BmpMessage, type CollectorQueue, Exporter, INFORMATION_TLV, TERMINATION_TLV } from '@bgp/bmp';
import type { BmpConfig } from '@bgp/config';
import type { ClockPort, Speaker, SpeakerTap, TapHandle, TapSession, TapTable, TcpPort } from '@bgp/speaker';
import { Collector, type CollectorReading } from './collector.ts';
import {
  headerOf,
  type LocRibIdentity,
  locRibHeader,
  locRibUp,
  peerDown,
  peerUp,
  routeMirroring,
  routeMonitoring,
} from './messages.ts';
import { locRibStatistics, peerStatistics } from './statistics.ts';

const NO_TABLES: ReadonlySet<TapTable> = new Set();
/** RFC 7854 §4.5. */
const ADMINISTRATIVELY_CLOSED = 0;

export interface BmpExportOptions {
  readonly config: BmpConfig;
  readonly speaker: Speaker;
  readonly clock: ClockPort;
  readonly tcp: Pick<TcpPort, 'connect'>;
  /** For sysDescr. */
  readonly version: string;
  log(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, string | number>>): void;
}

/**
 * Tells every collector of `[bmp]` what it wants to know of the speaker's sessions and tables.
 *
 * Two taps: one for sessions, which costs next to nothing and is always there, and one for the tables that collectors which are connected at
 * the moment want. While none is connected, no route is looked at.
 * @source RFC 7854, RFC 8671, RFC 9069
 */
export class BmpExport {
  readonly #options: BmpExportOptions;
  readonly #exporter: Exporter;
  readonly #collectors: readonly Collector[];
  readonly #sessions = new Map<string, TapSession>();
  readonly #locRib: LocRibIdentity;
  #sessionTap: TapHandle | undefined;
  #tableTap: { readonly handle: TapHandle; readonly key: string } | undefined;
  #cancelStatistics: (() => void) | undefined;
  /** Messages that cannot be written, since the start: each is a mistake of ours. */
  #unwritable = 0;

  constructor(options: BmpExportOptions) {
    const { config, speaker, clock, tcp, version } = options;
    this.#options = options;
    const { asn, routerId } = speaker.status();
    this.#locRib = { asn, routerId, families: speaker.ribStatus().map(({ family }) => family) };
    this.#exporter = new Exporter([
      { type: INFORMATION_TLV.SYS_DESCR, value: text(config.sysDescr ?? `tsbgpd ${version}`) },
      { type: INFORMATION_TLV.SYS_NAME, value: text(config.sysName) },
    ]);
    this.#collectors = config.collectors.map(
      (collector) =>
        new Collector(collector, {
          clock,
          tcp,
          exporter: this.#exporter,
          changed: () => this.#settleTaps(),
          walk: (tables, reader) => this.#walk(tables, reader),
          offer: (queue, routes) => this.#offer(queue, routeMonitoring(routes, this.#locRib)),
          log: options.log,
        }),
    );
  }

  /** Of each collector. */
  readings(): CollectorReading[] {
    return this.#collectors.map((collector) => collector.reading());
  }

  start(): void {
    const { config, clock, speaker } = this.#options;
    const locRib = locRibUp(this.#locRib, clock.wallMs());
    if (locRib !== undefined) this.#observe(locRib);
    this.#sessionTap = speaker.tap({
      ...LISTENS_TO_NOTHING,
      sessionUp: (session) => {
        this.#sessions.set(session.peer, session);
        this.#observe(peerUp(session));
      },
      sessionDown: (session, end) => {
        this.#sessions.delete(session.peer);
        this.#observe(peerDown(session, end));
      },
    });
    for (const collector of this.#collectors) collector.start();
    if (config.statisticsSeconds > 0) this.#repeatStatistics(config.statisticsSeconds * 1000);
  }

  /** RFC 7854 §4.5: Termination to each, then the connections are closed. Bounded by the TCP port's patience. */
  stop(): Promise<void> {
    this.#cancelStatistics?.();
    const reason = { type: TERMINATION_TLV.REASON, value: Uint8Array.of(0, ADMINISTRATIVELY_CLOSED) };
    this.#exporter.observe({ type: 'termination', information: [reason] });
    this.#sessionTap?.close();
    this.#tableTap?.handle.close();
    this.#tableTap = undefined;
    const ends = this.#collectors.map((collector) => new Promise<void>((resolve) => collector.stop(resolve)));
    return Promise.all(ends).then(() => {});
  }

  #walk(...args: Parameters<TapHandle['walk']>): ReturnType<TapHandle['walk']> {
    if (this.#sessionTap === undefined) throw new Error('bmp: a collector connected before the start');
    return this.#sessionTap.walk(...args);
  }

  /** The tables that those who are connected want, and no others. */
  #settleTaps(): void {
    const connected = this.#collectors.filter(({ isConnected }) => isConnected);
    const tables = new Set(connected.flatMap((collector) => [...collector.tables]));
    const wantsMessages = connected.some(({ wants }) => wants.mirroring !== 'none');
    const key = [...tables, wantsMessages].sort().join(' ');
    if (this.#tableTap?.key === key) return;
    const before = this.#tableTap;
    // The next one first: what is pending for both must not be forgotten in between.
    const isNeeded = tables.size > 0 || wantsMessages;
    this.#tableTap = isNeeded
      ? { key, handle: this.#options.speaker.tap(this.#listenTo(tables, wantsMessages)) }
      : undefined;
    before?.handle.close();
  }

  #listenTo(tables: ReadonlySet<TapTable>, wantsMessages: boolean): SpeakerTap {
    return {
      ...LISTENS_TO_NOTHING,
      tables,
      wantsMessages,
      routes: (routes) => {
        for (const message of routeMonitoring(routes, this.#locRib)) this.#observe(message);
      },
      message: (message) => this.#observe(routeMirroring(message)),
    };
  }

  #observe(message: BmpMessage): void {
    const observed = this.#exporter.observe(message);
    if (!observed.ok) this.#reportUnwritable(message, observed.error.code);
    for (const collector of this.#collectors) collector.wake();
  }

  #offer(queue: CollectorQueue, messages: Iterable<BmpMessage>): void {
    for (const message of messages) {
      if (message.type === 'peer-up' || message.type === 'peer-down') continue; // a walk has none
      const offered = this.#exporter.offerTo(queue, message);
      if (!offered.ok) this.#reportUnwritable(message, offered.error.code);
    }
  }

  #reportUnwritable(message: BmpMessage, code: string): void {
    this.#unwritable++;
    const fields = { type: message.type, reason: code, count: this.#unwritable };
    this.#options.log('error', 'BMP message cannot be written', fields);
  }

  /** RFC 7854 §4.8. A neighbor at a time, so that thousands of them do not fill a turn. */
  #repeatStatistics(everyMs: number): void {
    const { clock, speaker } = this.#options;
    this.#cancelStatistics = clock.after(everyMs, () => {
      this.#repeatStatistics(everyMs);
      if (!this.#collectors.some(({ isConnected }) => isConnected)) return;
      const atMs = clock.wallMs();
      this.#observe({
        type: 'statistics-report',
        peer: locRibHeader(this.#locRib, atMs),
        statistics: locRibStatistics(speaker.ribStatus()),
      });
      const names = [...this.#sessions.keys()];
      const next = () => {
        const name = names.pop();
        if (name === undefined) return;
        const session = this.#sessions.get(name);
        const status = speaker.peer(name);
        if (session !== undefined && status !== undefined) {
          const peer = headerOf(session, 0, clock.wallMs());
          this.#observe({ type: 'statistics-report', peer, statistics: peerStatistics(status) });
        }
        clock.soon(next);
      };
      next();
    });
  }
}

const LISTENS_TO_NOTHING: SpeakerTap = {
  tables: NO_TABLES,
  wantsMessages: false,
  sessionUp: () => {},
  sessionDown: () => {},
  routes: () => {},
  message: () => {},
};

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
