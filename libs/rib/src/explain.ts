import { type DecisionInput, eliminate } from './decision.ts';
import type { FamilyTable } from './family-table.ts';
import { UNREACHABLE } from './next-hop-table.ts';
import type { ExplainedPath, Explanation, PrefixId } from './types.ts';

/** RFC 4271 §9.1.2: a route that policy refused or whose next hop is not resolvable is no candidate. */
export function isCandidate(input: DecisionInput, row: number): boolean {
  const attributes = input.paths.effective[row]!;
  if (attributes === 0) return false;
  if (input.peers.isLocal(input.paths.peer[row]!)) return true;
  return input.pool.nextHops.cost[input.pool.nextHopId[attributes]!] !== UNREACHABLE;
}

/** All paths of a prefix, and for each loser the step that removed it: by the table of steps that also selects. */
export function explainPrefix(table: FamilyTable, prefix: PrefixId, input: DecisionInput): Explanation {
  const { paths } = table;
  const rows: number[] = [];
  for (let row = table.head[prefix]!; row !== 0; row = paths.nextInPrefix[row]!) rows.push(row);
  const { best, removedBy } = eliminate(
    input,
    rows.filter((row) => isCandidate(input, row)),
  );
  const candidates = rows.map((row): ExplainedPath => {
    const path = { peer: paths.peer[row]!, pathId: paths.pathId[row]!, attributes: paths.received[row]! };
    if (paths.effective[row] === 0) {
      return { ...path, removedBy: 'rejected_by_policy', rejectedBy: paths.rejectedBy[row]! };
    }
    const effective = { ...path, attributes: paths.effective[row]! };
    if (!isCandidate(input, row)) return { ...effective, removedBy: 'next_hop_unreachable' };
    const step = removedBy.get(row);
    return step === undefined ? effective : { ...effective, removedBy: step };
  });
  return { best: best === 0 ? -1 : rows.indexOf(best), candidates };
}
