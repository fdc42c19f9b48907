export { applyEdit, editedOctets } from './attributes/apply-edit.ts';
export { countInAsPath, otcOf } from './attributes/as-path-count.ts';
export { asPathOf, NO_ORIGIN, originOf } from './attributes/as-path-of.ts';
export { AttributeReader } from './attributes/attribute-reader.ts';
export { AttributeView } from './attributes/attribute-view.ts';
export type { AttributeContext } from './attributes/codec.ts';
export { AS_TRANS, ATTRIBUTE } from './attributes/codes.ts';
export type { AttributeEdit, ListEdit, UnitField, UnitPattern } from './attributes/edit.ts';
export { decodeAttributes, encodeAttributes } from './attributes/object-codec.ts';
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
export { matchesUnit } from './attributes/unit-pattern.ts';
export { ByteWriter } from './bytes/byte-writer.ts';
export { decodeUtf8, encodeUtf8 } from './bytes/utf8.ts';
export type { AddPathEntry, Capability, ExtendedNextHopEntry } from './capability/types.ts';
export { type CodecContext, INITIAL_CONTEXT, type PeerKind } from './context.ts';
export { ERROR_SOURCES } from './error-sources.ts';
export {
  type EncodeError,
  ERROR_ACTIONS,
  ERROR_RULES,
  type ErrorAction,
  type ErrorRule,
  inMessage,
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
export { formatNotification, hardResetReason, notificationName, shutdownText } from './iana/notification-names.ts';
export { decodeMessage } from './message/decode-message.ts';
export { encodeMessage } from './message/encode-message.ts';
export { checkHeader, HEADER_OCTETS, MESSAGE_TYPE, MessageFramer, messageType } from './message/framer.ts';
export { encodeKeepalive } from './message/keepalive.ts';
export { notificationFor } from './message/notification.ts';
export { ROUTE_REFRESH_SUBTYPE } from './message/route-refresh.ts';
export {
  decodeShutdownCommunication,
  encodeShutdownCommunication,
  shutdownTextFits,
} from './message/shutdown-communication.ts';
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
export { decodeUpdate, encodeUpdate } from './message/update.ts';
export { type BuiltMessages, UpdateBuilder, type UpdateBuilderOptions } from './message/update-builder.ts';
export { receivesPathIds, UpdateView } from './message/update-view.ts';
export { formatAsPath, parseAsPath } from './net/as-path-text.ts';
export { parseAsn } from './net/asn.ts';
export { formatCommunity, parseCommunity, WELL_KNOWN_COMMUNITY } from './net/community.ts';
export {
  decodeRouteTarget,
  extendedCommunityFromBigint,
  extendedCommunityToBigint,
  formatExtendedCommunity,
  parseExtendedCommunity,
  type RouteTarget,
} from './net/extended-community.ts';
export { isInterfaceName } from './net/interface-name.ts';
export { formatIpAddress, formatIpv4, formatIpv6, parseIpAddress, parseIpv4, parseIpv6 } from './net/ip-address.ts';
export {
  clearHostBits,
  formatIpPrefix,
  formatIpv4Prefix,
  formatIpv6Prefix,
  type PrefixOctets,
  parseIpPrefix,
} from './net/ip-prefix.ts';
export { formatLargeCommunity, parseLargeCommunity } from './net/large-community.ts';
export type { TextError } from './net/text-error.ts';
export type { Asn, IpAddress, IpPrefix } from './net/types.ts';
export { Ipv4NlriCursor } from './nlri/ipv4-nlri-cursor.ts';
export { Ipv6NlriCursor } from './nlri/ipv6-nlri-cursor.ts';
export { checkNlri, SUPPORTED_FAMILIES } from './nlri/table.ts';
export { err, ok, type Result } from './result.ts';
