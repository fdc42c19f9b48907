import { type DecisionInput, multipathSet } from './decision.ts';
import type { FamilyTable } from './family-table.ts';
import { isCandidate } from './prefix-decider.ts';
import type { AttrId, PeerIndex, PrefixId } from './types.ts';

export interface MultipathPath {
  readonly peer: PeerIndex;
  readonly pathId: number;
  readonly attributes: AttrId;
}

/** The paths of a prefix that tie with the best one up to and including interior cost. */
export function multipathOf(table: FamilyTable, prefix: PrefixId, input: DecisionInput): readonly MultipathPath[] {
  const { head, paths } = table;
  const rows: number[] = [];
  for (let row = head[prefix] ?? 0; row !== 0; row = paths.nextInPrefix[row]!) {
    if (isCandidate(input, row)) rows.push(row);
  }
  return multipathSet(input, rows).map((row) => ({
    peer: paths.peer[row]!,
    pathId: paths.pathId[row]!,
    attributes: paths.effective[row]!,
  }));
}
