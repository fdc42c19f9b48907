import { OutputBatch } from './output-batch.ts';
import type { PreviewGroup, PreviewReceiver } from './preview.ts';
import type { RibTables } from './rib-tables.ts';
import type { SentRoutes } from './sent-routes.ts';
import { sentRoutesOf } from './sent-routes-of.ts';
import type { PeerIndex, UpdateGroup, UpdateGroupSpec } from './types.ts';
import { SharedAdjRibOut } from './update-group.ts';
import { groupKey } from './update-groups.ts';

/** For one session and family: the group that it is in, and the one that it would be in. */
export interface ReceiverChange {
  readonly peer: PeerIndex;
  readonly from: UpdateGroup;
  readonly to: UpdateGroupSpec;
}

/** The update groups that there would be, made for the preview alone: nobody is told what they work out. */
export function previewGroups(tables: RibTables, receivers: readonly ReceiverChange[]): PreviewGroup[] {
  const groups = new Map<string, PreviewGroup & { readonly receivers: PreviewReceiver[] }>();
  for (const { peer, from, to } of receivers) {
    if (!(from instanceof SharedAdjRibOut)) throw new Error('rib: a preview is for groups of this RIB');
    const key = groupKey(to);
    let group = groups.get(key);
    if (group === undefined) {
      group = { family: to.family, routes: unsentRoutes(tables, to), maxPrefixes: to.maxPrefixes, receivers: [] };
      groups.set(key, group);
    }
    group.receivers.push({
      peer,
      has: (prefix) => from.holds(prefix, peer),
      hasCount: () => from.sentCount(peer),
      isMoving: groupKey(from.spec) !== key,
    });
  }
  return [...groups.values()];
}

function unsentRoutes(tables: RibTables, spec: UpdateGroupSpec): SentRoutes {
  const { pool, peers } = tables;
  const table = tables.of(spec.family);
  const batch = new OutputBatch(table, pool, spec);
  const isMember = () => false;
  return sentRoutesOf(spec, table, pool, peers, tables.decisionInput(table), batch, isMember, () => {});
}
