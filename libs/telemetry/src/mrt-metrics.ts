import type { MetricFamily, Sample } from './exposition.ts';
import type { MrtReading } from './types.ts';

interface MrtMetric {
  readonly name: string;
  readonly type: MetricFamily['type'];
  readonly help: string;
  readonly samples: (scrape: { readonly mrt: MrtReading | undefined }) => Sample[];
}

/** Table dumps. Without `[mrt]` there are no samples; gauges of the last dump begin with the first one. */
export const MRT_METRICS: readonly MrtMetric[] = [
  {
    name: 'bgp_mrt_dumps_total',
    type: 'counter',
    help: 'Table dumps by what became of them.',
    samples: ({ mrt }) =>
      mrt === undefined
        ? []
        : [
            { labels: { result: 'written' }, value: mrt.written },
            { labels: { result: 'failed' }, value: mrt.failed },
          ],
  },
  ofLast('bgp_mrt_last_dump_timestamp_seconds', 'Unix time at which the last table dump was begun.', 'atSeconds'),
  ofLast('bgp_mrt_last_dump_duration_seconds', 'How long the last table dump took.', 'durationSeconds'),
  ofLast('bgp_mrt_last_dump_routes', 'Routes in the last table dump.', 'routes'),
  ofLast('bgp_mrt_last_dump_octets', 'Size of the last table dump, before compression.', 'octets'),
];

function ofLast(name: string, help: string, field: keyof NonNullable<MrtReading['last']>): MrtMetric {
  return {
    name,
    type: 'gauge',
    help,
    samples: ({ mrt }) => (mrt?.last === undefined ? [] : [{ labels: {}, value: mrt.last[field] }]),
  };
}
