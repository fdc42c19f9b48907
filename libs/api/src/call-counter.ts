import { CALLS_METRIC, type MetricFamily } from '@bgp/telemetry';
import type { AuthorizedCall } from './authorize.ts';

/** Counts calls by what was decided, for `bgp_grpc_authz_decisions_total`. Labels are closed sets, so it is bounded. */
export class CallCounter {
  private readonly counts = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>();

  add({ tier, result, authn, accessMode }: AuthorizedCall): void {
    const labels = { tier, result, authn, access_mode: accessMode };
    const key = Object.values(labels).join(' ');
    const known = this.counts.get(key);
    if (known === undefined) this.counts.set(key, { labels, value: 1 });
    else known.value += 1;
  }

  families(): readonly MetricFamily[] {
    return [
      {
        ...CALLS_METRIC,
        samples: [...this.counts.values()].map(({ labels, value }) => ({ labels, value })),
      },
    ];
  }
}
