export type { AttributeEdit, ListEdit } from './attributes/edit.ts';
export type {
  Aggregator,
  AsPath,
  AsPathSegment,
  ExtendedCommunity,
  LargeCommunity,
  PathAttributes,
  PmsiTunnel,
  UnknownAttribute,
} from './attributes/types.ts';
export type { AddPathEntry, Capability, ExtendedNextHopEntry } from './capability/types.ts';
export { type CodecContext, INITIAL_CONTEXT, type PeerKind } from './context.ts';
export {
  type EncodeError,
  ERROR_ACTIONS,
  ERROR_RULES,
  type ErrorAction,
  type ErrorRule,
  strongestAction,
  type WireError,
  type WireErrorCode,
} from './errors.ts';
export {
  afiOf,
  type Family,
  formatFamily,
  IPV4_MULTICAST,
  IPV4_UNICAST,
  IPV6_MULTICAST,
  IPV6_UNICAST,
  parseFamily,
  safiOf,
  toFamily,
} from './family.ts';
export type {
  Keepalive,
  Message,
  Nlri,
  NlriGroup,
  Notification,
  Open,
  RouteRefresh,
  Update,
} from './message/types.ts';
export type { Asn, IpAddress, IpPrefix } from './net/types.ts';
export { err, ok, type Result } from './result.ts';
