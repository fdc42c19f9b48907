import { AttributeView, type Family } from '@bgp/wire';
import type { AttributePool } from './attribute-pool.ts';
import { type Epoch, isOlder, nextEpoch, previousEpoch } from './epoch.ts';
import type { FamilyTable } from './family-table.ts';
import { PathFlag } from './path-table.ts';
import type { PrefixWords } from './prefix-table.ts';
import type { RouteImport } from './route-import.ts';
import type { Job, PeerIndex, PrefixId } from './types.ts';

/** A pass over the paths of some tables, a bounded number of rows at a time. Rows may come and go between runs. */
class PathPass implements Job {
  readonly #tables: readonly FamilyTable[];
  readonly #visit: (table: FamilyTable, row: number) => void;
  #at = 0;
  #row = 1;

  constructor(tables: readonly FamilyTable[], visit: (table: FamilyTable, row: number) => void) {
    this.#tables = tables;
    this.#visit = visit;
  }

  run(budget: number): boolean {
    for (let left = budget; left > 0; left--) {
      const table = this.#tables[this.#at];
      if (table === undefined) return true;
      if (this.#row >= table.paths.end) {
        this.#at++;
        this.#row = 1;
        continue;
      }
      const row = this.#row++;
      if (table.paths.isUsed(row)) this.#visit(table, row);
    }
    return this.#at >= this.#tables.length;
  }
}

/**
 * The peer's session has ended and everything from it goes. What it announces from now on stays.
 */
export function removePathsJob(tables: readonly FamilyTable[], peer: PeerIndex): Job {
  return olderPaths(tables, peer, begin(tables, peer), (table, row) => table.removePath(row));
}

/**
 * The peer's session has ended, and its paths stay as stale ones.
 *
 * RFC 4724 §4.2: a path that was stale already is removed, so that consecutive restarts do not keep it for ever; `keepsStale` says
 * that RFC 8538 §4.1 or RFC 9494 §4.2 lets it stay.
 */
export function retainPathsJob(tables: readonly FamilyTable[], peer: PeerIndex, keepsStale: boolean): Job {
  const epochs = begin(tables, peer);
  return olderPaths(tables, peer, epochs, (table, row, epoch) => {
    const flags = table.paths.flags[row]!;
    if ((flags & PathFlag.stale) !== 0 && !keepsStale) return table.removePath(row);
    // One epoch back, however often that happens: the ring of epochs never closes.
    table.paths.epoch[row] = previousEpoch(epoch);
    table.setFlags(row, flags | PathFlag.stale);
  });
}

/** RFC 9494 §4.2: stale paths become long-lived ones, marked and least preferred; those with NO_LLGR go. */
export function longLivedPathsJob(tables: readonly FamilyTable[], peer: PeerIndex, imports: RouteImport): Job {
  return olderPaths(tables, peer, current(tables, peer), (table, row) => imports.makeLongLived(table, row));
}

/** Removes what the peer has not announced again since its session ended or the refresh began. */
export function sweepPathsJob(tables: readonly FamilyTable[], peer: PeerIndex): Job {
  for (const table of tables) table.peer(peer).unsweptEpochs = 0;
  return olderPaths(tables, peer, current(tables, peer), (table, row) => table.removePath(row));
}

function begin(tables: readonly FamilyTable[], peer: PeerIndex): Epoch[] {
  return tables.map((table) => {
    const counts = table.peer(peer);
    counts.epoch = nextEpoch(counts.epoch);
    return counts.epoch;
  });
}

function current(tables: readonly FamilyTable[], peer: PeerIndex): Epoch[] {
  return tables.map((table) => table.peer(peer).epoch);
}

function olderPaths(
  tables: readonly FamilyTable[],
  peer: PeerIndex,
  epochs: readonly Epoch[],
  visit: (table: FamilyTable, row: number, epoch: Epoch) => void,
): Job {
  return new PathPass(tables, (table, row) => {
    const epoch = epochs[tables.indexOf(table)]!; // one per table
    if (table.paths.peer[row] === peer && isOlder(table.paths.epoch[row]!, epoch)) visit(table, row, epoch);
  });
}

/** Says of a prefix whether a change of policy can touch it. */
export type Touches = (route: PrefixWords & { readonly family: Family }) => boolean;

/**
 * Runs the peers' import filters again over what they have announced: everything, or what a change can touch. Refused routes are judged
 * in any case, for the name of what refused them may be another one.
 */
export function judgeAgainJob(
  tables: readonly FamilyTable[],
  peers: ReadonlyMap<PeerIndex, Touches | undefined>,
  imports: RouteImport,
): Job {
  const isMeant = new Uint8Array(Math.max(0, ...peers.keys()) + 1);
  for (const peer of peers.keys()) isMeant[peer] = 1;
  const cursor = { family: 0, w0: 0, w1: 0, w2: 0, w3: 0, length: 0 };
  return new PathPass(tables, (table, row) => {
    const { peer, effective, prefix } = table.paths;
    if (isMeant[peer[row]!] !== 1) return;
    const touches = peers.get(peer[row]!);
    if (touches !== undefined && effective[row] !== 0) {
      cursor.family = table.family;
      table.prefixes.read(prefix[row]!, cursor);
      if (!touches(cursor)) return;
    }
    imports.judgeAgain(table, row);
  });
}

/** What of the tables another state of RPKI may judge otherwise. */
export interface Revalidation {
  /** Prefixes with another origin validity perhaps; absent: all. */
  readonly prefixes?: Touches;
  /** Paths with another path validity perhaps, wherever they are; absent: none but those above. */
  readonly paths?: (attributes: AttributeView) => boolean;
}

/**
 * Asks RPKI again about the paths that a change touches. A prefix at a time, so that its paths are decided among each other when all of
 * them are up to date. `isExportJudged`: some export policy looks at RPKI.
 */
export function revalidateJob(
  tables: readonly FamilyTable[],
  change: Revalidation,
  pool: AttributePool,
  imports: RouteImport,
  isExportJudged: () => boolean,
): Job {
  return new PrefixPass(
    tables.filter(({ rules }) => rules === undefined),
    new RevalidationVisitor(change, pool, imports, isExportJudged),
  );
}

class RevalidationVisitor {
  readonly #change: Revalidation;
  readonly #pool: AttributePool;
  readonly #imports: RouteImport;
  readonly #isExportJudged: () => boolean;
  readonly #view = new AttributeView();
  readonly #cursor = { family: 0, w0: 0, w1: 0, w2: 0, w3: 0, length: 0 };

  constructor(change: Revalidation, pool: AttributePool, imports: RouteImport, isExportJudged: () => boolean) {
    this.#change = change;
    this.#pool = pool;
    this.#imports = imports;
    this.#isExportJudged = isExportJudged;
  }

  /** How many paths were looked at. */
  visit(table: FamilyTable, prefix: PrefixId): number {
    const { prefixes, paths } = this.#change;
    const cursor = this.#cursor;
    cursor.family = table.family;
    table.prefixes.read(prefix, cursor);
    const isTouched = prefixes === undefined || prefixes(cursor);
    if (!isTouched && paths === undefined) return 0;
    let looks = 0;
    for (let row = table.head[prefix]!; row !== 0; row = table.paths.nextInPrefix[row]!) {
      looks++;
      if (isTouched || paths?.(this.#pool.moveTo(this.#view, table.paths.received[row]!)) === true) {
        this.#imports.revalidate(table, row);
      }
    }
    // RFC 8893 §3: on the way out another origin may count than the one that was received.
    if (isTouched && this.#isExportJudged()) table.markRevalidated(prefix);
    return looks;
  }
}

/** A pass over the prefixes of some tables. Prefixes may come and go between runs. */
class PrefixPass implements Job {
  readonly #tables: readonly FamilyTable[];
  readonly #visitor: { visit(table: FamilyTable, prefix: PrefixId): number };
  #at = 0;
  #prefix: PrefixId = 1;

  constructor(tables: readonly FamilyTable[], visitor: { visit(table: FamilyTable, prefix: PrefixId): number }) {
    this.#tables = tables;
    this.#visitor = visitor;
  }

  run(budget: number): boolean {
    for (let left = budget; left > 0; left--) {
      const table = this.#tables[this.#at];
      if (table === undefined) return true;
      if (this.#prefix >= table.prefixes.end) {
        this.#at++;
        this.#prefix = 1;
        continue;
      }
      const prefix = this.#prefix++;
      if (table.prefixes.isUsed(prefix)) left -= this.#visitor.visit(table, prefix);
    }
    return this.#at >= this.#tables.length;
  }
}

/** Decides again wherever a path uses one of the next hops. */
export function nextHopJob(tables: readonly FamilyTable[], pool: AttributePool, changed: Uint8Array): Job {
  return new PathPass(tables, (table, row) => {
    const attributes = table.paths.effective[row]!;
    if (attributes !== 0 && changed[pool.nextHopId[attributes]!] === 1) table.markDirty(table.paths.prefix[row]!);
  });
}
