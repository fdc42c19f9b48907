import type { DecisionStepId } from './decision-step-id.ts';

/** One candidate as an object: what the properties of the columnar decision are checked against. Not exported from the package. */
export interface OraclePath {
  readonly isLongLivedStale: boolean;
  /** 0 valid, 1 neither, 2 invalid. */
  readonly originRank: number;
  readonly pathRank: number;
  readonly localPref: number;
  readonly asPathLength: number;
  readonly origin: number;
  readonly med: number;
  readonly neighborAs: number;
  readonly isExternal: boolean;
  readonly interiorCost: number;
  readonly originatorId: number | undefined;
  readonly bgpIdentifier: number;
  readonly clusterListLength: number;
  readonly peerAddress: number;
  readonly pathId: number;
}

/** RFC 4271 §9.1.2.2 and RFC 4456 §9 word by word: from a set, step by step, without any short cut. */
export function selectBestPath(
  paths: readonly OraclePath[],
  alwaysCompareMed: boolean,
): { readonly best: number; readonly removedBy: ReadonlyMap<number, DecisionStepId> } {
  const removedBy = new Map<number, DecisionStepId>();
  let remaining = paths.map((_, index) => index);
  const at = (index: number): OraclePath => paths[index]!; // indexes come from the list itself
  const keep = (id: DecisionStepId, isKept: (index: number) => boolean) => {
    const kept = remaining.filter(isKept);
    for (const index of remaining) if (!kept.includes(index)) removedBy.set(index, id);
    remaining = kept;
  };
  const keepLowest = (id: DecisionStepId, rank: (path: OraclePath) => number) => {
    const lowest = Math.min(...remaining.map((index) => rank(at(index))));
    keep(id, (index) => rank(at(index)) === lowest);
  };
  keepLowest('stale_preference', (path) => (path.isLongLivedStale ? 1 : 0));
  keepLowest('rpki_preference', (path) => path.originRank);
  keepLowest('aspa_preference', (path) => path.pathRank);
  keepLowest('higher_local_pref', (path) => -path.localPref);
  keepLowest('shorter_as_path', (path) => path.asPathLength);
  keepLowest('lower_origin', (path) => path.origin);
  const considered = remaining;
  keep('lower_med', (index) => {
    const comparable = (other: number) => alwaysCompareMed || at(other).neighborAs === at(index).neighborAs;
    return !considered.some((other) => comparable(other) && at(other).med < at(index).med);
  });
  keepLowest('ebgp_over_ibgp', (path) => (path.isExternal ? 0 : 1));
  keepLowest('lower_interior_cost', (path) => path.interiorCost);
  keepLowest('lower_originator_id', (path) => path.originatorId ?? path.bgpIdentifier);
  keepLowest('shorter_cluster_list', (path) => path.clusterListLength);
  keepLowest('lower_peer_address', (path) => path.peerAddress);
  keepLowest('lower_path_id', (path) => path.pathId);
  return { best: remaining[0]!, removedBy };
}
