import type { MetricFamily, Sample } from './exposition.ts';
import type { LookingGlassReading, RisLiveReading } from './types.ts';

interface Views {
  readonly lookingGlass: LookingGlassReading | undefined;
  readonly risLive: RisLiveReading | undefined;
}

interface PublicViewMetric {
  readonly name: string;
  readonly type: MetricFamily['type'];
  readonly help: string;
  readonly samples: (scrape: Views) => Sample[];
}

/** The looking glass and the live stream. What is not configured has no samples. */
export const PUBLIC_VIEW_METRICS: readonly PublicViewMetric[] = [
  {
    name: 'bgp_looking_glass_requests_total',
    type: 'counter',
    help: 'Requests to the looking glass by what became of them; broken_off: either side ended before the answer did.',
    samples: ({ lookingGlass }) => byLabel('result', lookingGlass),
  },
  {
    name: 'bgp_ris_live_clients',
    type: 'gauge',
    help: 'Clients of the live stream.',
    samples: ({ risLive }) => (risLive === undefined ? [] : [{ labels: {}, value: risLive.clients }]),
  },
  {
    name: 'bgp_ris_live_messages_sent_total',
    type: 'counter',
    help: 'Messages to clients of the live stream, replies among them.',
    samples: ({ risLive }) => (risLive === undefined ? [] : [{ labels: {}, value: risLive.sent }]),
  },
  {
    name: 'bgp_ris_live_clients_dropped_total',
    type: 'counter',
    help: 'Clients of the live stream that were let go or not let in.',
    samples: ({ risLive }) => byLabel('reason', risLive?.dropped),
  },
];

function byLabel(label: string, counts: Readonly<Record<string, number>> | undefined): Sample[] {
  return Object.entries(counts ?? {}).map(([name, value]) => ({ labels: { [label]: name }, value }));
}
