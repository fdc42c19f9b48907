import type { AttributePool } from './attribute-pool.ts';
import type { FamilyTable } from './family-table.ts';
import type { Inbound } from './inbound.ts';
import type { Job, PeerIndex } from './types.ts';

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

/** Removes what the peer had announced until now. What it announces from now on is of a new epoch and stays. */
export function removePathsJob(tables: readonly FamilyTable[], peer: PeerIndex): Job {
  const gone = tables.map((table) => {
    const counts = table.peer(peer);
    const { epoch } = counts;
    counts.epoch = (epoch % 255) + 1; // 0 marks free rows
    return epoch;
  });
  return new PathPass(tables, (table, row) => {
    const isOld = table.paths.epoch[row] === gone[tables.indexOf(table)];
    if (table.paths.peer[row] === peer && isOld) table.removePath(row);
  });
}

/** Runs the peer's import filter again over everything it has announced. */
export function judgeAgainJob(tables: readonly FamilyTable[], peer: PeerIndex, inbound: Inbound): Job {
  return new PathPass(tables, (table, row) => {
    if (table.paths.peer[row] === peer) inbound.judgeAgain(table, row);
  });
}

/** Decides again wherever a path uses one of the next hops. */
export function nextHopJob(tables: readonly FamilyTable[], pool: AttributePool, changed: Uint8Array): Job {
  return new PathPass(tables, (table, row) => {
    const attributes = table.paths.effective[row]!;
    if (attributes !== 0 && changed[pool.nextHopId[attributes]!] === 1) table.markDirty(table.paths.prefix[row]!);
  });
}
