import type { PeerStatus, SpeakerEvent } from '@bgp/speaker';
import { IPV4_UNICAST, toFamily } from '@bgp/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMetrics, renderParts } from './exposition.ts';
import { METRICS } from './metrics-table.ts';
import { nodeProcessProbe } from './process-probe.ts';
import { createTelemetry } from './telemetry.ts';
import { peerStatus } from './test-peers.ts';
import type { BmpCollectorReading, ProcessProbe } from './types.ts';

const probe: ProcessProbe = {
  read: () => ({
    cpuUserSeconds: 1.5,
    cpuSystemSeconds: 0.25,
    residentOctets: 1000,
    heapUsedOctets: 500,
    startTimeSeconds: 1_700_000_000,
    uptimeSeconds: 12.5,
    loopDelay: {
      count: 4,
      p50Seconds: 0.001,
      p90Seconds: 0.002,
      p99Seconds: 0.003,
      maxSeconds: 0.05,
      meanSeconds: 0.0015,
    },
    loopLag: {
      buckets: [
        { atMostSeconds: 0.5, count: 91 },
        { atMostSeconds: 1, count: 92 },
      ],
      count: 93,
      sumSeconds: 94,
    },
  }),
  close: () => {},
};

const COLLECTOR: BmpCollectorReading = {
  collector: '192.0.2.9:11019',
  state: 'connected',
  isSynchronized: true,
  attempts: 1,
  connections: 1,
  replays: 2,
  waitingOctets: 0,
  sentMessages: 5,
  sentOctets: 500,
  droppedMessages: 10,
  abandonedMessages: 3,
  overflows: 1,
  drops: {
    bufferFull: { fanOut: 111, replay: 112, peerUps: 113, peerDowns: 114 },
    disconnected: { fanOut: 115, replay: 116, peerUps: 117, peerDowns: 118 },
  },
};

function telemetryOf(peers: () => PeerStatus[]) {
  const validity = {
    origin: { valid: 85, 'not-found': 86, invalid: 87 },
    path: { valid: 88, unknown: 89, invalid: 90 },
  };
  const rib = [{ family: IPV4_UNICAST, prefixes: 81, paths: 82, attributeSets: 83, octets: 84, validity }];
  const rpki = {
    ipv4Vrps: 91,
    ipv6Vrps: 92,
    aspas: 93,
    sources: [{ name: 'cache:323', isUp: true, lastUpdateMs: 94_500 }],
  };
  const work = () => ({
    updateGroups: [
      { family: IPV4_UNICAST, members: 3, backlog: 95, suppressed: 96, unencodable: 97 },
      { family: IPV4_UNICAST, members: 98, backlog: 0, suppressed: 0, unencodable: 0 },
    ],
    waiting: { routes: 99, jobs: 100, tasks: 101 },
    policies: [{ chain: 'sane → edge', terms: ['sane/long', 'edge/default'], hits: Float64Array.of(102, 103) }],
    revalidations: { origin: 109, path: 110 },
  });
  const mrt = { written: 104, failed: 105, last: { atSeconds: 106, durationSeconds: 1.5, routes: 107, octets: 108 } };
  const speaker = () => ({ peers, ribStatus: () => rib, work });
  const mrtUpdates = {
    written: 119,
    failed: 120,
    records: 121,
    dropped: { slow: 122, failed: 123 },
    waitingOctets: 124,
  };
  return createTelemetry({
    speaker,
    rpki: () => rpki,
    mrt: () => mrt,
    mrtUpdates: () => mrtUpdates,
    bmp: () => [COLLECTOR],
    process: probe,
  });
}

/** A strict reader of the exposition format: everything that Prometheus would refuse throws. */
function readExposition(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true);
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  let helped = '';
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'HELP') {
        expect(types.has(name), `${name} appears twice`).toBe(false);
        helped = name;
      } else {
        expect(name, 'TYPE follows its HELP').toBe(helped);
        expect(['counter', 'gauge', 'summary', 'histogram']).toContain(rest);
        types.set(name, rest);
        current = name;
      }
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`not a sample: ${line}`);
    const [, name = '', , labels = '', value = ''] = sample;
    const parts = { summary: /_(sum|count)$/, histogram: /_(sum|count|bucket)$/ }[types.get(current) ?? ''];
    const base = parts === undefined ? name : name.replace(parts, '');
    expect(base, 'samples stand below their TYPE').toBe(current);
    if (types.get(current) === 'counter') expect(name).toMatch(/_total$/);
    const pairs = [...labels.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/g)];
    expect(pairs.map((pair) => pair[0]).join(''), `labels of ${line}`).toBe(labels);
    expect(new Set(pairs.map((pair) => pair[1])).size, 'label names are unique').toBe(pairs.length);
    const number = Number(value);
    expect(Number.isFinite(number), line).toBe(true);
    const series = `${name}{${labels}}`;
    expect(values.has(series), `${series} appears twice`).toBe(false);
    values.set(series, number);
  }
  return values;
}

it('what is going on inside is there by family, chain and kind', async () => {
  const values = readExposition(await telemetryOf(() => []).prometheus());
  expect(
    Object.fromEntries([...values].filter(([series]) => /update_group|work_waiting|policy_term|loop_lag/.test(series))),
  ).toEqual({
    'bgp_update_groups{afi_safi="ipv4_unicast"}': 2,
    'bgp_update_group_members{afi_safi="ipv4_unicast"}': 98,
    'bgp_update_group_backlog{afi_safi="ipv4_unicast"}': 95,
    'bgp_update_group_suppressed_prefixes{afi_safi="ipv4_unicast"}': 96,
    'bgp_update_group_unencodable_prefixes{afi_safi="ipv4_unicast"}': 97,
    'bgp_work_waiting{kind="routes"}': 99,
    'bgp_work_waiting{kind="jobs"}': 100,
    'bgp_work_waiting{kind="tasks"}': 101,
    'bgp_policy_term_matches_total{chain="sane → edge",term="sane/long"}': 102,
    'bgp_policy_term_matches_total{chain="sane → edge",term="edge/default"}': 103,
    'bgp_policy_terms_not_shown{}': 0,
    'bgp_event_loop_lag_seconds_bucket{le="0.5"}': 91,
    'bgp_event_loop_lag_seconds_bucket{le="1"}': 92,
    'bgp_event_loop_lag_seconds_bucket{le="+Inf"}': 93,
    'bgp_event_loop_lag_seconds_sum{}': 94,
    'bgp_event_loop_lag_seconds_count{}': 93,
  });
});

it('a thousand statements have series, the others a number', async () => {
  const terms = Array.from({ length: 1_500 }, (_, at) => `p/t${at}`);
  const policies = [{ chain: 'p', terms, hits: new Float64Array(1_500).fill(1) }];
  const work = () => ({
    updateGroups: [],
    waiting: { routes: 0, jobs: 0, tasks: 0 },
    policies,
    revalidations: { origin: 0, path: 0 },
  });
  const text = await createTelemetry({
    speaker: () => ({ peers: () => [], ribStatus: () => [], work }),
    process: probe,
  }).prometheus();
  expect(text.match(/^bgp_policy_term_matches_total\{/gm)).toHaveLength(1_000);
  expect(text).toContain('\nbgp_policy_terms_not_shown 500\n');
});

describe('prometheus', () => {
  it.each<[string, number]>([
    ['bgp_session_established_total{peer="10.0.0.2"}', 21],
    ['bgp_session_flaps_total{peer="10.0.0.2"}', 20],
    ['bgp_peer_session_established{peer="10.0.0.2"}', 1],
    ['bgp_peer_session_uptime_seconds{peer="10.0.0.2"}', 61],
    ['bgp_peer_admin_enabled{peer="10.0.0.2"}', 1],
    ['bgp_messages_received_total{peer="10.0.0.2",type="open"}', 1],
    ['bgp_messages_received_total{peer="10.0.0.2",type="route_refresh"}', 5],
    ['bgp_messages_sent_total{peer="10.0.0.2",type="update"}', 12],
    ['bgp_received_octets_total{peer="10.0.0.2"}', 101],
    ['bgp_sent_octets_total{peer="10.0.0.2"}', 102],
    ['bgp_peer_queued_octets{peer="10.0.0.2"}', 71],
    ['bgp_update_errors_total{peer="10.0.0.2",action="treat-as-withdraw"}', 41],
    ['bgp_update_errors_total{peer="10.0.0.2",action="session-reset"}', 0],
    ['bgp_rib_prefixes{peer="10.0.0.2",afi_safi="ipv4_unicast"}', 51],
    ['bgp_rib_accepted_prefixes{peer="10.0.0.2",afi_safi="ipv4_unicast"}', 52],
    ['bgp_rib_adj_out_prefixes{peer="10.0.0.2",afi_safi="ipv4_unicast"}', 53],
    ['bgp_rib_loc_prefixes{afi_safi="ipv4_unicast"}', 81],
    ['bgp_rib_paths{afi_safi="ipv4_unicast"}', 82],
    ['bgp_rib_attribute_sets{afi_safi="ipv4_unicast"}', 83],
    ['bgp_rib_octets{afi_safi="ipv4_unicast"}', 84],
    ['bgp_rib_origin_validity_paths{afi_safi="ipv4_unicast",state="valid"}', 85],
    ['bgp_rib_origin_validity_paths{afi_safi="ipv4_unicast",state="not_found"}', 86],
    ['bgp_rib_aspa_paths{afi_safi="ipv4_unicast",state="invalid"}', 90],
    ['bgp_rpki_vrp_count{af="ipv6"}', 92],
    ['bgp_aspa_records_total{}', 93],
    ['bgp_rpki_source_up{source="cache:323"}', 1],
    ['bgp_rpki_source_last_update_timestamp_seconds{source="cache:323"}', 94.5],
    ['bgp_mrt_dumps_total{result="written"}', 104],
    ['bgp_mrt_dumps_total{result="failed"}', 105],
    ['bgp_mrt_last_dump_timestamp_seconds{}', 106],
    ['bgp_mrt_last_dump_duration_seconds{}', 1.5],
    ['bgp_mrt_last_dump_routes{}', 107],
    ['bgp_mrt_last_dump_octets{}', 108],
    ['bgp_validation_import_refreshes_total{dependency="rpki",outcome="refreshed"}', 109],
    ['bgp_validation_import_refreshes_total{dependency="aspa",outcome="refreshed"}', 110],
    ['bmp_collector_drops_total{collector="192.0.2.9:11019",phase="fan-out",reason="buffer_full"}', 111],
    ['bmp_collector_drops_total{collector="192.0.2.9:11019",phase="replay",reason="disconnected"}', 116],
    ['bmp_control_event_drops_total{collector="192.0.2.9:11019",kind="peer_up",reason="buffer_full"}', 113],
    ['bmp_control_event_drops_total{collector="192.0.2.9:11019",kind="peer_down",reason="disconnected"}', 118],
    ['bmp_source_drops_total{peer="10.0.0.2",reason="queue_full"}', 0],
    ['bgp_mrt_update_files_total{result="failed"}', 120],
    ['bgp_mrt_update_records{}', 121],
    ['bgp_mrt_update_records_dropped_total{reason="slow"}', 122],
    ['bgp_mrt_update_records_dropped_total{reason="failed"}', 123],
    ['bgp_mrt_update_waiting_octets{}', 124],
    ['bgp_as_path_loop_detected_total{peer="10.0.0.2"}', 31],
    ['bgp_rr_loop_detected_total{peer="10.0.0.2"}', 32],
    ['bgp_max_prefix_exceeded_total{peer="10.0.0.2"}', 0],
    ['bgp_outbound_route_drops_total{peer="10.0.0.2"}', 0],
    ['bgp_connect_failures_total{peer="10.0.0.2"}', 0],
    ['bgp_peers_configured{}', 2],
    ['bgp_peers_established{}', 1],
    ['bgp_uptime_seconds{}', 12.5],
    ['bgp_event_loop_delay_seconds{quantile="0.99"}', 0.003],
    ['bgp_event_loop_delay_seconds_sum{}', 0.006],
    ['bgp_event_loop_delay_seconds_count{}', 4],
    ['bgp_event_loop_stall_max_seconds{}', 0.05],
    ['process_cpu_seconds_total{}', 1.75],
    ['process_resident_memory_bytes{}', 1000],
  ])('%s is %d', async (series, expected) => {
    const telemetry = telemetryOf(() => [peerStatus('10.0.0.2'), peerStatus('2001:db8::2', { state: 'Idle' })]);
    expect(readExposition(await telemetry.prometheus()).get(series)).toBe(expected);
  });

  it('every row of the table has a help text, a legal name and a unit or count', () => {
    for (const { name, type, help } of METRICS) {
      expect(help).toMatch(/\.$/);
      if (type === 'counter') expect(name).toMatch(/_total$/);
      expect(name).toMatch(/^(bgp|bmp|process|nodejs)_[a-z_]+$/);
    }
    expect(new Set(METRICS.map((metric) => metric.name)).size).toBe(METRICS.length);
  });

  it('before there is a speaker it tells about the process', async () => {
    const telemetry = createTelemetry({ speaker: () => undefined, process: probe });
    const values = readExposition(await telemetry.prometheus());
    expect(values.get('bgp_peers_configured{}')).toBe(0);
    expect([...values.keys()].some((series) => series.includes('peer='))).toBe(false);
  });

  it("a neighbor's series go with the neighbor and begin at zero when it comes back", async () => {
    let peers = [peerStatus('10.0.0.2')];
    const telemetry = telemetryOf(() => peers);
    telemetry.observe({ type: 'max-prefixes-exceeded', atMs: 0, peer: '10.0.0.2', limit: 1, received: 2 });
    expect(await telemetry.prometheus()).toContain('bgp_max_prefix_exceeded_total{peer="10.0.0.2"} 1');
    peers = [];
    telemetry.observe({ type: 'peer-removed', atMs: 0, peer: '10.0.0.2' });
    // What closing the session still reports must not bring the series back.
    telemetry.observe({ type: 'session-down', atMs: 0, peer: '10.0.0.2', reason: 'admin', detail: '' });
    expect(await telemetry.prometheus()).not.toContain('peer="10.0.0.2"');
    peers = [peerStatus('10.0.0.2')];
    telemetry.observe({ type: 'peer-added', atMs: 0, peer: '10.0.0.2' });
    const text = await telemetry.prometheus();
    expect(text).toContain('bgp_max_prefix_exceeded_total{peer="10.0.0.2"} 0');
    expect(text).not.toContain('reason="admin"');
  });

  it('EVPN has the name of the reference', async () => {
    const prefixes = [{ family: toFamily(25, 70), received: 1, accepted: 1, stale: 0, sent: 1 }];
    expect(await telemetryOf(() => [peerStatus('10.0.0.2', { prefixes })]).prometheus()).toContain(
      'afi_safi="evpn"} 1',
    );
  });

  it("appends other packages' metrics", async () => {
    const more = () => [
      { name: 'bgp_x_total', type: 'counter' as const, help: 'X.', samples: [{ labels: {}, value: 3 }] },
    ];
    const telemetry = createTelemetry({ speaker: () => undefined, process: probe, more });
    expect(readExposition(await telemetry.prometheus()).get('bgp_x_total{}')).toBe(3);
  });
});

describe('a scrape of many neighbors', () => {
  const names = Array.from({ length: 1_000 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
  const peers = names.map((name) => peerStatus(name));

  it('lets the event loop go on in between', async () => {
    const telemetry = telemetryOf(() => peers);
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const text = await telemetry.prometheus();
    isOver = true;
    expect(turns).toBeGreaterThan(text.split('\n').length / 1_100);
    expect(readExposition(text).get('bgp_peer_session_established{peer="10.0.3.231"}')).toBe(1);
  });

  it('has the counters of all that were there when it began, also of those that leave meanwhile', async () => {
    const telemetry = telemetryOf(() => peers);
    const detached = (peer: string) =>
      telemetry.observe({ type: 'slow-peer', atMs: 0, peer, queuedOctets: 1, state: 'detached' });
    for (const peer of names) detached(peer);
    const scrape = telemetry.prometheus();
    for (const peer of names) telemetry.observe({ type: 'peer-removed', atMs: 0, peer });
    const values = readExposition(await scrape);
    for (const peer of names) expect(values.get(`bgp_peer_detached_total{peer="${peer}"}`)).toBe(1);
  });
});

it.each([0, 1, 999, 1_000, 1_001, 5_000])(
  'parts of an exposition with %i samples are bounded and make the whole',
  (count) => {
    const samples = Array.from({ length: count }, (_, value) => ({ labels: {}, value }));
    const families = [0, 1, 2].map((at) => ({ name: `x${at}`, type: 'gauge' as const, help: 'X.', samples }));
    const parts = [...renderParts(families)];
    for (const part of parts) expect(part.split('\n').length).toBeLessThanOrEqual(1_003);
    const lines = families.flatMap(({ name }) => [
      `# HELP ${name} X.`,
      `# TYPE ${name} gauge`,
      ...samples.map(({ value }) => `${name} ${value}`),
    ]);
    expect(parts.join('')).toBe(`${lines.join('\n')}\n`);
  },
);

describe('events that are counted', () => {
  const at = { atMs: 0, peer: '10.0.0.2' };
  it.each<[string, SpeakerEvent, string]>([
    [
      'state changes',
      { type: 'state-changed', ...at, from: 'OpenSent', to: 'OpenConfirm' },
      'bgp_session_state_transitions_total{peer="10.0.0.2",from="open_sent",to="open_confirm"}',
    ],
    [
      'lost sessions',
      { type: 'session-down', ...at, reason: 'hold-timer-expired', detail: '' },
      'bgp_session_down_total{peer="10.0.0.2",reason="hold-timer-expired"}',
    ],
    [
      'notifications sent',
      { type: 'notification', ...at, direction: 'sent', code: 6, subcode: 2, data: new Uint8Array() },
      'bgp_notifications_sent_total{peer="10.0.0.2",code="6",subcode="2"}',
    ],
    [
      'notifications received',
      { type: 'notification', ...at, direction: 'received', code: 2, subcode: 2, data: new Uint8Array() },
      'bgp_notifications_received_total{peer="10.0.0.2",code="2",subcode="2"}',
    ],
    [
      'too many prefixes',
      { type: 'max-prefixes-exceeded', ...at, limit: 1, received: 2 },
      'bgp_max_prefix_exceeded_total{peer="10.0.0.2"}',
    ],
    [
      'failed connections',
      { type: 'connect-failed', ...at, code: 'refused', detail: '' },
      'bgp_connect_failures_total{peer="10.0.0.2"}',
    ],
    [
      'slow neighbors',
      { type: 'slow-peer', ...at, queuedOctets: 1, state: 'detached' },
      'bgp_peer_detached_total{peer="10.0.0.2"}',
    ],
    [
      'refused connections',
      { type: 'connection-refused', atMs: 0, from: '192.0.2.9', reason: 'unknown-peer' },
      'bgp_connections_refused_total{reason="unknown-peer"}',
    ],
  ])('%s', async (_what, event, series) => {
    const telemetry = telemetryOf(() => [peerStatus('10.0.0.2')]);
    telemetry.observe(event);
    telemetry.observe(event);
    expect(readExposition(await telemetry.prometheus()).get(series)).toBe(2);
  });

  it('catching up is not counted as falling behind', async () => {
    const telemetry = telemetryOf(() => [peerStatus('10.0.0.2')]);
    telemetry.observe({ type: 'slow-peer', ...at, queuedOctets: 0, state: 'caught-up' });
    expect(readExposition(await telemetry.prometheus()).get('bgp_peer_detached_total{peer="10.0.0.2"}')).toBe(0);
  });

  it('a peer cannot make series without end', async () => {
    const telemetry = telemetryOf(() => [peerStatus('10.0.0.2')]);
    for (let code = 0; code < 256; code++) {
      for (let subcode = 0; subcode < 256; subcode += 5) {
        telemetry.observe({
          type: 'notification',
          ...at,
          direction: 'received',
          code,
          subcode,
          data: new Uint8Array(),
        });
      }
    }
    const series = (await telemetry.prometheus()).match(/^bgp_notifications_received_total\{/gm) ?? [];
    expect(series.length).toBeLessThanOrEqual(18 * 18);
  });
});

it('quotes, backslashes and line ends are escaped', () => {
  const samples = [{ labels: { l: 'a"b\\c\nd' }, value: 1 }];
  expect(renderMetrics([{ name: 'x', type: 'gauge', help: 'h"i\\j\nk', samples }])).toBe(
    '# HELP x h"i\\\\j\\nk\n# TYPE x gauge\nx{l="a\\"b\\\\c\\nd"} 1\n',
  );
});

it('any label and help text stays readable (property)', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), (label, help, value) => {
      const text = renderMetrics([
        {
          name: 'x',
          type: 'gauge',
          help: `h${help}`.replaceAll('\r', ''),
          samples: [{ labels: { l: label.replaceAll('\r', '') }, value }],
        },
      ]);
      expect(readExposition(text).size).toBe(1);
    }),
  );
});

it.each([
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [Number.NaN, 'NaN'],
])('%d is written %s', (value, text) => {
  expect(renderMetrics([{ name: 'x', type: 'gauge', help: 'h', samples: [{ labels: {}, value }] }])).toContain(
    `x ${text}\n`,
  );
});

it('the process probe reads this process', () => {
  const real = nodeProcessProbe();
  const reading = real.read();
  real.close();
  expect(reading.residentOctets).toBeGreaterThan(1_000_000);
  expect(reading.cpuUserSeconds).toBeGreaterThan(0);
  expect(reading.uptimeSeconds).toBeGreaterThan(0);
  for (const value of Object.values(reading.loopDelay)) expect(value).toBeGreaterThanOrEqual(0);
});
