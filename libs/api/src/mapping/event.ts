import {
  type BgpEvent,
  BgpEventSchema,
  BgpEventType,
  ConfigEventSchema,
  EventCategory,
  EventSeverity,
  LimitEventSchema,
  NotificationEventSchema,
  PolicyEventSchema,
  ProcessEventSchema,
  type RouteEvent,
  RouteEventSchema,
  RouteEventType,
  SessionEventSchema,
  StreamLagEventSchema,
} from '@bgp/api-proto';
import { type Cursor, type EventRecord, formatCursor, kindOf, type Lagged, type RouteFacts } from '@bgp/event-log';
import type { PeerStatus, RouteRow } from '@bgp/speaker';
import { type ExtendedCommunity, formatFamily, parseLargeCommunity } from '@bgp/wire';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { splitPrefix, toPeerAddress } from './address.ts';
import { CATEGORY_OF_KIND, EVENT_ROWS, fromHex, notificationText, type RecordOf } from './event-table.ts';
import { toAddressFamily } from './family.ts';
import { type AnyRoute, toRoute } from './route.ts';

type Payload = BgpEvent['payload'];

export function eventTypeOf(record: EventRecord): BgpEventType {
  const { type } = EVENT_ROWS[record.type] as { readonly type: BgpEventType | ((one: EventRecord) => BgpEventType) };
  return typeof type === 'function' ? type(record) : type; // the table's type pairs each type with its row
}

/** `cursor`: absent within a snapshot, from which nobody can go on. */
export function toBgpEvent(record: EventRecord, cursor: Cursor | undefined): BgpEvent {
  if (record.type === 'routes-missing') {
    const lagged: Lagged = {
      lost: record.lost ?? 0,
      isAtLeast: record.lost === undefined,
      reason: 'not-recorded',
    };
    return toLagEvent(lagged, record.atMs, cursor);
  }
  const row = EVENT_ROWS[record.type] as {
    readonly severity: EventSeverity | ((one: EventRecord) => EventSeverity);
    readonly summary: (one: EventRecord) => string;
  };
  return create(BgpEventSchema, {
    ...common(record.atMs, cursor),
    category: CATEGORY_OF_KIND[kindOf(record.type)],
    eventType: eventTypeOf(record),
    severity: typeof row.severity === 'function' ? row.severity(record) : row.severity,
    summary: row.summary(record),
    unreported: record.unreported ?? 0,
    ...placeOf(record),
    payload: payloadOf(record),
  });
}

export function toLagEvent({ lost, isAtLeast, reason }: Lagged, atMs: number, cursor: Cursor | undefined): BgpEvent {
  const count = isAtLeast && lost === 0 ? 'an unknown number of events is' : `${lost} events are`;
  const more = isAtLeast && lost > 0 ? ', or more' : '';
  return create(BgpEventSchema, {
    ...common(atMs, cursor),
    eventType: BgpEventType.STREAM_LAGGED,
    severity: EventSeverity.WARNING,
    summary: `${count} missing here${more}: ${reason}`,
    payload: {
      case: 'streamLag',
      value: create(StreamLagEventSchema, { missedCount: BigInt(lost), reason, atLeast: isAtLeast }),
    },
  });
}

export function toSnapshotEnd(atMs: number, cursor: Cursor): BgpEvent {
  return create(BgpEventSchema, {
    ...common(atMs, cursor),
    eventType: BgpEventType.END_OF_SNAPSHOT,
    severity: EventSeverity.INFO,
    summary: 'end of snapshot',
  });
}

export function toSnapshotRoute(row: RouteRow, atMs: number): BgpEvent {
  const { family, prefix, peer } = row;
  const place = { ...splitPrefix(prefix), afiSafi: toAddressFamily(family), peerAddress: toPeerAddress(peer) };
  return create(BgpEventSchema, {
    ...common(atMs, undefined),
    ...place,
    isSnapshot: true,
    category: EventCategory.ROUTE,
    eventType: BgpEventType.ROUTE_ADDED,
    severity: EventSeverity.INFO,
    summary: `${prefix} from ${peer}`,
    payload: { case: 'route', value: routeEvent({ ...place, atMs, type: BgpEventType.ROUTE_ADDED }, row) },
  });
}

export function toSnapshotSession({ config, state, lastError }: PeerStatus, atMs: number): BgpEvent {
  const session = create(SessionEventSchema, {
    eventType: BgpEventType.SESSION_STATE_CHANGED,
    peerAddress: config.name,
    timestamp: seconds(atMs),
    newState: state,
    sessionRole: 'primary',
    detail: lastError ?? '',
    remoteAsn: config.remoteAs,
  });
  return create(BgpEventSchema, {
    ...common(atMs, undefined),
    isSnapshot: true,
    category: EventCategory.SESSION,
    eventType: BgpEventType.SESSION_STATE_CHANGED,
    severity: EventSeverity.INFO,
    peerAddress: config.name,
    summary: `${config.name}: ${state}`,
    payload: { case: 'session', value: session },
  });
}

function common(atMs: number, cursor: Cursor | undefined) {
  return {
    timestamp: seconds(atMs),
    timestampMs: BigInt(Math.floor(atMs)),
    cursor: cursor === undefined ? '' : formatCursor(cursor),
  };
}

function seconds(atMs: number): string {
  return String(Math.floor(atMs / 1000));
}

function placeOf(record: EventRecord) {
  if (isRoute(record)) {
    const isGone = record.type === 'route-withdrawn';
    return {
      ...splitPrefix(record.prefix),
      afiSafi: toAddressFamily(record.family),
      // As in the seed, a withdrawal names the neighbor that lost the route as the previous one only.
      peerAddress: isGone ? '' : toPeerAddress(record.peer),
      previousPeerAddress: toPeerAddress(isGone ? record.peer : (record.previousPeer ?? '')),
    };
  }
  return {
    peerAddress: 'peer' in record ? (record.peer ?? '') : '',
    ...('family' in record && typeof record.family === 'number' ? { afiSafi: toAddressFamily(record.family) } : {}),
  };
}

type RouteRecord = RecordOf<'route-added' | 'route-withdrawn' | 'route-best-changed'>;

function isRoute(record: EventRecord): record is RouteRecord {
  return 'prefix' in record;
}

function payloadOf(record: EventRecord): Payload {
  if (isRoute(record)) {
    const place = { ...placeOf(record), atMs: record.atMs, type: eventTypeOf(record) };
    return { case: 'route', value: routeEvent(place, record.route && rowOf(record, record.route)) };
  }
  switch (record.type) {
    case 'notification':
      return { case: 'notification', value: toNotification(record) };
    case 'policy-changed': {
      const { operation, targetType, target, peer, affectedPeers } = record;
      const value = { operation, targetType, target, peerAddress: peer ?? '', affectedPeerCount: affectedPeers };
      return { case: 'policy', value: create(PolicyEventSchema, value) };
    }
    case 'policy-missing': {
      const value = { peerAddress: record.peer, directions: [...record.directions] };
      return { case: 'policy', value: create(PolicyEventSchema, value) };
    }
    case 'config-applied':
    case 'config-refused':
    case 'config-confirmed':
    case 'config-not-kept':
      return { case: 'config', value: toConfig(record) };
    case 'max-prefixes-exceeded':
    case 'max-prefixes-warning': {
      const { limit, received, family } = record;
      const value = { limit: BigInt(limit), received: BigInt(received), family: family ?? '' };
      return { case: 'limit', value: create(LimitEventSchema, value) };
    }
    case 'slow-peer': {
      const value = { reason: record.state, queuedOctets: BigInt(record.queuedOctets) };
      return { case: 'limit', value: create(LimitEventSchema, value) };
    }
    case 'not-advertised': {
      const { family, reason, detail } = record;
      return { case: 'limit', value: create(LimitEventSchema, { family: formatFamily(family), reason, detail }) };
    }
    case 'process-started': {
      const { version, previousEnd, cutOctets } = record;
      const value = { version, previousEnd, cutOctets: BigInt(cutOctets ?? 0) };
      return { case: 'process', value: create(ProcessEventSchema, value) };
    }
    case 'process-stopped':
      return { case: 'process', value: create(ProcessEventSchema, { reason: record.reason }) };
    case 'routes-missing':
      return { case: undefined };
    default:
      return { case: 'session', value: toSession(record) };
  }
}

type SessionRecord = RecordOf<
  | 'state-changed'
  | 'session-up'
  | 'session-down'
  | 'peer-added'
  | 'peer-removed'
  | 'peer-enabled'
  | 'peer-disabled'
  | 'neighbor-found'
  | 'neighbor-lost'
  | 'discovery-trouble'
  | 'graceful-shutdown-begun'
  | 'graceful-shutdown-ended'
  | 'graceful-restart'
  | 'route-refresh'
  | 'end-of-rib'
  | 'update-error'
>;

function toSession(record: SessionRecord) {
  const base = { eventType: eventTypeOf(record), peerAddress: record.peer, timestamp: seconds(record.atMs) };
  const more = (): MessageInitShape<typeof SessionEventSchema> => {
    switch (record.type) {
      case 'state-changed':
        return { oldState: record.from, newState: record.to, sessionRole: 'primary' };
      case 'session-up': {
        const { remoteAs, routerId, families } = record;
        return { remoteAsn: remoteAs, routerId, families: families.map(formatFamily) };
      }
      case 'session-down':
        return { reason: record.reason, detail: record.detail };
      case 'neighbor-found':
        return { detail: record.address };
      case 'neighbor-lost':
      case 'discovery-trouble':
        return { detail: record.detail };
      case 'graceful-restart':
        return { phase: record.phase, families: record.families.map(formatFamily) };
      case 'route-refresh':
        return { phase: record.phase, families: [formatFamily(record.family)] };
      case 'end-of-rib':
        return { phase: record.direction, families: [formatFamily(record.family)] };
      case 'update-error':
        return { reason: record.code, detail: `${record.action}: ${record.detail}` };
      default:
        return { reason: record.reason ?? '' };
    }
  };
  return create(SessionEventSchema, { ...base, ...more() });
}

function toNotification(record: RecordOf<'notification'>) {
  const { peer, direction, code, subcode, text, data } = record;
  return create(NotificationEventSchema, {
    eventType: eventTypeOf(record),
    peerAddress: peer,
    timestamp: seconds(record.atMs),
    direction,
    code,
    subcode,
    description: notificationText(record),
    shutdownReason: text ?? '',
    data: fromHex(data),
  });
}

type ConfigRecord = RecordOf<'config-applied' | 'config-refused' | 'config-confirmed' | 'config-not-kept'>;

function toConfig(record: ConfigRecord) {
  switch (record.type) {
    case 'config-applied': {
      const { origin, revision, added, removed, live, reset, needRestart, confirmByMs } = record;
      return create(ConfigEventSchema, {
        origin,
        revision: BigInt(revision),
        added: [...added],
        removed: [...removed],
        changed: [...live],
        reset: [...reset],
        needRestart: [...needRestart],
        confirmBySeconds: BigInt(Math.floor((confirmByMs ?? 0) / 1000)),
      });
    }
    case 'config-confirmed':
      return create(ConfigEventSchema, { revision: BigInt(record.revision) });
    case 'config-refused': {
      const { origin, code, detail } = record;
      return create(ConfigEventSchema, { origin, code, detail });
    }
    case 'config-not-kept':
      return create(ConfigEventSchema, { detail: record.detail });
  }
}

type RoutePlace = Partial<
  Pick<RouteEvent, 'prefix' | 'prefixLength' | 'afiSafi' | 'peerAddress' | 'previousPeerAddress'>
>;

const ROUTE_TYPES: ReadonlyMap<BgpEventType, RouteEventType> = new Map([
  [BgpEventType.ROUTE_ADDED, RouteEventType.ADDED],
  [BgpEventType.ROUTE_WITHDRAWN, RouteEventType.WITHDRAWN],
  [BgpEventType.ROUTE_BEST_CHANGED, RouteEventType.BEST_CHANGED],
]);

function routeEvent(
  { type, atMs, ...place }: RoutePlace & { readonly type: BgpEventType; readonly atMs: number },
  row: AnyRoute | undefined,
) {
  return create(RouteEventSchema, {
    ...place,
    eventType: ROUTE_TYPES.get(type) ?? RouteEventType.UNSPECIFIED,
    timestamp: seconds(atMs),
    ...(row === undefined ? {} : { route: toRoute(row), pathId: row.pathId }),
  });
}

function rowOf(record: RouteRecord, facts: RouteFacts): AnyRoute {
  const { pathId, nextHop, originValidity, aspaState, extendedCommunities, largeCommunities, ...attributes } = facts;
  const large = largeCommunities?.flatMap((text) => {
    const parsed = parseLargeCommunity(text);
    return parsed.ok ? [parsed.value] : [];
  });
  const extended = extendedCommunities?.map((octets): ExtendedCommunity => ({ octets: fromHex(octets) }));
  return {
    family: record.family,
    prefix: record.prefix,
    peer: record.peer,
    pathId,
    nextHop,
    ...(originValidity === undefined ? {} : { originValidity }),
    ...(aspaState === undefined ? {} : { aspaState }),
    attributes: {
      ...attributes,
      ...(extended === undefined ? {} : { extendedCommunities: extended }),
      ...(large === undefined ? {} : { largeCommunities: large }),
    },
    best: true,
    stale: false,
    receivedAtMs: 0,
  };
}
