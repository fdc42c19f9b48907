import type { PeerIndex, RouteRow, RouteWriter } from '@bgp/rib';
import type { Family } from '@bgp/wire';
import type { ClockPort } from './ports.ts';
import type { TappedPeer, TapSource } from './tapped-peer.ts';
import type { TapRoutes, TapSession, TapTable } from './taps-types.ts';

const ROWS_PER_SLICE = 512;

/** A piece of the walk: says whether it is complete. */
type Part = () => boolean;

interface Written {
  readonly table: TapTable;
  readonly session?: TapSession;
  readonly writer: RouteWriter;
  readonly rows: { readonly prefix: number; readonly pathId: number; readonly attributes: number }[];
}

/** One walk through tables, for one reader that may be slow. One pass serves all neighbors and both sides of import policy. */
export class TapWalk {
  readonly #source: TapSource;
  readonly #clock: ClockPort;
  readonly #up: ReadonlyMap<PeerIndex, TappedPeer>;
  readonly #push: (routes: TapRoutes) => boolean;
  readonly #done: () => void;
  readonly #parts: Part[];
  #at = 0;
  #cursor = 0;
  #hasRoom = true;
  #isScheduled = false;
  #isOver = false;

  constructor(
    source: TapSource,
    clock: ClockPort,
    up: ReadonlyMap<PeerIndex, TappedPeer>,
    tables: ReadonlySet<TapTable>,
    push: (routes: TapRoutes) => boolean,
    done: () => void,
  ) {
    this.#source = source;
    this.#clock = clock;
    this.#up = up;
    this.#push = push;
    this.#done = done;
    const inbound = (['adj-rib-in-pre', 'adj-rib-in-post'] as const).filter((table) => tables.has(table));
    const { families } = source;
    this.#parts = [
      ...(inbound.length === 0 ? [] : families.map((family) => () => this.#inbound(family, inbound))),
      ...(tables.has('adj-rib-out-post') ? this.#outboundParts() : []),
      ...(tables.has('loc-rib') ? families.map((family) => () => this.#best(family)) : []),
    ];
  }

  /** True: `slice` is to be called until it says that it wants no more turns. */
  resume(): boolean {
    this.#hasRoom = true;
    if (this.#isScheduled || this.#isOver) return false;
    this.#isScheduled = true;
    return true;
  }

  cancel(): void {
    this.#isOver = true;
  }

  /** True: no more turns for now. */
  slice(): boolean {
    if (this.#isOver) return true;
    const part = this.#parts[this.#at];
    if (part === undefined) {
      this.#isOver = true;
      this.#done();
      return true;
    }
    if (part()) {
      this.#at++;
      this.#cursor = 0;
    }
    if (this.#hasRoom) return false;
    this.#isScheduled = false;
    return true;
  }

  /** Both tables of all neighbors: they stand in the same rows. */
  #inbound(family: Family, tables: readonly ('adj-rib-in-pre' | 'adj-rib-in-post')[]): boolean {
    const written = new Map<string, Written>();
    const next = this.#source.rib.scanReceived(family, -1, this.#cursor, ROWS_PER_SLICE, (row) => {
      const peer = this.#up.get(row.peer);
      if (peer === undefined) return true;
      for (const table of tables) {
        const attributes = table === 'adj-rib-in-pre' ? row.received : row.effective;
        if (attributes === 0) continue; // refused by policy
        const key = `${row.peer} ${table}`;
        let into = written.get(key);
        if (into === undefined) {
          into = { table, session: peer.session, writer: this.#writerFor(peer, family), rows: [] };
          written.set(key, into);
        }
        into.rows.push({ prefix: row.prefixId, pathId: row.pathId, attributes });
      }
      return true;
    });
    for (const one of written.values()) this.#write(one);
    this.#cursor = next ?? 0;
    if (next !== undefined) return false;
    for (const peer of this.#up.values()) {
      if (!peer.session.families.includes(family)) continue;
      for (const table of tables) this.#end(table, this.#writerFor(peer, family), peer.session);
    }
    return true;
  }

  #outboundParts(): Part[] {
    return [...this.#up].flatMap(([index, { session }]) =>
      session.families.map((family) => () => this.#outbound(index, session, family)),
    );
  }

  #outbound(index: PeerIndex, session: TapSession, family: Family): boolean {
    const group = this.#source.groupOf(index, family);
    // Its session is another one by now, and tells of itself.
    if (this.#up.get(index)?.session !== session || group === undefined) return true;
    const writer = this.#source.rib.routeWriter(family, group.spec.addPathSendMax > 0);
    const table = 'adj-rib-out-post';
    const into: Written = { table, session, writer, rows: [] };
    const next = group.scanAdvertised(index, this.#cursor, ROWS_PER_SLICE, note(into));
    this.#write(into);
    this.#cursor = next ?? 0;
    if (next === undefined) this.#end(table, writer, session);
    return next === undefined;
  }

  #best(family: Family): boolean {
    const { rib } = this.#source;
    const into: Written = { table: 'loc-rib', writer: rib.routeWriter(family, false), rows: [] };
    const next = rib.scanDecided(family, this.#cursor, ROWS_PER_SLICE, (prefix, attributes) => {
      into.rows.push({ prefix, pathId: 0, attributes });
    });
    this.#write(into);
    this.#cursor = next ?? 0;
    if (next === undefined) this.#end('loc-rib', into.writer, undefined);
    return next === undefined;
  }

  #writerFor({ negotiated }: TappedPeer, family: Family): RouteWriter {
    return this.#source.rib.routeWriter(family, negotiated.addPath.get(family)?.receive === true);
  }

  #write({ table, session, writer, rows }: Written): void {
    if (rows.length === 0) return;
    for (const { prefix, pathId, attributes } of rows) writer.announce(prefix, pathId, attributes);
    writer.flush((octets, messages) => this.#hand(table, session, octets, messages));
  }

  #end(table: TapTable, writer: RouteWriter, session: TapSession | undefined): void {
    writer.endOfRib((octets, messages) => this.#hand(table, session, octets, messages));
  }

  #hand(table: TapTable, session: TapSession | undefined, octets: Uint8Array, messages: number): void {
    const about = session === undefined ? {} : { session };
    const atMs = this.#clock.wallMs();
    if (!this.#isOver && !this.#push({ table, ...about, octets, messages, fourOctetAs: true, atMs }))
      this.#hasRoom = false;
  }
}

function note(into: Written): (row: RouteRow) => boolean {
  return (row) => {
    into.rows.push({ prefix: row.prefixId, pathId: row.pathId, attributes: row.effective });
    return true;
  };
}
