import type { PeerIndex } from '@bgp/rib';
import { type Family, ROUTE_REFRESH_SUBTYPE } from '@bgp/wire';
import type { PeerReporter } from './peer-reporter.ts';
import type { Shared } from './shared.ts';

/** A neighbor that never says that it is through: after this, what it has not sent again goes. RFC 7313 §4 leaves the time to us. */
const LONGEST_REFRESH_MS = 300_000;
const RETRY_MS = 1_000;

/**
 * The neighbor sends a family's table again, between a beginning and an end. What is not in it, it no longer has.
 * @source RFC 7313 §4
 */
export class InboundRefresh {
  readonly #shared: Shared;
  readonly #index: PeerIndex;
  readonly #reporter: PeerReporter;
  /** Families under way, with what stops their timers. */
  readonly #open = new Map<Family, () => void>();

  constructor(shared: Shared, index: PeerIndex, reporter: PeerReporter) {
    this.#shared = shared;
    this.#index = index;
    this.#reporter = reporter;
  }

  marker(family: Family, subtype: number): void {
    if (subtype === ROUTE_REFRESH_SUBTYPE.beginning) this.#begin(family);
    // RFC 7313 §4 knows no end without a beginning: nothing is stale.
    else if (subtype === ROUTE_REFRESH_SUBTYPE.end && this.#open.has(family)) this.#end(family, 'completed');
  }

  /** The session is gone; its routes are somebody else's matter. */
  close(): void {
    for (const cancel of this.#open.values()) cancel();
    this.#open.clear();
  }

  #begin(family: Family): void {
    const { rib, ports } = this.#shared;
    this.#open.get(family)?.();
    rib.beginRefresh(this.#index, family);
    this.#open.set(
      family,
      ports.clock.after(LONGEST_REFRESH_MS, () => this.#timeIsOver(family)),
    );
    this.#reporter.observe({ type: 'route-refresh', family, phase: 'begun' });
  }

  #timeIsOver(family: Family): void {
    const { ports, scheduler } = this.#shared;
    if (!scheduler.isBehind) return this.#end(family, 'timed-out');
    // What it sent may wait unread behind our own work.
    this.#open.set(
      family,
      ports.clock.after(RETRY_MS, () => this.#timeIsOver(family)),
    );
  }

  #end(family: Family, phase: 'completed' | 'timed-out'): void {
    const { rib, scheduler } = this.#shared;
    this.#open.get(family)?.();
    this.#open.delete(family);
    scheduler.addJob(rib.sweepStale(this.#index, [family]));
    this.#reporter.observe({ type: 'route-refresh', family, phase });
  }
}
