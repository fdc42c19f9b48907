import { Egress } from './egress.ts';
import { OutputBatch } from './output-batch.ts';
import { isCandidate } from './prefix-decider.ts';
import type { RibTables } from './rib-tables.ts';
import type { ExplainedExport, PeerIndex, PrefixId } from './types.ts';
import type { SharedAdjRibOut } from './update-group.ts';

/**
 * What a group makes of a prefix's paths for one of its members: of the best one, or of all where the group cares for more. By the same
 * code that sends.
 */
export function explainExport(
  tables: RibTables,
  group: SharedAdjRibOut,
  member: PeerIndex,
  prefix: PrefixId,
): ExplainedExport[] {
  const table = tables.of(group.spec.family);
  const { paths } = table;
  const best = table.bestRow[prefix]!;
  const rows: number[] = [];
  if (!group.wantsEveryPath) rows.push(...(best === 0 ? [] : [best]));
  else for (let row = table.head[prefix]!; row !== 0; row = paths.nextInPrefix[row]!) rows.push(row);
  const batch = new OutputBatch(table, tables.pool, group.spec);
  const egress = new Egress(group.spec, table, tables.pool, tables.peers, batch, () => {}); // only looked at
  const held = group.holds(prefix, member);
  const explained = rows
    .filter((row) => isCandidate(tables.decisionInput(table), row))
    .map((row): ExplainedExport => {
      const path = {
        peer: paths.peer[row]!,
        pathId: paths.pathId[row]!,
        attributes: paths.effective[row]!,
        validity: paths.validity[row]!,
      };
      if (path.peer === member) return { ...path, refusal: 'split_horizon' };
      const id = group.spec.addPathSendMax > 0 ? table.localId(row) : 0;
      const result = egress.of(prefix, path.attributes, path.peer, path.pathId, path.validity);
      const sent = held.find(({ pathId, attributes }) => pathId === id && attributes === result);
      return { ...path, ...(result === 0 && { refusal: egress.refusal ?? 'too_large' }), ...(sent && { sent }) };
    });
  egress.dispose();
  return explained;
}
