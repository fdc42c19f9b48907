import type { PeerIndex, ReceiveReport } from '@bgp/rib';
import {
  type CodecContext,
  ERROR_RULES,
  type ErrorAction,
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
import type { Engine } from './engine.ts';

/** `update-error` events per neighbor and second; the counters miss nothing. */
const EVENTS_PER_SECOND = 10;
const MAX_PREFIXES_REACHED = 1;
const CEASE = 6;

/** One neighbor's UPDATEs on their way into the RIB. */
export class Inbound {
  readonly #engine: Engine;
  readonly #index: PeerIndex;
  readonly #counters: Counters;
  #families: ReadonlySet<Family> = new Set();
  #eventSecond = 0;
  #eventsInSecond = 0;

  constructor(engine: Engine, index: PeerIndex, counters: Counters) {
    this.#engine = engine;
    this.#index = index;
    this.#counters = counters;
  }

  sessionUp(families: readonly Family[]): void {
    this.#families = new Set(families);
  }

  /** The answer is a NOTIFICATION that ends the session, if any. */
  receive(config: PeerConfig, view: UpdateView, ctx: CodecContext, nowSeconds: number): Notification | undefined {
    const foreign = this.#foreignFamily(view);
    if (foreign !== 0) {
      // RFC 4760 §7: routes of a family that was not agreed on are ignored.
      this.#count(config, 'afi-safi-disable', 'family-unsupported', `${formatFamily(foreign)} was not negotiated`, nowSeconds);
      return undefined;
    }
    const { rib, scheduler } = this.#engine;
    const report = rib.receive(this.#index, view, ctx, nowSeconds);
    for (const error of report.errors) this.wireError(config, error, nowSeconds);
    if (report.action === 'session-reset') {
      const fatal = report.errors.find((error) => ERROR_RULES[error.code].action === 'session-reset');
      if (fatal !== undefined) return notificationFor(fatal);
    }
    this.#note(config, report, ctx, nowSeconds);
    const changed = report.announced + report.withdrawn;
    if (changed > 0) scheduler.received(changed);
    return report.announced > 0 ? this.#overLimit(config) : undefined;
  }

  wireError(config: PeerConfig, error: WireError, nowSeconds: number): void {
    const { code, ...facts } = error;
    this.#count(config, ERROR_RULES[code].action, code, factsText(facts), nowSeconds);
  }

  #note(config: PeerConfig, report: ReceiveReport, ctx: CodecContext, nowSeconds: number): void {
    if (report.loops > 0) {
      if (ctx.peerKind === 'external') this.#counters.asPathLoops += report.loops;
      else this.#counters.reflectionLoops += report.loops;
    }
    if (report.firstAsMismatches > 0) {
      // RFC 4271 §6.3
      const detail = `${report.firstAsMismatches} announcements do not begin with the neighbor's AS`;
      this.#count(config, 'treat-as-withdraw', 'first-as-mismatch', detail, nowSeconds);
    }
    if (report.endOfRib !== 0) {
      this.#engine.emit({ type: 'end-of-rib', peer: config.name, family: report.endOfRib, direction: 'received' });
    }
  }

  /** RFC 4486 §4: the session ends when the neighbor sends more prefixes than was agreed. */
  #overLimit(config: PeerConfig): Notification | undefined {
    const limit = config.maxPrefixes;
    if (limit === undefined) return undefined;
    let received = 0;
    for (const family of this.#families) received += this.#engine.rib.counts(this.#index, family).received;
    if (received <= limit) return undefined;
    this.#engine.emit({ type: 'max-prefixes-exceeded', peer: config.name, limit, received });
    return { type: 'NOTIFICATION', code: CEASE, subcode: MAX_PREFIXES_REACHED, data: new Uint8Array(0) };
  }

  /** 0, or a family in the message that this session does not speak. */
  #foreignFamily(view: UpdateView): Family | 0 {
    const hasBody = view.withdrawnEnd > view.withdrawnStart || view.nlriEnd > view.nlriStart;
    if (hasBody && !this.#families.has(IPV4_UNICAST)) return IPV4_UNICAST;
    if (view.reachFamily !== 0 && !this.#families.has(view.reachFamily)) return view.reachFamily;
    if (view.unreachFamily !== 0 && !this.#families.has(view.unreachFamily)) return view.unreachFamily;
    return 0;
  }

  #count(config: PeerConfig, action: ErrorAction, code: string, detail: string, nowSeconds: number): void {
    this.#counters.updateErrors[action] = (this.#counters.updateErrors[action] ?? 0) + 1;
    if (nowSeconds !== this.#eventSecond) {
      this.#eventSecond = nowSeconds;
      this.#eventsInSecond = 0;
    }
    if (this.#eventsInSecond++ >= EVENTS_PER_SECOND) return;
    this.#engine.emit({ type: 'update-error', peer: config.name, code, action, detail });
  }
}

function factsText(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${value instanceof Uint8Array ? `${value.length} octets` : String(value)}`)
    .join(', ');
}
