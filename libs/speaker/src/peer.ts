import type { DownCause, FsmAction, FsmState, Negotiated } from '@bgp/fsm';
import type { Job, PeerIndex, RibPeer } from '@bgp/rib';
import {
  type CodecContext,
  type Family,
  formatNotification,
  MESSAGE_TYPE,
  type Message,
  type Notification,
  ok,
  parseIpAddress,
  parseIpv4,
  type Result,
  type UpdateView,
  type WireError,
} from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import { Counters, messageKind } from './counters.ts';
import type { DownReason } from './events.ts';
import { importFilter } from './import-filter.ts';
import { PeerAdvertising } from './peer-advertising.ts';
import { PeerConnections } from './peer-connections.ts';
import { PeerIntake } from './peer-intake.ts';
import { PeerReporter } from './peer-reporter.ts';
import { type Direction, type KeyedPolicy, missingPolicies } from './policies.ts';
import type { AcceptedConnection, SocketAddress, TcpCloseReason, TcpHandle, TcpHandlers } from './ports.ts';
import { connectionSecurity, isExternal, sessionConfig } from './session-config.ts';
import type { SessionDriver, SessionOwner } from './session-driver.ts';
import type { Shared } from './shared.ts';
import type { FamilyCounts, PeerStatus, SpeakerError } from './status.ts';

const NOBODY = new Uint8Array(4);
const PEER_DE_CONFIGURED = 3; // RFC 4486 §4
const ADMINISTRATIVE_SHUTDOWN = 2;
const ADMINISTRATIVE_RESET = 4;

/**
 * One neighbor: `PeerConnections` to it, what it announces (`PeerIntake`), what it is told (`PeerAdvertising`), and what is to be
 * said about it (`PeerReporter`). Here: what an operator does with it, and where these meet.
 */
export class Peer implements SessionOwner {
  readonly index: PeerIndex;
  readonly random: () => number;
  readonly #shared: Shared;
  readonly #counters = new Counters();
  readonly #reporter: PeerReporter;
  readonly #connections: PeerConnections;
  readonly #intake: PeerIntake;
  readonly #advertising: PeerAdvertising;
  #config: PeerConfig;
  #import: KeyedPolicy;
  #export: KeyedPolicy;
  #isEnabled: boolean;
  #isRemoved = false;
  /** Of the last change between Established and not. */
  #sinceMs: number;
  #isDown = true;

  constructor(shared: Shared, config: PeerConfig, importPolicy: KeyedPolicy, exportPolicy: KeyedPolicy) {
    this.#shared = shared;
    this.#config = config;
    this.#import = importPolicy;
    this.#export = exportPolicy;
    this.#isEnabled = config.enabled;
    this.#sinceMs = shared.ports.clock.nowMs();
    this.random = shared.ports.random;
    this.index = shared.rib.addPeer(this.#ribPeer(undefined));
    this.#reporter = new PeerReporter(shared.ports, config.name, this.#counters);
    this.#connections = new PeerConnections(
      this,
      () => sessionConfig(shared.config, this.#config),
      (from, to) => this.#reporter.observe({ type: 'state-changed', from, to }),
    );
    this.#intake = new PeerIntake(shared, this.index, this.#counters, this.#reporter);
    this.#advertising = new PeerAdvertising(shared, this.index, this.#counters, this.#reporter, () => ({
      config: this.#config,
      exportPolicy: this.#export,
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

  get importPolicy(): KeyedPolicy {
    return this.#import;
  }

  get isEstablished(): boolean {
    return this.#connections.main.state === 'Established';
  }

  start(): void {
    const { ports, config } = this.#shared;
    ports.tcp.secure(this.#config.address, connectionSecurity(config, this.#config));
    const missing = missingPolicies(this.#config, this.#isExternal, config.ebgpRequiresPolicy);
    if (missing.length > 0) this.#reporter.observe({ type: 'policy-missing', directions: missing });
    if (this.#isEnabled) this.#connections.main.dispatch({ type: 'ManualStart' });
  }

  enable(): void {
    this.#isEnabled = true;
    this.#reporter.observe({ type: 'peer-enabled' });
    this.#connections.main.dispatch({ type: 'ManualStart' });
  }

  disable(text: string | undefined): void {
    this.#isEnabled = false;
    this.#reporter.observe({ type: 'peer-disabled', ...(text === undefined ? {} : { reason: text }) });
    this.end(ADMINISTRATIVE_SHUTDOWN, text);
  }

  /** Cease to the neighbor; the session stays down until it is started again. */
  end(subcode: number, text?: string): void {
    this.#connections.stop({ type: 'ManualStop', cease: { subcode, ...(text === undefined ? {} : { text }) } });
  }

  /** Ends everything; `done` runs when the neighbor's routes are gone. */
  remove(done: () => void): void {
    const { ports, rib, scheduler } = this.#shared;
    this.#isRemoved = true;
    this.end(PEER_DE_CONFIGURED);
    ports.tcp.secure(this.#config.address, undefined);
    scheduler.addJob(rib.peerDown(this.index), () => {
      rib.removePeer(this.index);
      done();
    });
    this.#reporter.observe({ type: 'peer-removed' });
  }

  reset(): void {
    this.#connections.dispatch({ type: 'AutomaticStop', cease: { subcode: ADMINISTRATIVE_RESET } });
  }

  /** Judges the kept routes again, and asks the neighbor for the families where it can be asked. */
  softIn(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    const { negotiated } = this.#connections.main.session;
    if (negotiated === undefined || !this.isEstablished) return this.#notEstablished();
    const wanted = families ?? negotiated.families;
    if (wanted.some((family) => !negotiated.families.includes(family))) {
      return refuse('family-not-negotiated', `The session with ${this.name} does not carry that family.`);
    }
    if (!negotiated.routeRefresh) {
      const why = `${this.name} cannot be asked for its routes again: it has no Route Refresh.`;
      return refuse('route-refresh-not-negotiated', why);
    }
    this.#shared.scheduler.addJob(this.#setImportFilter());
    for (const family of wanted) this.#connections.main.send({ type: 'ROUTE-REFRESH', family, subtype: 0 });
    return ok(undefined);
  }

  softOut(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    if (!this.isEstablished) return this.#notEstablished();
    this.#advertising.refresh(families);
    return ok(undefined);
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

  /** An inbound connection from this neighbor; undefined refuses it. */
  accept(local: SocketAddress, remote: SocketAddress): AcceptedConnection | undefined {
    const isWanted = this.#isEnabled && !this.#isRemoved;
    const accepted = isWanted ? this.#connections.accept(local, remote) : undefined;
    if (accepted === undefined) {
      const { observe, clock } = this.#shared.ports;
      const reason = isWanted ? 'idle' : 'disabled';
      observe({ type: 'connection-refused', atMs: clock.wallMs(), from: remote.address, reason });
    }
    return accepted;
  }

  /** Reading goes on after the RIB has caught up. */
  resumeReading(): void {
    this.#connections.resumeReading();
  }

  notEncodable(family: Family, code: string): void {
    this.#advertising.notEncodable(family, code);
  }

  status(): PeerStatus {
    const { clock } = this.#shared.ports;
    const { session, local, remote, hasConnection, queuedOctets } = this.#connections.main;
    const { negotiated } = session;
    const sinceMs = clock.nowMs() - this.#sinceMs;
    return {
      config: { ...this.#config, enabled: this.#isEnabled },
      state: this.#connections.state,
      sinceMs,
      uptimeSeconds: this.isEstablished ? Math.floor(sinceMs / 1000) : 0,
      isDynamic: false,
      ...(hasConnection && local !== undefined && remote !== undefined ? { local, remote } : {}),
      ...(negotiated === undefined
        ? {}
        : {
            remoteRouterId: negotiated.remoteRouterId,
            negotiated: {
              holdTime: negotiated.holdTime,
              keepaliveTime: negotiated.keepaliveTime,
              families: negotiated.families,
              fourOctetAs: negotiated.fourOctetAs,
              maxMessageOctets: negotiated.maxMessageOctets,
              localCapabilities: negotiated.localCapabilities,
              remoteCapabilities: negotiated.remoteCapabilities,
            },
          }),
      counters: this.#counters.snapshot(),
      prefixes: this.#familyCounts(),
      ...(this.#reporter.lastError === undefined ? {} : { lastError: this.#reporter.lastError }),
      missingPolicy: missingPolicies(this.#config, this.#isExternal, this.#shared.config.ebgpRequiresPolicy),
      queuedOctets,
    };
  }

  // SessionOwner: what the connections tell

  dial(handlers: TcpHandlers): TcpHandle {
    const { address, remotePort, localAddress, localPort, interface: link } = this.#config;
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
    if (this.#connections.isMain(driver)) this.#reporter.observe({ type: 'state-changed', from, to });
    this.#connections.stateChanged(driver, to);
  }

  acted(driver: SessionDriver, action: Extract<FsmAction, { type: 'session-up' | 'session-down' }>): void {
    if (action.type === 'session-down') return this.#sessionDown(action.cause);
    this.#connections.established(driver);
    this.#sessionUp(action.negotiated);
  }

  received(_driver: SessionDriver, type: number, octets: number): void {
    this.#counters.received[messageKind(type)]++;
    this.#counters.octetsReceived += octets;
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
    return this.#intake.update(driver, this.#config, view, ctx);
  }

  routeRefresh(_driver: SessionDriver, family: Family, subtype: number): void {
    // RFC 7313 markers: we did not offer them, and RFC 2918 has no other. A family that was not agreed on is ignored (§4).
    if (subtype === 0) this.#advertising.refresh([family]);
  }

  malformed(_driver: SessionDriver, error: WireError): void {
    this.#intake.malformed(error);
  }

  openReceived(driver: SessionDriver): void {
    this.#connections.openReceived(driver);
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

  get #isExternal(): boolean {
    return isExternal(this.#shared.config, this.#config.remoteAs);
  }

  #sessionUp(negotiated: Negotiated): void {
    this.#counters.established++;
    this.#sinceMs = this.clock.nowMs();
    this.#isDown = false;
    this.#shared.rib.updatePeer(this.index, this.#ribPeer(negotiated));
    this.#setImportFilter(); // `next_hop = self` is this session's address; no route has come over it yet
    const { remoteAs, remoteRouterId: routerId, holdTime, families } = negotiated;
    this.#reporter.observe({ type: 'session-up', remoteAs, routerId, holdTime, families });
    this.#advertising.begin(negotiated);
  }

  #sessionDown(cause: DownCause): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#counters.flaps++;
    this.#sinceMs = this.clock.nowMs();
    this.#advertising.end();
    this.#shared.scheduler.addJob(this.#shared.rib.peerDown(this.index));
    this.#reporter.observe({ type: 'session-down', reason: downReason(cause), detail: this.#downDetail(cause) });
  }

  #downDetail(cause: DownCause): string {
    const notification = 'notification' in cause ? cause.notification : undefined;
    if (notification === undefined) return this.#reporter.lastError ?? 'the TCP connection failed';
    return `${cause.type === 'notification-received' ? 'received' : 'sent'} ${formatNotification(notification)}`;
  }

  /** The job judges the kept routes again. */
  #setImportFilter(): Job {
    const local = this.#connections.main.local?.address;
    const parsed = local === undefined ? undefined : parseIpAddress(local);
    const self = parsed?.ok === true ? parsed.value : undefined;
    return this.#shared.rib.setImportFilter(this.index, importFilter(this.#import, this.#config, self));
  }

  #ribPeer(negotiated: Negotiated | undefined): RibPeer {
    const address = parseIpAddress(this.#config.address);
    const identifier = negotiated === undefined ? undefined : parseIpv4(negotiated.remoteRouterId);
    return {
      name: this.#config.name,
      kind: this.#isExternal ? 'external' : 'internal',
      as: negotiated?.remoteAs ?? this.#config.remoteAs,
      bgpIdentifier: identifier?.ok === true ? identifier.value : 0,
      address: address.ok ? address.value : NOBODY,
      routeReflectorClient: this.#config.routeReflectorClient,
      routeServerClient: this.#config.routeServerClient,
      enforceFirstAs: this.#config.enforceFirstAs,
    };
  }

  #familyCounts(): FamilyCounts[] {
    return this.#config.families.map((family) => ({
      family,
      ...this.#shared.rib.counts(this.index, family),
      sent: this.#advertising.sentCount(family),
    }));
  }

  #notEstablished(): Result<never, SpeakerError> {
    return refuse('not-established', `The session with ${this.name} is not established.`);
  }
}

function refuse(code: SpeakerError['code'], message: string): Result<never, SpeakerError> {
  return { ok: false, error: { code, message } };
}

function downReason(cause: DownCause): DownReason {
  switch (cause.type) {
    case 'notification-sent':
    case 'notification-received':
    case 'hold-timer-expired':
    case 'collision':
    case 'tcp-failed':
      return cause.type;
    case 'stopped':
      return 'admin';
  }
}
