import { AttributeFlag } from './attribute-columns.ts';
import type { AttributePool } from './attribute-pool.ts';
import type { DecisionStepId } from './decision-step-id.ts';
import type { PathTable } from './path-table.ts';
import type { PeerTable } from './peer-table.ts';
import { VALIDITY_MASK } from './validity.ts';

/** What the steps read: columns, no objects per route. */
export interface DecisionInput {
  readonly pool: AttributePool;
  readonly paths: PathTable;
  readonly peers: PeerTable;
  readonly alwaysCompareMed: boolean;
  /** The parts of `Validity` that count. */
  readonly validityMask: number;
}

interface Step {
  readonly id: DecisionStepId;
  readonly source: string;
  /** The paths with the lowest rank stay. */
  rank(input: DecisionInput, path: number): number;
  /** Ranks compare only between paths of the same neighboring AS, unless MED is always compared. */
  readonly withinNeighborAs?: true;
  /** Paths that only later steps tell apart may share the load. */
  readonly multipath: boolean;
}

/**
 * Best-path selection.
 *
 * RFC 4271 §9.1.2.2 removes routes from a *set*, step by step; so do we. A pairwise comparison is not transitive
 * (MED compares only within one neighboring AS), and its result would depend on arrival order. This table serves
 * selection, multipath and explanation, so they cannot disagree; sets of two take the pairwise short cut, which for two
 * paths is the same thing.
 *
 * The identifiers are API names. Paths that are stale for the short time of RFC 4724 compete like fresh ones (RFC 9494 §4.2 has it
 * so in words). Difference from the standard: the path identifier at the end (RFC 7911 names no tie-break). Routes of local origin count as
 * internal in step (d), with interior cost 0.
 *
 * What RPKI says comes before LOCAL_PREF, as RFC 6811 §5 allows (it may be made part of the degree of preference); other daemons leave it
 * to policy, so it can be switched off (`validityMask`).
 */
export const DECISION_STEPS = [
  { id: 'stale_preference', source: 'RFC 9494 §4.4', multipath: true, rank: (d, path) => leastPreferred(d, path) },
  {
    id: 'rpki_preference',
    source: 'RFC 6811 §2',
    multipath: true,
    rank: (d, path) => d.paths.validity[path]! & d.validityMask & VALIDITY_MASK.origin,
  },
  {
    id: 'aspa_preference',
    source: 'ours: valid before unknown before invalid, states of draft-ietf-sidrops-aspa-verification-28 §5',
    multipath: true,
    rank: (d, path) => d.paths.validity[path]! & d.validityMask & VALIDITY_MASK.path,
  },
  {
    id: 'higher_local_pref',
    source: 'RFC 4271 §9.1.1',
    multipath: true,
    rank: (d, path) => -d.pool.localPref[d.paths.effective[path]!]!,
  },
  {
    id: 'shorter_as_path',
    source: 'RFC 4271 §9.1.2.2 (a)',
    multipath: true,
    rank: (d, path) => d.pool.lengthAndOrigin[d.paths.effective[path]!]! >>> 8,
  },
  {
    id: 'lower_origin',
    source: 'RFC 4271 §9.1.2.2 (b)',
    multipath: true,
    rank: (d, path) => d.pool.lengthAndOrigin[d.paths.effective[path]!]! & 0xff,
  },
  {
    // A missing MED counts as 0, the lowest; the column holds it so.
    id: 'lower_med',
    source: 'RFC 4271 §9.1.2.2 (c)',
    multipath: true,
    withinNeighborAs: true,
    rank: (d, path) => d.pool.med[d.paths.effective[path]!]!,
  },
  {
    // RFC 5065 §5.3: routes from other members of the confederation count as internal here.
    id: 'ebgp_over_ibgp',
    source: 'RFC 4271 §9.1.2.2 (d)',
    multipath: true,
    rank: (d, path) => d.peers.internalRank[d.paths.peer[path]!]!,
  },
  {
    id: 'lower_interior_cost',
    source: 'RFC 4271 §9.1.2.2 (e)',
    multipath: true,
    rank: (d, path) => interiorCost(d, path),
  },
  {
    id: 'lower_originator_id',
    source: 'RFC 4271 §9.1.2.2 (f), RFC 4456 §9',
    multipath: false,
    rank: (d, path) => identifier(d, path),
  },
  {
    id: 'shorter_cluster_list',
    source: 'RFC 4456 §9',
    multipath: false,
    rank: (d, path) => d.pool.clusterListLength[d.paths.effective[path]!]!,
  },
  {
    id: 'lower_peer_address',
    source: 'RFC 4271 §9.1.2.2 (g)',
    multipath: false,
    rank: (d, path) => d.peers.addressRank[d.paths.peer[path]!]!,
  },
  {
    id: 'lower_path_id',
    source: 'ours: RFC 7911 names no tie-break',
    multipath: false,
    rank: (d, path) => d.paths.pathId[path]!,
  },
] as const satisfies readonly Step[];

export type { DecisionStepId };

/**
 * The best of the first `count` candidates (path rows, all usable); 0 when there is none. Reorders `candidates`.
 * @source RFC 4271 §9.1.2.2, RFC 4456 §9
 */
export function selectBest(input: DecisionInput, candidates: Uint32Array, count: number): number {
  if (count === 0) return 0;
  if (count === 1) return candidates[0]!;
  if (count === 2) return betterOfTwo(input, candidates[0]!, candidates[1]!);
  let left = count;
  for (const step of STEPS) {
    left = keepLowest(step, input, candidates, left);
    if (left === 1) break;
  }
  return candidates[0]!;
}

/** The same elimination, telling for every loser which step removed it. */
export function eliminate(
  input: DecisionInput,
  candidates: readonly number[],
): { readonly best: number; readonly removedBy: ReadonlyMap<number, DecisionStepId> } {
  const rows = Uint32Array.from(candidates);
  const removedBy = new Map<number, DecisionStepId>();
  let left = rows.length;
  for (const step of DECISION_STEPS) {
    if (left <= 1) break;
    const before = left;
    left = keepLowest(step, input, rows, left);
    for (let i = left; i < before; i++) removedBy.set(rows[i]!, step.id);
  }
  return { best: rows[0] ?? 0, removedBy };
}

/** The paths that tie with the best on every step a forwarder cares about: up to and including interior cost. */
export function multipathSet(input: DecisionInput, candidates: readonly number[]): readonly number[] {
  const rows = Uint32Array.from(candidates);
  let left = rows.length;
  for (const step of STEPS) {
    if (step.multipath && left > 1) left = keepLowest(step, input, rows, left);
  }
  return Array.from(rows.subarray(0, left));
}

const STEPS: readonly Step[] = DECISION_STEPS;

/** Moves the paths that stay to the front, the removed ones behind them; returns how many stay. */
function keepLowest(step: Step, input: DecisionInput, rows: Uint32Array, count: number): number {
  if (step.withinNeighborAs === true && !input.alwaysCompareMed) return keepLowestPerNeighbor(step, input, rows, count);
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) lowest = Math.min(lowest, step.rank(input, rows[i]!));
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    if (step.rank(input, row) !== lowest) continue;
    rows[i] = rows[kept]!;
    rows[kept++] = row;
  }
  return kept;
}

function keepLowestPerNeighbor(step: Step, input: DecisionInput, rows: Uint32Array, count: number): number {
  let kept = 0;
  // Whether a path is beaten must be asked of the whole set, removed ones included: they stay in `rows` behind `kept`.
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    if (isBeaten(step, input, rows, count, row)) continue;
    rows[i] = rows[kept]!;
    rows[kept++] = row;
  }
  return kept;
}

function isBeaten(step: Step, input: DecisionInput, rows: Uint32Array, count: number, row: number): boolean {
  const rank = step.rank(input, row);
  const neighborAs = input.pool.neighborAs[input.paths.effective[row]!];
  for (let i = 0; i < count; i++) {
    const other = rows[i]!;
    if (step.rank(input, other) < rank && input.pool.neighborAs[input.paths.effective[other]!] === neighborAs)
      return true;
  }
  return false;
}

/** The ladder unrolled for two paths: most prefixes of a full table have one or two. Property-tested against `eliminate`. */
function betterOfTwo(d: DecisionInput, a: number, b: number): number {
  const { paths, pool, peers } = d;
  const attributesA = paths.effective[a]!;
  const attributesB = paths.effective[b]!;
  const staleA = leastPreferred(d, a);
  if (staleA !== leastPreferred(d, b)) return staleA === 0 ? a : b;
  // Both steps in one comparison: the origin has the upper bits.
  const validityA = paths.validity[a]! & d.validityMask;
  const validityB = paths.validity[b]! & d.validityMask;
  if (validityA !== validityB) return validityA < validityB ? a : b;
  if (attributesA !== attributesB) {
    const prefA = pool.localPref[attributesA]!;
    const prefB = pool.localPref[attributesB]!;
    if (prefA !== prefB) return prefA > prefB ? a : b;
    // Length in the upper bits, origin in the lower: one comparison for steps (a) and (b).
    const lengthA = pool.lengthAndOrigin[attributesA]!;
    const lengthB = pool.lengthAndOrigin[attributesB]!;
    if (lengthA !== lengthB) return lengthA < lengthB ? a : b;
    if (d.alwaysCompareMed || pool.neighborAs[attributesA] === pool.neighborAs[attributesB]) {
      const medA = pool.med[attributesA]!;
      const medB = pool.med[attributesB]!;
      if (medA !== medB) return medA < medB ? a : b;
    }
  }
  const peerA = paths.peer[a]!;
  const peerB = paths.peer[b]!;
  const internalA = peers.internalRank[peerA]!;
  const internalB = peers.internalRank[peerB]!;
  if (internalA !== internalB) return internalA < internalB ? a : b;
  const costA = interiorCost(d, a);
  const costB = interiorCost(d, b);
  if (costA !== costB) return costA < costB ? a : b;
  const identifierA = identifier(d, a);
  const identifierB = identifier(d, b);
  if (identifierA !== identifierB) return identifierA < identifierB ? a : b;
  const clustersA = pool.clusterListLength[attributesA]!;
  const clustersB = pool.clusterListLength[attributesB]!;
  if (clustersA !== clustersB) return clustersA < clustersB ? a : b;
  const addressA = peers.addressRank[peerA]!;
  const addressB = peers.addressRank[peerB]!;
  if (addressA !== addressB) return addressA < addressB ? a : b;
  return paths.pathId[a]! <= paths.pathId[b]! ? a : b;
}

/** RFC 9494 §4.3: whoever put LLGR_STALE there, the path is the last resort. */
function leastPreferred(d: DecisionInput, path: number): number {
  return d.pool.flags[d.paths.effective[path]!]! & AttributeFlag.longLivedStale;
}

function interiorCost(d: DecisionInput, path: number): number {
  if (d.peers.isLocal(d.paths.peer[path]!)) return 0;
  return d.pool.nextHops.cost[d.pool.nextHopId[d.paths.effective[path]!]!]!;
}

/** A reflected route counts as its originator's (RFC 4456 §9). */
function identifier(d: DecisionInput, path: number): number {
  const attributes = d.paths.effective[path]!;
  return d.pool.hasOriginatorId(attributes)
    ? d.pool.originatorId[attributes]!
    : d.peers.bgpIdentifier[d.paths.peer[path]!]!;
}
