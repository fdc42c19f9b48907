import type { DownCause, FsmAction, FsmState, Negotiated } from '@bgp/fsm';
import type { PeerIndex } from '@bgp/rib';
import type { Notification } from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import { Counters } from './counters.ts';
import { GracefulRestart } from './graceful-restart.ts';
import { InboundRefresh } from './inbound-refresh.ts';
import { PeerAdvertising } from './peer-advertising.ts';
import { PeerConnections } from './peer-connections.ts';
import { PeerImport } from './peer-import.ts';
import { PeerIntake } from './peer-intake.ts';
import { PeerMessages } from './peer-messages.ts';
import { PeerReporter } from './peer-reporter.ts';
import type { ReadonlyPeerSettings } from './peer-settings.ts';
import type { ClockPort, TcpCloseReason, TcpHandle, TcpHandlers } from './ports.ts';
import type { RestartState } from './session-config.ts';
import type { SessionDriver, SessionOwner } from './session-driver.ts';
import { describeNegotiated, downDetail, downReason } from './session-status.ts';
import type { Shared } from './shared.ts';
import type { PeerStatus } from './status.ts';

const BAD_PEER_AS: Notification = { type: 'NOTIFICATION', code: 2, subcode: 2, data: new Uint8Array(0) };

/** What a session asks of its neighbor, and tells it. */
export interface SessionHost {
  /** Where the neighbor is, if that is known. */
  address(): string | undefined;
  dial(handlers: TcpHandlers): TcpHandle;
  /** Whether somebody of this AS may be the neighbor. */
  isAccepted(remoteAs: number): boolean;
  /** The two agree. Nothing else has heard of it yet. */
  agreed(negotiated: Negotiated): void;
  /** It has announced more than it may, and the session has to end. */
  tooManyPrefixes(): void;
  /** There is no session any more, or nothing of an earlier one is kept any longer. */
  idle(): void;
}

/** What of a neighbor's status is its session's. */
type SessionStatus = Pick<
  PeerStatus,
  | 'state'
  | 'sinceMs'
  | 'uptimeSeconds'
  | 'local'
  | 'remote'
  | 'remoteRouterId'
  | 'negotiated'
  | 'counters'
  | 'prefixes'
  | 'lastError'
  | 'queuedOctets'
  | 'gracefulRestart'
  | 'prefixLimits'
>;

/**
 * The session with one neighbor: `PeerConnections` to it, what it announces (`PeerIntake`, `PeerImport`), what it is told
 * (`PeerAdvertising`), and what is said about it (`PeerReporter`). Here: what its beginning and its end mean to these.
 */
export class PeerSession implements SessionOwner {
  readonly clock: ClockPort;
  readonly random: () => number;
  readonly reporter: PeerReporter;
  readonly connections: PeerConnections;
  readonly import: PeerImport;
  readonly advertising: PeerAdvertising;
  readonly restart: GracefulRestart;
  readonly #shared: Shared;
  readonly #index: PeerIndex;
  readonly #settings: ReadonlyPeerSettings;
  readonly #host: SessionHost;
  readonly #counters = new Counters();
  readonly #intake: PeerIntake;
  readonly #refresh: InboundRefresh;
  #negotiated: Negotiated | undefined;
  /** Of the last change between Established and not. */
  #sinceMs: number;

  constructor(shared: Shared, index: PeerIndex, settings: ReadonlyPeerSettings, host: SessionHost) {
    const { ports, taps } = shared;
    const counters = this.#counters;
    this.clock = ports.clock;
    this.random = ports.random;
    this.#shared = shared;
    this.#index = index;
    this.#settings = settings;
    this.#host = host;
    this.#sinceMs = ports.clock.nowMs();
    const main = () => this.connections.main;
    const reporter = new PeerReporter(ports, settings.config.name, counters);
    this.reporter = reporter;
    this.restart = new GracefulRestart(shared, index, reporter, () => host.idle());
    this.#refresh = new InboundRefresh(shared, index, reporter);
    this.#intake = new PeerIntake(shared, index, counters, reporter, this.restart, () => host.tooManyPrefixes());
    this.import = new PeerImport(shared, index, settings, () => main().connection.local?.address);
    this.advertising = new PeerAdvertising(shared, index, settings, counters, reporter, main);
    const [intake, advertising, refresh] = [this.#intake, this.advertising, this.#refresh];
    const messages = new PeerMessages(index, { settings, counters, reporter, intake, advertising, refresh, taps });
    this.connections = new PeerConnections(
      this,
      messages,
      () => settings.session(this.#restartState()),
      (from, to) => reporter.observe({ type: 'state-changed', from, to }),
    );
  }

  /** Of the session that is up. */
  get negotiated(): Negotiated | undefined {
    return this.#negotiated;
  }

  get isEstablished(): boolean {
    return this.connections.main.state === 'Established';
  }

  /** The neighbor would keep our routes while we restart. */
  get isRestartHelper(): boolean {
    return this.#negotiated?.gracefulRestart !== undefined && this.#settings.config.gracefulRestart;
  }

  /** RFC 4724 §4.1: there is something to wait for before routes are selected after our restart. */
  get isTableAwaited(): boolean {
    const negotiated = this.#negotiated;
    if (negotiated === undefined) return true;
    // A neighbor without the capability need not send End-of-RIB, and one that has restarted too waits for us.
    if (negotiated.gracefulRestart === undefined || negotiated.gracefulRestart.restartState) return false;
    return negotiated.families.some((family) => !this.#intake.hasEnded(family));
  }

  limitsChanged(): void {
    if (this.isEstablished) this.#intake.checkLimits(this.#settings.config);
  }

  /** It has announced more than it may with this configuration. */
  exceeds(config: PeerConfig): boolean {
    return this.isEstablished && this.#intake.exceeds(config);
  }

  status(): SessionStatus {
    const { config } = this.#settings;
    const { main, state } = this.connections;
    const { negotiated } = main.session;
    const { exists, local, remote, queuedOctets } = main.connection;
    const sinceMs = this.clock.nowMs() - this.#sinceMs;
    const gracefulRestart = this.restart.status();
    const { lastError } = this.reporter;
    return {
      state,
      sinceMs,
      uptimeSeconds: this.isEstablished ? Math.floor(sinceMs / 1000) : 0,
      ...(exists && local !== undefined && remote !== undefined ? { local, remote } : {}),
      ...(negotiated === undefined ? {} : describeNegotiated(negotiated)),
      counters: this.#counters.snapshot(),
      prefixes: config.families.map((family) => ({
        family,
        ...this.#shared.rib.counts(this.#index, family),
        sent: this.advertising.sentCount(family),
      })),
      ...(lastError === undefined ? {} : { lastError }),
      queuedOctets,
      ...(gracefulRestart === undefined ? {} : { gracefulRestart }),
      prefixLimits: this.#intake.limits(config),
    };
  }

  /** Tells the RIB who the neighbor is now. */
  identify(): void {
    this.#shared.rib.updatePeer(this.#index, this.#settings.ribPeer(this.#host.address(), this.#negotiated));
  }

  // SessionOwner: what the connections tell

  dial(handlers: TcpHandlers): TcpHandle {
    return this.#host.dial(handlers);
  }

  stateChanged(driver: SessionDriver, from: FsmState, to: FsmState): void {
    if (to === 'Idle') this.connections.configChanged();
    if (this.connections.isMain(driver)) this.reporter.observe({ type: 'state-changed', from, to });
    this.connections.stateChanged(driver, to);
    if (to === 'Idle') this.#host.idle();
  }

  openReceived(driver: SessionDriver): void {
    const remoteAs = driver.session.negotiated?.remoteAs;
    if (remoteAs !== undefined && !this.#host.isAccepted(remoteAs)) {
      return driver.dispatch({ type: 'BgpOpenMsgErr', notification: BAD_PEER_AS });
    }
    this.connections.openReceived(driver);
  }

  acted(driver: SessionDriver, action: Extract<FsmAction, { type: 'session-up' | 'session-down' }>): void {
    if (action.type === 'session-down') return this.#down(action.cause);
    this.connections.established(driver);
    this.#up(action.negotiated);
  }

  connectionLost(driver: SessionDriver, reason: TcpCloseReason, wasOpen: boolean): void {
    if (!this.connections.isMain(driver)) return;
    this.reporter.lastError = `connection ${wasOpen ? 'lost' : 'failed'}: ${reason.detail}`;
    if (!wasOpen) this.reporter.observe({ type: 'connect-failed', code: reason.code, detail: reason.detail });
  }

  connectionCount(change: 1 | -1): void {
    this.#shared.connectionCount(change);
  }

  isBehind(): boolean {
    return this.#shared.scheduler.isBehind;
  }

  /** The socket has room again: go on where the updates stopped. */
  drained(driver: SessionDriver): void {
    if (this.connections.isMain(driver)) this.#shared.outbound.drained(this.#index);
  }

  #restartState(): RestartState {
    const hasRestarted = this.#shared.deferral.isActive;
    return { hasRestarted, isForwardingPreserved: hasRestarted || this.#counters.established > 0 };
  }

  #up(negotiated: Negotiated): void {
    const { remoteAs, remoteRouterId: routerId, holdTime, families } = negotiated;
    this.#host.agreed(negotiated);
    this.#counters.established++;
    this.#sinceMs = this.clock.nowMs();
    this.#negotiated = negotiated;
    this.identify();
    this.import.renew(); // `next_hop = self` is this session's address; no route has come over it yet
    this.reporter.observe({ type: 'session-up', remoteAs, routerId, holdTime, families });
    this.#tap(negotiated);
    this.restart.sessionUp(negotiated, this.#settings.config);
    this.#intake.begin();
    this.#shared.deferral.check();
    this.advertising.begin(negotiated);
  }

  #tap(negotiated: Negotiated): void {
    const { connection, sentOpen, receivedOpen } = this.connections.main;
    const { local, remote } = connection;
    if (local === undefined || remote === undefined) return; // an Established session has both
    const { remoteAs, remoteRouterId, families, fourOctetAs } = negotiated;
    const peer = this.#settings.config.name;
    const about = {
      peer,
      local,
      remote,
      remoteAs,
      remoteRouterId,
      families,
      fourOctetAs,
      sinceMs: this.clock.wallMs(),
    };
    const codec = negotiated; // which is one, and says more
    this.#shared.taps.sessionUp(this.#index, { ...about, codec, sentOpen, receivedOpen }, negotiated);
  }

  #down(cause: DownCause): void {
    const negotiated = this.#negotiated;
    if (negotiated === undefined) return;
    this.#negotiated = undefined;
    this.#counters.flaps++;
    this.#sinceMs = this.clock.nowMs();
    this.advertising.end();
    this.#shared.taps.sessionDown(this.#index, cause);
    this.#refresh.close();
    this.restart.sessionDown(negotiated, cause, this.#settings.config);
    const detail = downDetail(cause, this.reporter.lastError);
    this.reporter.observe({ type: 'session-down', reason: downReason(cause), detail });
  }
}
