import { EventCategory, EventSeverity, BgpEventType as T } from '@bgp/api-proto';
import type { EventKind, EventRecord, EventType } from '@bgp/event-log';
import { escapeText } from '@bgp/telemetry';
import { formatAsPath, formatFamily, hardResetReason, notificationName } from '@bgp/wire';

const { INFO, WARNING, ERROR } = EventSeverity;

export const CATEGORY_OF_KIND = {
  route: EventCategory.ROUTE,
  session: EventCategory.SESSION,
  notification: EventCategory.SESSION,
  policy: EventCategory.POLICY,
  config: EventCategory.CONFIG,
  limit: EventCategory.LIMIT,
  process: EventCategory.PROCESS,
} as const satisfies Record<EventKind, EventCategory>;

export type RecordOf<N extends EventType, E extends EventRecord = EventRecord> = E extends EventRecord
  ? N extends E['type']
    ? E
    : never
  : never;

interface Row<N extends EventType> {
  readonly type: T | ((event: RecordOf<N>) => T);
  readonly severity: EventSeverity | ((event: RecordOf<N>) => EventSeverity);
  /** One line for people, without time. What others wrote is escaped. */
  readonly summary: (event: RecordOf<N>) => string;
}

/** One row per event: what it is called in the API, how much it matters, and how it reads. */
export const EVENT_ROWS: { readonly [N in EventType]: Row<N> } = {
  'route-added': { type: T.ROUTE_ADDED, severity: INFO, summary: (event) => `${event.prefix} added ${pathOf(event)}` },
  'route-best-changed': {
    type: T.ROUTE_BEST_CHANGED,
    severity: INFO,
    summary: (event) => `${event.prefix} changed ${pathOf(event)}, was from ${event.previousPeer ?? event.peer}`,
  },
  'route-withdrawn': {
    type: T.ROUTE_WITHDRAWN,
    severity: INFO,
    summary: (event) => `${event.prefix} withdrawn, was from ${event.peer}`,
  },
  'routes-missing': {
    type: T.STREAM_LAGGED,
    severity: WARNING,
    summary: () => 'route events were not recorded before',
  },
  'state-changed': {
    type: T.SESSION_STATE_CHANGED,
    severity: INFO,
    summary: ({ peer, from, to }) => `${peer}: ${from} to ${to}`,
  },
  'session-up': {
    type: T.SESSION_ESTABLISHED,
    severity: INFO,
    summary: ({ peer, remoteAs, families }) =>
      `${peer}: established with AS ${remoteAs}, ${families.map(formatFamily).join(', ')}`,
  },
  'session-down': {
    type: T.SESSION_LOST,
    severity: ({ reason }) => (reason === 'admin' ? INFO : WARNING),
    summary: ({ peer, reason, detail }) => `${peer}: session lost, ${reason}: ${escapeText(detail)}`,
  },
  'peer-added': { type: T.PEER_ADDED, severity: INFO, summary: ({ peer }) => `${peer}: neighbor added` },
  'peer-removed': { type: T.PEER_REMOVED, severity: INFO, summary: ({ peer }) => `${peer}: neighbor removed` },
  'peer-enabled': { type: T.PEER_ENABLED, severity: INFO, summary: ({ peer }) => `${peer}: enabled` },
  'peer-disabled': {
    type: T.PEER_DISABLED,
    severity: INFO,
    summary: ({ peer, reason }) => `${peer}: disabled${reason === undefined ? '' : `: ${escapeText(reason)}`}`,
  },
  'neighbor-found': {
    type: T.NEIGHBOR_FOUND,
    severity: INFO,
    summary: ({ peer, address }) => `${peer}: found at ${address}`,
  },
  'neighbor-lost': {
    type: T.NEIGHBOR_LOST,
    severity: WARNING,
    summary: ({ peer, detail }) => `${peer}: lost, ${escapeText(detail)}`,
  },
  'discovery-trouble': {
    type: T.NEIGHBOR_NOT_FOUND,
    severity: WARNING,
    summary: ({ peer, detail }) => `${peer}: ${escapeText(detail)}`,
  },
  'graceful-shutdown-begun': {
    type: T.GRACEFUL_SHUTDOWN_BEGUN,
    severity: INFO,
    summary: ({ peer }) => `${peer}: graceful shutdown begun`,
  },
  'graceful-shutdown-ended': {
    type: T.GRACEFUL_SHUTDOWN_ENDED,
    severity: INFO,
    summary: ({ peer }) => `${peer}: graceful shutdown ended`,
  },
  'graceful-restart': {
    type: T.GRACEFUL_RESTART,
    severity: ({ phase }) => (phase === 'expired' || phase === 'not-preserved' ? WARNING : INFO),
    summary: ({ peer, phase, families }) =>
      `${peer}: graceful restart ${phase}, ${families.map(formatFamily).join(', ')}`,
  },
  'route-refresh': {
    type: T.ROUTE_REFRESH,
    severity: ({ phase }) => (phase === 'timed-out' ? WARNING : INFO),
    summary: ({ peer, phase, family }) => `${peer}: route refresh ${phase}, ${formatFamily(family)}`,
  },
  'end-of-rib': {
    type: T.END_OF_RIB,
    severity: INFO,
    summary: ({ peer, family, direction }) => `${peer}: End-of-RIB ${direction}, ${formatFamily(family)}`,
  },
  'update-error': {
    type: T.MALFORMED_UPDATE,
    severity: WARNING,
    summary: ({ peer, code, action, detail }) => `${peer}: malformed UPDATE, ${code}, ${action}: ${escapeText(detail)}`,
  },
  notification: {
    type: ({ direction }) => (direction === 'sent' ? T.NOTIFICATION_SENT : T.NOTIFICATION_RECEIVED),
    severity: WARNING,
    summary: (event) => {
      const text = event.text === undefined ? '' : `: ${escapeText(event.text)}`;
      return `${event.peer}: NOTIFICATION ${event.direction}, ${notificationText(event)}${text}`;
    },
  },
  'policy-changed': {
    type: T.POLICY_CHANGED,
    severity: INFO,
    summary: ({ operation, targetType, target, affectedPeers }) =>
      `${targetType} ${escapeText(target)} ${operation === 'set' ? 'changed' : 'deleted'}, ${neighbors(affectedPeers)} affected`,
  },
  'policy-missing': {
    type: T.POLICY_MISSING,
    severity: WARNING,
    summary: ({ peer, directions }) => `${peer}: no ${directions.join(' and ')} policy, nothing passes (RFC 8212)`,
  },
  'config-applied': {
    type: T.CONFIG_APPLIED,
    severity: ({ needRestart }) => (needRestart.length > 0 ? WARNING : INFO),
    summary: (event) => {
      const counts = (['added', 'removed', 'live', 'reset'] as const)
        .filter((effect) => event[effect].length > 0)
        .map((effect) => `${event[effect].length} ${effect === 'live' ? 'changed' : effect}`);
      const restart = event.needRestart.length === 0 ? [] : [`after a restart: ${event.needRestart.join(', ')}`];
      return [`configuration revision ${event.revision} by ${event.origin}`, ...counts, ...restart].join(', ');
    },
  },
  'config-refused': {
    type: T.CONFIG_REFUSED,
    severity: ERROR,
    summary: ({ origin, code, detail }) => `configuration by ${origin} refused, ${code}: ${escapeText(detail)}`,
  },
  'config-confirmed': {
    type: T.CONFIG_CONFIRMED,
    severity: INFO,
    summary: ({ revision }) => `configuration revision ${revision} confirmed`,
  },
  'config-not-kept': {
    type: T.CONFIG_NOT_KEPT,
    severity: ERROR,
    summary: ({ detail }) => `configuration not written: ${escapeText(detail)}`,
  },
  'max-prefixes-exceeded': {
    type: T.PREFIX_LIMIT_EXCEEDED,
    severity: ERROR,
    summary: ({ peer, limit, received, family }) =>
      `${peer}: prefix limit exceeded, ${received} of ${limit}${family === undefined ? '' : ` in ${family}`}`,
  },
  'max-prefixes-warning': {
    type: T.PREFIX_LIMIT_NEAR,
    severity: WARNING,
    summary: ({ peer, limit, received, family }) =>
      `${peer}: prefix limit is near, ${received} of ${limit}${family === undefined ? '' : ` in ${family}`}`,
  },
  'slow-peer': {
    type: T.SLOW_PEER,
    severity: ({ state }) => (state === 'detached' ? WARNING : INFO),
    summary: ({ peer, state, queuedOctets }) =>
      `${peer}: ${state === 'detached' ? 'reads too slowly' : 'reads again'}, ${queuedOctets} octets queued`,
  },
  'not-advertised': {
    type: T.NOT_ADVERTISED,
    severity: WARNING,
    summary: ({ peer, family, reason, detail }) =>
      `${peer}: routes not advertised, ${formatFamily(family)}, ${reason}: ${escapeText(detail)}`,
  },
  'process-started': {
    type: T.PROCESS_STARTED,
    severity: ({ previousEnd }) => (previousEnd === 'killed' ? WARNING : INFO),
    summary: ({ version, previousEnd }) =>
      `tsbgpd ${version} started${previousEnd === 'killed' ? '; the process before it was killed' : ''}`,
  },
  'process-stopped': {
    type: T.PROCESS_STOPPED,
    severity: INFO,
    summary: ({ reason }) => `tsbgpd stopped: ${escapeText(reason)}`,
  },
};

/** RFC 8538 §3: a Hard Reset is read as the reason that it carries. */
export function notificationText({ code, subcode, data }: RecordOf<'notification'>): string {
  const own = `${code}/${subcode} ${notificationName(code, subcode)}`;
  const carried = hardResetReason({ type: 'NOTIFICATION', code, subcode, data: fromHex(data) });
  return carried === undefined
    ? own
    : `${own} for ${carried.code}/${carried.subcode} ${notificationName(carried.code, carried.subcode)}`;
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length >> 1 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

function pathOf({ peer, route }: RecordOf<'route-added' | 'route-best-changed'>): string {
  if (route === undefined) return `from ${peer}`;
  const path = formatAsPath(route.asPath ?? []);
  return `from ${peer} via ${route.nextHop[0] ?? '-'} path ${path === '' ? '(empty)' : path}`;
}

function neighbors(count: number): string {
  return count === 1 ? '1 neighbor' : `${count} neighbors`;
}
