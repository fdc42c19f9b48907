import type { EncodeError } from '@bgp/wire';
import type { AttributePool } from './attribute-pool.ts';
import { BestPathOut } from './best-path-out.ts';
import type { DecisionInput } from './decision.ts';
import { Egress } from './egress.ts';
import type { FamilyTable } from './family-table.ts';
import { ManyPathsOut } from './many-paths-out.ts';
import type { OutputBatch } from './output-batch.ts';
import type { PeerTable } from './peer-table.ts';
import type { SentRoutes } from './sent-routes.ts';
import type { AttrId, PeerIndex, UpdateGroupSpec } from './types.ts';

/** Whether paths other than the best one matter to a group. */
export function wantsEveryPath({ addPathSendMax, perMemberBest }: UpdateGroupSpec): boolean {
  return addPathSendMax > 0 || perMemberBest;
}

/** The way to hold what a group has sent that fits its specification. */
export function sentRoutesOf(
  spec: UpdateGroupSpec,
  table: FamilyTable,
  pool: AttributePool,
  peers: PeerTable,
  input: DecisionInput,
  batch: OutputBatch,
  isMember: (peer: PeerIndex) => boolean,
  onFailure: (error: EncodeError, attributes: AttrId) => void,
): SentRoutes {
  const egress = new Egress(spec, table, pool, peers, batch, onFailure);
  return wantsEveryPath(spec)
    ? new ManyPathsOut(table, pool, input, egress, batch, isMember, spec.addPathSendMax)
    : new BestPathOut(table, pool, egress, batch, isMember);
}
