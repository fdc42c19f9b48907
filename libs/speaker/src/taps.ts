import type { DownCause, Negotiated } from '@bgp/fsm';
import type { BestChange, PathListener, PeerIndex } from '@bgp/rib';
import { encodeMessage, type Family, INITIAL_CONTEXT, type Notification } from '@bgp/wire';
import type { ClockPort } from './ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { TappedPeer, TappedTable, TapSource } from './tapped-peer.ts';
import type { SpeakerTap, TapHandle, TapSession, TapSessionEnd, TapTable } from './taps-types.ts';
import { TapWalk } from './taps-walk.ts';

/** Rows of a kept table that are told of again per slice. */
const ROWS_PER_SLICE = 512;

/** All taps of a speaker. While there is none, a session costs one object, a change of a path one comparison. */
export class Taps {
  readonly #source: TapSource;
  readonly #clock: ClockPort;
  readonly #scheduler: () => Scheduler;
  readonly #taps = new Set<SpeakerTap>();
  readonly #up = new Map<PeerIndex, TappedPeer>();
  readonly #best = new Map<Family, TappedTable>();
  /** Those with something to tell. */
  readonly #pending = new Set<TappedTable>();
  #wanted: ReadonlySet<TapTable> = new Set();
  #wantsMessages = false;
  #stopBest: (() => void) | undefined;

  constructor(source: TapSource, clock: ClockPort, scheduler: () => Scheduler) {
    this.#source = source;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  get wantsMessages(): boolean {
    return this.#wantsMessages;
  }

  /** The tap hears at once of the sessions that are up. */
  add(tap: SpeakerTap): TapHandle {
    this.#taps.add(tap);
    this.#settle();
    for (const { session } of this.#up.values()) tap.sessionUp(session);
    const walks = new Set<TapWalk>();
    return {
      walk: (tables, reader) => {
        const walk = new TapWalk(this.#source, this.#clock, this.#up, tables, reader, () => walks.delete(walk));
        walks.add(walk);
        const start = () => {
          if (walk.resume()) this.#scheduler().addTask(() => walk.slice());
        };
        start();
        return {
          resume: start,
          cancel: () => {
            walk.cancel();
            walks.delete(walk);
          },
        };
      },
      close: () => {
        for (const walk of walks) walk.cancel();
        this.#taps.delete(tap);
        this.#settle();
      },
    };
  }

  sessionUp(index: PeerIndex, session: TapSession, negotiated: Negotiated): void {
    const peer: TappedPeer = { session, negotiated, feeds: new Map() };
    this.#up.set(index, peer);
    if (this.#taps.size === 0) return;
    for (const tap of this.#taps) tap.sessionUp(session);
    this.#tellKept(index, peer);
  }

  sessionDown(index: PeerIndex, cause: DownCause): void {
    const peer = this.#up.get(index);
    if (peer === undefined) return;
    this.#up.delete(index);
    for (const table of peer.feeds.values()) this.#forget(table);
    const end = endOf(cause, this.#clock.wallMs());
    for (const tap of this.#taps) tap.sessionDown(peer.session, end);
  }

  /** The neighbor has sent all of a family's table. */
  endOfRib(index: PeerIndex, family: Family): void {
    const peer = this.#up.get(index);
    if (peer === undefined) return;
    for (const table of ['adj-rib-in-pre', 'adj-rib-in-post'] as const) {
      if (!this.#wanted.has(table)) continue;
      const tapped = this.#feedOf(peer, table, family);
      tapped.feed.end();
      this.#note(tapped);
    }
  }

  /** UPDATEs on their way to the neighbor. */
  sent(index: PeerIndex, octets: Uint8Array, messages: number): void {
    if (!this.#wanted.has('adj-rib-out-post')) return;
    const peer = this.#up.get(index);
    if (peer === undefined) return;
    const { session } = peer;
    const atMs = this.#clock.wallMs();
    const { fourOctetAs } = session;
    for (const tap of this.#taps) {
      if (tap.tables.has('adj-rib-out-post'))
        tap.routes({ table: 'adj-rib-out-post', session, octets, messages, fourOctetAs, atMs });
    }
  }

  /** `octets`: a view, copied here. */
  message(index: PeerIndex, octets: Uint8Array, isErrored: boolean): void {
    const session = this.#up.get(index)?.session;
    if (session === undefined) return;
    const message = { session, octets: octets.slice(), isErrored, atMs: this.#clock.wallMs() };
    for (const tap of this.#taps) if (tap.wantsMessages) tap.message(message);
  }

  /** A slice of what is pending. True: nothing is left. */
  drain(budget: number): boolean {
    let left = budget;
    for (const tapped of this.#pending) {
      if (left <= 0) return false;
      left -= tapped.feed.drain(left, (octets, messages) => this.#tell(tapped, octets, messages));
      if (tapped.feed.isEmpty) this.#pending.delete(tapped);
    }
    return this.#pending.size === 0;
  }

  #tell({ table, session }: TappedTable, octets: Uint8Array, messages: number): void {
    const atMs = this.#clock.wallMs();
    const about = session === undefined ? {} : { session };
    for (const tap of this.#taps) {
      if (tap.tables.has(table)) tap.routes({ table, ...about, octets, messages, fourOctetAs: true, atMs });
    }
  }

  /** What is listened to follows from who is there. */
  #settle(): void {
    const wanted = new Set<TapTable>();
    for (const tap of this.#taps) for (const table of tap.tables) wanted.add(table);
    this.#wanted = wanted;
    this.#wantsMessages = [...this.#taps].some((tap) => tap.wantsMessages);
    const { rib } = this.#source;
    const listens = wanted.has('adj-rib-in-pre') || wanted.has('adj-rib-in-post');
    rib.setPathListener(listens ? this.#listener : undefined);
    if (wanted.has('loc-rib')) this.#stopBest ??= rib.onBestChange((change) => this.#bestChanged(change));
    else {
      this.#stopBest?.();
      this.#stopBest = undefined;
    }
    const tables = [...this.#best.values(), ...[...this.#up.values()].flatMap(({ feeds }) => [...feeds.values()])];
    for (const tapped of tables) if (!wanted.has(tapped.table)) this.#forget(tapped);
  }

  readonly #listener: PathListener = {
    received: (family, peer, prefix, pathId, attributes) =>
      this.#changed('adj-rib-in-pre', family, peer, prefix, pathId, attributes),
    accepted: (family, peer, prefix, pathId, attributes) =>
      this.#changed('adj-rib-in-post', family, peer, prefix, pathId, attributes),
  };

  #changed(
    table: TapTable,
    family: Family,
    index: PeerIndex,
    prefix: number,
    pathId: number,
    attributes: number,
  ): void {
    if (!this.#wanted.has(table)) return;
    // Between two sessions nobody knows of the routes that are kept.
    const peer = this.#up.get(index);
    if (peer === undefined) return;
    const tapped = this.#feedOf(peer, table, family);
    tapped.feed.set(prefix, pathId, attributes);
    this.#note(tapped);
  }

  #bestChanged({ family, prefixId, attributes }: BestChange): void {
    let tapped = this.#best.get(family);
    if (tapped === undefined) {
      tapped = { feed: this.#source.rib.routeFeed(family, false), table: 'loc-rib' };
      this.#best.set(family, tapped);
    }
    tapped.feed.set(prefixId, 0, attributes);
    this.#note(tapped);
  }

  #feedOf(peer: TappedPeer, table: TapTable, family: Family): TappedTable {
    const key = `${table} ${family}`;
    const known = peer.feeds.get(key);
    if (known !== undefined) return known;
    const addPath = peer.negotiated.addPath.get(family)?.receive === true;
    const tapped = { feed: this.#source.rib.routeFeed(family, addPath), table, session: peer.session };
    peer.feeds.set(key, tapped);
    return tapped;
  }

  #note(tapped: TappedTable): void {
    if (this.#pending.has(tapped)) return;
    this.#pending.add(tapped);
    this.#scheduler().wake();
  }

  #forget(tapped: TappedTable): void {
    this.#pending.delete(tapped);
    tapped.feed.clear();
  }

  /** RFC 4724: routes that were kept from the session before. When they are announced again unchanged, nothing changes in the table. */
  #tellKept(index: PeerIndex, peer: TappedPeer): void {
    const { rib, families } = this.#source;
    const kept = families.filter((family) => rib.counts(index, family).received > 0);
    if (kept.length === 0) return;
    let at = 0;
    let cursor = 0;
    this.#scheduler().addTask(() => {
      const family = kept[at];
      if (family === undefined || this.#up.get(index) !== peer) return true;
      const next = rib.scanReceived(family, index, cursor, ROWS_PER_SLICE, (row) => {
        this.#changed('adj-rib-in-pre', family, index, row.prefixId, row.pathId, row.received);
        this.#changed('adj-rib-in-post', family, index, row.prefixId, row.pathId, row.effective);
        return true;
      });
      cursor = next ?? 0;
      if (next === undefined) at++;
      return false;
    });
  }
}

function endOf(cause: DownCause, atMs: number): TapSessionEnd {
  switch (cause.type) {
    case 'notification-received':
      return { atMs, by: 'remote', ...frameOf(cause.notification) };
    case 'tcp-failed':
      return { atMs, by: 'remote' };
    case 'notification-sent':
    case 'hold-timer-expired':
    case 'collision':
    case 'stopped':
      return { atMs, by: 'local', ...(cause.notification === undefined ? {} : frameOf(cause.notification)) };
  }
}

function frameOf(notification: Notification): Pick<TapSessionEnd, 'notification'> {
  const encoded = encodeMessage(notification, INITIAL_CONTEXT);
  if (encoded.ok) return { notification: encoded.value };
  // More data than a usual message holds, on a session with extended ones (RFC 8654).
  const extended = encodeMessage(notification, { ...INITIAL_CONTEXT, maxMessageOctets: 65535 });
  return extended.ok ? { notification: extended.value } : {};
}
