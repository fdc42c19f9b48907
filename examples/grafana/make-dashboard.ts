/**
 * Writes tsbgp.json, a Grafana dashboard over the metrics of tsbgpd: node examples/grafana/make-dashboard.ts
 * A panel is a row here; the JSON is what Grafana imports.
 */
import { writeFileSync } from 'node:fs';

interface Panel {
  readonly title: string;
  readonly type: 'stat' | 'timeseries' | 'table' | 'heatmap';
  readonly unit?: string;
  readonly width: number;
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

const one = (metric: string) => `${metric}{instance=~"$instance"}`;
const peer = (metric: string, more = '') => `${metric}{instance=~"$instance",peer=~"$peer"${more}}`;

export const PANELS: readonly Panel[] = [
  { title: 'Sessions up', type: 'stat', width: 4, queries: [[`sum(${one('bgp_peers_established')})`, 'established']] },
  {
    title: 'Sessions down',
    type: 'stat',
    width: 4,
    queries: [[`sum(${one('bgp_peers_configured')}) - sum(${one('bgp_peers_established')})`, 'down']],
  },
  {
    title: 'Prefixes',
    type: 'stat',
    width: 4,
    queries: [[`sum(${one('bgp_rib_loc_prefixes')}) by (afi_safi)`, '{{afi_safi}}']],
  },
  {
    title: 'Memory',
    type: 'stat',
    unit: 'bytes',
    width: 4,
    queries: [[one('process_resident_memory_bytes'), '{{instance}}']],
  },
  { title: 'Uptime', type: 'stat', unit: 's', width: 4, queries: [[one('bgp_uptime_seconds'), '{{instance}}']] },
  {
    title: 'Longest stall',
    type: 'stat',
    unit: 's',
    width: 4,
    queries: [[one('bgp_event_loop_stall_max_seconds'), '{{instance}}']],
  },
  {
    title: 'Sessions',
    type: 'timeseries',
    width: 12,
    queries: [[peer('bgp_peer_session_established'), '{{peer}}']],
  },
  {
    title: 'Lost sessions by reason',
    type: 'timeseries',
    width: 12,
    queries: [
      [`sum(increase(${peer('bgp_session_down_total')}[$__rate_interval])) by (peer, reason)`, '{{peer}} {{reason}}'],
    ],
  },
  {
    title: 'Routes received',
    type: 'timeseries',
    width: 12,
    queries: [[peer('bgp_rib_prefixes'), '{{peer}} {{afi_safi}}']],
  },
  {
    title: 'Routes refused by policy',
    type: 'timeseries',
    width: 12,
    queries: [[`${peer('bgp_rib_prefixes')} - ${peer('bgp_rib_accepted_prefixes')}`, '{{peer}} {{afi_safi}}']],
  },
  {
    title: 'Routes advertised',
    type: 'timeseries',
    width: 12,
    queries: [[peer('bgp_rib_adj_out_prefixes'), '{{peer}} {{afi_safi}}']],
  },
  {
    title: 'UPDATEs per second',
    type: 'timeseries',
    width: 12,
    queries: [
      [`rate(${peer('bgp_messages_received_total', ',type="update"')}[$__rate_interval])`, '{{peer}} in'],
      [`-rate(${peer('bgp_messages_sent_total', ',type="update"')}[$__rate_interval])`, '{{peer}} out'],
    ],
  },
  {
    title: 'Malformed UPDATEs (RFC 7606)',
    type: 'timeseries',
    width: 12,
    queries: [
      [`sum(increase(${peer('bgp_update_errors_total')}[$__rate_interval])) by (peer, action)`, '{{peer}} {{action}}'],
    ],
  },
  {
    title: 'Octets waiting for neighbors to read',
    type: 'timeseries',
    unit: 'bytes',
    width: 12,
    queries: [[peer('bgp_peer_queued_octets'), '{{peer}}']],
  },
  {
    title: 'Event loop lag, 99 %',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [
      [
        `histogram_quantile(0.99, sum(rate(bgp_event_loop_lag_seconds_bucket{instance=~"$instance"}[$__rate_interval])) by (le, instance))`,
        '{{instance}}',
      ],
    ],
  },
  { title: 'Waiting work', type: 'timeseries', width: 8, queries: [[one('bgp_work_waiting'), '{{kind}}']] },
  {
    title: 'CPU',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [[`rate(${one('process_cpu_seconds_total')}[$__rate_interval])`, '{{instance}}']],
  },
  {
    title: 'Memory by table',
    type: 'timeseries',
    unit: 'bytes',
    width: 8,
    queries: [[one('bgp_rib_octets'), '{{afi_safi}}']],
  },
  { title: 'Update groups', type: 'timeseries', width: 8, queries: [[one('bgp_update_groups'), '{{afi_safi}}']] },
  {
    title: 'API calls refused',
    type: 'timeseries',
    width: 8,
    queries: [
      [
        `sum(increase(bgp_grpc_authz_decisions_total{instance=~"$instance",result=~".*denied|authn_failed|principal_unmapped"}[$__rate_interval])) by (result)`,
        '{{result}}',
      ],
    ],
  },
  {
    title: 'Statements that match most',
    type: 'table',
    width: 24,
    queries: [
      [
        `topk(20, sum(rate(${one('bgp_policy_term_matches_total')}[$__rate_interval])) by (chain, term))`,
        '{{chain}} {{term}}',
      ],
    ],
  },
];

/** Grafana puts what the person has chosen there. */
const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const COLUMNS = 24;
const HEIGHT = { stat: 4, timeseries: 8, table: 10, heatmap: 8 } as const;

export function dashboard() {
  let [x, y, rowHeight] = [0, 0, 0];
  const panels = PANELS.map(({ title, type, unit = 'short', width, queries }, index) => {
    if (x + width > COLUMNS) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const gridPos = { x, y, w: width, h: HEIGHT[type] };
    x += width;
    rowHeight = Math.max(rowHeight, HEIGHT[type]);
    return {
      id: index + 1,
      title,
      type,
      datasource: DATASOURCE,
      gridPos,
      fieldConfig: { defaults: { unit }, overrides: [] },
      options:
        type === 'timeseries' ? { legend: { displayMode: 'table', placement: 'right', calcs: ['last', 'max'] } } : {},
      targets: queries.map(([expr, legendFormat], at) => ({
        refId: String.fromCharCode(65 + at),
        expr,
        legendFormat,
        ...(type === 'table' ? { format: 'table', instant: true } : {}),
      })),
    };
  });
  const variable = (name: string, query: string) => ({
    name,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: name },
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  });
  return {
    title: 'tsbgpd',
    uid: 'tsbgpd',
    tags: ['bgp'],
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus' },
        variable('instance', 'label_values(bgp_uptime_seconds, instance)'),
        variable('peer', 'label_values(bgp_peer_admin_enabled{instance=~"$instance"}, peer)'),
      ],
    },
    panels,
  };
}

if (import.meta.main) {
  writeFileSync(new URL('tsbgp.json', import.meta.url), `${JSON.stringify(dashboard(), null, 2)}\n`);
}
