import { type DecisionInput, selectBest } from './decision.ts';
import type { FamilyTable } from './family-table.ts';
import { UNREACHABLE } from './next-hop-table.ts';
import { grown } from './octets.ts';
import type { PrefixId } from './types.ts';

/** The best path of a prefix as its paths are now; what the tables say is best is left alone. */
export class PrefixDecider {
  #candidates = new Uint32Array(16);

  /** A path's row; 0: none can be used. */
  bestRow({ head, paths }: FamilyTable, input: DecisionInput, prefix: PrefixId): number {
    let count = 0;
    for (let row = head[prefix]!; row !== 0; row = paths.nextInPrefix[row]!) {
      if (!isCandidate(input, row)) continue;
      if (count === this.#candidates.length) this.#candidates = grown(this.#candidates, count * 2);
      this.#candidates[count++] = row;
    }
    return selectBest(input, this.#candidates, count);
  }
}

/** RFC 4271 §9.1.2: a route that policy refused or whose next hop is not resolvable is no candidate. */
export function isCandidate(input: DecisionInput, row: number): boolean {
  const attributes = input.paths.effective[row]!;
  if (attributes === 0) return false;
  if (input.peers.isLocal(input.paths.peer[row]!)) return true;
  return input.pool.nextHops.cost[input.pool.nextHopId[attributes]!] !== UNREACHABLE;
}
