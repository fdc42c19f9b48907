import type { FamilyCounts, PeerStatus, RibStatus, WorkStatus } from '@bgp/speaker';
import { ERROR_ACTIONS, formatFamily } from '@bgp/wire';
import { BMP_METRICS } from './bmp-metrics.ts';
import type { EventCounters, LabeledCounter, PeerEventCounters } from './event-counters.ts';
import type { Labels, MetricFamily, Sample } from './exposition.ts';
import { MRT_METRICS } from './mrt-metrics.ts';
import { PUBLIC_VIEW_METRICS } from './public-view-metrics.ts';
import { RPKI_METRICS } from './rpki-metrics.ts';
import type {
  BmpCollectorReading,
  EventLogReading,
  LookingGlassReading,
  MrtReading,
  MrtUpdatesReading,
  ProcessReading,
  RisLiveReading,
  RpkiReading,
} from './types.ts';

/** Configurations can have many thousands of statements; a scrape must stay small. */
const MAX_TERM_SERIES = 1_000;

/** Everything that a scrape reads. */
export interface Scrape {
  readonly peers: readonly PeerStatus[];
  readonly rib: readonly RibStatus[];
  readonly work: WorkStatus;
  readonly events: Pick<EventCounters, 'peer' | 'refused'>;
  readonly bmp: readonly BmpCollectorReading[];
  readonly process: ProcessReading;
  /** Absent: there is no event log. */
  readonly eventLog?: EventLogReading;
  /** Undefined: no table dumps are configured. */
  readonly mrt: MrtReading | undefined;
  /** Undefined: what neighbors send is not written. */
  readonly mrtUpdates: MrtUpdatesReading | undefined;
  /** Undefined: no source of RPKI data is configured. */
  readonly rpki: RpkiReading | undefined;
  /** Undefined: not configured. */
  readonly lookingGlass: LookingGlassReading | undefined;
  readonly risLive: RisLiveReading | undefined;
}

interface Metric {
  readonly name: string;
  readonly type: MetricFamily['type'];
  readonly help: string;
  /** Of many neighbors made one after the other, as they are asked for. */
  readonly samples: (scrape: Scrape) => Iterable<Sample>;
}

/**
 * Every metric, one row each: name, type, meaning, and where its value comes from. Names that the reference daemon has are
 * kept, so that its dashboards work; `peer` is the neighbor's bare address everywhere, so that they join.
 */
export const METRICS: readonly Metric[] = [
  counterOf(
    'bgp_session_state_transitions_total',
    'State changes of the session.',
    ['from', 'to'],
    (events) => events.transitions,
  ),
  perPeer(
    'bgp_session_established_total',
    'counter',
    'Times the session was established.',
    (peer) => peer.counters.established,
  ),
  perPeer(
    'bgp_session_flaps_total',
    'counter',
    'Times an established session was lost.',
    (peer) => peer.counters.flaps,
  ),
  counterOf('bgp_session_down_total', 'Lost sessions by reason.', ['reason'], (events) => events.downs),
  perPeer('bgp_peer_session_established', 'gauge', '1 while the session is established.', (peer) =>
    Number(peer.state === 'Established'),
  ),
  perPeer(
    'bgp_peer_session_uptime_seconds',
    'gauge',
    'Age of the established session, else 0.',
    (peer) => peer.uptimeSeconds,
  ),
  perPeer('bgp_peer_admin_enabled', 'gauge', '1 unless the neighbor is disabled.', (peer) =>
    Number(peer.config.enabled),
  ),
  perPeer(
    'bgp_connect_failures_total',
    'counter',
    'Connection attempts that failed.',
    (_peer, events) => events.connectFailures,
  ),
  counterOf(
    'bgp_notifications_sent_total',
    'NOTIFICATION messages sent; a Hard Reset (RFC 8538) counts as the reason that it carries.',
    ['code', 'subcode'],
    (events) => events.notificationsSent,
  ),
  counterOf(
    'bgp_notifications_received_total',
    'NOTIFICATION messages received; a Hard Reset (RFC 8538) counts as the reason that it carries.',
    ['code', 'subcode'],
    (events) => events.notificationsReceived,
  ),
  perLabel('bgp_messages_sent_total', 'Messages sent.', 'type', (peer) => peer.counters.messagesSent),
  perLabel('bgp_messages_received_total', 'Messages received.', 'type', (peer) => peer.counters.messagesReceived),
  perPeer('bgp_sent_octets_total', 'counter', 'Octets sent.', (peer) => peer.counters.octetsSent),
  perPeer('bgp_received_octets_total', 'counter', 'Octets received.', (peer) => peer.counters.octetsReceived),
  perPeer('bgp_peer_queued_octets', 'gauge', 'Octets waiting for the neighbor to read.', (peer) => peer.queuedOctets),
  perPeer(
    'bgp_peer_detached_total',
    'counter',
    'Times the neighbor read too slowly and left the common stream.',
    (_peer, events) => events.detached,
  ),
  perLabel('bgp_update_errors_total', 'Malformed UPDATE messages by what was done (RFC 7606).', 'action', (peer) =>
    Object.fromEntries(ERROR_ACTIONS.map((action) => [action, peer.counters.updateErrors[action] ?? 0])),
  ),
  perFamily('bgp_rib_prefixes', 'Routes received, before policy.', (counts) => counts.received),
  perFamily('bgp_rib_accepted_prefixes', 'Routes received that policy accepted.', (counts) => counts.accepted),
  perFamily('bgp_rib_adj_out_prefixes', 'Routes advertised.', (counts) => counts.sent),
  perTable('bgp_rib_loc_prefixes', 'Prefixes with a best path.', (table) => table.prefixes),
  perTable('bgp_rib_paths', 'Paths of all neighbors.', (table) => table.paths),
  perTable('bgp_rib_attribute_sets', 'Different sets of path attributes.', (table) => table.attributeSets),
  perTable('bgp_rib_octets', 'Memory of the tables.', (table) => table.octets),
  perPeer(
    'bgp_max_prefix_exceeded_total',
    'counter',
    'Times the neighbor sent more prefixes than allowed.',
    (_peer, events) => events.maxPrefixExceeded,
  ),
  perPeer(
    'bgp_outbound_route_drops_total',
    'counter',
    'Always 0: routes for a slow neighbor wait for it, none is dropped.',
    () => 0,
  ),
  perPeer(
    'bgp_as_path_loop_detected_total',
    'counter',
    'Routes refused because our AS is in their path.',
    (peer) => peer.counters.asPathLoops,
  ),
  perPeer(
    'bgp_rr_loop_detected_total',
    'counter',
    'Routes refused because we reflected them before.',
    (peer) => peer.counters.reflectionLoops,
  ),
  perPeer(
    'bgp_gr_active_peers',
    'gauge',
    '1 while routes of the neighbor are kept from a session that has ended (RFC 4724).',
    (peer) => Number(peer.gracefulRestart !== undefined),
  ),
  perPeer('bgp_gr_stale_routes', 'gauge', 'Routes kept from a session that has ended.', (peer) =>
    peer.prefixes.reduce((sum, { stale }) => sum + stale, 0),
  ),
  perPeer(
    'bgp_gr_timer_expired_total',
    'counter',
    'Times that routes were removed because the neighbor did not come back or did not send them again in time.',
    (_peer, events) => events.restartExpired,
  ),
  counterOf(
    'bgp_route_refresh_received_total',
    "The neighbor's route refreshes by how far they came (RFC 7313).",
    ['phase'],
    (events) => events.refreshes,
  ),
  perValidity(
    'bgp_rib_origin_validity_paths',
    'Received paths by origin validity (RFC 6811), refused ones included.',
    ({ origin }) => ({ valid: origin.valid, not_found: origin['not-found'], invalid: origin.invalid }),
  ),
  perValidity(
    'bgp_rib_aspa_paths',
    'Received paths by AS_PATH verification (ASPA), refused ones included.',
    ({ path }) => path,
  ),
  gauge('bgp_peers_configured', 'Neighbors.', ({ peers }) => peers.length),
  gauge(
    'bgp_peers_established',
    'Neighbors with an established session.',
    ({ peers }) => peers.filter((peer) => peer.state === 'Established').length,
  ),
  {
    name: 'bgp_connections_refused_total',
    type: 'counter',
    help: 'Incoming connections that were refused.',
    samples: ({ events }) => labeled({}, ['reason'], events.refused),
  },
  ofEventLog(
    'bgp_event_stream_subscribers',
    'gauge',
    'Readers of the event stream; `source="route"`: of those, who read route events.',
    ({ subscribers }) => [
      { labels: { service: 'event', source: 'all' }, value: subscribers.all },
      { labels: { service: 'event', source: 'route' }, value: subscribers.ofRoutes },
    ],
  ),
  ofEventLog(
    'bgp_event_stream_lagged_total',
    'counter',
    'Times that a reader of the event stream was told that it lost events.',
    ({ lagged }) => [{ labels: { service: 'event', source: 'all' }, value: lagged.times }],
  ),
  ofEventLog(
    'bgp_event_stream_lost_events_total',
    'counter',
    'Events that readers of the stream lost.',
    ({ lagged }) => [{ labels: { service: 'event', source: 'all' }, value: lagged.events }],
  ),
  ofEventLog('bgp_route_event_history_depth', 'gauge', 'Route events in memory.', ({ inMemory }) => [
    { labels: {}, value: inMemory.volatile },
  ]),
  ofEventLog('bgp_route_event_history_capacity', 'gauge', 'Most route events in memory.', ({ inMemory }) => [
    { labels: {}, value: inMemory.capacity },
  ]),
  ofEventLog('bgp_event_log_events_total', 'counter', 'Events by kind.', ({ published }) =>
    [...published].map(([kind, value]) => ({ labels: { kind }, value })),
  ),
  ofEventLog('bgp_event_log_written_total', 'counter', 'Events written to disk.', ({ disk }) =>
    disk === undefined ? [] : [{ labels: {}, value: disk.written }],
  ),
  ofEventLog(
    'bgp_event_log_lost_total',
    'counter',
    'Events that the disk did not take in time: they were only in memory.',
    ({ disk }) => (disk === undefined ? [] : [{ labels: {}, value: disk.lost }]),
  ),
  ofEventLog('bgp_event_log_failing', 'gauge', '1 while events cannot be written to disk.', ({ disk }) =>
    disk === undefined ? [] : [{ labels: {}, value: Number(disk.isFailing) }],
  ),
  ofEventLog('bgp_event_log_octets', 'gauge', 'Octets of events on disk.', ({ disk }) =>
    disk === undefined ? [] : [{ labels: {}, value: disk.octets }],
  ),
  ...MRT_METRICS,
  ...PUBLIC_VIEW_METRICS,
  ...RPKI_METRICS,
  perGroups(
    'bgp_update_groups',
    'Update groups: neighbors that are told the same, in the same octets.',
    (groups) => groups.length,
  ),
  perGroups('bgp_update_group_members', 'Members of the largest update group.', (groups) =>
    Math.max(0, ...groups.map(({ members }) => members)),
  ),
  perGroups('bgp_update_group_backlog', 'Withdrawals kept for members that do not read.', (groups) =>
    groups.reduce((sum, { backlog }) => sum + backlog, 0),
  ),
  perGroups('bgp_update_group_suppressed_prefixes', 'Prefixes that wait because of max_prefixes_out.', (groups) =>
    groups.reduce((sum, { suppressed }) => sum + suppressed, 0),
  ),
  perGroups(
    'bgp_update_group_unencodable_prefixes',
    'Prefixes that are not advertised because their attributes do not fit one UPDATE.',
    (groups) => groups.reduce((sum, { unencodable }) => sum + unencodable, 0),
  ),
  {
    name: 'bgp_work_waiting',
    type: 'gauge',
    help: 'What waits for its turn: `routes` received and not decided, `jobs` over tables, `tasks` of listings and plans.',
    samples: ({ work: { waiting } }) => Object.entries(waiting).map(([kind, value]) => ({ labels: { kind }, value })),
  },
  {
    name: 'bgp_policy_term_matches_total',
    type: 'counter',
    help: `Times a statement matched when routes were judged; where a policy does not look at prefixes, once for all routes with the same attributes. At most ${MAX_TERM_SERIES} series, the chains in the order in which they came into force; \`tsbgpctl policy hits\` counts routes.`,
    samples: ({ work }) => termSeries(work).slice(0, MAX_TERM_SERIES),
  },
  gauge('bgp_policy_terms_not_shown', 'Statements without a series of their own.', ({ work }) =>
    Math.max(0, termSeries(work).length - MAX_TERM_SERIES),
  ),
  gauge('bgp_uptime_seconds', 'Age of the process.', ({ process }) => process.uptimeSeconds),
  {
    name: 'bgp_event_loop_delay_seconds',
    type: 'summary',
    help: 'How late the event loop ran its timers since the start.',
    samples: ({ process: { loopDelay } }) => [
      { labels: { quantile: '0.5' }, value: loopDelay.p50Seconds },
      { labels: { quantile: '0.9' }, value: loopDelay.p90Seconds },
      { labels: { quantile: '0.99' }, value: loopDelay.p99Seconds },
      { suffix: '_sum', labels: {}, value: loopDelay.meanSeconds * loopDelay.count },
      { suffix: '_count', labels: {}, value: loopDelay.count },
    ],
  },
  {
    name: 'bgp_event_loop_lag_seconds',
    type: 'histogram',
    help: 'How late each tick of a timer of 20 ms came.',
    samples: ({ process: { loopLag } }) => [
      ...loopLag.buckets.map(
        ({ atMostSeconds, count }): Sample => ({
          suffix: '_bucket',
          labels: { le: String(atMostSeconds) },
          value: count,
        }),
      ),
      { suffix: '_bucket', labels: { le: '+Inf' }, value: loopLag.count },
      { suffix: '_sum', labels: {}, value: loopLag.sumSeconds },
      { suffix: '_count', labels: {}, value: loopLag.count },
    ],
  },
  gauge(
    'bgp_event_loop_stall_max_seconds',
    'The longest stall of the event loop since the start.',
    ({ process }) => process.loopDelay.maxSeconds,
  ),
  ...BMP_METRICS,
  {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time of the process.',
    samples: ({ process }) => [{ labels: {}, value: process.cpuUserSeconds + process.cpuSystemSeconds }],
  },
  gauge('process_resident_memory_bytes', 'Resident memory.', ({ process }) => process.residentOctets),
  gauge('process_start_time_seconds', 'Unix time of the start.', ({ process }) => process.startTimeSeconds),
  gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', ({ process }) => process.heapUsedOctets),
];

/** Chains of one name, as a change leaves them for a while, are counted together. */
function termSeries({ policies }: WorkStatus): Sample[] {
  const series = new Map<string, Sample>();
  for (const { chain, terms, hits } of policies) {
    for (const [at, term] of terms.entries()) {
      const key = JSON.stringify([chain, term]);
      const value = (series.get(key)?.value ?? 0) + (hits[at] ?? 0);
      series.set(key, { labels: { chain, term }, value });
    }
  }
  return [...series.values()];
}

/** One sample per family that has groups. */
function perGroups(name: string, help: string, value: (groups: WorkStatus['updateGroups']) => number): Metric {
  return {
    name,
    type: 'gauge',
    help,
    samples: ({ work: { updateGroups } }) =>
      [...new Set(updateGroups.map(({ family }) => family))].map((family) => ({
        labels: { afi_safi: familyLabel(family) },
        value: value(updateGroups.filter((group) => group.family === family)),
      })),
  };
}

function gauge(name: string, help: string, value: (scrape: Scrape) => number): Metric {
  return { name, type: 'gauge', help, samples: (scrape) => [{ labels: {}, value: value(scrape) }] };
}

function ofEventLog(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: (reading: EventLogReading) => Sample[],
): Metric {
  return { name, type, help, samples: ({ eventLog }) => (eventLog === undefined ? [] : samples(eventLog)) };
}

/** One sample per neighbor, from its first scrape on. */
function perPeer(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (peer: PeerStatus, events: PeerEventCounters) => number,
): Metric {
  return {
    name,
    type,
    help,
    *samples({ peers, events }) {
      for (const peer of peers) {
        const { name: label } = peer.config;
        yield { labels: { peer: label }, value: value(peer, events.peer(label)) };
      }
    },
  };
}

/** A counter per neighbor and value of a closed set, from the speaker's snapshot. */
function perLabel(
  name: string,
  help: string,
  label: string,
  counts: (peer: PeerStatus) => Readonly<Record<string, number>>,
): Metric {
  return {
    name,
    type: 'counter',
    help,
    *samples({ peers }) {
      for (const peer of peers) {
        for (const [kind, value] of Object.entries(counts(peer))) {
          yield { labels: { peer: peer.config.name, [label]: kind }, value };
        }
      }
    },
  };
}

/** A counter per neighbor and combination of labels, from events. */
function counterOf(
  name: string,
  help: string,
  labels: readonly string[],
  counter: (events: PeerEventCounters) => LabeledCounter,
): Metric {
  return {
    name,
    type: 'counter',
    help,
    *samples({ peers, events }) {
      for (const { config } of peers) yield* labeled({ peer: config.name }, labels, counter(events.peer(config.name)));
    },
  };
}

function labeled(base: Labels, names: readonly string[], counter: LabeledCounter): Sample[] {
  return [...counter.entries()].map(({ labels, count }) => ({
    labels: { ...base, ...Object.fromEntries(names.map((name, index) => [name, labels[index] ?? ''])) },
    value: count,
  }));
}

function perFamily(name: string, help: string, value: (counts: FamilyCounts) => number): Metric {
  return {
    name,
    type: 'gauge',
    help,
    *samples({ peers }) {
      for (const { config, prefixes } of peers) {
        for (const counts of prefixes) {
          yield { labels: { peer: config.name, afi_safi: familyLabel(counts.family) }, value: value(counts) };
        }
      }
    },
  };
}

function perTable(name: string, help: string, value: (table: RibStatus) => number): Metric {
  return {
    name,
    type: 'gauge',
    help,
    samples: ({ rib }) =>
      rib.map((table) => ({ labels: { afi_safi: familyLabel(table.family) }, value: value(table) })),
  };
}

function perValidity(
  name: string,
  help: string,
  counts: (validity: RibStatus['validity']) => Readonly<Record<string, number>>,
): Metric {
  return {
    name,
    type: 'gauge',
    help,
    samples: ({ rib }) =>
      rib.flatMap(({ family, validity }) =>
        Object.entries(counts(validity)).map(([state, value]) => ({
          labels: { afi_safi: familyLabel(family), state },
          value,
        })),
      ),
  };
}

/** The configuration's names; the reference calls EVPN just `evpn` here. */
function familyLabel(family: number): string {
  const name = formatFamily(family);
  return name === 'l2vpn_evpn' ? 'evpn' : name;
}
