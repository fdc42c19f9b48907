import type { MetricFamily } from '@bgp/telemetry';

/** What a scrape reads of the live stream. */
export class RisCounters {
  readonly #clients: () => number;
  sent = 0;
  tooSlow = 0;
  silent = 0;
  refused = 0;

  constructor(clients: () => number) {
    this.#clients = clients;
  }

  families(): readonly MetricFamily[] {
    const sample = (value: number, labels = {}) => ({ labels, value });
    return [
      {
        name: 'bgp_ris_live_clients',
        type: 'gauge',
        help: 'Clients of the live stream.',
        samples: [sample(this.#clients())],
      },
      {
        name: 'bgp_ris_live_messages_sent_total',
        type: 'counter',
        help: 'Messages to clients of the live stream, replies among them.',
        samples: [sample(this.sent)],
      },
      {
        name: 'bgp_ris_live_clients_dropped_total',
        type: 'counter',
        help: 'Clients of the live stream that were let go or not let in, by reason.',
        samples: [
          sample(this.tooSlow, { reason: 'too_slow' }),
          sample(this.silent, { reason: 'no_pong' }),
          sample(this.refused, { reason: 'no_room' }),
        ],
      },
    ];
  }
}
