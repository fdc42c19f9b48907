import type { PolicySource } from '@bgp/policy';
import { err, type Family, type IpPrefix, ok, type Result } from '@bgp/wire';
import type { FlowSpecRule } from '@bgp/wire/flowspec';
import type { ChangePlan } from './change-plan.ts';
import type { DynamicRange, PeerConfig, SpeakerConfig } from './config.ts';
import type { ChangeEffect, SpeakerChange } from './config-change.ts';
import type { ConfigPreview } from './config-preview.ts';
import { InjectedRoutes } from './injected-routes.ts';
import type { Peer } from './peer.ts';
import { PeerAdmission } from './peer-admission.ts';
import type { Direction } from './policies.ts';
import type { Ports, ValidationChange } from './ports.ts';
import { Reconfiguration } from './reconfiguration.ts';
import { joinParts, type SpeakerParts } from './speaker-parts.ts';
import { SpeakerView } from './speaker-view.ts';
import type { InjectedRoute, InjectedRule, SpeakerError } from './status.ts';

const ADMINISTRATIVE_SHUTDOWN = 2; // RFC 4486 §4
/** How long `stop` waits for neighbors that do not close their side. */
const STOP_WAIT_MS = 3_000;

export interface SpeakerStatus {
  readonly asn: number;
  readonly routerId: string;
  /** Wall time. */
  readonly startedAtMs: number;
  readonly running: boolean;
}

/**
 * A BGP speaker without I/O: sessions, tables and policies behind `Ports`. Equal inputs in equal order give equal outputs, octet
 * for octet. Nothing here throws for what a peer or a user does.
 *
 * What it is made of is joined in `speaker-parts.ts`; questions are answered by `SpeakerView`. Here: its start and end, and whatever
 * changes it meanwhile.
 */
export class Speaker extends SpeakerView {
  readonly #parts: SpeakerParts;
  readonly #ports: Ports;
  readonly #admission: PeerAdmission;
  readonly #reconfiguration: Reconfiguration;
  readonly #injected: InjectedRoutes;
  #startedAtMs = 0;
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';

  /** Throws for a configuration that the config library would not have let through: a bad router id, policy or neighbor. */
  constructor(config: SpeakerConfig, ports: Ports) {
    const parts = joinParts(config, ports);
    super(parts);
    this.#parts = parts;
    this.#ports = ports;
    const { shared, peers, ranges } = parts;
    this.#admission = new PeerAdmission(shared, peers, ranges, () => this.#state === 'running');
    this.#reconfiguration = new Reconfiguration(shared, peers, ranges, this.#admission);
    this.#injected = new InjectedRoutes(shared.rib, shared.localPeer, ports.clock, shared.scheduler);
    for (const peer of config.peers) {
      const policies = this.#admission.policiesOf(peer);
      if (!policies.ok) throw new Error(`${peer.name}: ${policies.error.message}`);
      this.#admission.create(peer, policies.value);
    }
  }

  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    const { clock, tcp } = this.#ports;
    const { shared, peers } = this.#parts;
    this.#startedAtMs = clock.wallMs();
    tcp.accept((local, remote) => this.#admission.accept(local, remote));
    this.#observe('speaker-started');
    if (shared.config.restarting !== undefined) shared.deferral.begin(shared.config.restarting);
    for (const peer of peers) peer.start();
  }

  /**
   * Cease to every neighbor; `for-restart` so that those with Graceful Restart keep our routes. The event `speaker-stopped` comes when
   * all connections are closed, or after a few seconds.
   */
  stop(reason: string, how: 'for-good' | 'for-restart' = 'for-good'): void {
    if (this.#state !== 'running') return;
    this.#state = 'stopping';
    this.#observe('speaker-stopping', reason);
    const { peers, connections, shared } = this.#parts;
    for (const peer of peers) {
      peer.endDiscovery();
      if (how === 'for-restart') peer.leaveForRestart(reason);
      else peer.end(ADMINISTRATIVE_SHUTDOWN, reason);
    }
    connections.whenClosed(this.#ports.clock, STOP_WAIT_MS, () => {
      this.#state = 'stopped';
      shared.scheduler.stop();
      this.#observe('speaker-stopped', reason);
    });
  }

  status(): SpeakerStatus {
    const { asn, routerId } = this.#parts.shared.config;
    return { asn, routerId, startedAtMs: this.#startedAtMs, running: this.#state === 'running' };
  }

  addPeer(config: PeerConfig): Result<void, SpeakerError> {
    if (this.#isEnding) return refuse('stopping', 'The speaker is stopping.');
    if (this.#parts.peers.has(config.name)) {
      return refuse('peer-exists', `There is a neighbor ${config.name} already.`);
    }
    const policies = this.#admission.policiesOf(config);
    if (!policies.ok) return policies;
    this.#admission.add(config, policies.value);
    return ok(undefined);
  }

  removePeer(name: string): Result<void, SpeakerError> {
    return this.#tell(name, (peer) => {
      this.#admission.leaving.forget(name);
      this.#parts.peers.remove(peer);
    });
  }

  addDynamicRange(range: DynamicRange): Result<void, SpeakerError> {
    return this.#parts.ranges.add(range);
  }

  /** Neighbors that came from the range stay until their sessions end. */
  removeDynamicRange(prefix: IpPrefix): Result<void, SpeakerError> {
    return this.#parts.ranges.remove(prefix);
  }

  enablePeer(name: string): Result<void, SpeakerError> {
    return this.#tell(name, (peer) => peer.enable());
  }

  disablePeer(name: string, text?: string): Result<void, SpeakerError> {
    return this.#tell(name, (peer) => peer.disable(text));
  }

  /** RFC 8326; of one neighbor, or of all and whoever comes. It survives sessions, not the process. */
  setGracefulShutdown(name: string | undefined, isOn: boolean): Result<void, SpeakerError> {
    const { leaving } = this.#admission;
    if (name !== undefined) {
      return this.#tell(name, (peer) => {
        leaving.set(name, isOn);
        peer.setGracefulShutdown(isOn);
      });
    }
    leaving.setAll(isOn);
    for (const peer of this.#parts.peers) peer.setGracefulShutdown(isOn);
    return ok(undefined);
  }

  resetPeer(
    name: string,
    how: 'hard' | 'soft-in' | 'soft-out' | 'refresh-in',
    families?: readonly Family[],
  ): Result<void, SpeakerError> {
    if (how === 'hard') return this.#tell(name, (peer) => peer.reset());
    const found = this.#parts.peers.require(name);
    if (!found.ok) return found;
    const { softReset } = found.value;
    if (how === 'soft-in') return softReset.judgeReceived(families);
    return how === 'refresh-in' ? softReset.requestRoutes(families) : softReset.sendAgain(families);
  }

  /** What another configuration would do to sessions and ranges. Refused, when it is wrong somewhere or needs a restart. */
  compare(next: SpeakerConfig): Result<SpeakerChange, SpeakerError> {
    const plan = this.#plan(next);
    return plan.ok ? ok(plan.value.change) : plan;
  }

  /**
   * The whole configuration is another one: all of it takes effect, or, when it is wrong somewhere, nothing. Sessions that need not end
   * stay up, and neighbors are told only what really differs. `settled` runs when all of that is said.
   */
  reconfigure(next: SpeakerConfig, settled: () => void = () => {}): Result<SpeakerChange, SpeakerError> {
    const plan = this.#plan(next);
    if (!plan.ok) return plan;
    this.#parts.shared.config = next;
    this.#reconfiguration.apply(plan.value, settled);
    return ok(plan.value.change);
  }

  /**
   * What `reconfigure` would do to sessions, and what would be announced and withdrawn: worked out beside other work on the tables as
   * they are, without changing anything. `done` gets the result.
   */
  preview(next: SpeakerConfig, maxRoutes: number, done: (preview: ConfigPreview) => void): Result<void, SpeakerError> {
    const plan = this.#plan(next);
    if (!plan.ok) return plan;
    this.#reconfiguration.preview(plan.value, maxRoutes, done);
    return ok(undefined);
  }

  /**
   * Another configuration of a neighbor that is there, by name: a group's change comes as one for each of its members. Says what
   * that did to the session; `live`: it stayed up, and only routes that really differ were sent or withdrawn.
   */
  updatePeer(config: PeerConfig): Result<ChangeEffect, SpeakerError> {
    const peer = this.#parts.peers.require(config.name);
    return peer.ok ? this.#reconfiguration.applyTo(peer.value, config) : peer;
  }

  /** Undefined takes the policy away (see RFC 8212). Only what really differs is sent or withdrawn. */
  setPolicy(
    name: string,
    direction: Direction,
    chain: readonly PolicySource[] | undefined,
  ): Result<void, SpeakerError> {
    const peer = this.#parts.peers.require(name);
    return peer.ok ? this.#reconfiguration.setPolicy(peer.value, direction, chain) : peer;
  }

  /**
   * `Ports.validation` knows something else now. Only routes that the change touches are judged again, in slices, and neighbors hear what
   * is really different. `settled` runs when all of that is said.
   */
  validationChanged(change: ValidationChange, settled: () => void = () => {}): void {
    const { validation, rib, scheduler } = this.#parts.shared;
    validation.changed(rib, scheduler, change, settled);
  }

  inject(route: InjectedRoute): Result<void, SpeakerError> {
    return this.#injected.inject(route);
  }

  withdrawInjected(family: Family, prefix: IpPrefix, pathId: number): Result<void, SpeakerError> {
    return this.#injected.withdraw(family, prefix, pathId);
  }

  /** A FlowSpec rule of our own (RFC 8955). */
  injectRule(rule: InjectedRule): Result<void, SpeakerError> {
    return this.#injected.injectRule(rule);
  }

  withdrawInjectedRule(rule: FlowSpecRule): Result<void, SpeakerError> {
    return this.#injected.withdrawRule(rule);
  }

  get #isEnding(): boolean {
    return this.#state === 'stopping' || this.#state === 'stopped';
  }

  #plan(next: SpeakerConfig): Result<ChangePlan, SpeakerError> {
    return this.#isEnding ? refuse('stopping', 'The speaker is stopping.') : this.#reconfiguration.plan(next);
  }

  #tell(name: string, what: (peer: Peer) => void): Result<void, SpeakerError> {
    const peer = this.#parts.peers.require(name);
    if (peer.ok) what(peer.value);
    return peer.ok ? ok(undefined) : peer;
  }

  #observe(type: 'speaker-started' | 'speaker-stopping' | 'speaker-stopped', reason?: string): void {
    const { observe, clock } = this.#ports;
    observe({ type, atMs: clock.wallMs(), ...(reason === undefined ? {} : { reason }) });
  }
}

function refuse(code: SpeakerError['code'], message: string): Result<never, SpeakerError> {
  return err({ code, message });
}
