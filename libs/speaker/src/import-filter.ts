import { type PolicyContext, type PolicyDelta, policyDelta, type Verdict } from '@bgp/policy';
import type { FilterVerdict, RouteCursor, RouteFilter } from '@bgp/rib';
import type { AttributeEdit } from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import { GRACEFUL_SHUTDOWN, withCommunity } from './export-rules.ts';
import { FLOWSPEC_FAMILIES } from './flowspec-validation.ts';
import { judgeOtcOnReceipt } from './only-to-customer.ts';
import type { KeyedPolicy } from './policies.ts';
import { routeTypeOf } from './route-type.ts';
import { REFUSED_BY } from './session-refusals.ts';

const ROUTE_LEAK: FilterVerdict = { accept: false, by: REFUSED_BY.otcRouteLeak };
const NOT_FEASIBLE: FilterVerdict = { accept: false, by: REFUSED_BY.flowSpecInfeasible };

/** The routes that another configuration may judge otherwise, as long as the session is the same. */
export function importDelta(
  before: KeyedPolicy,
  beforeConfig: PeerConfig,
  after: KeyedPolicy,
  afterConfig: PeerConfig,
): PolicyDelta {
  const rest = ({ peerGroup, role, localAs, flowSpecValidation }: PeerConfig) => {
    const readsPeer = before.policy.reads.has('peer') || after.policy.reads.has('peer');
    return JSON.stringify([readsPeer ? peerGroup : undefined, role, localAs, flowSpecValidation]);
  };
  if (rest(beforeConfig) !== rest(afterConfig)) return { kind: 'all' };
  return before.key === after.key ? { kind: 'none' } : policyDelta(before.sources, after.sources);
}

/**
 * What the session demands of a received route, then the import policy, as the RIB wants it. Made anew for each session.
 * `self`: the session's local address in octets, for `next_hop = self`. `isFeasibleRule`: absent, every FlowSpec rule is.
 */
export function importFilter(
  { policy, hits }: KeyedPolicy,
  peer: PeerConfig,
  self: Uint8Array | undefined,
  isLeaving: boolean,
  isFeasibleRule: ((route: RouteCursor) => boolean) | undefined,
): RouteFilter {
  const known = new Map<Verdict, FilterVerdict>();
  const knownMarked = new Map<Verdict, FilterVerdict>();
  const contexts = new Map<string, PolicyContext>();
  return {
    readsPrefix: (['prefix', 'family', 'validity'] as const).some((input) => policy.reads.has(input)),
    readsSource: false, // the sender is this filter's own peer
    readsValidity: policy.reads.has('validity'),
    evaluate(route) {
      const otc = judgeOtcOnReceipt(peer.role, route);
      if (otc === 'leak') return ROUTE_LEAK;
      if (isFeasibleRule !== undefined && FLOWSPEC_FAMILIES.includes(route.family) && !isFeasibleRule(route)) {
        return NOT_FEASIBLE;
      }
      const routeType = routeTypeOf(route.source);
      let context = contexts.get(routeType);
      if (context === undefined) {
        context = {
          neighbor: peer.name,
          neighborAs: route.source.as,
          ...(peer.peerGroup === undefined ? {} : { peerGroup: peer.peerGroup }),
          routeType,
        };
        contexts.set(routeType, context);
      }
      const verdict = policy.evaluate(route, context, hits);
      const cache = otc === 'add' ? knownMarked : known;
      let filtered = cache.get(verdict);
      if (filtered === undefined) {
        const mark = otc === 'add' ? { otcIfAbsent: route.source.as } : {};
        filtered = toFilterVerdict(verdict, peer, self, mark, isLeaving && route.source.kind === 'external');
        cache.set(verdict, filtered);
      }
      return filtered;
    },
  };
}

function toFilterVerdict(
  verdict: Verdict,
  peer: PeerConfig,
  self: Uint8Array | undefined,
  mark: AttributeEdit,
  isLeaving: boolean,
): FilterVerdict {
  if (verdict.action === 'reject') return { accept: false, by: verdict.by };
  const nextHop = verdict.nextHop === 'self' && self !== undefined ? { nextHop: self } : {};
  const { localAs } = peer;
  // Below what policy prepends: it is as if a router of that AS had passed the route on to us.
  const prepend =
    localAs?.prependInbound === true
      ? { prepend: [{ as: localAs.as, count: 1 }, ...(verdict.edit?.prepend ?? [])] }
      : {};
  const sessionEdit = { ...verdict.edit, ...nextHop, ...prepend, ...mark };
  // RFC 8326 §4: what comes over a session that ends soon is the last resort, here and for our internal neighbors.
  const edit = isLeaving ? { ...withCommunity(sessionEdit, GRACEFUL_SHUTDOWN), localPref: 0 } : sessionEdit;
  return Object.keys(edit).length === 0 ? { accept: true, by: verdict.by } : { accept: true, by: verdict.by, edit };
}
