import type { RouteRow } from '@bgp/speaker';
import { type AsPath, type LargeCommunity, type PathAttributes, safiOf } from '@bgp/wire';
import { communityPair, extendedCommunityTriple, largeCommunityTriple } from './communities.ts';
import { protocolId } from './protocol-id.ts';
import { formatServerTime } from './time.ts';

const ORIGINS = ['IGP', 'EGP', 'Incomplete'];
const MULTICAST = 2; // SAFI, RFC 4760 §6

/** What is said about a row besides its attributes. */
export interface RouteNotes {
  /** Address of the neighbor, without zone; empty: ours. */
  readonly learntFrom: string;
  /** Why the import policy refused it: `policy/statement`. */
  readonly filteredReason?: string;
  /** The same as a community, for alice-lg. */
  readonly reasonCommunity?: LargeCommunity;
  /** Why the neighbor that was asked about does not get it. */
  readonly noExportReason?: string;
}

/**
 * A route as birdwatcher gives it. Numbers that BIRD prints as text stay text, `as_path`, `local_pref` and `med` among them:
 * alice-lg reads no others. What a route does not have is absent.
 */
export function routeForm(row: RouteRow, notes: RouteNotes): Readonly<Record<string, unknown>> {
  const { prefix, peer, family, nextHop, best, receivedAtMs, attributes, pathId, stale } = row;
  const { learntFrom, filteredReason, reasonCommunity, noExportReason } = notes;
  return {
    network: prefix,
    gateway: nextHop[0] ?? '',
    from_protocol: protocolId(peer),
    interface: '',
    metric: 0,
    age: formatServerTime(receivedAtMs),
    type: ['BGP', safiOf(family) === MULTICAST ? 'multicast' : 'unicast', 'univ'],
    primary: best,
    learnt_from: learntFrom,
    ...(pathId === 0 ? {} : { path_id: pathId }),
    ...(stale ? { stale } : {}),
    ...(filteredReason === undefined ? {} : { filtered_reason: filteredReason }),
    ...(noExportReason === undefined ? {} : { noexport_reason: noExportReason }),
    bgp: bgpForm(attributes, nextHop, reasonCommunity),
  };
}

function bgpForm(attributes: PathAttributes, nextHop: readonly string[], reason: LargeCommunity | undefined) {
  const { origin, asPath, med, localPref, aggregator, communities, originatorId, clusterList, otc } = attributes;
  const large = [...(attributes.largeCommunities ?? []), ...(reason === undefined ? [] : [reason])];
  return {
    origin: ORIGINS[origin ?? 2] ?? 'Incomplete',
    as_path: asPathTexts(asPath ?? []),
    next_hop: nextHop.join(' '),
    ...(localPref === undefined ? {} : { local_pref: String(localPref) }),
    ...(med === undefined ? {} : { med: String(med) }),
    ...(attributes.atomicAggregate === undefined ? {} : { atomic_aggr: '' }),
    ...(aggregator === undefined ? {} : { aggregator: `${aggregator.address} AS${aggregator.as}` }),
    communities: (communities ?? []).map(communityPair),
    large_communities: large.map(largeCommunityTriple),
    ext_communities: (attributes.extendedCommunities ?? []).map(extendedCommunityTriple),
    ...(originatorId === undefined ? {} : { originator_id: originatorId }),
    ...(clusterList === undefined ? {} : { cluster_list: clusterList.join(' ') }),
    ...(otc === undefined ? {} : { otc: String(otc) }),
  };
}

/** One text per AS of a sequence; a set is one text, `{64500,64501}`, since it stands for one step of the path. */
function asPathTexts(path: AsPath): string[] {
  return path.flatMap(({ type, asns }) => {
    if (type === 'set' || type === 'confed-set') return [`{${asns.join(',')}}`];
    return asns.map(String);
  });
}
