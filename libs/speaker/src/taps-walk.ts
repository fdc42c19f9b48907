import type { PeerIndex, RouteWriter } from '@bgp/rib';
import type { Family } from '@bgp/wire';
import type { ClockPort } from './ports.ts';
import type { TappedPeer, TapSource } from './tapped-peer.ts';
import type { TapReader, TapSession, TapTable } from './taps-types.ts';

const ROWS_PER_SLICE = 512;
/** What a route may need beside its attributes: headers of the UPDATE and of the message that it travels in, the next hop again, the NLRI. */
const ROUTE_OCTETS = 192;
const END_OCTETS = 128;

/** A piece of the walk: says whether it is complete. */
type Part = () => boolean;

interface Written {
  readonly table: TapTable;
  readonly session?: TapSession;
  readonly writer: RouteWriter;
  readonly rows: { readonly prefix: number; readonly pathId: number; readonly attributes: number }[];
}

/**
 * One walk through tables, for one reader that may be slow. One pass serves all neighbors and both sides of import policy.
 *
 * What has been read must be handed over in the same turn: a change that comes in between would be told of first, and undone by the older
 * state. So a slice reads no more than the reader has room for.
 */
export class TapWalk {
  readonly #source: TapSource;
  readonly #clock: ClockPort;
  readonly #up: ReadonlyMap<PeerIndex, TappedPeer>;
  readonly #reader: TapReader;
  readonly #ended: () => void;
  readonly #parts: Part[];
  /** End-of-RIB markers that are due. */
  #ends: Omit<Written, 'rows'>[] = [];
  #at = 0;
  #cursor = 0;
  /** Octets that may still be handed over in this slice. */
  #room = 0;
  #isScheduled = false;
  #isOver = false;

  constructor(
    source: TapSource,
    clock: ClockPort,
    up: ReadonlyMap<PeerIndex, TappedPeer>,
    tables: ReadonlySet<TapTable>,
    reader: TapReader,
    ended: () => void,
  ) {
    this.#source = source;
    this.#clock = clock;
    this.#up = up;
    this.#reader = reader;
    this.#ended = ended;
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
    this.#room = this.#reader.room();
    if (this.#room <= 0) {
      this.#isScheduled = false;
      return true;
    }
    this.#sendEnds();
    const part = this.#parts[this.#at];
    if (this.#ends.length > 0 || this.#room <= 0) return false;
    if (part === undefined) {
      this.#isOver = true;
      this.#ended();
      this.#reader.done();
      return true;
    }
    if (part()) {
      this.#at++;
      this.#cursor = 0;
    }
    return false;
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
        this.#note(into, row.prefixId, row.pathId, attributes);
      }
      return this.#room > 0;
    });
    for (const one of written.values()) this.#write(one);
    this.#cursor = next ?? 0;
    if (next !== undefined) return false;
    for (const peer of this.#up.values()) {
      if (!peer.session.families.includes(family)) continue;
      const writer = this.#writerFor(peer, family);
      for (const table of tables) this.#ends.push({ table, writer, session: peer.session });
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
    const into: Written = { table: 'adj-rib-out-post', session, writer, rows: [] };
    const next = group.scanTold(index, this.#cursor, ROWS_PER_SLICE, (prefix, pathId, attributes) => {
      this.#note(into, prefix, pathId, attributes);
      return this.#room > 0;
    });
    return this.#finish(into, next);
  }

  #best(family: Family): boolean {
    const { rib } = this.#source;
    const into: Written = { table: 'loc-rib', writer: rib.routeWriter(family, false), rows: [] };
    const next = rib.scanDecided(family, this.#cursor, ROWS_PER_SLICE, (prefix, attributes) => {
      this.#note(into, prefix, 0, attributes);
      return this.#room > 0;
    });
    return this.#finish(into, next);
  }

  #finish(into: Written, next: number | undefined): boolean {
    this.#write(into);
    this.#cursor = next ?? 0;
    if (next === undefined) this.#ends.push(into);
    return next === undefined;
  }

  #writerFor({ negotiated }: TappedPeer, family: Family): RouteWriter {
    return this.#source.rib.routeWriter(family, negotiated.addPath.get(family)?.receive === true);
  }

  #note(into: Written, prefix: number, pathId: number, attributes: number): void {
    into.rows.push({ prefix, pathId, attributes });
    this.#room -= ROUTE_OCTETS + this.#source.rib.canonical(attributes).length;
  }

  #write({ table, session, writer, rows }: Written): void {
    if (rows.length === 0) return;
    for (const { prefix, pathId, attributes } of rows) writer.announce(prefix, pathId, attributes);
    writer.flush((octets, messages) => this.#hand(table, session, octets, messages));
  }

  #sendEnds(): void {
    while (this.#ends.length > 0 && this.#room > 0) {
      const { table, session, writer } = this.#ends.shift()!; // there is one
      this.#room -= END_OCTETS;
      const isUp = session === undefined || [...this.#up.values()].some((peer) => peer.session === session);
      if (isUp) writer.endOfRib((octets, messages) => this.#hand(table, session, octets, messages));
    }
  }

  #hand(table: TapTable, session: TapSession | undefined, octets: Uint8Array, messages: number): void {
    const about = session === undefined ? {} : { session };
    this.#reader.push({ table, ...about, octets, messages, fourOctetAs: true, atMs: this.#clock.wallMs() });
  }
}
