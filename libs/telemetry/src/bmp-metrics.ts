import type { PeerStatus } from '@bgp/speaker';
import type { MetricFamily, Sample } from './exposition.ts';
import type { BmpCollectorReading, BmpDropCounts } from './types.ts';

interface Row {
  readonly name: string;
  readonly type: MetricFamily['type'];
  readonly help: string;
  readonly samples: (scrape: {
    readonly bmp: readonly BmpCollectorReading[];
    readonly peers: readonly PeerStatus[];
  }) => Iterable<Sample>;
}

/** One row per metric of a BMP collector. `bmp_*_drops_total` and `bmp_replay_attempts_total` are the reference daemon's names. */
export const BMP_METRICS: readonly Row[] = [
  row('bmp_collector_up', 'gauge', '1 while the connection to the BMP collector stands.', (one) =>
    Number(one.state === 'connected'),
  ),
  row(
    'bmp_collector_synchronized',
    'gauge',
    '1 when the BMP collector has had all tables since it connected, or since its buffer overflowed.',
    (one) => Number(one.isSynchronized),
  ),
  row('bmp_connect_attempts_total', 'counter', 'Attempts to connect to the BMP collector.', (one) => one.attempts),
  row('bmp_connections_total', 'counter', 'Connections to the BMP collector that stood.', (one) => one.connections),
  row(
    'bmp_replay_attempts_total',
    'counter',
    'Times that all tables were to be sent to the BMP collector.',
    (one) => one.replays,
  ),
  row('bmp_sent_messages_total', 'counter', 'BMP messages handed to the socket.', (one) => one.sentMessages),
  row('bmp_sent_octets_total', 'counter', 'Octets handed to the socket.', (one) => one.sentOctets),
  row('bmp_collector_waiting_octets', 'gauge', 'Octets that wait for the BMP collector.', (one) => one.waitingOctets),
  row(
    'bmp_collector_overflows_total',
    'counter',
    'Times that the buffer of the BMP collector was full; the tables are sent again.',
    (one) => one.overflows,
  ),
  {
    name: 'bmp_collector_drops_total',
    type: 'counter',
    help: 'BMP messages dropped: the buffer was full, or the connection was lost while they waited. What they said is sent again.',
    samples: ({ bmp }) => drops(bmp, 'phase', { 'fan-out': 'fanOut', replay: 'replay' }),
  },
  {
    name: 'bmp_control_event_drops_total',
    type: 'counter',
    help: 'Of the dropped BMP messages, the Peer Ups and Peer Downs.',
    samples: ({ bmp }) => drops(bmp, 'kind', { peer_up: 'peerUps', peer_down: 'peerDowns' }),
  },
  {
    name: 'bmp_source_drops_total',
    type: 'counter',
    help: "Always 0: between a session and the collectors' buffers nothing is dropped.",
    *samples({ peers }) {
      for (const { config } of peers) yield { labels: { peer: config.name, reason: 'queue_full' }, value: 0 };
    },
  },
];

function drops(
  bmp: readonly BmpCollectorReading[],
  label: string,
  kinds: Readonly<Record<string, keyof BmpDropCounts>>,
): Sample[] {
  return bmp.flatMap(({ collector, drops: { bufferFull, disconnected } }) =>
    Object.entries(kinds).flatMap(([kind, counter]) => [
      { labels: { collector, [label]: kind, reason: 'buffer_full' }, value: bufferFull[counter] },
      { labels: { collector, [label]: kind, reason: 'disconnected' }, value: disconnected[counter] },
    ]),
  );
}

function row(name: string, type: 'counter' | 'gauge', help: string, value: (one: BmpCollectorReading) => number): Row {
  return {
    name,
    type,
    help,
    samples: ({ bmp }) => bmp.map((one) => ({ labels: { collector: one.collector }, value: value(one) })),
  };
}
