import type { PolicyContext, Verdict } from '@bgp/policy';
import type { FilterVerdict, RibPeer, RouteCursor, RouteFilter } from '@bgp/rib';
import type { AttributeEdit } from '@bgp/wire';
import { asAnnounced, type SessionIdentity } from './announced-origin.ts';
import type { PeerConfig } from './config.ts';
import { isLeakOnSending, marksOnSending } from './only-to-customer.ts';
import type { KeyedPolicy } from './policies.ts';
import { routeTypeOf } from './route-type.ts';
import { isLinkLocalAddress } from './scoped-address.ts';
import { REFUSED_BY } from './session-refusals.ts';
import type { Validation } from './validation.ts';

const LLGR_STALE = 0xffff_0006; // RFC 9494 §3.2
const NO_EXPORT = 0xffff_ff01; // RFC 1997
const NO_PEER = 0xffff_ff04; // RFC 3765
export const GRACEFUL_SHUTDOWN = 0xffff_0000; // RFC 8326 §2
const ORIGINATOR_ID = 9;
const CLUSTER_LIST = 10;
/** RFC 4271 §5.1.5 makes LOCAL_PREF mandatory between internal peers. */
const DEFAULT_LOCAL_PREF = 100;

/** What a session adds to a route on its way out, beyond policy. */
export interface ExportSession extends SessionIdentity {
  /** Our address on the session in the family's next-hop form: 4 or 16 octets; empty where we have none and need none. */
  readonly self: Uint8Array;
  readonly clusterId: number;
  /** False for families whose routes have none. */
  readonly hasNextHop: boolean;
  /** The neighbor advertised Long-Lived Graceful Restart for the family. */
  readonly longLivedStale: boolean;
  /** RFC 8326 §4: the session ends soon. */
  readonly isLeaving: boolean;
}

/** Equal keys: the same octets for every route, so that the peers can share an update group. */
export function exportKey(policy: KeyedPolicy, peer: PeerConfig, session: ExportSession): string {
  // A policy that looks at its receiver is another policy for each of them.
  const receiver = policy.policy.reads.has('peer') ? `${peer.name} ${peer.peerGroup ?? ''}` : '';
  const own = [
    session.self.join('.'),
    peer.nextHopSelf,
    peer.removePrivateAs ?? '',
    peer.routeServerClient,
    session.longLivedStale,
    peer.role ?? '',
    session.localAs,
    session.ownFront.join('.'),
    peer.asOverride ? session.remoteAs : '',
    session.isLeaving,
  ].join('|');
  return `${policy.key}|${receiver}|${own}`;
}

/**
 * Policy and session rules as one filter: the policy's changes first, then what the kind of session demands. One edit per verdict and
 * kind of sender, always the same object, so that the RIB works out each attribute set once.
 */
export function exportFilter(
  keyed: KeyedPolicy,
  peer: PeerConfig,
  session: ExportSession,
  validation: Validation,
): RouteFilter {
  const { policy, hits } = keyed;
  const readsValidity = policy.reads.has('validity');
  const known = new Map<Verdict, Map<number, FilterVerdict>>();
  const contexts = new Map<string, PolicyContext>();
  return {
    readsPrefix: policy.reads.has('prefix') || readsValidity,
    readsValidity,
    readsSource: false, // beyond its kind, which the RIB keeps apart; reflection is per sender there anyway
    evaluate(route) {
      const refusal = refusalOf(route, peer, session);
      if (refusal !== undefined) return refusal;
      const context = contextOf(contexts, peer, session, routeTypeOf(route.source));
      const verdict = policy.evaluate(
        readsValidity ? asAnnounced(route, peer, session, validation) : route,
        context,
        hits,
      );
      let bySender = known.get(verdict);
      if (bySender === undefined) {
        bySender = new Map();
        known.set(verdict, bySender);
      }
      const variant = variantOf(route, session);
      let filtered = bySender.get(variant);
      if (filtered === undefined) {
        filtered = toFilterVerdict(verdict, route, peer, session);
        bySender.set(variant, filtered);
      }
      return filtered;
    },
  };
}

const ROUTE_LEAK: FilterVerdict = { accept: false, by: REFUSED_BY.otcRouteLeak };
const NO_NEXT_HOP: FilterVerdict = { accept: false, by: REFUSED_BY.linkLocalNextHop };
const NOT_FOR_PEERS: FilterVerdict = { accept: false, by: REFUSED_BY.noPeer };

/** What no policy can let through. */
function refusalOf(route: RouteCursor, { role }: PeerConfig, session: ExportSession): FilterVerdict | undefined {
  if (role === undefined || session.kind !== 'external') return undefined;
  if (isLeakOnSending(role, route)) return ROUTE_LEAK;
  // RFC 3765 leaves it open how a speaker knows a bilateral peer: here by the role that the session has.
  return role === 'peer' && route.attributes.hasCommunity(NO_PEER) ? NOT_FOR_PEERS : undefined;
}

function contextOf(
  contexts: Map<string, PolicyContext>,
  peer: PeerConfig,
  session: ExportSession,
  routeType: PolicyContext['routeType'],
): PolicyContext {
  let context = contexts.get(routeType);
  if (context === undefined) {
    context = {
      neighbor: peer.name,
      neighborAs: session.remoteAs,
      ...(peer.peerGroup === undefined ? {} : { peerGroup: peer.peerGroup }),
      routeType,
    };
    contexts.set(routeType, context);
  }
  return context;
}

/** Everything besides the verdict that the session's edit depends on, as one number. */
function variantOf(route: RouteCursor, session: ExportSession): number {
  const { source } = route;
  const attributes =
    (route.attributes.hasLocalPref ? 1 : 0) +
    (isLastResort(route, session) ? 2 : 0) +
    (hasOnlyLinkLocalNextHop(route) ? 4 : 0);
  if (isReflected(source, session)) return source.bgpIdentifier * 8 + 32 + attributes;
  return SENDER[source.kind] * 8 + attributes;
}

const SENDER = { local: 0, external: 1, internal: 2, confederation: 3 } as const;

/** RFC 9494 §4.6: a long-lived stale route on its way to an internal or confederation neighbor that does not know the mark. */
function isLastResort({ attributes }: RouteCursor, session: ExportSession): boolean {
  return session.kind !== 'external' && !session.longLivedStale && attributes.hasCommunity(LLGR_STALE);
}

/**
 * Such a next hop means nothing beyond the link that it came over (RFC 4291 §2.5.6). `::` in front of a link-local address is what some
 * speakers say for "no global one".
 */
function hasOnlyLinkLocalNextHop({ attributes }: RouteCursor): boolean {
  const length = attributes.nextHopLength;
  if (length < 16) return false;
  const { octets, nextHopStart: start } = attributes;
  if (isLinkLocalAddress(octets, start)) return true;
  return length === 32 && octets.subarray(start, start + 16).every((octet) => octet === 0);
}

function isReflected(source: RibPeer, session: ExportSession): boolean {
  return session.kind === 'internal' && source.kind === 'internal';
}

function toFilterVerdict(
  verdict: Verdict,
  route: RouteCursor,
  peer: PeerConfig,
  session: ExportSession,
): FilterVerdict {
  if (verdict.action === 'reject') return { accept: false, by: verdict.by };
  const policyEdit = verdict.edit ?? {};
  const edit = session.isLeaving ? withCommunity(policyEdit, GRACEFUL_SHUTDOWN) : policyEdit;
  // `next_hop = self` without a local address of the family: nobody could use the route.
  if (verdict.nextHop === 'self' && session.hasNextHop && session.self.length === 0)
    return { accept: false, by: verdict.by };
  // Only we are on that link. A route server's clients are too, and it must not put itself in their way (RFC 7947 §2.2.1).
  const isTransparent = peer.routeServerClient && session.kind === 'external';
  const mustBeSelf =
    edit.nextHop === undefined && session.hasNextHop && !isTransparent && hasOnlyLinkLocalNextHop(route);
  if (mustBeSelf && session.self.length === 0) return NO_NEXT_HOP;
  const isSelf = mustBeSelf || (verdict.nextHop === 'self' && session.hasNextHop);
  const isNextHopSet = edit.nextHop !== undefined || verdict.nextHop !== undefined || isSelf;
  const withSelf = isSelf ? { ...edit, nextHop: session.self } : edit;
  const own =
    session.kind === 'external'
      ? externalEdit(withSelf, isNextHopSet, route, peer, session)
      : insideEdit(
          isLastResort(route, session) ? asLastResort(withSelf) : withSelf,
          isNextHopSet,
          route,
          peer,
          session,
        );
  return { accept: true, by: verdict.by, edit: own };
}

function externalEdit(
  edit: AttributeEdit,
  isNextHopSet: boolean,
  route: RouteCursor,
  peer: PeerConfig,
  session: ExportSession,
): AttributeEdit {
  const isMarked = marksOnSending(peer.role, route.family);
  const common: AttributeEdit = {
    ...edit,
    localPref: null, // RFC 4271 §5.1.5: not to external peers
    remove: [...(edit.remove ?? []), ORIGINATOR_ID, CLUSTER_LIST], // RFC 4456 §8: they stay within the AS
    removeConfederation: true, // RFC 5065 §4.1 (c)
    forwardUnknown: true,
    // RFC 9234 §5, §6: what we show ourselves as on this session; a route server marks too.
    ...(isMarked ? { otcIfAbsent: session.localAs } : {}),
  };
  // RFC 7947 §2.2: a route server is transparent; next hop, AS_PATH and MED stay as they are.
  if (peer.routeServerClient) return common; // §2.2.4: and communities, non-transitive ones among them
  const isMedSet = edit.med !== undefined || edit.medDelta !== undefined;
  return {
    ...common,
    removeNonTransitive: true, // RFC 4360 §6
    // RFC 4271 §5.1.4: a MED from one neighboring AS is not passed on to others. Ours is ours to send.
    ...(isMedSet || route.source.kind === 'local' ? {} : { med: null }),
    ...(peer.removePrivateAs === undefined
      ? {}
      : { removePrivateAs: { mode: peer.removePrivateAs, replaceWith: session.localAs } }),
    ...(peer.asOverride ? { replaceAs: { as: session.remoteAs, by: session.localAs } } : {}),
    prepend: [...(edit.prepend ?? []), ...session.ownFront.map((as) => ({ as, count: 1 }))], // RFC 4271 §5.1.2
    ...(isNextHopSet || !session.hasNextHop ? {} : { nextHop: session.self }), // RFC 4271 §5.1.3
  };
}

/** RFC 9494 §4.6: it must not leave the AS, and everything else is better. */
function asLastResort(edit: AttributeEdit): AttributeEdit {
  return { ...withCommunity(edit, NO_EXPORT), localPref: 0 };
}

export function withCommunity(edit: AttributeEdit, community: number): AttributeEdit {
  const { communities } = edit;
  return { ...edit, communities: { ...communities, add: [...(communities?.add ?? []), community] } };
}

/** To our own AS, or to another member of the confederation: LOCAL_PREF, MED and next hop stay (RFC 5065 §5.1, §5.2). */
function insideEdit(
  edit: AttributeEdit,
  isNextHopSet: boolean,
  route: RouteCursor,
  peer: PeerConfig,
  session: ExportSession,
): AttributeEdit {
  const { source } = route;
  const needsLocalPref = edit.localPref === undefined && !route.attributes.hasLocalPref;
  // FlowSpec has no next hop; and where we have no address of the family, the one that came stays.
  const isSelf = peer.nextHopSelf && session.self.length > 0;
  return {
    ...edit,
    ...(needsLocalPref ? { localPref: DEFAULT_LOCAL_PREF } : {}),
    forwardUnknown: true,
    ...(isSelf && !isNextHopSet && isFromOutside(source, session) ? { nextHop: session.self } : {}),
    ...(session.kind === 'confederation'
      ? {
          prependConfederation: session.localAs, // RFC 5065 §4.1 (b)
          remove: [...(edit.remove ?? []), ORIGINATOR_ID, CLUSTER_LIST], // RFC 4456 §8: they stay within the AS
        }
      : {}),
    // RFC 4456 §8.
    ...(isReflected(source, session)
      ? { originatorIdIfAbsent: source.bgpIdentifier, prependClusterId: session.clusterId }
      : {}),
  };
}

/** Seen from the receiver: another member AS does not know the next hops that this one's internal routes have. */
function isFromOutside(source: RibPeer, session: ExportSession): boolean {
  return source.kind !== 'local' && (session.kind === 'confederation' || source.kind !== 'internal');
}
