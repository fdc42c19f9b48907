import type { PolicyContext, Verdict } from '@bgp/policy';
import type { FilterVerdict, RouteFilter } from '@bgp/rib';
import type { PeerConfig } from './config.ts';
import { GRACEFUL_SHUTDOWN, withCommunity } from './export-rules.ts';
import type { KeyedPolicy } from './policies.ts';
import { routeTypeOf } from './route-type.ts';

/** An import policy as the RIB wants it. `self`: the session's local address in octets, for `next_hop = self`. */
export function importFilter(
  { policy }: KeyedPolicy,
  peer: PeerConfig,
  self: Uint8Array | undefined,
  isLeaving: boolean,
): RouteFilter {
  const known = new Map<Verdict, FilterVerdict>();
  const contexts = new Map<string, PolicyContext>();
  return {
    readsPrefix: policy.reads.has('prefix') || policy.reads.has('family'),
    readsSource: false, // the sender is this filter's own peer
    evaluate(route) {
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
      const verdict = policy.evaluate(route, context);
      let filtered = known.get(verdict);
      if (filtered === undefined) {
        filtered = toFilterVerdict(verdict, self, isLeaving && route.source.kind === 'external');
        known.set(verdict, filtered);
      }
      return filtered;
    },
  };
}

function toFilterVerdict(verdict: Verdict, self: Uint8Array | undefined, isLeaving: boolean): FilterVerdict {
  if (verdict.action === 'reject') return { accept: false, by: verdict.by };
  const nextHop = verdict.nextHopSelf === true && self !== undefined ? { nextHop: self } : {};
  const policyEdit = { ...verdict.edit, ...nextHop };
  // RFC 8326 §4: what comes over a session that ends soon is the last resort, here and for our internal neighbors.
  const edit = isLeaving ? { ...withCommunity(policyEdit, GRACEFUL_SHUTDOWN), localPref: 0 } : policyEdit;
  return Object.keys(edit).length === 0 ? { accept: true, by: verdict.by } : { accept: true, by: verdict.by, edit };
}
