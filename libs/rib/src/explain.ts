import { type DecisionInput, eliminate } from './decision.ts';
import type { FamilyTable } from './family-table.ts';
import { isCandidate } from './prefix-decider.ts';
import type { ExplainedPath, Explanation, PrefixId } from './types.ts';

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
