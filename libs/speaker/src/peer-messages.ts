import type { PeerIndex } from '@bgp/rib';
import {
  type CodecContext,
  type Family,
  MESSAGE_TYPE,
  type Message,
  type Notification,
  ROUTE_REFRESH_SUBTYPE,
  type UpdateView,
  type WireError,
} from '@bgp/wire';
import { type Counters, messageKind } from './counters.ts';
import type { InboundRefresh } from './inbound-refresh.ts';
import type { PeerAdvertising } from './peer-advertising.ts';
import type { PeerIntake } from './peer-intake.ts';
import type { PeerReporter } from './peer-reporter.ts';
import type { ReadonlyPeerSettings } from './peer-settings.ts';
import type { SessionDriver, SessionMessages } from './session-driver.ts';
import type { Taps } from './taps.ts';

/** Who has to do with a neighbor's messages. */
interface Participants {
  readonly settings: ReadonlyPeerSettings;
  readonly counters: Counters;
  readonly reporter: PeerReporter;
  readonly intake: PeerIntake;
  readonly advertising: PeerAdvertising;
  readonly refresh: InboundRefresh;
  readonly taps: Taps;
}

/** Every message of a neighbor's sessions, in both directions: counted, shown to whoever watches, and led to where it belongs. */
export class PeerMessages implements SessionMessages {
  readonly #index: PeerIndex;
  readonly #settings: ReadonlyPeerSettings;
  readonly #counters: Counters;
  readonly #reporter: PeerReporter;
  readonly #intake: PeerIntake;
  readonly #advertising: PeerAdvertising;
  readonly #refresh: InboundRefresh;
  readonly #taps: Taps;

  constructor(index: PeerIndex, participants: Participants) {
    this.#index = index;
    this.#settings = participants.settings;
    this.#counters = participants.counters;
    this.#reporter = participants.reporter;
    this.#intake = participants.intake;
    this.#advertising = participants.advertising;
    this.#refresh = participants.refresh;
    this.#taps = participants.taps;
  }

  received(type: number, octets: Uint8Array, start: number, end: number): void {
    this.#counters.received[messageKind(type)]++;
    this.#counters.octetsReceived += end - start;
    // Of an UPDATE it is to be known what has become of it.
    if (this.#taps.wantsMessages && type !== MESSAGE_TYPE.UPDATE)
      this.#taps.message(this.#index, octets.subarray(start, end), false);
  }

  sent(message: Message, octets: number): void {
    const kind = message.type === 'ROUTE-REFRESH' ? MESSAGE_TYPE.ROUTE_REFRESH : MESSAGE_TYPE[message.type];
    this.#counters.sent[messageKind(kind)]++;
    this.#counters.octetsSent += octets;
    if (message.type === 'NOTIFICATION') this.#reporter.notification('sent', message);
  }

  notified(notification: Notification): void {
    this.#reporter.notification('received', notification);
  }

  update(driver: SessionDriver, view: UpdateView, ctx: CodecContext): Notification | undefined {
    const refusal = this.#intake.update(driver, this.#settings.config, view, ctx);
    if (this.#taps.wantsMessages) this.#taps.message(this.#index, view.message(), this.#intake.wasErrored);
    return refusal;
  }

  routeRefresh({ session: { negotiated } }: SessionDriver, family: Family, subtype: number): void {
    // RFC 2918 §4, RFC 7313 §5: a family that was not agreed on, or a subtype that nobody knows, is ignored.
    if (negotiated === undefined || !negotiated.families.includes(family)) return;
    if (subtype === ROUTE_REFRESH_SUBTYPE.request) return this.#advertising.refresh([family]);
    // RFC 7313 §4: no markers before End-of-RIB from a neighbor with Graceful Restart.
    const isEarly = negotiated.gracefulRestart !== undefined && !this.#intake.hasEnded(family);
    if (negotiated.enhancedRouteRefresh && !isEarly) this.#refresh.marker(family, subtype);
  }

  malformed(error: WireError, update?: UpdateView): void {
    this.#intake.malformed(error);
    if (update !== undefined && this.#taps.wantsMessages) this.#taps.message(this.#index, update.message(), true);
  }
}
