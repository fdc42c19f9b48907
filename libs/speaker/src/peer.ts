import {
  createInboundSession,
  createSession,
  type DownCause,
  type FsmAction,
  type FsmState,
  type Negotiated,
  resolveCollision,
} from '@bgp/fsm';
import type { Job, PeerIndex, RibPeer } from '@bgp/rib';
import {
  type CodecContext,
  ERROR_RULES,
  ERROR_SOURCES,
  type ErrorAction,
  encodeMessage,
  type Family,
  formatFamily,
  formatNotification,
  IPV4_UNICAST,
  MESSAGE_TYPE,
  type Message,
  type Notification,
  notificationFor,
  ok,
  parseIpAddress,
  parseIpv4,
  type Result,
  shutdownText,
  type UpdateView,
  type WireError,
} from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import { Counters, messageKind } from './counters.ts';
import type { DownReason, SpeakerEvent } from './events.ts';
import { exportFilter, exportKey } from './export-rules.ts';
import { importFilter } from './import-filter.ts';
import { nextHopSelf } from './next-hop-self.ts';
import type { OutboundPeer } from './outbound.ts';
import { type Direction, type KeyedPolicy, missingPolicies } from './policies.ts';
import type { AcceptedConnection, SocketAddress, TcpCloseReason, TcpHandle, TcpHandlers } from './ports.ts';
import { connectionSecurity, isExternal, sessionConfig } from './session-config.ts';
import { SessionDriver, type SessionOwner } from './session-driver.ts';
import type { Shared } from './shared.ts';
import type { FamilyCounts, PeerStatus, SpeakerError } from './status.ts';

/** Of one kind of error, at most one event per this time; the counters have them all. */
const ERROR_EVENT_INTERVAL_MS = 1_000;
const NOBODY = new Uint8Array(4);
const NO_NEXT_HOP = new Uint8Array(0);
const PEER_DE_CONFIGURED = 3; // RFC 4486 §4
const ADMINISTRATIVE_SHUTDOWN = 2;
const ADMINISTRATIVE_RESET = 4;
const MAXIMUM_PREFIXES = 1;

/** One neighbor: its sessions (a second one while a collision is undecided), its place in the RIB, its counters. */
export class Peer implements SessionOwner, OutboundPeer {
  readonly index: PeerIndex;
  readonly random: () => number;
  readonly #shared: Shared;
  #config: PeerConfig;
  #import: KeyedPolicy;
  #export: KeyedPolicy;
  #main: SessionDriver;
  #second: SessionDriver | undefined;
  readonly #counters = new Counters();
  #isEnabled: boolean;
  #isRemoved = false;
  #sinceMs: number;
  #lastError: string | undefined;
  readonly #lastErrorEventMs = new Map<string, number>();
  #ended = false;
  /** The export policy changed again while the move to another update group was under way. */
  #mustMoveAgain = false;

  constructor(shared: Shared, config: PeerConfig, importPolicy: KeyedPolicy, exportPolicy: KeyedPolicy) {
    this.#shared = shared;
    this.#config = config;
    this.#import = importPolicy;
    this.#export = exportPolicy;
    this.#isEnabled = config.enabled;
    this.#sinceMs = shared.ports.clock.nowMs();
    this.random = shared.ports.random;
    this.#main = new SessionDriver(this, createSession(sessionConfig(shared.config, config)));
    this.index = shared.rib.addPeer(this.#ribPeer(undefined));
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
    return this.#main.state === 'Established';
  }

  get negotiated(): Negotiated | undefined {
    return this.isEstablished ? this.#main.session.negotiated : undefined;
  }

  start(): void {
    const { ports, config } = this.#shared;
    ports.tcp.secure(this.#config.address, connectionSecurity(config, this.#config));
    const missing = missingPolicies(this.#config, this.#isExternal, config.ebgpRequiresPolicy);
    if (missing.length > 0) this.#observe({ type: 'policy-missing', directions: missing });
    if (this.#isEnabled) this.#main.dispatch({ type: 'ManualStart' });
  }

  enable(): void {
    this.#isEnabled = true;
    this.#observe({ type: 'peer-enabled' });
    this.#main.dispatch({ type: 'ManualStart' });
  }

  disable(text: string | undefined): void {
    this.#isEnabled = false;
    this.#observe({ type: 'peer-disabled', ...(text === undefined ? {} : { reason: text }) });
    this.end(ADMINISTRATIVE_SHUTDOWN, text);
  }

  /** Cease to the neighbor; the session stays down until it is started again. */
  end(subcode: number, text?: string): void {
    const cease = { subcode, ...(text === undefined ? {} : { text }) };
    this.#second?.dispatch({ type: 'ManualStop', cease });
    this.#second = undefined;
    this.#main.dispatch({ type: 'ManualStop', cease });
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
    this.#observe({ type: 'peer-removed' });
  }

  reset(): void {
    this.#second?.dispatch({ type: 'AutomaticStop', cease: { subcode: ADMINISTRATIVE_RESET } });
    this.#main.dispatch({ type: 'AutomaticStop', cease: { subcode: ADMINISTRATIVE_RESET } });
  }

  /** Judges the kept routes again, and asks the neighbor for the families where it can be asked. */
  softIn(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    const { negotiated } = this;
    if (negotiated === undefined) return refuse('not-established', `The session with ${this.name} is not established.`);
    const wanted = families ?? negotiated.families;
    const strange = wanted.find((family) => !negotiated.families.includes(family));
    if (strange !== undefined)
      return refuse('family-not-negotiated', `The session with ${this.name} does not carry that family.`);
    if (!negotiated.routeRefresh) {
      return refuse(
        'route-refresh-not-negotiated',
        `${this.name} cannot be asked for its routes again: it has no Route Refresh.`,
      );
    }
    this.#judgeImportAgain();
    for (const family of wanted) this.#main.send({ type: 'ROUTE-REFRESH', family, subtype: 0 });
    return ok(undefined);
  }

  softOut(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    if (!this.isEstablished) return refuse('not-established', `The session with ${this.name} is not established.`);
    for (const group of this.#shared.outbound.groupsOf(this.index)) {
      if (families?.includes(group.spec.family) ?? true) group.refresh(this.index);
    }
    this.#shared.scheduler.wake();
    return ok(undefined);
  }

  setPolicy(direction: Direction, keyed: KeyedPolicy, config: PeerConfig): void {
    this.#config = config;
    if (direction === 'import') {
      this.#import = keyed;
      this.#judgeImportAgain();
    } else {
      this.#export = keyed;
      if (this.negotiated !== undefined) this.#moveGroups(this.negotiated);
    }
  }

  /** An inbound connection from this neighbor; undefined refuses it. */
  accept(local: SocketAddress, remote: SocketAddress): AcceptedConnection | undefined {
    if (!this.#isEnabled || this.#isRemoved) return this.#refuse(remote, 'disabled');
    const { session } = this.#main;
    if (session.state === 'Idle') {
      // RFC 4271 §8.2.2: "refuses all incoming BGP connections for this peer". Only a passive neighbor has nobody else to end its
      // wait; there the connecting side sets the pace.
      if (!session.config.passive || !session.timers.has('idle-hold')) return this.#refuse(remote, 'idle');
      this.#main.dispatch({ type: 'IdleHoldTimerExpires' });
    }
    // Beside a dial that is under way it gets a session of its own: two speakers that dial each other in the same moment and give up
    // their dials for the other's would both end with nothing. While the DelayOpenTimer runs there is a connection already.
    const isFree = this.#main.state === 'Active' && !this.#main.session.timers.has('delay-open');
    if (isFree) return this.#main.adopt(local, remote);
    // Of several inbound connections the neighbor still has the newest.
    this.#second?.dispatch({ type: 'OpenCollisionDump' });
    const driver = new SessionDriver(this, createInboundSession(sessionConfig(this.#shared.config, this.#config)));
    this.#second = driver;
    return driver.adopt(local, remote);
  }

  status(): PeerStatus {
    const { clock } = this.#shared.ports;
    const { session, local, remote } = this.#main;
    const { negotiated } = session;
    const sinceMs = clock.nowMs() - this.#sinceMs;
    return {
      config: { ...this.#config, enabled: this.#isEnabled },
      state: this.#shownState(),
      sinceMs,
      uptimeSeconds: this.isEstablished ? Math.floor(sinceMs / 1000) : 0,
      isDynamic: false,
      ...(this.#main.hasConnection && local !== undefined && remote !== undefined ? { local, remote } : {}),
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
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      missingPolicy: missingPolicies(this.#config, this.#isExternal, this.#shared.config.ebgpRequiresPolicy),
      queuedOctets: this.#main.queuedOctets,
    };
  }

  // SessionOwner

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
    if (driver === this.#second) {
      if (to === 'Idle') this.#second = undefined;
      return;
    }
    if (driver !== this.#main) return;
    this.#observe({ type: 'state-changed', from, to });
    // The other connection goes on where this one has failed.
    if (to === 'Idle' && this.#second !== undefined) this.#promoteSecond();
  }

  acted(driver: SessionDriver, action: Extract<FsmAction, { type: 'session-up' | 'session-down' }>): void {
    if (action.type === 'session-up') {
      if (driver === this.#second) {
        this.#main.dispatch({ type: 'OpenCollisionDump' });
        if (this.#second !== undefined) this.#promoteSecond();
      }
      this.#sessionUp(driver, action.negotiated);
    } else {
      this.#sessionDown(action.cause);
    }
  }

  received(_driver: SessionDriver, type: number, octets: number): void {
    this.#counters.received[messageKind(type)]++;
    this.#counters.octetsReceived += octets;
  }

  sent(_driver: SessionDriver, message: Message, octets: number): void {
    const kind = message.type === 'ROUTE-REFRESH' ? MESSAGE_TYPE.ROUTE_REFRESH : MESSAGE_TYPE[message.type];
    this.#counters.sent[messageKind(kind)]++;
    this.#counters.octetsSent += octets;
    if (message.type !== 'NOTIFICATION') return;
    this.#lastError = `sent ${formatNotification(message)}`;
    this.#notification('sent', message);
  }

  notified(_driver: SessionDriver, notification: Notification): void {
    this.#lastError = `received ${formatNotification(notification)}`;
    this.#notification('received', notification);
  }

  update(driver: SessionDriver, view: UpdateView, ctx: CodecContext): Notification | undefined {
    const { rib, scheduler, ports } = this.#shared;
    const foreign = foreignFamily(view, driver.session.negotiated?.families ?? []);
    if (foreign !== 0) {
      // RFC 4760 §7: routes of a family that was not agreed on are ignored.
      this.#updateError('family-unsupported', 'afi-safi-disable', `${formatFamily(foreign)} was not negotiated`);
      return undefined;
    }
    const report = rib.receive(this.index, view, ctx, Math.floor(ports.clock.wallMs() / 1000));
    for (const error of report.errors) this.malformed(driver, error);
    if (report.action === 'session-reset') {
      const fatal = report.errors.find(({ code }) => ERROR_RULES[code].action === 'session-reset');
      return notificationFor(fatal ?? { code: 'attribute-error-without-nlri' });
    }
    // An external neighbor's loops are in AS_PATH; an internal one's nearly always in the reflection attributes.
    if (ctx.peerKind === 'external') this.#counters.asPathLoops += report.loops;
    else this.#counters.reflectionLoops += report.loops;
    if (report.firstAsMismatches > 0) {
      // RFC 4271 §6.3
      this.#updateError('first-as-mismatch', 'treat-as-withdraw', "a path does not begin with the neighbor's AS");
    }
    if (report.endOfRib !== 0) this.#observe({ type: 'end-of-rib', family: report.endOfRib, direction: 'received' });
    const routes = report.announced + report.withdrawn;
    if (routes === 0) return undefined;
    scheduler.received(routes);
    if (scheduler.isBehind) driver.pause();
    if (report.announced > 0) this.#checkLimit(driver);
    return undefined;
  }

  routeRefresh(_driver: SessionDriver, family: Family, subtype: number): void {
    if (subtype !== 0) return; // RFC 7313 markers: we did not offer them, and RFC 2918 has no other
    // RFC 2918 §4: a family that was not agreed on is ignored.
    for (const group of this.#shared.outbound.groupsOf(this.index)) {
      if (group.spec.family === family) group.refresh(this.index);
    }
    this.#shared.scheduler.wake();
  }

  malformed(_driver: SessionDriver, error: WireError): void {
    this.#updateError(error.code, ERROR_RULES[error.code].action, ERROR_SOURCES[error.code]);
  }

  #updateError(code: string, action: ErrorAction, detail: string): void {
    this.#counters.updateErrors[action] = (this.#counters.updateErrors[action] ?? 0) + 1;
    const nowMs = this.clock.nowMs();
    if (nowMs - (this.#lastErrorEventMs.get(code) ?? Number.NEGATIVE_INFINITY) < ERROR_EVENT_INTERVAL_MS) return;
    this.#lastErrorEventMs.set(code, nowMs);
    this.#observe({ type: 'update-error', code, action, detail });
  }

  /** RFC 4271 §6.8: two connections with this neighbor, and its identifier is known on one of them. */
  openReceived(driver: SessionDriver): void {
    const other = driver === this.#main ? this.#second : this.#main;
    const negotiated = driver.session.negotiated;
    if (other === undefined || negotiated === undefined) return;
    if (other.state === 'Established') return driver.dispatch({ type: 'OpenCollisionDump' });
    if (other.state !== 'OpenConfirm' && other.state !== 'OpenSent') {
      // The other one is still dialing, or has failed: no contest.
      if (driver === this.#second && (driver.state === 'OpenConfirm' || driver.state === 'Established')) {
        this.#promoteSecond();
      }
      return;
    }
    const { asn, routerId } = this.#shared.config;
    const verdict = resolveCollision(routerId, asn, negotiated.remoteRouterId, negotiated.remoteAs);
    // Two connections that the neighbor opened: it has given the older one up.
    const loser =
      driver.isOutgoing === other.isOutgoing
        ? this.#main
        : verdict === 'keep-ours'
          ? incoming(driver, other)
          : outgoing(driver, other);
    loser?.dispatch({ type: 'OpenCollisionDump' });
  }

  connectionLost(driver: SessionDriver, reason: TcpCloseReason, wasOpen: boolean): void {
    if (driver !== this.#main) return;
    if (wasOpen) {
      this.#lastError = `connection lost: ${reason.detail}`;
    } else {
      this.#lastError = `connection failed: ${reason.detail}`;
      this.#observe({ type: 'connect-failed', code: reason.code, detail: reason.detail });
    }
  }

  connectionCount(change: 1 | -1): void {
    this.#shared.connectionCount(change);
  }

  isBehind(): boolean {
    return this.#shared.scheduler.isBehind;
  }

  /** The socket has room again: go on where the updates stopped. */
  drained(driver: SessionDriver): void {
    if (driver === this.#main) this.#shared.outbound.drained(this.index);
  }

  // OutboundPeer

  writeUpdates(octets: Uint8Array, messages: number): boolean {
    this.#counters.sent.update += messages;
    this.#counters.octetsSent += octets.length;
    return this.#main.write(octets);
  }

  slow(state: 'detached' | 'caught-up'): void {
    this.#observe({ type: 'slow-peer', queuedOctets: this.#main.queuedOctets, state });
  }

  /** RFC 8654 §4: attributes that fit no message of this session; such routes are withdrawn rather than cut. */
  notEncodable(family: Family, code: string): void {
    const detail = `a route's attributes do not fit a message: ${code}`;
    this.#observe({ type: 'not-advertised', family, reason: 'too-large', detail });
  }

  tableSent(family: Family, kind: 'initial' | 'refresh'): void {
    if (kind === 'refresh') this.#sendEndOfRib(family);
    this.#observe({ type: 'end-of-rib', family, direction: 'sent' });
  }

  /** Reading goes on after the RIB has caught up. */
  resumeReading(): void {
    this.#main.resume();
    this.#second?.resume();
  }

  get #isExternal(): boolean {
    return isExternal(this.#shared.config, this.#config.remoteAs);
  }

  #shownState(): FsmState {
    const order: readonly FsmState[] = ['Idle', 'Active', 'Connect', 'OpenSent', 'OpenConfirm', 'Established'];
    const second = this.#second?.state ?? 'Idle';
    return order.indexOf(second) > order.indexOf(this.#main.state) ? second : this.#main.state;
  }

  #refuse(remote: SocketAddress, reason: 'disabled' | 'collision' | 'idle'): undefined {
    const { ports } = this.#shared;
    ports.observe({ type: 'connection-refused', atMs: ports.clock.wallMs(), from: remote.address, reason });
    return undefined;
  }

  #promoteSecond(): void {
    const second = this.#second;
    if (second === undefined) return;
    const before = this.#main.state;
    // The failed one must not start again beside its successor.
    const old = this.#main;
    this.#main = second;
    this.#second = undefined;
    old.dispatch({ type: 'ManualStop' });
    second.setConfig(sessionConfig(this.#shared.config, this.#config));
    // Its step to Established, when that is what made it the main one, is reported on its own.
    if (second.state !== 'Established') this.#observe({ type: 'state-changed', from: before, to: second.state });
  }

  #sessionUp(driver: SessionDriver, negotiated: Negotiated): void {
    const { rib } = this.#shared;
    this.#counters.established++;
    this.#sinceMs = this.clock.nowMs();
    this.#ended = false;
    rib.updatePeer(this.index, this.#ribPeer(negotiated));
    this.#setImportFilter(); // `next_hop = self` is this session's address; no route has come over it yet
    this.#observe({
      type: 'session-up',
      remoteAs: negotiated.remoteAs,
      routerId: negotiated.remoteRouterId,
      holdTime: negotiated.holdTime,
      families: negotiated.families,
    });
    for (const family of negotiated.families) this.#join(driver, negotiated, family);
    this.#shared.scheduler.wake();
  }

  #sessionDown(cause: DownCause): void {
    const { rib, outbound, scheduler } = this.#shared;
    if (this.#ended) return;
    this.#ended = true;
    this.#counters.flaps++;
    this.#sinceMs = this.clock.nowMs();
    for (const group of outbound.groupsOf(this.index)) outbound.leave(group, this.index);
    scheduler.addJob(rib.peerDown(this.index));
    this.#observe({ type: 'session-down', reason: downReason(cause), detail: this.#downDetail(cause) });
  }

  #downDetail(cause: DownCause): string {
    const notification = 'notification' in cause ? cause.notification : undefined;
    if (notification === undefined) return this.#lastError ?? 'the TCP connection failed';
    const verb = cause.type === 'notification-received' ? 'received' : 'sent';
    return `${verb} ${formatNotification(notification)}`;
  }

  #join(driver: SessionDriver, negotiated: Negotiated, family: Family): void {
    const spec = this.#groupSpec(driver, negotiated, family);
    if (spec === undefined) return;
    this.#shared.outbound.join(this.#shared.rib.group(spec), this);
  }

  #groupSpec(driver: SessionDriver, negotiated: Negotiated, family: Family) {
    const local = driver.local?.address ?? '';
    const kind = negotiated.peerKind === 'internal' ? 'internal' : 'external';
    const self = nextHopSelf(family, local, this.#config, negotiated.extendedNextHop);
    if (self === undefined && kind === 'external') {
      const detail = 'this session has no local address that could be the next hop; set local_ipv6_nexthop';
      this.#observe({ type: 'not-advertised', family, reason: 'no-next-hop', detail });
      return undefined;
    }
    const session = {
      kind,
      localAs: this.#shared.config.asn,
      remoteAs: negotiated.remoteAs,
      self: self ?? NO_NEXT_HOP,
      clusterId: this.#shared.clusterId,
    } as const;
    return {
      family,
      kind,
      filterKey: exportKey(this.#export, this.#config, session),
      filter: exportFilter(this.#export, this.#config, session),
      egressKey: '',
      egress: () => undefined,
      routeReflectorClient: this.#config.routeReflectorClient,
      routeServerClient: this.#config.routeServerClient,
      fourOctetAs: negotiated.fourOctetAs,
      maxMessageOctets: negotiated.maxMessageOctets,
      extendedNextHop: negotiated.extendedNextHop.has(family),
      addPathSendMax: 0,
    } as const;
  }

  /** Another export policy: into the group that has it, told only what differs. */
  #moveGroups(negotiated: Negotiated): void {
    const { outbound, rib, scheduler } = this.#shared;
    for (const family of negotiated.families) {
      const [before, next] = outbound.groupsOf(this.index).filter((group) => group.spec.family === family);
      if (before === undefined) continue;
      if (next !== undefined) {
        this.#mustMoveAgain = true; // one step at a time: the way back may be the group that it is leaving
        continue;
      }
      const spec = this.#groupSpec(this.#main, negotiated, family);
      const group = spec === undefined ? before : rib.group(spec);
      if (group !== before) outbound.move(before, group, this, () => this.#moved());
    }
    scheduler.wake();
  }

  #moved(): void {
    if (!this.#mustMoveAgain) return;
    this.#mustMoveAgain = false;
    this.#shared.scheduler.addTask(() => {
      if (this.negotiated !== undefined) this.#moveGroups(this.negotiated);
      return true;
    });
  }

  #judgeImportAgain(): void {
    this.#shared.scheduler.addJob(this.#setImportFilter());
  }

  #setImportFilter(): Job {
    const local = this.#main.local?.address;
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

  #checkLimit(driver: SessionDriver): void {
    const limit = this.#config.maxPrefixes;
    if (limit === undefined) return;
    let received = 0;
    for (const family of this.#config.families) received += this.#shared.rib.counts(this.index, family).received;
    if (received <= limit) return;
    this.#observe({ type: 'max-prefixes-exceeded', limit, received });
    driver.dispatch({ type: 'AutomaticStop', cease: { subcode: MAXIMUM_PREFIXES } });
  }

  #familyCounts(): FamilyCounts[] {
    const { rib, outbound } = this.#shared;
    const groups = outbound.groupsOf(this.index);
    return this.#config.families.map((family) => ({
      family,
      ...rib.counts(this.index, family),
      sent: groups.findLast((group) => group.spec.family === family)?.sentCount(this.index) ?? 0,
    }));
  }

  #sendEndOfRib(family: Family): void {
    const update = {
      type: 'UPDATE',
      withdrawn: [],
      announced: [],
      attributes: {},
      errors: [],
      endOfRib: family,
    } as const;
    const encoded = encodeMessage(update, this.#main.context);
    if (encoded.ok) this.writeUpdates(encoded.value, 1);
  }

  #notification(direction: 'sent' | 'received', notification: Notification): void {
    const { code, subcode, data } = notification;
    const text = shutdownText(notification);
    this.#observe({ type: 'notification', direction, code, subcode, data, ...(text === undefined ? {} : { text }) });
  }

  #observe(event: PeerEvent): void {
    const { observe, clock } = this.#shared.ports;
    observe({ ...event, atMs: clock.wallMs(), peer: this.name } as SpeakerEvent);
  }
}

/** An event of this peer, before its name and time are added. */
type PeerEvent = SpeakerEvent extends infer E
  ? E extends { readonly peer: string }
    ? Omit<E, 'peer' | 'atMs'>
    : never
  : never;

/** 0, or a family in the message that this session does not carry. */
function foreignFamily(view: UpdateView, families: readonly Family[]): Family | 0 {
  const hasBody = view.withdrawnEnd > view.withdrawnStart || view.nlriEnd > view.nlriStart;
  if (hasBody && !families.includes(IPV4_UNICAST)) return IPV4_UNICAST;
  if (view.reachFamily !== 0 && !families.includes(view.reachFamily)) return view.reachFamily;
  if (view.unreachFamily !== 0 && !families.includes(view.unreachFamily)) return view.unreachFamily;
  return 0;
}

function incoming(a: SessionDriver, b: SessionDriver): SessionDriver {
  return a.isOutgoing ? b : a;
}

function outgoing(a: SessionDriver, b: SessionDriver): SessionDriver {
  return a.isOutgoing ? a : b;
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
