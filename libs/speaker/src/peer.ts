import type { DownCause, FsmAction, FsmState, Negotiated } from '@bgp/fsm';
import type { PolicyDelta, RouteView } from '@bgp/policy';
import type { Job, PeerIndex, RibPeer, RouteCursor, RouteFilter } from '@bgp/rib';
import {
  type CodecContext,
  type Family,
  type IpAddress,
  MESSAGE_TYPE,
  type Message,
  type Notification,
  ok,
  parseIpAddress,
  parseIpv4,
  type Result,
  ROUTE_REFRESH_SUBTYPE,
  type UpdateView,
  type WireError,
} from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import { type ChangeEffect, effectOf } from './config-change.ts';
import { Counters, messageKind } from './counters.ts';
import { DelayedStart } from './delayed-start.ts';
import { finalCease, GracefulRestart } from './graceful-restart.ts';
import { importDelta, importFilter } from './import-filter.ts';
import { InboundRefresh } from './inbound-refresh.ts';
import { NeighborAddress } from './neighbor-address.ts';
import { PeerAdvertising } from './peer-advertising.ts';
import { PeerConnections } from './peer-connections.ts';
import { PeerIntake } from './peer-intake.ts';
import { ANY_AS, isExternalAs, moreOwnAses, peerKind } from './peer-kind.ts';
import { PeerReporter } from './peer-reporter.ts';
import { type Direction, type KeyedPolicy, missingPolicies, type Policies } from './policies.ts';
import type { AcceptedConnection, SocketAddress, TcpCloseReason, TcpHandle, TcpHandlers } from './ports.ts';
import { scopedAddress } from './scoped-address.ts';
import { connectionSecurity, type RestartState, sessionConfig } from './session-config.ts';
import type { SessionDriver, SessionOwner } from './session-driver.ts';
import { describeNegotiated, downDetail, downReason } from './session-status.ts';
import type { Shared } from './shared.ts';
import type { FamilyCounts, PeerStatus, SpeakerError } from './status.ts';

const NOBODY = new Uint8Array(4);
const BAD_PEER_AS: Notification = { type: 'NOTIFICATION', code: 2, subcode: 2, data: new Uint8Array(0) };
const OTHER_CONFIGURATION_CHANGE = 6;
const MAXIMUM_PREFIXES = 1;
const PEER_DE_CONFIGURED = 3; // RFC 4486 §4
const ADMINISTRATIVE_SHUTDOWN = 2;
const ADMINISTRATIVE_RESET = 4;

/** What another configuration did. */
export interface Reconfigured {
  readonly effect: ChangeEffect;
  /** What of its routes another import filter may judge otherwise. */
  readonly touched: PolicyDelta;
}

/** The range that a neighbor came from. */
export interface DynamicOrigin {
  /** What one of this AS is there, and runs; undefined: the range is not for it. */
  configFor(remoteAs: number): { readonly config: PeerConfig; readonly policies: Policies } | undefined;
  /** It has no session any more, and no routes that wait for the next. */
  left(): void;
}

/**
 * One neighbor: `PeerConnections` to it, what it announces (`PeerIntake`), what it is told (`PeerAdvertising`), and what is to be
 * said about it (`PeerReporter`). Here: what an operator does with it, and where these meet.
 */
export class Peer implements SessionOwner {
  readonly index: PeerIndex;
  readonly random: () => number;
  readonly #shared: Shared;
  readonly #dynamic: DynamicOrigin | undefined;
  readonly #counters = new Counters();
  readonly #address: NeighborAddress;
  readonly #reporter: PeerReporter;
  readonly #connections: PeerConnections;
  readonly #intake: PeerIntake;
  readonly #advertising: PeerAdvertising;
  readonly #restart: GracefulRestart;
  readonly #refresh: InboundRefresh;
  /** After too many prefixes. */
  readonly #delayedStart: DelayedStart;
  #config: PeerConfig;
  #import: KeyedPolicy;
  #export: KeyedPolicy;
  #isEnabled: boolean;
  #isRemoved = false;
  /** After too many prefixes, until it may start again: a neighbor of a range that left meanwhile could come back at once as a new one. */
  #isHeldBack = false;
  /** RFC 8326: the operator is about to take the session down. */
  #isLeaving = false;
  /** From the last OPEN that was agreed on: stale routes are still those of this neighbor. */
  #seenAs = ANY_AS;
  #seenRouterId: IpAddress | undefined;
  /** Of the last change between Established and not. */
  #sinceMs: number;
  /** Of the session that is up. */
  #negotiated: Negotiated | undefined;

  /** `dynamic`: the neighbor came from a range, and ends with its session. */
  constructor(
    shared: Shared,
    config: PeerConfig,
    importPolicy: KeyedPolicy,
    exportPolicy: KeyedPolicy,
    dynamic?: DynamicOrigin,
  ) {
    this.#shared = shared;
    this.#dynamic = dynamic;
    this.#config = config;
    this.#import = importPolicy;
    this.#export = exportPolicy;
    this.#isEnabled = config.enabled;
    this.#sinceMs = shared.ports.clock.nowMs();
    this.random = shared.ports.random;
    this.#address = new NeighborAddress(shared.ports, config, {
      found: (address, before) => this.#found(address, before),
      lost: (detail) => this.#lost(detail),
      trouble: (detail) => this.#notFound(detail),
    });
    this.index = shared.rib.addPeer(this.#ribPeer(undefined));
    this.#reporter = new PeerReporter(shared.ports, config.name, this.#counters);
    this.#connections = new PeerConnections(
      this,
      () => sessionConfig(shared.config, this.#config, this.#restartState()),
      (from, to) => this.#reporter.observe({ type: 'state-changed', from, to }),
    );
    this.#restart = new GracefulRestart(shared, this.index, this.#reporter, () => this.#leaveIfDynamic());
    this.#delayedStart = new DelayedStart(shared.ports.clock, () => this.#startAgain());
    this.#refresh = new InboundRefresh(shared, this.index, this.#reporter);
    this.#intake = new PeerIntake(shared, this.index, this.#counters, this.#reporter, this.#restart, () =>
      this.#tooManyPrefixes(),
    );
    this.#advertising = new PeerAdvertising(shared, this.index, this.#counters, this.#reporter, () => ({
      config: this.#config,
      exportPolicy: this.#export,
      isLeaving: this.#isLeaving,
      driver: this.#connections.main,
    }));
    this.#setImportFilter();
  }

  get name(): string {
    return this.#config.name;
  }

  get config(): PeerConfig {
    return this.#config;
  }

  get clock(): Shared['ports']['clock'] {
    return this.#shared.ports.clock;
  }

  get exportPolicy(): KeyedPolicy {
    return this.#export;
  }

  get importPolicy(): KeyedPolicy {
    return this.#import;
  }

  /** RFC 4724 §4.1: after our restart, the selection of routes waits for this neighbor's table. */
  get isAwaitedForSelection(): boolean {
    if (!this.#isEnabled || this.#isRemoved || !this.#config.gracefulRestart) return false;
    const negotiated = this.#negotiated;
    if (negotiated === undefined) return true;
    // A neighbor without the capability need not send End-of-RIB, and one that has restarted too waits for us.
    if (negotiated.gracefulRestart === undefined || negotiated.gracefulRestart.restartState) return false;
    return negotiated.families.some((family) => !this.#intake.hasEnded(family));
  }

  get isDynamic(): boolean {
    return this.#dynamic !== undefined;
  }

  get isEstablished(): boolean {
    return this.#connections.main.state === 'Established';
  }

  start(): void {
    const { config } = this.#shared;
    this.#address.secure(connectionSecurity(config, this.#config));
    this.#address.watch();
    if (!this.isDynamic || this.#config.remoteAs !== ANY_AS) this.#reportMissingPolicies();
    if (this.#isEnabled) this.#startSession();
  }

  /** A neighbor that nobody has found yet starts when it is. */
  #startSession(): void {
    if (this.#address.current !== undefined) this.#connections.main.dispatch({ type: 'ManualStart' });
  }

  #reportMissingPolicies(): void {
    const directions = missingPolicies(this.#shared.config, this.#config);
    if (directions.length > 0) this.#reporter.observe({ type: 'policy-missing', directions });
  }

  enable(): void {
    this.#isEnabled = true;
    this.#isHeldBack = false;
    this.#delayedStart.cancel();
    this.#reporter.observe({ type: 'peer-enabled' });
    this.#startSession();
  }

  disable(text: string | undefined): void {
    this.#isEnabled = false;
    this.#delayedStart.cancel();
    this.#restart.abort();
    this.#reporter.observe({ type: 'peer-disabled', ...(text === undefined ? {} : { reason: text }) });
    this.end(ADMINISTRATIVE_SHUTDOWN, text);
  }

  /** RFC 4724 §4.1: the Restart State bit is for the time right after our restart. */
  openChanged(): void {
    this.#connections.configChanged();
  }

  /** Cease to the neighbor; the session stays down until it is started again. */
  end(subcode: number, text?: string): void {
    this.#connections.stop({ type: 'ManualStop', cease: finalCease(this.#negotiated, this.#config, subcode, text) });
  }

  /** The neighbor would keep our routes while we restart. */
  get isRestartHelper(): boolean {
    return this.#negotiated?.gracefulRestart !== undefined && this.#config.gracefulRestart;
  }

  /** We go and mean to be back: whoever keeps our routes meanwhile must not take this for the end. */
  leaveForRestart(text: string): void {
    if (!this.isRestartHelper) return this.end(ADMINISTRATIVE_SHUTDOWN, text);
    // RFC 8538 §4: with the N bit a plain Cease says it best; without it RFC 4724 §4 wants no NOTIFICATION.
    if (this.#negotiated?.gracefulRestart?.notification !== true)
      return this.#connections.stop({ type: 'ManualStop', silent: true });
    this.#connections.stop({ type: 'ManualStop', cease: { subcode: ADMINISTRATIVE_SHUTDOWN, text } });
  }

  /** Ends everything; `done` runs when the neighbor's routes are gone. */
  remove(done: () => void): void {
    const { rib, scheduler } = this.#shared;
    this.#isRemoved = true;
    this.#delayedStart.cancel();
    this.end(PEER_DE_CONFIGURED);
    this.#address.endWatch();
    this.#address.secure(undefined);
    this.#restart.abort();
    scheduler.addJob(rib.peerDown(this.index), () => {
      rib.removePeer(this.index);
      done();
    });
    this.#reporter.observe({ type: 'peer-removed' });
  }

  reset(): void {
    this.#connections.dispatch({
      type: 'AutomaticStop',
      cease: finalCease(this.#negotiated, this.#config, ADMINISTRATIVE_RESET),
    });
  }

  /** Judges the kept routes again. The neighbor has nothing to do with it: all that it sent is here. */
  softIn(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    const wanted = this.#negotiatedOnly(families);
    if (wanted.ok) this.#shared.scheduler.addJob(this.#setImportFilter());
    return wanted.ok ? ok(undefined) : wanted;
  }

  /** Asks the neighbor for its table, for what was never kept: routes that looked like loops. */
  refreshIn(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    const wanted = this.#negotiatedOnly(families);
    if (!wanted.ok) return wanted;
    if (this.#negotiated?.routeRefresh !== true) {
      const why = `${this.name} cannot be asked for its routes again: it has no Route Refresh.`;
      return refuse('route-refresh-not-negotiated', why);
    }
    for (const family of wanted.value) {
      this.#connections.main.send({ type: 'ROUTE-REFRESH', family, subtype: ROUTE_REFRESH_SUBTYPE.request });
    }
    return ok(undefined);
  }

  softOut(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    if (!this.isEstablished) return this.#notEstablished();
    this.#advertising.refresh(families);
    return ok(undefined);
  }

  /**
   * Another configuration of the same neighbor, with what that does to its session. `live`: what it has announced is to be judged again,
   * as far as it is touched, and then it wants to know (`policyChanged`).
   */
  reconfigure(config: PeerConfig, policies: Policies): Reconfigured {
    const before = this.#config;
    const effect = effectOf(this.#shared.config, before, config);
    const touched = importDelta(this.#import, before, policies.import, config);
    if (effect === 'nothing') return { effect, touched };
    this.#config = config;
    this.#import = policies.import;
    this.#export = policies.export;
    if (effect === 'live') {
      this.#setImportFilter();
    } else {
      this.#address.secure(connectionSecurity(this.#shared.config, config));
      this.#connections.configChanged();
      const cease = finalCease(this.#negotiated, before, OTHER_CONFIGURATION_CHANGE);
      this.#connections.dispatch({ type: 'AutomaticStop', cease });
      this.#restart.abort();
    }
    if (before.enabled !== config.enabled) {
      if (config.enabled) this.enable();
      else this.disable(undefined);
    }
    return { effect, touched };
  }

  /** A route as its export policy looks at it; undefined without a session. */
  asAnnounced(route: RouteView): RouteView | undefined {
    return this.#advertising.asAnnounced(route);
  }

  /** What it is to be told by its present configuration, it is told, if that is not what it has. */
  policyChanged(): void {
    this.#advertising.policyChanged();
  }

  /** What another configuration would do to what it announces and is told, while the session is as it is. */
  previewWith(config: PeerConfig, policies: Policies) {
    const { kind } = importDelta(this.#import, this.#config, policies.import, config);
    return {
      ...(kind !== 'none' ? { filter: this.#importFilter(config, policies.import) } : {}),
      groups: this.#advertising.groupsWith(config, policies.export),
    };
  }

  /** Another neighbor's configuration may have changed by which numbers we are known. */
  ownAsesChanged(): void {
    this.#shared.rib.updatePeer(this.index, this.#ribPeer(this.#negotiated));
  }

  setPolicy(direction: Direction, keyed: KeyedPolicy, config: PeerConfig): void {
    this.#config = config;
    if (direction === 'import') {
      this.#import = keyed;
      this.#shared.scheduler.addJob(this.#setImportFilter());
    } else {
      this.#export = keyed;
      this.#advertising.policyChanged();
    }
  }

  /** RFC 8326 §4: routes in both directions become the last resort, so that traffic moves before the session ends. */
  setGracefulShutdown(isOn: boolean): void {
    if (this.#isLeaving === isOn) return;
    this.#isLeaving = isOn;
    this.#reporter.observe({ type: isOn ? 'graceful-shutdown-begun' : 'graceful-shutdown-ended' });
    // One after the other: while it changes update groups, what changes elsewhere makes it uncertain what the neighbor has.
    this.#advertising.policyChanged(() => this.#shared.scheduler.addJob(this.#setImportFilter()));
  }

  isAt(remote: SocketAddress): boolean {
    return this.#address.isAt(remote);
  }

  /** An inbound connection from this neighbor; undefined refuses it. */
  accept(local: SocketAddress, remote: SocketAddress): AcceptedConnection | undefined {
    const isWanted = this.#isEnabled && !this.#isRemoved;
    const accepted = isWanted ? this.#connections.accept(local, remote) : undefined;
    if (accepted === undefined) {
      const { observe, clock } = this.#shared.ports;
      const reason = isWanted ? 'idle' : 'disabled';
      observe({ type: 'connection-refused', atMs: clock.wallMs(), from: scopedAddress(remote), reason });
    }
    return accepted;
  }

  /** Reading goes on after the RIB has caught up. */
  resumeReading(): void {
    this.#connections.resumeReading();
  }

  outboundLimit(family: Family, limit: number): void {
    const detail = `max_prefixes_out = ${limit} is reached; more is sent when something is withdrawn`;
    this.#reporter.observe({ type: 'not-advertised', family, reason: 'prefix-limit', detail });
  }

  notEncodable(family: Family, code: string): void {
    this.#advertising.notEncodable(family, code);
  }

  status(): PeerStatus {
    const { clock } = this.#shared.ports;
    const { session, connection } = this.#connections.main;
    const { local, remote, queuedOctets } = connection;
    const { negotiated } = session;
    const sinceMs = clock.nowMs() - this.#sinceMs;
    const restart = this.#restart.status();
    const restartsInSeconds = this.#delayedStart.secondsLeft;
    return {
      config: { ...this.#config, remoteAs: this.#remoteAs, enabled: this.#isEnabled },
      ...(this.#address.current === undefined ? {} : { address: this.#address.current }),
      state: this.#connections.state,
      sinceMs,
      uptimeSeconds: this.isEstablished ? Math.floor(sinceMs / 1000) : 0,
      isDynamic: this.isDynamic,
      ...(connection.exists && local !== undefined && remote !== undefined ? { local, remote } : {}),
      ...(negotiated === undefined ? {} : describeNegotiated(negotiated)),
      counters: this.#counters.snapshot(),
      prefixes: this.#familyCounts(),
      ...(this.#reporter.lastError === undefined ? {} : { lastError: this.#reporter.lastError }),
      missingPolicy: missingPolicies(this.#shared.config, this.#config),
      queuedOctets,
      ...(restart === undefined ? {} : { gracefulRestart: restart }),
      prefixLimits: this.#intake.limits(this.#config),
      ...(restartsInSeconds === undefined ? {} : { restartsInSeconds }),
      gracefulShutdown: this.#isLeaving,
    };
  }

  // SessionOwner: what the connections tell

  dial(handlers: TcpHandlers): TcpHandle {
    const { remotePort, localAddress, localPort, interface: link } = this.#config;
    const address = this.#address.current;
    if (address === undefined) throw new Error(`${this.name} dials before it is found`); // #startSession lets nobody
    return this.#shared.ports.tcp.connect(
      {
        address,
        port: remotePort,
        ...(localAddress === undefined ? {} : { localAddress }),
        ...(localPort === undefined ? {} : { localPort }),
        ...(link === undefined ? {} : { interface: link }),
        security: connectionSecurity(this.#shared.config, this.#config),
      },
      handlers,
    );
  }

  stateChanged(driver: SessionDriver, from: FsmState, to: FsmState): void {
    if (to === 'Idle') this.#connections.configChanged();
    if (this.#connections.isMain(driver)) this.#reporter.observe({ type: 'state-changed', from, to });
    this.#connections.stateChanged(driver, to);
    if (to === 'Idle') this.#leaveIfDynamic();
  }

  acted(driver: SessionDriver, action: Extract<FsmAction, { type: 'session-up' | 'session-down' }>): void {
    if (action.type === 'session-down') return this.#sessionDown(action.cause);
    this.#connections.established(driver);
    this.#sessionUp(action.negotiated);
  }

  received(_driver: SessionDriver, type: number, frame: Uint8Array): void {
    this.#counters.received[messageKind(type)]++;
    this.#counters.octetsReceived += frame.length;
    const { taps } = this.#shared;
    // Of an UPDATE it is to be known what has become of it.
    if (taps.wantsMessages && type !== MESSAGE_TYPE.UPDATE) taps.message(this.index, frame, false);
  }

  sent(_driver: SessionDriver, message: Message, octets: number): void {
    const kind = message.type === 'ROUTE-REFRESH' ? MESSAGE_TYPE.ROUTE_REFRESH : MESSAGE_TYPE[message.type];
    this.#counters.sent[messageKind(kind)]++;
    this.#counters.octetsSent += octets;
    if (message.type === 'NOTIFICATION') this.#reporter.notification('sent', message);
  }

  notified(_driver: SessionDriver, notification: Notification): void {
    this.#reporter.notification('received', notification);
  }

  update(driver: SessionDriver, view: UpdateView, ctx: CodecContext): Notification | undefined {
    const refusal = this.#intake.update(driver, this.#config, view, ctx);
    const { taps } = this.#shared;
    if (taps.wantsMessages) taps.message(this.index, view.frame, this.#intake.wasErrored);
    return refusal;
  }

  routeRefresh(_driver: SessionDriver, family: Family, subtype: number): void {
    const negotiated = this.#negotiated;
    // RFC 2918 §4, RFC 7313 §5: a family that was not agreed on, or a subtype that nobody knows, is ignored.
    if (negotiated === undefined || !negotiated.families.includes(family)) return;
    if (subtype === ROUTE_REFRESH_SUBTYPE.request) return this.#advertising.refresh([family]);
    // RFC 7313 §4: no markers before End-of-RIB from a neighbor with Graceful Restart.
    const isEarly = negotiated.gracefulRestart !== undefined && !this.#intake.hasEnded(family);
    if (negotiated.enhancedRouteRefresh && !isEarly) this.#refresh.marker(family, subtype);
  }

  malformed(_driver: SessionDriver, error: WireError, update?: Uint8Array): void {
    this.#intake.malformed(error);
    const { taps } = this.#shared;
    if (update !== undefined && taps.wantsMessages) taps.message(this.index, update, true);
  }

  openReceived(driver: SessionDriver): void {
    const remoteAs = driver.session.negotiated?.remoteAs;
    if (remoteAs !== undefined && !this.#isAccepted(remoteAs)) {
      return driver.dispatch({ type: 'BgpOpenMsgErr', notification: BAD_PEER_AS });
    }
    this.#connections.openReceived(driver);
  }

  #isAccepted(remoteAs: number): boolean {
    const { acceptedAses = [], remoteAs: knownAs } = this.#config;
    if (acceptedAses.length > 0 && !acceptedAses.includes(remoteAs)) return false;
    if (knownAs !== ANY_AS) return true;
    if (this.#dynamic === undefined) return isExternalAs(this.#shared.config, this.#config, remoteAs);
    return this.#dynamic.configFor(remoteAs) !== undefined;
  }

  connectionLost(driver: SessionDriver, reason: TcpCloseReason, wasOpen: boolean): void {
    if (!this.#connections.isMain(driver)) return;
    this.#reporter.lastError = `connection ${wasOpen ? 'lost' : 'failed'}: ${reason.detail}`;
    if (!wasOpen) this.#reporter.observe({ type: 'connect-failed', code: reason.code, detail: reason.detail });
  }

  connectionCount(change: 1 | -1): void {
    this.#shared.connectionCount(change);
  }

  isBehind(): boolean {
    return this.#shared.scheduler.isBehind;
  }

  /** The socket has room again: go on where the updates stopped. */
  drained(driver: SessionDriver): void {
    if (this.#connections.isMain(driver)) this.#shared.outbound.drained(this.index);
  }

  #restartState(): RestartState {
    const hasRestarted = this.#shared.deferral.isActive;
    return { hasRestarted, isForwardingPreserved: hasRestarted || this.#counters.established > 0 };
  }

  #sessionUp(negotiated: Negotiated): void {
    this.#seenAs = negotiated.remoteAs;
    this.#seenRouterId = negotiated.remoteRouterId;
    if (this.isDynamic && this.#config.remoteAs === ANY_AS) this.#learnAs(negotiated.remoteAs);
    this.#counters.established++;
    this.#sinceMs = this.clock.nowMs();
    this.#negotiated = negotiated;
    this.#shared.rib.updatePeer(this.index, this.#ribPeer(negotiated));
    this.#setImportFilter(); // `next_hop = self` is this session's address; no route has come over it yet
    const { remoteAs, remoteRouterId: routerId, holdTime, families } = negotiated;
    this.#reporter.observe({ type: 'session-up', remoteAs, routerId, holdTime, families });
    this.#tapSession(negotiated);
    this.#restart.sessionUp(negotiated, this.#config);
    this.#intake.begin();
    this.#shared.deferral.check();
    this.#advertising.begin(negotiated);
  }

  #tapSession(negotiated: Negotiated): void {
    const { connection, sentOpen, receivedOpen } = this.#connections.main;
    const { local, remote } = connection;
    if (local === undefined || remote === undefined) return; // an Established session has both
    const { remoteAs, remoteRouterId, families, fourOctetAs } = negotiated;
    const sinceMs = this.clock.wallMs();
    const about = { peer: this.name, local, remote, remoteAs, remoteRouterId, families, fourOctetAs, sinceMs };
    const codec = negotiated; // which is one, and says more
    this.#shared.taps.sessionUp(this.index, { ...about, codec, sentOpen, receivedOpen }, negotiated);
  }

  /** From here on a neighbor of a range is like one that was configured. */
  #learnAs(remoteAs: number): void {
    const learned = this.#dynamic?.configFor(remoteAs);
    this.#config = learned?.config ?? { ...this.#config, remoteAs }; // the range went after the neighbor's OPEN
    this.#import = learned?.policies.import ?? this.#import;
    this.#export = learned?.policies.export ?? this.#export;
    this.#reportMissingPolicies();
  }

  /** A neighbor of a range is one as long as it has a session, or routes that wait for the next. */
  #leaveIfDynamic(): void {
    const { state } = this.#connections;
    const isAway = (state === 'Idle' || state === 'Active') && this.#restart.status() === undefined;
    if (this.#dynamic === undefined || !isAway || !this.#isEnabled || this.#isHeldBack || this.#isRemoved) return;
    this.#dynamic.left();
  }

  /** The wait after too many prefixes is over. */
  #startAgain(): void {
    this.#isHeldBack = false;
    if (this.isDynamic) return this.#leaveIfDynamic();
    this.#startSession();
  }

  #sessionDown(cause: DownCause): void {
    const negotiated = this.#negotiated;
    if (negotiated === undefined) return;
    this.#negotiated = undefined;
    this.#counters.flaps++;
    this.#sinceMs = this.clock.nowMs();
    this.#advertising.end();
    this.#shared.taps.sessionDown(this.index, cause);
    this.#refresh.close();
    this.#restart.sessionDown(negotiated, cause, this.#config);
    const detail = downDetail(cause, this.#reporter.lastError);
    this.#reporter.observe({ type: 'session-down', reason: downReason(cause), detail });
  }

  /** RFC 4486 §4. */
  #tooManyPrefixes(): void {
    const { maxPrefixesRestartTime: seconds } = this.#config;
    this.#isHeldBack = seconds !== undefined;
    this.#connections.main.dispatch({
      type: 'AutomaticStop',
      cease: finalCease(this.#negotiated, this.#config, MAXIMUM_PREFIXES),
    });
    if (seconds === undefined) return;
    this.#connections.main.dispatch({ type: 'ManualStop' }); // ends the wait for the automatic start
    if (seconds > 0) this.#delayedStart.after(seconds);
  }

  #found(address: string, before: string | undefined): void {
    this.#reporter.observe({ type: 'neighbor-found', address });
    if (before !== undefined) {
      // Another router, or the same one with another address: either way nobody answers at the old one any more.
      const cease = finalCease(this.#negotiated, this.#config, OTHER_CONFIGURATION_CHANGE);
      this.#connections.dispatch({ type: 'AutomaticStop', cease });
    } else if (this.#isEnabled && !this.#isHeldBack && !this.#isRemoved) this.#startSession();
  }

  /** As when the connection breaks, and then nobody is there to be dialed. */
  #lost(detail: string): void {
    this.#reporter.observe({ type: 'neighbor-lost', detail });
    this.#connections.linkLost(detail);
    this.#reporter.lastError = detail;
  }

  #notFound(detail: string): void {
    this.#reporter.lastError = detail;
    this.#reporter.observe({ type: 'discovery-trouble', detail });
  }

  /** The speaker stops: nobody new. */
  endDiscovery(): void {
    this.#address.endWatch();
  }

  /** The job judges the kept routes again. */
  #setImportFilter(): Job {
    return this.#shared.rib.setImportFilter(this.index, this.#importFilter(this.#config, this.#import));
  }

  #importFilter(config: PeerConfig, policy: KeyedPolicy): RouteFilter {
    const local = this.#connections.main.connection.local?.address;
    const parsed = local === undefined ? undefined : parseIpAddress(local);
    const self = parsed?.ok === true ? parsed.value : undefined;
    const isFeasible = config.flowSpecValidation
      ? (route: RouteCursor) => this.#shared.flowSpec.isFeasible(route, this.index)
      : undefined;
    return importFilter(policy, config, self, this.#isLeaving, isFeasible);
  }

  /** Of a neighbor that may have any: what it had last. */
  get #remoteAs(): number {
    return this.#config.remoteAs === ANY_AS ? this.#seenAs : this.#config.remoteAs;
  }

  #ribPeer(negotiated: Negotiated | undefined): RibPeer {
    const address = parseIpAddress(this.#address.current ?? '');
    const own = moreOwnAses(this.#shared.config, this.#config);
    const identifier = this.#seenRouterId === undefined ? undefined : parseIpv4(this.#seenRouterId);
    return {
      name: this.#config.name,
      kind: negotiated?.peerKind ?? peerKind(this.#shared.config, this.#config),
      as: negotiated?.remoteAs ?? this.#remoteAs,
      bgpIdentifier: identifier?.ok === true ? identifier.value : 0,
      address: address.ok ? address.value : NOBODY,
      routeReflectorClient: this.#config.routeReflectorClient,
      routeServerClient: this.#config.routeServerClient,
      enforceFirstAs: this.#config.enforceFirstAs,
      allowOwnAs: this.#config.allowOwnAs,
      ...(own.length === 0 ? {} : { moreOwnAses: own }),
    };
  }

  #familyCounts(): FamilyCounts[] {
    return this.#config.families.map((family) => ({
      family,
      ...this.#shared.rib.counts(this.index, family),
      sent: this.#advertising.sentCount(family),
    }));
  }

  /** These families of the session, or all. */
  #negotiatedOnly(families: readonly Family[] | undefined): Result<readonly Family[], SpeakerError> {
    const negotiated = this.#negotiated;
    if (negotiated === undefined) return this.#notEstablished();
    if (families?.every((family) => negotiated.families.includes(family)) ?? true) {
      return ok(families ?? negotiated.families);
    }
    return refuse('family-not-negotiated', `The session with ${this.name} does not carry that family.`);
  }

  #notEstablished(): Result<never, SpeakerError> {
    return refuse('not-established', `The session with ${this.name} is not established.`);
  }
}

function refuse(code: SpeakerError['code'], message: string): Result<never, SpeakerError> {
  return { ok: false, error: { code, message } };
}
