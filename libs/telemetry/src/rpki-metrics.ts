import type { WorkStatus } from '@bgp/speaker';
import type { MetricFamily, Sample } from './exposition.ts';
import type { RpkiReading } from './types.ts';

interface RpkiMetric {
  readonly name: string;
  readonly type: MetricFamily['type'];
  readonly help: string;
  readonly samples: (scrape: { readonly rpki: RpkiReading | undefined; readonly work: WorkStatus }) => Sample[];
}

/** RPKI data. The first three have the reference's names, the suffix of a counter on a gauge included. */
export const RPKI_METRICS: readonly RpkiMetric[] = [
  {
    name: 'bgp_rpki_vrp_count',
    type: 'gauge',
    help: 'Validated ROA payloads in use, of all sources together.',
    samples: ({ rpki }) => [
      { labels: { af: 'ipv4' }, value: rpki?.ipv4Vrps ?? 0 },
      { labels: { af: 'ipv6' }, value: rpki?.ipv6Vrps ?? 0 },
    ],
  },
  {
    name: 'bgp_aspa_records_total',
    type: 'gauge',
    help: 'Customer ASes with an ASPA in use, of all sources together.',
    samples: ({ rpki }) => [{ labels: {}, value: rpki?.aspas ?? 0 }],
  },
  {
    name: 'bgp_validation_import_refreshes_total',
    type: 'counter',
    help: 'Changes of RPKI data for which the routes that they touch were judged again. No neighbor has to send anything for it, so there is no other outcome.',
    samples: ({ work: { revalidations } }) => [
      { labels: { dependency: 'rpki', outcome: 'refreshed' }, value: revalidations.origin },
      { labels: { dependency: 'aspa', outcome: 'refreshed' }, value: revalidations.path },
    ],
  },
  {
    name: 'bgp_rpki_source_up',
    type: 'gauge',
    help: '1 while the cache is connected and its data is held, or if the file could be used when it was last read.',
    samples: ({ rpki }) =>
      rpki?.sources.map(({ name, isUp }) => ({ labels: { source: name }, value: Number(isUp) })) ?? [],
  },
  {
    name: 'bgp_rpki_source_last_update_timestamp_seconds',
    type: 'gauge',
    help: 'Unix time of the last data of the source; 0: none yet.',
    samples: ({ rpki }) =>
      rpki?.sources.map(({ name, lastUpdateMs = 0 }) => ({ labels: { source: name }, value: lastUpdateMs / 1000 })) ??
      [],
  },
];
