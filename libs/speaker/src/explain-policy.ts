import type { PolicyContext, PolicyTrace, RouteView } from '@bgp/policy';
import type { ExplainedExport, PeerIndex, Rib, RouteRow as RibRow } from '@bgp/rib';
import { decodeAttributes, type Family, type IpPrefix, type PathAttributes, parseIpPrefix } from '@bgp/wire';
import type { Peer } from './peer.ts';
import { routeTypeOf } from './route-type.ts';
import { type RouteSource, routeRow } from './routes.ts';
import { REFUSAL_NAMES } from './session-refusals.ts';
import type { RouteRow } from './status.ts';

/** Why a neighbor has a prefix, or has it not. */
export interface ExportExplanation {
  readonly isAdvertised: boolean;
  /** First what stands in the way of everything, if anything does: `not_established`, `family_not_negotiated`, `no_best_route`. */
  readonly reason?: string;
  /** The best path; or every path, where the neighbor may get several. */
  readonly paths: readonly ExplainedPathOut[];
}

export interface ExplainedPathOut {
  readonly route: RouteRow;
  /** `local_route`, `ibgp_route`, `ebgp_route`. */
  readonly origin: string;
  /** The gate that it does not pass: `split_horizon`, `no_export`, `policy_denied`, … Absent: it passes. */
  readonly refusal?: string;
  /** Absent: it does not come so far. */
  readonly trace?: PolicyTrace;
  /** Absent: the neighbor does not have it. */
  readonly sent?: { readonly pathId: number; readonly attributes: PathAttributes };
}

/** What became of what a neighbor announced under a prefix. */
export interface ImportExplanation {
  readonly route: RouteRow;
  /** `permit`; `deny`, by policy; or what the session's own rules say, such as `otc_route_leak`. */
  readonly outcome: string;
  readonly trace: PolicyTrace;
  readonly before: PathAttributes;
}

export function explainExport(source: RouteSource, peer: Peer, family: Family, prefix: IpPrefix): ExportExplanation {
  const parsed = parseIpPrefix(prefix);
  const group = source.groupOf(peer.index, family);
  const nothing = (reason: string) => ({ isAdvertised: false, reason, paths: [] });
  if (!peer.isEstablished) return nothing('not_established');
  if (group === undefined) return nothing('family_not_negotiated');
  if (!parsed.ok) return nothing('no_best_route');
  const { octets, length } = parsed.value;
  const rows = rowsOf(source, family, prefix);
  const paths = source.rib.explainExport(group, peer.index, octets, length).flatMap((path) => {
    const row = rows.find((one) => one.peer === path.peer && one.pathId === path.pathId);
    return row === undefined ? [] : [explainPath(source, peer, family, prefix, path, row.route)];
  });
  if (paths.length === 0) return nothing('no_best_route');
  return { isAdvertised: paths.some(({ sent }) => sent !== undefined), paths };
}

function explainPath(
  { rib }: RouteSource,
  peer: Peer,
  family: Family,
  prefix: IpPrefix,
  { peer: sender, attributes, refusal, sent }: ExplainedExport,
  route: RouteRow,
): ExplainedPathOut {
  const routeType = routeTypeOf(rib.peer(sender));
  const origin = { local: 'local_route', internal: 'ibgp_route', external: 'ebgp_route' }[routeType];
  const own = typeof refusal === 'number' ? (REFUSAL_NAMES.get(refusal) ?? 'policy_denied') : refusal;
  // Only what passes the gates before it comes to the policy.
  const isJudged = own === undefined || own === 'policy_denied' || own === 'too_large';
  const received = isJudged ? routeView(rib, family, prefix, attributes, route) : undefined;
  const view = received === undefined ? undefined : peer.asAnnounced(received);
  return {
    route,
    origin,
    ...(own === undefined ? {} : { refusal: own }),
    ...(view === undefined ? {} : { trace: peer.exportPolicy.policy.trace(view, contextOf(rib, peer, routeType)) }),
    ...(sent === undefined
      ? {}
      : { sent: { pathId: sent.pathId, attributes: decodeAttributes(rib.canonical(sent.attributes)) } }),
  };
}

/** One per path of the neighbor; empty: it has announced nothing there that was kept. */
export function explainImport(source: RouteSource, peer: Peer, family: Family, prefix: IpPrefix): ImportExplanation[] {
  const { rib } = source;
  const routeType = routeTypeOf(rib.peer(peer.index));
  return rowsOf(source, family, prefix).flatMap(({ peer: sender, received, rejectedBy, effective, route }) => {
    const view = sender === peer.index ? routeView(rib, family, prefix, received, route) : undefined;
    if (view === undefined) return [];
    const outcome = effective !== 0 ? 'permit' : (REFUSAL_NAMES.get(rejectedBy) ?? 'deny');
    const trace = peer.importPolicy.policy.trace(view, contextOf(rib, peer, routeType));
    return [{ route, outcome, trace, before: decodeAttributes(rib.canonical(received)) }];
  });
}

export function contextOf(rib: Rib, peer: Peer, routeType: PolicyContext['routeType']): PolicyContext {
  const { peerGroup, name } = peer.config;
  const neighborAs = rib.peer(peer.index).as;
  return { neighbor: name, neighborAs, ...(peerGroup === undefined ? {} : { peerGroup }), routeType };
}

interface Row {
  readonly peer: PeerIndex;
  readonly pathId: number;
  readonly received: number;
  readonly effective: number;
  readonly rejectedBy: number;
  readonly route: RouteRow;
}

function rowsOf(source: RouteSource, family: Family, prefix: IpPrefix): Row[] {
  const parsed = parseIpPrefix(prefix);
  const rows: Row[] = [];
  if (!parsed.ok) return rows;
  source.rib.scanPrefix(family, parsed.value.octets, parsed.value.length, (row: RibRow) => {
    const { peer, pathId, received, effective, rejectedBy } = row;
    rows.push({ peer, pathId, received, effective, rejectedBy, route: routeRow(source, row) });
    return true;
  });
  return rows;
}

/** Made anew each time: the RIB's own cursors move on. */
function routeView(
  rib: Rib,
  family: Family,
  prefix: IpPrefix,
  attributes: number,
  { originValidity, aspaState }: RouteRow,
): RouteView | undefined {
  const parsed = parseIpPrefix(prefix);
  if (!parsed.ok) return undefined;
  const { octets, length } = parsed.value;
  const words = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const word = (at: number) => (octets.length > at * 4 ? words.getUint32(at * 4) : 0);
  const view = { family, w0: word(0), w1: word(1), w2: word(2), w3: word(3), length };
  return { ...view, attributes: rib.attributes(attributes), originValidity, aspaState };
}
