import type { Negotiated } from '@bgp/fsm';
import type { PolicyDelta, RouteView } from '@bgp/policy';
import type { PeerIndex } from '@bgp/rib';
import type { Family } from '@bgp/wire';
import { CEASE, finalCease } from './cease.ts';
import type { PeerConfig } from './config.ts';
import { type ChangeEffect, effectOf } from './config-change.ts';
import { DelayedStart } from './delayed-start.ts';
import { importDelta } from './import-filter.ts';
import { NeighborAddress } from './neighbor-address.ts';
import { ANY_AS, isExternalAs } from './peer-kind.ts';
import { PeerSession } from './peer-session.ts';
import { PeerSettings } from './peer-settings.ts';
import type { Direction, KeyedPolicy, Policies } from './policies.ts';
import type { AcceptedConnection, SocketAddress } from './ports.ts';
import { scopedAddress } from './scoped-address.ts';
import type { Shared } from './shared.ts';
import { SoftReset } from './soft-reset.ts';
import type { PeerStatus } from './status.ts';

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

/** One neighbor: what an operator and its configuration do with it, where it is, and whether there is to be a `PeerSession`. */
export class Peer {
  readonly index: PeerIndex;
  readonly softReset: SoftReset;
  readonly #shared: Shared;
  readonly #dynamic: DynamicOrigin | undefined;
  readonly #settings: PeerSettings;
  readonly #address: NeighborAddress;
  readonly #session: PeerSession;
  /** After too many prefixes. */
  readonly #delayedStart: DelayedStart;
  #isEnabled: boolean;
  #isRemoved = false;
  /** After too many prefixes, until it may start again: a neighbor of a range that left meanwhile could come back at once as a new one. */
  #isHeldBack = false;

  /** `dynamic`: the neighbor came from a range, and ends with its session. */
  constructor(shared: Shared, config: PeerConfig, policies: Policies, dynamic?: DynamicOrigin) {
    this.#shared = shared;
    this.#dynamic = dynamic;
    this.#isEnabled = config.enabled;
    this.#settings = new PeerSettings(shared, config, policies);
    this.#address = new NeighborAddress(shared.ports, config, {
      found: (address, before) => this.#found(address, before),
      lost: (detail) => this.#lost(detail),
      trouble: (detail) => this.#notFound(detail),
    });
    this.#delayedStart = new DelayedStart(shared.ports.clock, () => this.#startAgain());
    this.index = shared.rib.addPeer(this.#settings.ribPeer(this.#address.current, undefined));
    this.#session = new PeerSession(shared, this.index, this.#settings, {
      address: () => this.#address.current,
      dial: (handlers) => this.#address.dial(this.config, this.#settings.security, handlers),
      isAccepted: (remoteAs) => this.#isAccepted(remoteAs),
      agreed: (negotiated) => this.#agreed(negotiated),
      tooManyPrefixes: () => this.#tooManyPrefixes(),
      idle: () => this.#leaveIfDynamic(),
    });
    this.softReset = new SoftReset(config.name, this.#session, shared.scheduler);
    this.#session.import.renew();
  }

  get name(): string {
    return this.#settings.config.name;
  }

  get config(): PeerConfig {
    return this.#settings.config;
  }

  get exportPolicy(): KeyedPolicy {
    return this.#settings.exportPolicy;
  }

  get importPolicy(): KeyedPolicy {
    return this.#settings.importPolicy;
  }

  get isDynamic(): boolean {
    return this.#dynamic !== undefined;
  }

  get isEstablished(): boolean {
    return this.#session.isEstablished;
  }

  /** The neighbor would keep our routes while we restart. */
  get isRestartHelper(): boolean {
    return this.#session.isRestartHelper;
  }

  /** RFC 4724 §4.1: after our restart, the selection of routes waits for this neighbor's table. */
  get isAwaitedForSelection(): boolean {
    return this.#isEnabled && !this.#isRemoved && this.config.gracefulRestart && this.#session.isTableAwaited;
  }

  status(): PeerStatus {
    const { config, remoteAs, missingPolicies, isLeaving } = this.#settings;
    const { current: address } = this.#address;
    const { secondsLeft: restartsInSeconds } = this.#delayedStart;
    return {
      config: { ...config, remoteAs, enabled: this.#isEnabled },
      ...(address === undefined ? {} : { address }),
      isDynamic: this.isDynamic,
      missingPolicy: missingPolicies,
      ...(restartsInSeconds === undefined ? {} : { restartsInSeconds }),
      gracefulShutdown: isLeaving,
      ...this.#session.status(),
    };
  }

  start(): void {
    this.#address.secure(this.#settings.security);
    this.#address.watch();
    if (!this.isDynamic || this.config.remoteAs !== ANY_AS) this.#reportMissingPolicies();
    if (this.#isEnabled) this.#startSession();
  }

  enable(): void {
    this.#isEnabled = true;
    this.#isHeldBack = false;
    this.#delayedStart.cancel();
    this.#session.reporter.observe({ type: 'peer-enabled' });
    this.#startSession();
  }

  disable(text: string | undefined): void {
    this.#isEnabled = false;
    this.#delayedStart.cancel();
    this.#session.restart.abort();
    this.#session.reporter.observe({ type: 'peer-disabled', ...(text === undefined ? {} : { reason: text }) });
    this.end(CEASE.administrativeShutdown, text);
  }

  reset(): void {
    this.#cease(CEASE.administrativeReset);
  }

  /** Cease to the neighbor; the session stays down until it is started again. */
  end(subcode: number, text?: string): void {
    const cease = finalCease(this.#session.negotiated, this.config, subcode, text);
    this.#session.connections.stop({ type: 'ManualStop', cease });
  }

  /** We go and mean to be back: whoever keeps our routes meanwhile must not take this for the end. */
  leaveForRestart(text: string): void {
    const { negotiated, connections } = this.#session;
    if (!this.isRestartHelper) return this.end(CEASE.administrativeShutdown, text);
    // RFC 8538 §4: with the N bit a plain Cease says it best; without it RFC 4724 §4 wants no NOTIFICATION.
    if (negotiated?.gracefulRestart?.notification !== true)
      return connections.stop({ type: 'ManualStop', silent: true });
    connections.stop({ type: 'ManualStop', cease: { subcode: CEASE.administrativeShutdown, text } });
  }

  /** Ends everything; `done` runs when the neighbor's routes are gone. */
  remove(done: () => void): void {
    const { rib, scheduler } = this.#shared;
    this.#isRemoved = true;
    this.#delayedStart.cancel();
    this.end(CEASE.peerDeConfigured);
    this.#address.endWatch();
    this.#address.secure(undefined);
    this.#session.restart.abort();
    scheduler.addJob(rib.peerDown(this.index), () => {
      rib.removePeer(this.index);
      done();
    });
    this.#session.reporter.observe({ type: 'peer-removed' });
  }

  /** The speaker stops: nobody new. */
  endDiscovery(): void {
    this.#address.endWatch();
  }

  /** RFC 4724 §4.1: the Restart State bit is for the time right after our restart. */
  openChanged(): void {
    this.#session.connections.configChanged();
  }

  /**
   * Another configuration of the same neighbor, with what that does to its session. `live`: what it has announced is to be judged again,
   * as far as it is touched, and then it wants to know (`policyChanged`).
   */
  reconfigure(config: PeerConfig, policies: Policies): Reconfigured {
    const before = this.config;
    const effect = effectOf(this.#shared.config, before, config);
    const touched = importDelta(this.importPolicy, before, policies.import, config);
    if (effect === 'nothing') return { effect, touched };
    this.#settings.change(config, policies);
    if (effect === 'live') {
      this.#session.import.renew();
    } else {
      this.#address.secure(this.#settings.security);
      this.#session.connections.configChanged();
      this.#cease(CEASE.otherConfigurationChange, before);
      this.#session.restart.abort();
    }
    if (before.enabled !== config.enabled) {
      if (config.enabled) this.enable();
      else this.disable(undefined);
    }
    return { effect, touched };
  }

  setPolicy(direction: Direction, keyed: KeyedPolicy, config: PeerConfig): void {
    const { importPolicy, exportPolicy } = this;
    this.#settings.change(config, { import: importPolicy, export: exportPolicy, [direction]: keyed });
    if (direction === 'import') this.#shared.scheduler.addJob(this.#session.import.renew());
    else this.policyChanged();
  }

  /** What it is to be told by its present configuration, it is told, if that is not what it has. */
  policyChanged(): void {
    this.#session.advertising.policyChanged();
  }

  /** Its session ends when this configuration, though it needs no new one, is put in force. */
  exceeds(config: PeerConfig): boolean {
    return this.#session.exceeds(config);
  }

  /** What it has announced may be more than it may announce now. */
  limitsChanged(): void {
    this.#session.limitsChanged();
  }

  /** Another neighbor's configuration may have changed by which numbers we are known. */
  ownAsesChanged(): void {
    this.#session.identify();
  }

  /** What another configuration would do to what it announces and is told, while the session is as it is. */
  previewWith(config: PeerConfig, policies: Policies) {
    const { kind } = importDelta(this.importPolicy, this.config, policies.import, config);
    return {
      ...(kind !== 'none' ? { filter: this.#session.import.filterWith(config, policies.import) } : {}),
      groups: this.#session.advertising.groupsWith(config, policies.export),
    };
  }

  /** RFC 8326 §4: routes in both directions become the last resort, so that traffic moves before the session ends. */
  setGracefulShutdown(isOn: boolean): void {
    if (this.#settings.isLeaving === isOn) return;
    this.#settings.isLeaving = isOn;
    const { reporter, advertising } = this.#session;
    reporter.observe({ type: isOn ? 'graceful-shutdown-begun' : 'graceful-shutdown-ended' });
    // One after the other: while it changes update groups, what changes elsewhere makes it uncertain what the neighbor has.
    advertising.policyChanged(() => this.#shared.scheduler.addJob(this.#session.import.renew()));
  }

  isAt(remote: SocketAddress): boolean {
    return this.#address.isAt(remote);
  }

  /** An inbound connection from this neighbor; undefined refuses it. */
  accept(local: SocketAddress, remote: SocketAddress): AcceptedConnection | undefined {
    const isWanted = this.#isEnabled && !this.#isRemoved;
    const accepted = isWanted ? this.#session.connections.accept(local, remote) : undefined;
    if (accepted === undefined) {
      const { observe, clock } = this.#shared.ports;
      const reason = isWanted ? 'idle' : 'disabled';
      observe({ type: 'connection-refused', atMs: clock.wallMs(), from: scopedAddress(remote), reason });
    }
    return accepted;
  }

  /** Reading goes on after the RIB has caught up. */
  resumeReading(): void {
    this.#session.connections.resumeReading();
  }

  outboundLimit(family: Family, limit: number): void {
    this.#session.advertising.outboundLimit(family, limit);
  }

  notEncodable(family: Family, code: string): void {
    this.#session.advertising.notEncodable(family, code);
  }

  /** A route as its export policy looks at it; undefined without a session. */
  asAnnounced(route: RouteView): RouteView | undefined {
    return this.#session.advertising.asAnnounced(route);
  }

  /** A neighbor that nobody has found yet starts when it is. */
  #startSession(): void {
    if (this.#address.current !== undefined) this.#session.connections.main.dispatch({ type: 'ManualStart' });
  }

  /** Cease, and the session starts again. `config`: by which it has been up. */
  #cease(subcode: number, config = this.config): void {
    const cease = finalCease(this.#session.negotiated, config, subcode);
    this.#session.connections.dispatch({ type: 'AutomaticStop', cease });
  }

  #reportMissingPolicies(): void {
    const directions = this.#settings.missingPolicies;
    if (directions.length > 0) this.#session.reporter.observe({ type: 'policy-missing', directions });
  }

  #isAccepted(remoteAs: number): boolean {
    const { acceptedAses = [], remoteAs: knownAs } = this.config;
    if (acceptedAses.length > 0 && !acceptedAses.includes(remoteAs)) return false;
    if (knownAs !== ANY_AS) return true;
    if (this.#dynamic === undefined) return isExternalAs(this.#shared.config, this.config, remoteAs);
    return this.#dynamic.configFor(remoteAs) !== undefined;
  }

  #agreed({ remoteAs, remoteRouterId }: Negotiated): void {
    this.#settings.seenAs = remoteAs;
    this.#settings.seenRouterId = remoteRouterId;
    if (this.#dynamic === undefined || this.config.remoteAs !== ANY_AS) return;
    // From here on a neighbor of a range is like one that was configured.
    const learned = this.#dynamic.configFor(remoteAs);
    const { importPolicy, exportPolicy } = this;
    const same = { config: { ...this.config, remoteAs }, policies: { import: importPolicy, export: exportPolicy } };
    const { config, policies } = learned ?? same; // the range went after the neighbor's OPEN
    this.#settings.change(config, policies);
    this.#reportMissingPolicies();
  }

  /** A neighbor of a range is one as long as it has a session, or routes that wait for the next. */
  #leaveIfDynamic(): void {
    const { connections, restart } = this.#session;
    const isAway = (connections.state === 'Idle' || connections.state === 'Active') && restart.status() === undefined;
    if (this.#dynamic === undefined || !isAway || !this.#isEnabled || this.#isHeldBack || this.#isRemoved) return;
    this.#dynamic.left();
  }

  /** RFC 4486 §4. */
  #tooManyPrefixes(): void {
    const { maxPrefixesRestartTime: seconds } = this.config;
    const { negotiated, connections } = this.#session;
    this.#isHeldBack = seconds !== undefined;
    connections.main.dispatch({
      type: 'AutomaticStop',
      cease: finalCease(negotiated, this.config, CEASE.maximumPrefixes),
    });
    if (seconds === undefined) return;
    connections.main.dispatch({ type: 'ManualStop' }); // ends the wait for the automatic start
    if (seconds > 0) this.#delayedStart.after(seconds);
  }

  /** The wait after too many prefixes is over. */
  #startAgain(): void {
    this.#isHeldBack = false;
    if (this.isDynamic) return this.#leaveIfDynamic();
    this.#startSession();
  }

  #found(address: string, before: string | undefined): void {
    this.#session.reporter.observe({ type: 'neighbor-found', address });
    // Another router, or the same one with another address: either way nobody answers at the old one any more.
    if (before !== undefined) this.#cease(CEASE.otherConfigurationChange);
    else if (this.#isEnabled && !this.#isHeldBack && !this.#isRemoved) this.#startSession();
  }

  /** As when the connection breaks, and then nobody is there to be dialed. */
  #lost(detail: string): void {
    const { reporter, connections } = this.#session;
    reporter.observe({ type: 'neighbor-lost', detail });
    connections.linkLost(detail);
    reporter.lastError = detail;
  }

  #notFound(detail: string): void {
    const { reporter } = this.#session;
    reporter.lastError = detail;
    reporter.observe({ type: 'discovery-trouble', detail });
  }
}
