import type { RouteView } from '@bgp/policy';
import { type AttributeEdit, AttributeView, applyEdit, originOf, type PeerKind } from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import type { Validation } from './validation.ts';

/** Who we are to a neighbor, and who it is. */
export interface SessionIdentity {
  readonly kind: PeerKind;
  /** What the neighbor knows us by. */
  readonly localAs: number;
  /** What an external neighbor finds in front of each path, rightmost first. */
  readonly ownFront: readonly number[];
  readonly remoteAs: number;
}

/** Reused by every call. */
const edited = new AttributeView();

/**
 * Origin AS of a route as the session would announce it: private ASes removed, the neighbor's AS replaced, a path that is empty or inside
 * the confederation with ourselves in front. What policy itself does to the path is not part of it, because policy asks.
 * @source RFC 8893 §3
 */
export function announcedOrigin(view: AttributeView, peer: PeerConfig, session: SessionIdentity): number {
  // Rightmost first: on an empty path, this is the origin. To internal neighbors nothing is put in front.
  const own = session.kind === 'external' ? (session.ownFront[0] ?? session.localAs) : session.localAs;
  if (session.kind !== 'external' || peer.routeServerClient) return originOf(view, own);
  if (peer.removePrivateAs === undefined && !peer.asOverride) return originOf(view, own);
  const edit: AttributeEdit = {
    removeConfederation: true,
    ...(peer.removePrivateAs === undefined
      ? {}
      : { removePrivateAs: { mode: peer.removePrivateAs, replaceWith: session.localAs } }),
    ...(peer.asOverride ? { replaceAs: { as: session.remoteAs, by: session.localAs } } : {}),
  };
  return originOf(edited.reset(applyEdit(view.octets.subarray(view.start, view.end), edit)), own);
}

/** What an export policy looks at. RFC 8893 §3: the origin validity is that of the route as the neighbor would see it. */
export function asAnnounced(
  route: RouteView,
  peer: PeerConfig,
  session: SessionIdentity,
  validation: Validation,
): RouteView {
  const { family, w0, w1, w2, w3, length, attributes } = route;
  const originValidity = validation.originState(route, announcedOrigin(attributes, peer, session));
  const aspaState = route.aspaState ?? 'unknown';
  return { family, w0, w1, w2, w3, length, attributes, originValidity, aspaState };
}
