import type { MetricFamily, Sample } from './exposition.ts';
import type { MrtReading, MrtUpdatesReading } from './types.ts';

interface MrtMetric {
  readonly name: string;
  readonly type: MetricFamily['type'];
  readonly help: string;
  readonly samples: (scrape: {
    readonly mrt: MrtReading | undefined;
    readonly mrtUpdates: MrtUpdatesReading | undefined;
  }) => Sample[];
}

/** Table dumps and updates. Without `[mrt]` there are no samples; gauges of the last dump begin with the first one. */
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
  ofUpdates('bgp_mrt_update_files_total', 'counter', 'Files of updates by what became of them.', (updates) => [
    { labels: { result: 'written' }, value: updates.written },
    { labels: { result: 'failed' }, value: updates.failed },
  ]),
  // It goes back when a file cannot be written, so it is no counter.
  ofUpdates('bgp_mrt_update_records', 'gauge', 'Records in files of updates, written or being made.', (updates) => [
    { labels: {}, value: updates.records },
  ]),
  ofUpdates(
    'bgp_mrt_update_records_dropped_total',
    'counter',
    'Records that are in no file: the disk did not take them in time (`slow`), or not at all (`failed`).',
    ({ dropped }) => Object.entries(dropped).map(([reason, value]) => ({ labels: { reason }, value })),
  ),
  ofUpdates('bgp_mrt_update_waiting_octets', 'gauge', 'Octets of records that wait for the disk.', (updates) => [
    { labels: {}, value: updates.waitingOctets },
  ]),
];

function ofUpdates(
  name: string,
  type: MetricFamily['type'],
  help: string,
  samples: (updates: MrtUpdatesReading) => Sample[],
): MrtMetric {
  return {
    name,
    type,
    help,
    samples: ({ mrtUpdates }) => (mrtUpdates === undefined ? [] : samples(mrtUpdates)),
  };
}

function ofLast(name: string, help: string, field: keyof NonNullable<MrtReading['last']>): MrtMetric {
  return {
    name,
    type: 'gauge',
    help,
    samples: ({ mrt }) => (mrt?.last === undefined ? [] : [{ labels: {}, value: mrt.last[field] }]),
  };
}
