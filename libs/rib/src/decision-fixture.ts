import { AttributeFlag } from './attribute-columns.ts';
import { AttributePool } from './attribute-pool.ts';
import type { DecisionInput } from './decision.ts';
import type { OraclePath } from './decision-oracle.ts';
import { PathTable } from './path-table.ts';
import { PeerTable } from './peer-table.ts';

/** The oracle's objects as the columns that the decision reads; path n is row n + 1, with attributes and next hop n + 1. For tests. */
export function decisionInput(
  candidates: readonly OraclePath[],
  alwaysCompareMed: boolean,
  validityMask = 0b1111,
): DecisionInput {
  const pool = new AttributePool({ localAs: 65000, routerId: 1, clusterId: 1 });
  const peers = new PeerTable();
  const paths = new PathTable();
  for (const [index, path] of candidates.entries()) {
    const id = index + 1;
    const peer = peers.add({
      name: `${id}`,
      kind: path.isExternal ? 'external' : 'internal',
      as: 1,
      bgpIdentifier: path.bgpIdentifier,
      address: Uint8Array.of(192, 0, 2, path.peerAddress),
      routeReflectorClient: false,
      routeServerClient: false,
    });
    pool.localPref[id] = path.localPref;
    pool.lengthAndOrigin[id] = (path.asPathLength << 8) | path.origin;
    pool.med[id] = path.med;
    pool.neighborAs[id] = path.neighborAs;
    pool.originatorId[id] = path.originatorId ?? 0;
    pool.flags[id] =
      (path.originatorId === undefined ? 0 : AttributeFlag.hasOriginatorId) |
      (path.isLongLivedStale ? AttributeFlag.longLivedStale : 0);
    pool.clusterListLength[id] = path.clusterListLength;
    pool.nextHopId[id] = id;
    pool.nextHops.cost[id] = path.interiorCost;
    const row = paths.add(1, peer, path.pathId, id, 1);
    paths.effective[row] = id;
    paths.validity[row] = (path.originRank << 2) | path.pathRank;
  }
  return { pool, paths, peers, alwaysCompareMed, validityMask };
}
