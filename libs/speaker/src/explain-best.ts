import { type Family, type IpPrefix, type PrefixOctets, parseIpPrefix } from '@bgp/wire';
import { type RouteSource, routeRow } from './routes.ts';
import type { RouteRow } from './status.ts';

/** Every path of a prefix, and which decision step removed it. */
export interface BestExplanation {
  readonly best?: RouteRow;
  /** Of the best. Present: the neighbor that was asked for has it; 0: without ADD-PATH. */
  readonly advertisedPathId?: number;
  /** Without the best; `reason` is the decision step that removed the path. */
  readonly candidates: readonly {
    readonly route: RouteRow;
    readonly reason: string;
    readonly advertisedPathId?: number;
  }[];
}

/** Undefined: there is no path. `to`: and whether that neighbor gets it, under which path identifier. */
export function explainBest(
  source: RouteSource,
  family: Family,
  prefix: IpPrefix,
  to?: string,
): BestExplanation | undefined {
  const { rib, families } = source;
  const parsed = parseIpPrefix(prefix);
  if (!families.includes(family) || !parsed.ok) return undefined;
  const { octets, length } = parsed.value;
  const explanation = rib.explainBest(family, octets, length);
  if (explanation === undefined) return undefined;
  const rows = new Map<string, RouteRow>();
  rib.scanPrefix(family, octets, length, (row) => {
    rows.set(`${row.peer} ${row.pathId}`, routeRow(source, row));
    return true;
  });
  const rowOf = (at: number) => {
    const path = explanation.candidates[at];
    return path === undefined ? undefined : rows.get(`${path.peer} ${path.pathId}`);
  };
  const sent = to === undefined ? undefined : sentPaths(source, family, parsed.value, to);
  const sentAs = (at: number) => {
    const path = explanation.candidates[at];
    const id = path === undefined ? undefined : sent?.get(`${path.peer} ${path.pathId}`);
    return id === undefined ? {} : { advertisedPathId: id };
  };
  const best = rowOf(explanation.best);
  const candidates = explanation.candidates.flatMap((path, at) => {
    const route = rowOf(at);
    if (at === explanation.best || route === undefined) return [];
    return [{ route, reason: path.removedBy ?? '', ...sentAs(at) }];
  });
  return { ...(best === undefined ? {} : { best, ...sentAs(explanation.best) }), candidates };
}

/** What a neighbor has of a prefix: our path identifiers by sender and the sender's own. */
function sentPaths(
  { rib, peerNamed, groupOf }: RouteSource,
  family: Family,
  { octets, length }: PrefixOctets,
  name: string,
): ReadonlyMap<string, number> {
  const sent = new Map<string, number>();
  const peer = peerNamed(name);
  const group = peer === undefined ? undefined : groupOf(peer.index, family);
  const prefix = rib.findPrefix(family, octets, length);
  if (peer === undefined || group === undefined || prefix === 0) return sent;
  group.scanAdvertised(peer.index, prefix, 1, (row) => {
    sent.set(`${row.peer} ${row.receivedPathId}`, row.pathId);
    return true;
  });
  return sent;
}
