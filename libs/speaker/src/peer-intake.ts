import type { PeerIndex } from '@bgp/rib';
import {
  type CodecContext,
  ERROR_RULES,
  ERROR_SOURCES,
  type Family,
  formatFamily,
  IPV4_UNICAST,
  type Notification,
  notificationFor,
  type UpdateView,
  type WireError,
} from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import type { Counters } from './counters.ts';
import type { GracefulRestart } from './graceful-restart.ts';
import type { PeerReporter } from './peer-reporter.ts';
import { PrefixLimits } from './prefix-limits.ts';
import type { SessionDriver } from './session-driver.ts';
import type { Shared } from './shared.ts';
import type { PrefixLimitStatus } from './status.ts';

/** From a neighbor's UPDATEs into the RIB: what it refused is counted, limits are kept, reading pauses when we are behind. */
export class PeerIntake {
  readonly #shared: Shared;
  readonly #index: PeerIndex;
  readonly #counters: Counters;
  readonly #reporter: PeerReporter;
  readonly #restart: GracefulRestart;
  readonly #limits: PrefixLimits;
  readonly #tooMany: () => void;
  readonly #ended = new Set<Family>();
  /** RFC 7606: routes of the last UPDATE were taken as withdrawn for what was wrong in it. */
  wasErrored = false;

  /** `tooMany`: the neighbor has announced more than it may, and the session has to end. */
  constructor(
    shared: Shared,
    index: PeerIndex,
    counters: Counters,
    reporter: PeerReporter,
    restart: GracefulRestart,
    tooMany: () => void,
  ) {
    this.#limits = new PrefixLimits(shared, index, reporter);
    this.#tooMany = tooMany;
    this.#restart = restart;
    this.#shared = shared;
    this.#index = index;
    this.#counters = counters;
    this.#reporter = reporter;
  }

  limits(config: PeerConfig): PrefixLimitStatus[] {
    return this.#limits.status(config);
  }

  begin(): void {
    this.#ended.clear();
    this.#limits.begin();
  }

  /** The neighbor has sent all of a family's table in this session. */
  hasEnded(family: Family): boolean {
    return this.#ended.has(family);
  }

  /** The NOTIFICATION that ends the session, if any. */
  update(driver: SessionDriver, config: PeerConfig, view: UpdateView, ctx: CodecContext): Notification | undefined {
    const { rib, scheduler, ports } = this.#shared;
    this.wasErrored = false;
    const foreign = foreignFamily(view, driver.session.negotiated?.families ?? []);
    if (foreign !== 0) {
      // RFC 4760 §7: routes of a family that was not agreed on are ignored.
      const detail = `${formatFamily(foreign)} was not negotiated`;
      this.#reporter.updateError('family-unsupported', 'afi-safi-disable', detail);
      return undefined;
    }
    const report = rib.receive(this.#index, view, ctx, Math.floor(ports.clock.wallMs() / 1000));
    for (const error of report.errors) this.malformed(error);
    this.wasErrored = report.action === 'treat-as-withdraw' || report.action === 'session-reset';
    if (report.action === 'session-reset') {
      const fatal = report.errors.find(({ code }) => ERROR_RULES[code].action === 'session-reset');
      return notificationFor(fatal ?? { code: 'attribute-error-without-nlri' });
    }
    this.#counters.judge(report);
    this.#counters.asPathLoops += report.asPathLoops;
    this.#counters.reflectionLoops += report.reflectionLoops;
    if (report.firstAsMismatches > 0) {
      // RFC 4271 §6.3
      const detail = "a path does not begin with the neighbor's AS";
      this.#reporter.updateError('first-as-mismatch', 'treat-as-withdraw', detail);
    }
    if (report.invalidRules > 0) {
      const detail = `${report.invalidRules} FlowSpec rules that nobody could apply`;
      this.#reporter.updateError('flowspec-rule-invalid', 'treat-as-withdraw', detail);
    }
    if (report.endOfRib !== 0) {
      this.#restart.endOfRib(report.endOfRib);
      this.#ended.add(report.endOfRib);
      this.#shared.taps.endOfRib(this.#index, report.endOfRib);
      this.#shared.deferral.check();
      this.#reporter.observe({ type: 'end-of-rib', family: report.endOfRib, direction: 'received' });
    }
    const routes = report.announced + report.withdrawn;
    if (routes === 0) return undefined;
    scheduler.received(routes);
    if (scheduler.isBehind) driver.connection.pause();
    if (report.announced > 0) this.checkLimits(config);
    return undefined;
  }

  /** After routes have come, or the limits are others. */
  checkLimits(config: PeerConfig): void {
    if (!this.#limits.check(config)) this.#tooMany();
  }

  exceeds(config: PeerConfig): boolean {
    return this.#limits.isExceeded(config);
  }

  malformed(error: WireError): void {
    this.#reporter.updateError(error.code, ERROR_RULES[error.code].action, ERROR_SOURCES[error.code]);
  }
}

/** 0, or a family in the message that this session does not carry. */
function foreignFamily(view: UpdateView, families: readonly Family[]): Family | 0 {
  const hasBody = view.withdrawnEnd > view.withdrawnStart || view.nlriEnd > view.nlriStart;
  if (hasBody && !families.includes(IPV4_UNICAST)) return IPV4_UNICAST;
  if (view.reachFamily !== 0 && !families.includes(view.reachFamily)) return view.reachFamily;
  if (view.unreachFamily !== 0 && !families.includes(view.unreachFamily)) return view.unreachFamily;
  return 0;
}
