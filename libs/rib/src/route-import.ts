import type { AttributeEdit } from '@bgp/wire';
import { AttributeFlag, LLGR_STALE } from './attribute-columns.ts';
import type { AttributePool } from './attribute-pool.ts';
import type { FamilyTable } from './family-table.ts';
import { NOT_REJECTED, PathFlag } from './path-table.ts';
import type { PeerTable } from './peer-table.ts';
import type { RibTables } from './rib-tables.ts';
import { MutableRouteCursor } from './route-cursor.ts';
import type { AttrId, PeerIndex, PrefixId, RouteFilter, RouteValidator } from './types.ts';
import { NOT_VALIDATED, type PathValidity, packValidity, type Validity } from './validity.ts';

const ACCEPTED = { accept: true, by: 0 } as const;
const ACCEPT_EVERYTHING: RouteFilter = {
  readsPrefix: false,
  readsSource: false,
  evaluate: () => ACCEPTED,
};
const MARK_LONG_LIVED: AttributeEdit = { communities: { add: [LLGR_STALE] } };

/**
 * What becomes of a route between the UPDATE and the decision: what RPKI says of it, what its peer's import filter makes of it, its row in
 * the Adj-RIB-In. Routes that are there are judged again when a filter or RPKI's data have changed, or their sender has been away too long.
 */
export class RouteImport {
  readonly #pool: AttributePool;
  readonly #peers: PeerTable;
  readonly #validator: RouteValidator | undefined;
  readonly #filters: RouteFilter[] = [];
  readonly #cursor = new MutableRouteCursor();
  /** What the last `judge` was refused by, for `put` to note: a filter that reads no prefix is asked once for many routes. */
  rejectedBy = NOT_REJECTED;

  constructor({ pool, peers }: RibTables, validator: RouteValidator | undefined) {
    this.#pool = pool;
    this.#peers = peers;
    this.#validator = validator;
  }

  setFilter(peer: PeerIndex, filter: RouteFilter): void {
    this.#filters[peer] = filter;
  }

  filterOf(peer: PeerIndex): RouteFilter {
    return this.#filters[peer] ?? ACCEPT_EVERYTHING;
  }

  /** Attributes after the peer's filter, or 0 with `rejectedBy` set. */
  judge(
    filter: RouteFilter,
    table: FamilyTable,
    peer: PeerIndex,
    prefix: PrefixId,
    attributes: AttrId,
    pathId: number,
    validity: Validity,
  ): AttrId {
    const cursor = this.#cursor;
    cursor.validity = validity;
    cursor.family = table.family;
    cursor.source = this.#peers.get(peer);
    cursor.pathId = pathId;
    if (prefix !== 0) table.prefixes.read(prefix, cursor);
    this.#pool.moveTo(cursor.attributes, attributes);
    const verdict = filter.evaluate(cursor);
    if (!verdict.accept) {
      this.rejectedBy = Math.min(verdict.by, NOT_REJECTED - 1);
      return 0;
    }
    this.rejectedBy = NOT_REJECTED;
    return verdict.edit === undefined ? attributes : this.#pool.edit(attributes, verdict.edit);
  }

  /** What RPKI says of the AS_PATH; the same for all routes of an UPDATE. */
  validatePath(table: FamilyTable, peer: PeerIndex, attributes: AttrId): PathValidity {
    if (this.#validator === undefined || this.#validator.isIdle || table.rules !== undefined) return 'unknown';
    const cursor = this.#cursor;
    cursor.family = table.family;
    cursor.source = this.#peers.get(peer);
    this.#pool.moveTo(cursor.attributes, attributes);
    return this.#validator.path(cursor);
  }

  /** What RPKI says of a route as received. */
  validate(
    table: FamilyTable,
    peer: PeerIndex,
    prefix: PrefixId,
    attributes: AttrId,
    pathValidity = this.validatePath(table, peer, attributes),
  ): Validity {
    if (this.#validator === undefined || this.#validator.isIdle || table.rules !== undefined) return NOT_VALIDATED;
    const cursor = this.#cursor;
    cursor.family = table.family;
    cursor.source = this.#peers.get(peer);
    table.prefixes.read(prefix, cursor);
    this.#pool.moveTo(cursor.attributes, attributes);
    return packValidity(this.#validator.origin(cursor), pathValidity);
  }

  /** Files a route under its prefix. True: nothing was new about it. */
  put(
    table: FamilyTable,
    peer: PeerIndex,
    prefix: PrefixId,
    pathId: number,
    attributes: AttrId,
    effective: AttrId,
    validity: Validity,
    nowSeconds: number,
  ): boolean {
    const { paths } = table;
    const row = table.findPath(prefix, peer, pathId);
    if (row === 0) {
      table.addPath(prefix, peer, pathId, attributes, effective, this.rejectedBy, validity, nowSeconds);
      return false;
    }
    // A path of the peer's previous session lives on with this announcement.
    const { epoch } = table.peer(peer);
    const isDuplicate = paths.received[row] === attributes && paths.epoch[row] === epoch;
    paths.epoch[row] = epoch;
    if (paths.received[row] !== attributes) {
      table.setReceived(row, attributes);
      paths.arrivedAt[row] = nowSeconds;
    }
    paths.rejectedBy[row] = this.rejectedBy;
    table.setFlags(row, 0);
    const isRevalidated = table.setValidity(row, validity);
    if (table.setEffective(row, effective) || isRevalidated) table.markDirty(prefix);
    return isDuplicate;
  }

  /** A route of our own making, past any filter. */
  inject(
    table: FamilyTable,
    peer: PeerIndex,
    prefix: PrefixId,
    pathId: number,
    attributes: AttrId,
    nowSeconds: number,
  ): void {
    this.rejectedBy = NOT_REJECTED;
    const validity = this.validate(table, peer, prefix, attributes);
    this.put(table, peer, prefix, pathId, attributes, attributes, validity, nowSeconds);
  }

  /** Asks RPKI again about a kept path. True: it says something else, and the filter was asked again where that matters. */
  revalidate(table: FamilyTable, row: number): boolean {
    const { peer, prefix, received } = table.paths;
    if (!table.setValidity(row, this.validate(table, peer[row]!, prefix[row]!, received[row]!))) return false;
    const filter = this.#filters[peer[row]!];
    // Our own routes pass no filter.
    if (filter?.readsValidity === true && !this.#peers.isLocal(peer[row]!)) this.judgeAgain(table, row);
    table.markDirty(prefix[row]!);
    return true;
  }

  /** Runs the peer's filter again over a kept path. */
  judgeAgain(table: FamilyTable, row: number): void {
    const { paths } = table;
    const effective = this.judgeBy(this.filterOf(paths.peer[row]!), table, row);
    paths.rejectedBy[row] = this.rejectedBy;
    if (table.setEffective(row, effective)) table.markDirty(paths.prefix[row]!);
  }

  /** The attributes that a kept path would have after a filter; 0: refused. Changes nothing. */
  judgeBy(filter: RouteFilter, table: FamilyTable, row: number): AttrId {
    const { peer, prefix, received, pathId, flags, validity } = table.paths;
    const effective = this.judge(filter, table, peer[row]!, prefix[row]!, received[row]!, pathId[row]!, validity[row]!);
    const isMarked = effective !== 0 && (flags[row]! & PathFlag.longLived) !== 0;
    return isMarked ? this.#pool.edit(effective, MARK_LONG_LIVED) : effective;
  }

  /** RFC 9494 §4.2: marks a stale path; one that is not to be kept that long, by its sender's or policy's word, goes. */
  makeLongLived(table: FamilyTable, row: number): void {
    const { paths } = table;
    if ((paths.flags[row]! & PathFlag.stale) === 0) return;
    const flags = this.#pool.flags[paths.received[row]!]! | this.#pool.flags[paths.effective[row]!]!;
    if ((flags & AttributeFlag.noLongLived) !== 0) return table.removePath(row);
    table.setFlags(row, PathFlag.stale | PathFlag.longLived);
    const effective = paths.effective[row]!;
    if (effective === 0) return;
    if (table.setEffective(row, this.#pool.edit(effective, MARK_LONG_LIVED))) table.markDirty(paths.prefix[row]!);
  }
}
