import {
  ExplainAdvertisedRouteResponseSchema,
  ExplainImportPolicyResponseSchema,
  type PolicyTraceEntrySchema,
} from '@bgp/api-proto';
import { describeCondition, type PolicyTrace, type TracedCondition } from '@bgp/policy';
import type { ExportExplanation, ImportExplanation, RouteRow } from '@bgp/speaker';
import type { IpPrefix, PathAttributes } from '@bgp/wire';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { splitPrefix, toPeerAddress } from './address.ts';
import { toRoute } from './route.ts';

/** One sentence for each gate. */
const SENTENCES: Readonly<Record<string, string>> = {
  not_established: 'the session is not established',
  family_not_negotiated: 'the session does not carry this address family',
  no_best_route: 'there is no usable route for this prefix',
  local_route: 'the route is one of our own',
  ibgp_route: 'the route came from an internal neighbor',
  ebgp_route: 'the route came from an external neighbor',
  split_horizon: 'the route came from this neighbor',
  ibgp_split_horizon:
    'a route of one internal neighbor does not go to another (RFC 4271 §9.2), and neither is a client (RFC 4456)',
  no_advertise: 'it carries NO_ADVERTISE (RFC 1997)',
  no_export: 'it carries NO_EXPORT (RFC 1997)',
  no_export_subconfed: 'it carries NO_EXPORT_SUBCONFED (RFC 1997)',
  long_lived_stale: 'it is long-lived stale, and the neighbor does not know what that means (RFC 9494 §4.3)',
  otc_route_leak: 'it would be a route leak (RFC 9234)',
  no_peer: 'it carries NO_PEER (RFC 3765)',
  link_local_next_hop:
    'its next hop is a link-local address, and the session has no address of ours to stand in for it',
  too_large: 'its attributes do not fit a message of this session',
  policy_denied: 'the export policy refuses it',
  policy_permitted: 'the export policy lets it pass',
  not_sent_yet:
    'nothing speaks against it, but the neighbor does not have it: it waits behind a limit, or is on its way',
};

export function toAdvertisedExplanation(peer: string, prefix: IpPrefix, explanation: ExportExplanation) {
  const { isAdvertised, reason, paths } = explanation;
  const chosen = paths.find(({ sent }) => sent !== undefined) ?? paths[0];
  const codes: string[] = reason === undefined ? [] : [reason];
  if (chosen !== undefined) {
    codes.push(chosen.origin);
    if (chosen.refusal !== undefined) codes.push(chosen.refusal);
    else codes.push('policy_permitted', ...(chosen.sent === undefined ? ['not_sent_yet'] : []));
  }
  const sent =
    chosen?.sent === undefined ? undefined : asSent(chosen.route, chosen.sent.pathId, chosen.sent.attributes);
  return create(ExplainAdvertisedRouteResponseSchema, {
    decision: isAdvertised ? 'advertised' : 'not_advertised',
    peerAddress: peer,
    ...splitPrefix(prefix),
    nextHop: sent?.nextHop[0] ?? '',
    pathId: chosen?.sent?.pathId ?? 0,
    routePeerAddress: chosen === undefined ? '' : toPeerAddress(chosen.route.peer),
    routeType: { local_route: 'local', ibgp_route: 'internal', ebgp_route: 'external' }[chosen?.origin ?? ''] ?? '',
    reasons: codes.map((code) => ({ code, message: SENTENCES[code] ?? code })),
    ...(chosen?.trace?.verdict.action === 'accept' ? { modifications: toModifications(chosen.trace) } : {}),
    paths: paths.map(({ route, refusal, trace, sent: own }) => ({
      route: toRoute(route),
      refusal: refusal ?? '',
      trace: trace === undefined ? [] : toTrace(trace),
      ...(own === undefined ? {} : { sent: toRoute(asSent(route, own.pathId, own.attributes)) }),
    })),
  });
}

export function toImportExplanation(paths: readonly ImportExplanation[]) {
  const [first] = paths;
  const outcome =
    first === undefined ? 'not_seen' : first.outcome === 'permit' && first.route.stale ? 'stale' : first.outcome;
  return create(ExplainImportPolicyResponseSchema, {
    outcome,
    paths: paths.map(({ route, outcome: own, trace, before }) => ({
      received: toRoute(asSent(route, route.pathId, before)),
      ...(own === 'permit' ? { accepted: toRoute(route) } : {}),
      outcome: own,
      trace: toTrace(trace),
    })),
  });
}

function asSent(route: RouteRow, pathId: number, attributes: PathAttributes): RouteRow {
  const nextHop = [attributes.nextHop, attributes.linkLocalNextHop].filter((address) => address !== undefined);
  const { rejectedBy: _rejectedBy, ...rest } = route;
  return { ...rest, pathId, attributes, nextHop, best: false };
}

function toTrace({ entries }: PolicyTrace): MessageInitShape<typeof PolicyTraceEntrySchema>[] {
  return entries.map(({ policy, term, outcome, failed, matched = [], changes = [] }) => ({
    policy,
    term,
    outcome,
    ...(failed === undefined ? {} : inWords(failed)),
    changes: [...changes],
    matched: matched.map(inWords),
  }));
}

function inWords({ condition, wanted, has }: TracedCondition) {
  return { condition: describeCondition(condition), wanted, has };
}

type Modifications = NonNullable<MessageInitShape<typeof ExplainAdvertisedRouteResponseSchema>['modifications']>;

function toModifications({ verdict }: PolicyTrace): Modifications {
  if (verdict.action !== 'accept') return {};
  const { edit = {}, nextHop } = verdict;
  const [prepend] = edit.prepend ?? [];
  const large = (texts: readonly string[] | undefined) => [...(texts ?? [])];
  const lists = [edit.communities, edit.extendedCommunities, edit.largeCommunities];
  return {
    ...(typeof edit.localPref === 'number' ? { setLocalPref: edit.localPref } : {}),
    ...(typeof edit.med === 'number' ? { setMed: edit.med } : {}),
    setNextHop: nextHop ?? '',
    communitiesAdd: [...(edit.communities?.add ?? [])],
    communitiesRemove: [...(edit.communities?.remove ?? [])],
    extendedCommunitiesAdd: [...(edit.extendedCommunities?.add ?? [])],
    extendedCommunitiesRemove: [...(edit.extendedCommunities?.remove ?? [])],
    largeCommunitiesAdd: large(edit.largeCommunities?.add),
    largeCommunitiesRemove: large(edit.largeCommunities?.remove),
    communityPatternsRemove: lists.flatMap((list) => list?.removeMatching ?? []).map(({ text }) => text),
    ...(prepend === undefined ? {} : { asPathPrependAsn: prepend.as, asPathPrependCount: prepend.count }),
  };
}
