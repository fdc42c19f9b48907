import { compileDelta, type PolicySource } from '@bgp/policy';
import { type PeerIndex, Rib, type RibPeer, type Touches } from '@bgp/rib';
import {
  err,
  type Family,
  IPV4_MULTICAST,
  IPV4_UNICAST,
  IPV6_MULTICAST,
  IPV6_UNICAST,
  type IpPrefix,
  ok,
  parseIpPrefix,
  parseIpv4,
  type Result,
} from '@bgp/wire';
import type { FlowSpecRule } from '@bgp/wire/flowspec';
import { type BestCounts, type BestCountsCursor, countBest } from './best-counts.ts';
import type { DynamicRange, PeerConfig, SpeakerConfig } from './config.ts';
import {
  type ChangeEffect,
  keysThatNeedRestart,
  type PeerChange,
  peerChange,
  rangeChanges,
  type SpeakerChange,
} from './config-change.ts';
import { type ConfigPreview, type PreviewPlan, PreviewReport } from './config-preview.ts';
import { DynamicNeighbors } from './dynamic-neighbors.ts';
import { type ExportExplanation, explainExport, explainImport, type ImportExplanation } from './explain-policy.ts';
import { FLOWSPEC_FAMILIES, FlowSpecValidation } from './flowspec-validation.ts';
import { injectRoute, injectRule, withdrawInjectedRoute, withdrawInjectedRule } from './inject.ts';
import { Outbound } from './outbound.ts';
import { type DynamicOrigin, Peer } from './peer.ts';
import { peerKind } from './peer-kind.ts';
import { type Direction, type Policies, PolicyCache } from './policies.ts';
import { countPolicyHits, type PolicyHits } from './policy-hits.ts';
import type { AcceptedConnection, Ports, SocketAddress, ValidationChange } from './ports.ts';
import { listRoutes, type RouteSource, routeRow } from './routes.ts';
import { Scheduler } from './scheduler.ts';
import { scopedAddress } from './scoped-address.ts';
import { SelectionDeferral } from './selection-deferral.ts';
import type { Shared } from './shared.ts';
import type {
  InjectedRoute,
  InjectedRule,
  PeerStatus,
  RibStatus,
  RouteEvent,
  RoutePage,
  RouteQuery,
  RouteRow,
  SpeakerError,
  WatchQuery,
  WorkStatus,
} from './status.ts';
import { type TableVisitor, type TableWalk, walkTable } from './table-walk.ts';
import { Taps } from './taps.ts';
import type { SpeakerTap, TapHandle } from './taps-types.ts';
import { Validation } from './validation.ts';
import { RouteWatch } from './watch.ts';

const FAMILIES: readonly Family[] = [IPV4_UNICAST, IPV6_UNICAST, IPV4_MULTICAST, IPV6_MULTICAST, ...FLOWSPEC_FAMILIES];
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

export interface BestExplanation {
  readonly best?: RouteRow;
  /** Of the best. Present: the neighbor that was asked for has it; 0: without ADD-PATH. */
  readonly advertisedPathId?: number;
  readonly candidates: readonly {
    readonly route: RouteRow;
    readonly reason: string;
    readonly advertisedPathId?: number;
  }[];
}

/** A configuration that can take effect. */
interface Prepared {
  readonly change: SpeakerChange;
  /** Of all neighbors that there will be, by name. */
  readonly configs: ReadonlyMap<string, PeerConfig>;
  /** Of those who change or come. */
  readonly policies: ReadonlyMap<string, Policies>;
}

/**
 * A BGP speaker without I/O: sessions, tables and policies behind `Ports`. Equal inputs in equal order give equal outputs, octet
 * for octet. Nothing here throws for what a peer or a user does.
 */
export class Speaker {
  #config: SpeakerConfig;
  readonly #ports: Ports;
  readonly #rib: Rib;
  readonly #validation: Validation;
  readonly #localPeer: PeerIndex;
  readonly #scheduler: Scheduler;
  readonly #outbound: Outbound;
  readonly #policies = new PolicyCache();
  readonly #shared: Shared;
  readonly #source: RouteSource;
  readonly #watch: RouteWatch;
  readonly #taps: Taps;
  /** By neighbor name, and by index in the RIB. */
  readonly #peers = new Map<string, Peer>();
  readonly #byIndex = new Map<PeerIndex, Peer>();
  #startedAtMs = 0;
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #connections = 0;
  readonly #dynamic: DynamicNeighbors;
  #deferral: SelectionDeferral | undefined;

  /** Throws for a configuration that the config library would not have let through: a bad router id, policy or neighbor. */
  constructor(config: SpeakerConfig, ports: Ports) {
    this.#config = config;
    this.#ports = ports;
    const routerId = ipv4Number(config.routerId);
    const clusterId = ipv4Number(config.clusterId ?? config.routerId);
    const { asn: localAs, med, confederation } = config;
    const confederationId = confederation === undefined ? {} : { confederationId: confederation.id };
    const { validityInDecision } = config;
    this.#validation = new Validation(
      ports.validation,
      () => this.#config,
      (name) => this.#peers.get(name)?.config,
    );
    this.#rib = new Rib({
      localAs,
      routerId,
      clusterId,
      med,
      families: FAMILIES,
      ...confederationId,
      validator: this.#validation,
      ...(validityInDecision === undefined ? {} : { validityInDecision }),
    });
    this.#rib.onEncodeFailure(({ group, error }) => {
      for (const index of group.members) this.#byIndex.get(index)?.notEncodable(group.spec.family, error.code);
    });
    this.#rib.onPrefixLimit(({ members, spec }) => {
      for (const index of members) this.#byIndex.get(index)?.outboundLimit(spec.family, spec.maxPrefixes);
    });
    this.#localPeer = this.#rib.addPeer(localRibPeer(config.asn, routerId));
    this.#outbound = new Outbound(ports.clock, () => this.#scheduler.wake());
    this.#scheduler = new Scheduler(
      ports.clock,
      this.#rib,
      (budget) => this.#outbound.drain(budget),
      (budget) => this.#taps.drain(budget),
      () => this.#caughtUp(),
    );
    this.#source = {
      rib: this.#rib,
      families: FAMILIES,
      localPeer: this.#localPeer,
      peerNamed: (name) => this.#peers.get(name),
      peerAt: (index) => this.#byIndex.get(index),
      groupOf: (peer, family) => this.#outbound.groupsOf(peer).findLast((group) => group.spec.family === family),
    };
    this.#taps = new Taps(this.#source, ports.clock, () => this.#scheduler);
    const current = () => this.#config;
    this.#shared = {
      get config() {
        return current();
      },
      ports,
      rib: this.#rib,
      scheduler: this.#scheduler,
      outbound: this.#outbound,
      flowSpec: new FlowSpecValidation(this.#rib, ports.clock, this.#scheduler, () => this.#byIndex.keys()),
      validation: this.#validation,
      policies: this.#policies,
      taps: this.#taps,
      clusterId,
      localPeer: this.#localPeer,
      deferral: () => this.#deferral,
      connectionCount: (change) => this.#countConnection(change),
    };
    this.#dynamic = new DynamicNeighbors(config, config.dynamicNeighbors ?? [], config.dynamicNeighborLimit);
    this.#watch = new RouteWatch(this.#source, ports.clock, this.#scheduler);
    for (const peer of config.peers) {
      const added = this.#createPeer(peer);
      if (!added.ok) throw new Error(`${peer.name}: ${added.error.message}`);
    }
  }

  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#startedAtMs = this.#ports.clock.wallMs();
    this.#ports.tcp.accept((local, remote) => this.#accept(local, remote));
    this.#observe('speaker-started');
    this.#deferSelection();
    for (const peer of this.#peers.values()) peer.start();
  }

  #deferSelection(): void {
    const { clock } = this.#ports;
    const { restarting } = this.#config;
    if (restarting === undefined) return;
    const seconds = (restarting.untilMs - clock.wallMs()) / 1000;
    if (seconds <= 0) return;
    const peers = [...this.#peers.values()].filter(({ name }) => restarting.peers?.includes(name) ?? true);
    this.#scheduler.defer(true);
    this.#deferral = new SelectionDeferral(
      clock,
      seconds,
      () => peers.some((peer) => peer.isAwaitedForSelection),
      () => {
        this.#scheduler.defer(false);
        for (const peer of this.#peers.values()) peer.openChanged();
      },
    );
    for (const peer of peers) peer.openChanged();
    this.#deferral.check();
  }

  /**
   * Cease to every neighbor; `for-restart` so that those with Graceful Restart keep our routes. The event `speaker-stopped` comes when
   * all connections are closed, or after a few seconds.
   */
  stop(reason: string, how: 'for-good' | 'for-restart' = 'for-good'): void {
    if (this.#state !== 'running') return;
    this.#state = 'stopping';
    this.#observe('speaker-stopping', reason);
    for (const peer of this.#peers.values()) {
      peer.endDiscovery();
      if (how === 'for-restart') peer.leaveForRestart(reason);
      else peer.end(ADMINISTRATIVE_SHUTDOWN, reason);
    }
    const cancel = this.#ports.clock.after(STOP_WAIT_MS, () => this.#stopped(reason));
    this.#finishStop = () => {
      cancel();
      this.#stopped(reason);
    };
    if (this.#connections === 0) this.#finishStop();
  }

  /** Who would keep our routes if we went now, and for how many seconds: for `Restarting` of the process that follows. */
  restartPlan(): { readonly peers: readonly string[]; readonly seconds: number } {
    const helpers = [...this.#peers.values()].filter((peer) => peer.isRestartHelper);
    return {
      peers: helpers.map(({ name }) => name),
      seconds: Math.max(0, ...helpers.map(({ config }) => config.grRestartTime)),
    };
  }

  status(): SpeakerStatus {
    const { asn, routerId } = this.#config;
    return { asn, routerId, startedAtMs: this.#startedAtMs, running: this.#state === 'running' };
  }

  peers(): PeerStatus[] {
    return [...this.#peers.values()].map((peer) => peer.status());
  }

  peer(name: string): PeerStatus | undefined {
    return this.#peers.get(name)?.status();
  }

  addPeer(config: PeerConfig): Result<void, SpeakerError> {
    if (this.#state === 'stopping' || this.#state === 'stopped') return refuse('stopping', 'The speaker is stopping.');
    if (this.#peers.has(config.name)) return refuse('peer-exists', `There is a neighbor ${config.name} already.`);
    const created = this.#createPeer(config);
    if (!created.ok) return created;
    this.#observePeer('peer-added', config.name);
    if (this.#state === 'running') created.value.start();
    return ok(undefined);
  }

  removePeer(name: string): Result<void, SpeakerError> {
    return this.#with(name, (peer) => {
      this.#peers.delete(name);
      peer.remove(() => this.#byIndex.delete(peer.index));
      return ok(undefined);
    });
  }

  dynamicRanges(): readonly DynamicRange[] {
    return this.#dynamic.list();
  }

  get dynamicNeighborLimit(): number {
    return this.#dynamic.limit;
  }

  addDynamicRange(range: DynamicRange): Result<void, SpeakerError> {
    return this.#dynamic.add(range);
  }

  /** Neighbors that came from the range stay until their sessions end. */
  removeDynamicRange(prefix: IpPrefix): Result<void, SpeakerError> {
    return this.#dynamic.remove(prefix);
  }

  enablePeer(name: string): Result<void, SpeakerError> {
    return this.#with(name, (peer) => {
      peer.enable();
      return ok(undefined);
    });
  }

  disablePeer(name: string, text?: string): Result<void, SpeakerError> {
    return this.#with(name, (peer) => {
      peer.disable(text);
      return ok(undefined);
    });
  }

  /** RFC 8326; of one neighbor, or of all. It survives sessions, not the process. */
  setGracefulShutdown(name: string | undefined, isOn: boolean): Result<void, SpeakerError> {
    if (name === undefined) {
      for (const peer of this.#peers.values()) peer.setGracefulShutdown(isOn);
      return ok(undefined);
    }
    return this.#with(name, (peer) => {
      peer.setGracefulShutdown(isOn);
      return ok(undefined);
    });
  }

  resetPeer(
    name: string,
    how: 'hard' | 'soft-in' | 'soft-out' | 'refresh-in',
    families?: readonly Family[],
  ): Result<void, SpeakerError> {
    return this.#with(name, (peer) => {
      if (how === 'soft-in') return peer.softIn(families);
      if (how === 'refresh-in') return peer.refreshIn(families);
      if (how === 'soft-out') return peer.softOut(families);
      peer.reset();
      return ok(undefined);
    });
  }

  /** What another configuration would do to sessions and ranges. Refused, when it is wrong somewhere or needs a restart. */
  compare(next: SpeakerConfig): Result<SpeakerChange, SpeakerError> {
    const prepared = this.#prepare(next);
    return prepared.ok ? ok(prepared.value.change) : prepared;
  }

  /**
   * The whole configuration is another one: all of it takes effect, or, when it is wrong somewhere, nothing. Sessions that need not end
   * stay up, and neighbors are told only what really differs. `settled` runs when all of that is said.
   */
  reconfigure(next: SpeakerConfig, settled: () => void = () => {}): Result<SpeakerChange, SpeakerError> {
    const prepared = this.#prepare(next);
    if (!prepared.ok) return prepared;
    const { change, configs, policies } = prepared.value;
    this.#config = next;
    for (const { prefix } of this.dynamicRanges()) this.#dynamic.remove(prefix);
    for (const range of next.dynamicNeighbors ?? []) this.#dynamic.add(range);
    this.#dynamic.setLimit(next.dynamicNeighborLimit);
    const changed: Peer[] = [];
    const judged = new Map<PeerIndex, Touches | undefined>();
    for (const { peer: name } of change.peers) {
      const config = configs.get(name);
      const chains = policies.get(name);
      const peer = this.#peers.get(name);
      if (config === undefined || chains === undefined) this.removePeer(name);
      else if (peer === undefined) this.#addPrepared(config, chains);
      else if (this.#becomesConfigured(peer, next)) {
        this.removePeer(name);
        this.#addPrepared(config, chains);
      } else {
        const { effect, touched } = peer.reconfigure(config, chains);
        if (effect !== 'live') continue;
        changed.push(peer);
        if (touched.kind !== 'none') judged.set(peer.index, compileDelta(touched));
      }
    }
    for (const peer of this.#peers.values()) peer.ownAsesChanged();
    const peers = [...this.#peers.values()];
    this.#policies.keepOnly(new Set(peers.flatMap(({ importPolicy, exportPolicy }) => [importPolicy, exportPolicy])));
    this.#bringInForce(changed, judged, settled);
    return ok(change);
  }

  /**
   * What `reconfigure` would do to sessions, and what would be announced and withdrawn: worked out beside other work on the tables as
   * they are, without changing anything. `done` gets the result.
   */
  preview(next: SpeakerConfig, maxRoutes: number, done: (preview: ConfigPreview) => void): Result<void, SpeakerError> {
    const prepared = this.#prepare(next);
    if (!prepared.ok) return prepared;
    const { change, configs, policies } = prepared.value;
    const plan: PreviewPlan = { filters: new Map(), leaving: new Set(), receivers: [] };
    const effects = new Map(change.peers.map(({ peer, effect }) => [peer, effect]));
    for (const peer of this.#peers.values()) {
      const effect = effects.get(peer.name);
      const config = configs.get(peer.name) ?? peer.config;
      if (effect === 'removed' || (effect !== undefined && !config.enabled)) plan.leaving.add(peer.index);
      else if (effect !== 'session-reset') {
        const own = policies.get(peer.name) ?? { import: peer.importPolicy, export: peer.exportPolicy };
        const { filter, groups } = peer.previewWith(config, own);
        if (filter !== undefined) plan.filters.set(peer.index, filter);
        plan.receivers.push(...groups.map((group) => ({ peer: peer.index, ...group })));
      }
    }
    const report = new PreviewReport(this.#rib, (index) => this.#rib.peer(index).name, maxRoutes);
    const job = this.#rib.preview({ ...plan, visit: report.visit, judge: report.judge }, plan.receivers);
    this.#scheduler.addTask((budget) => {
      const isDone = job.run(budget);
      if (isDone) done(report.result(change));
      return isDone;
    });
    return ok(undefined);
  }

  /** Everything that could be refused, before anything is done: configurations of all who stay or come, and what they run. */
  #prepare(next: SpeakerConfig): Result<Prepared, SpeakerError> {
    if (this.#state === 'stopping' || this.#state === 'stopped') return refuse('stopping', 'The speaker is stopping.');
    const restart = keysThatNeedRestart(this.#config, next);
    if (restart.length > 0) {
      return refuse('restart-needed', `A change of ${restart.join(', ')} needs a restart of the daemon.`);
    }
    const ranges = DynamicNeighbors.check(next, next.dynamicNeighbors ?? [], next.dynamicNeighborLimit);
    if (!ranges.ok) return ranges;
    const configs = new Map(next.peers.map((peer) => [peer.name, peer]));
    if (configs.size < next.peers.length) return refuse('peer-exists', 'Two neighbors have the same address.');
    const changes: PeerChange[] = [];
    for (const peer of this.#peers.values()) {
      if (peer.isDynamic && !configs.has(peer.name)) {
        const { address = '', interface: link, remoteAs } = peer.config; // whoever came from a range has an address
        // Without a range it stays what it is until its session ends; a range that is not for it any more ends it.
        if (!ranges.value.holds(address)) continue;
        const config = ranges.value.configFor(address, link, remoteAs);
        if (config !== undefined) configs.set(peer.name, config);
      }
      if (this.#becomesConfigured(peer, next)) changes.push({ peer: peer.name, effect: 'session-reset', keys: [] });
      else changes.push(...peerChange(next, peer.config, configs.get(peer.name)));
    }
    for (const name of configs.keys()) {
      if (!this.#peers.has(name)) changes.push({ peer: name, effect: 'added', keys: [] });
    }
    const policies = new Map<string, Policies>();
    for (const { peer, effect } of changes) {
      const config = configs.get(peer);
      if (config === undefined || effect === 'removed') continue;
      const chains = this.#policiesOf(config, next);
      if (!chains.ok) return chains;
      policies.set(peer, chains.value);
    }
    const change = { peers: changes, ranges: rangeChanges(this.dynamicRanges(), next.dynamicNeighbors ?? []) };
    return ok({ change, configs, policies });
  }

  /**
   * Another configuration of a neighbor that is there, by name: a group's change comes as one for each of its members. Says what
   * that did to the session; `live`: it stayed up, and only routes that really differ were sent or withdrawn.
   */
  updatePeer(config: PeerConfig): Result<ChangeEffect, SpeakerError> {
    const peer = this.#peers.get(config.name);
    if (peer === undefined) return refuse('peer-not-found', `There is no neighbor ${config.name}.`);
    const policies = this.#policiesOf(config);
    if (!policies.ok) return policies;
    const { effect, touched } = peer.reconfigure(config, policies.value);
    const judged = touched.kind === 'none' ? [] : [[peer.index, compileDelta(touched)] as const];
    if (effect === 'live') this.#bringInForce([peer], new Map(judged));
    return ok(effect);
  }

  /** Undefined takes the policy away (see RFC 8212). Only what really differs is sent or withdrawn. */
  setPolicy(
    name: string,
    direction: Direction,
    chain: readonly PolicySource[] | undefined,
  ): Result<void, SpeakerError> {
    return this.#with(name, (peer) => {
      const { importChain: oldImport, exportChain: oldExport, ...rest } = peer.config;
      const importChain = direction === 'import' ? chain : oldImport;
      const exportChain = direction === 'export' ? chain : oldExport;
      const config: PeerConfig = {
        ...rest,
        ...(importChain === undefined ? {} : { importChain }),
        ...(exportChain === undefined ? {} : { exportChain }),
      };
      const external = peerKind(this.#config, config) === 'external';
      const keyed = this.#policies.policyFor(config, direction, external, this.#config.ebgpRequiresPolicy);
      if (!keyed.ok) return keyed;
      peer.setPolicy(direction, keyed.value, config);
      return ok(undefined);
    });
  }

  /**
   * `Ports.validation` knows something else now. Only routes that the change touches are judged again, in slices, and neighbors hear what
   * is really different. `settled` runs when all of that is said.
   */
  validationChanged(change: ValidationChange, settled: () => void = () => {}): void {
    this.#validation.changed(this.#rib, this.#scheduler, change, settled);
  }

  inject(route: InjectedRoute): Result<void, SpeakerError> {
    const nowSeconds = Math.floor(this.#ports.clock.wallMs() / 1000);
    const result = injectRoute(this.#rib, this.#localPeer, FAMILIES, route, nowSeconds);
    if (result.ok) this.#scheduler.wake();
    return result;
  }

  withdrawInjected(family: Family, prefix: IpPrefix, pathId: number): Result<void, SpeakerError> {
    const result = withdrawInjectedRoute(this.#rib, this.#localPeer, FAMILIES, family, prefix, pathId);
    if (result.ok) this.#scheduler.wake();
    return result;
  }

  /** A FlowSpec rule of our own (RFC 8955). */
  injectRule(rule: InjectedRule): Result<void, SpeakerError> {
    const nowSeconds = Math.floor(this.#ports.clock.wallMs() / 1000);
    const result = injectRule(this.#rib, this.#localPeer, rule, nowSeconds);
    if (result.ok) this.#scheduler.wake();
    return result;
  }

  withdrawInjectedRule(rule: FlowSpecRule): Result<void, SpeakerError> {
    const result = withdrawInjectedRule(this.#rib, this.#localPeer, rule);
    if (result.ok) this.#scheduler.wake();
    return result;
  }

  listRoutes(query: RouteQuery): Result<RoutePage, SpeakerError> {
    return listRoutes(this.#source, query);
  }

  /** One step of counting best paths by neighbor; go on from `next` until it is absent. */
  countBest(from?: BestCountsCursor): BestCounts {
    return countBest(this.#source, from);
  }

  /** What neighbors announced and import let in, in order, in slices: see `walkTable`. */
  walkTable(visitor: TableVisitor): TableWalk {
    return walkTable(this.#source, this.#byIndex.keys(), this.#scheduler, visitor);
  }

  /** Best-path changes. `push` false: not taken, offered again soon. The returned function ends it. */
  watchRoutes(query: WatchQuery, push: (events: readonly RouteEvent[]) => boolean): () => void {
    return this.#watch.add(query, push);
  }

  /** Somebody watches sessions and tables from now on, and hears at once of the sessions that are up. */
  tap(tap: SpeakerTap): TapHandle {
    return this.#taps.add(tap);
  }

  ribStatus(): RibStatus[] {
    return FAMILIES.map((family) => {
      const status = this.#rib.status(family);
      return { ...status, prefixes: this.#rib.bestCount(family), validity: this.#rib.validityCounts(family) };
    });
  }

  /** What is going on inside, for metrics. */
  work(): WorkStatus {
    const updateGroups = [...this.#outbound.groups()].map(({ spec, members, backlog, suppressed, unencodable }) => ({
      family: spec.family,
      members: members.length,
      backlog,
      suppressed,
      unencodable,
    }));
    const { revalidations } = this.#validation;
    return { updateGroups, waiting: this.#scheduler.waiting, policies: this.#policies.counters(), revalidations };
  }

  /**
   * Every path of a prefix with the decision step that removed it; undefined when there is none. `to`: and whether that neighbor
   * gets it, under which path identifier.
   */
  explainBest(family: Family, prefix: IpPrefix, to?: string): BestExplanation | undefined {
    const parsed = parseIpPrefix(prefix);
    if (!FAMILIES.includes(family) || !parsed.ok) return undefined;
    const { octets, length } = parsed.value;
    const explanation = this.#rib.explainBest(family, octets, length);
    if (explanation === undefined) return undefined;
    const rows = new Map<string, RouteRow>();
    this.#rib.scanPrefix(family, octets, length, (row) => {
      rows.set(`${row.peer} ${row.pathId}`, routeRow(this.#source, row));
      return true;
    });
    const rowOf = (at: number) => {
      const path = explanation.candidates[at];
      return path === undefined ? undefined : rows.get(`${path.peer} ${path.pathId}`);
    };
    const sent = to === undefined ? undefined : this.#sentPaths(family, octets, length, to);
    const sentAs = (at: number) => {
      const path = explanation.candidates[at];
      const id = path === undefined ? undefined : sent?.get(`${path.peer} ${path.pathId}`);
      return id === undefined ? {} : { advertisedPathId: id };
    };
    const best = rowOf(explanation.best);
    const candidates = explanation.candidates.flatMap((path, at) => {
      const route = rowOf(at);
      if (at === explanation.best || route === undefined) return [];
      return [{ route, reason: path.removedBy ?? '', ...sentAs(at) }];
    });
    return { ...(best === undefined ? {} : { best, ...sentAs(explanation.best) }), candidates };
  }

  /** Why the neighbor has a prefix or not: every gate and every policy statement, as they are applied. */
  explainExport(name: string, family: Family, prefix: IpPrefix): Result<ExportExplanation, SpeakerError> {
    const peer = this.#peers.get(name);
    if (peer === undefined) return refuse('peer-not-found', `There is no neighbor ${name}.`);
    return ok(explainExport(this.#source, peer, family, prefix));
  }

  /** What became of what the neighbor announced under a prefix, refused or not. Empty: nothing of it was kept. */
  explainImport(name: string, family: Family, prefix: IpPrefix): Result<readonly ImportExplanation[], SpeakerError> {
    const peer = this.#peers.get(name);
    if (peer === undefined) return refuse('peer-not-found', `There is no neighbor ${name}.`);
    return ok(explainImport(this.#source, peer, family, prefix));
  }

  /** How many routes come by each term of what a neighbor runs, now; in parts, for as long as there is a cursor. */
  countPolicyHits(name: string, direction: Direction, cursor?: string): Result<PolicyHits, SpeakerError> {
    const peer = this.#peers.get(name);
    if (peer === undefined) return refuse('peer-not-found', `There is no neighbor ${name}.`);
    const part = countPolicyHits(this.#source, peer, direction, cursor);
    return part === undefined ? refuse('query-invalid', 'The cursor is not one that a previous part gave.') : ok(part);
  }

  /** What the neighbor has of a prefix: our path identifiers by sender and the sender's own. */
  #sentPaths(family: Family, octets: Uint8Array, length: number, name: string): ReadonlyMap<string, number> {
    const sent = new Map<string, number>();
    const peer = this.#peers.get(name);
    const group = peer === undefined ? undefined : this.#source.groupOf(peer.index, family);
    const prefix = this.#rib.findPrefix(family, octets, length);
    if (peer === undefined || group === undefined || prefix === 0) return sent;
    group.scanAdvertised(peer.index, prefix, 1, (row) => {
      sent.set(`${row.peer} ${row.receivedPathId}`, row.pathId);
      return true;
    });
    return sent;
  }

  /** Order-free digest of a table, for comparing speakers; see `Rib.fingerprint`. */
  fingerprint(table: 'best', family: Family): readonly [number, number];
  fingerprint(table: 'received' | 'advertised', family: Family, peer: string): readonly [number, number] | undefined;
  fingerprint(
    table: 'best' | 'received' | 'advertised',
    family: Family,
    name = '',
  ): readonly [number, number] | undefined {
    if (table === 'best') return this.#rib.fingerprint('best', family);
    const peer = this.#peers.get(name);
    if (peer === undefined) return undefined;
    if (table === 'received') return this.#rib.fingerprint('received', family, peer.index);
    return this.#source.groupOf(peer.index, family)?.fingerprint();
  }

  #createPeer(config: PeerConfig, dynamic?: DynamicOrigin): Result<Peer, SpeakerError> {
    const policies = this.#policiesOf(config);
    if (!policies.ok) return policies;
    return ok(this.#makePeer(config, policies.value, dynamic));
  }

  #makePeer(config: PeerConfig, policies: Policies, dynamic?: DynamicOrigin): Peer {
    const peer = new Peer(this.#shared, config, policies.import, policies.export, dynamic);
    this.#peers.set(config.name, peer);
    this.#byIndex.set(peer.index, peer);
    return peer;
  }

  /** Routes are judged again first, so that whoever changes update groups then hears each difference once. */
  #bringInForce(
    changed: readonly Peer[],
    judged: ReadonlyMap<PeerIndex, Touches | undefined>,
    settled: () => void = () => {},
  ): void {
    const tell = () => {
      for (const peer of changed) peer.policyChanged();
      this.#scheduler.whenIdle(settled);
    };
    if (judged.size === 0) return tell();
    this.#scheduler.beforeSending(this.#rib.judgeAgain(judged), tell);
  }

  /** It came from a range and gets a place of its own. */
  #becomesConfigured(peer: Peer, next: SpeakerConfig): boolean {
    return peer.isDynamic && next.peers.some(({ name }) => name === peer.name);
  }

  #addPrepared(config: PeerConfig, policies: Policies): void {
    const peer = this.#makePeer(config, policies);
    this.#observePeer('peer-added', config.name);
    if (this.#state === 'running') peer.start();
  }

  /** What a neighbor of this configuration runs, or what is wrong with it. */
  #policiesOf(config: PeerConfig, speaker: SpeakerConfig = this.#config): Result<Policies, SpeakerError> {
    if (config.families.some((family) => !FAMILIES.includes(family))) {
      return refuse('peer-invalid', `${config.name} is configured for a family that this version has no table for.`);
    }
    const external = peerKind(speaker, config) === 'external';
    const requires = speaker.ebgpRequiresPolicy;
    const importPolicy = this.#policies.policyFor(config, 'import', external, requires);
    if (!importPolicy.ok) return importPolicy;
    const exportPolicy = this.#policies.policyFor(config, 'export', external, requires);
    if (!exportPolicy.ok) return exportPolicy;
    return ok({ import: importPolicy.value, export: exportPolicy.value });
  }

  #accept(local: SocketAddress, remote: SocketAddress): AcceptedConnection | undefined {
    if (this.#state !== 'running') return undefined;
    const known = [...this.#peers.values()].find((peer) => peer.isAt(remote));
    if (known !== undefined) return known.accept(local, remote);
    const newcomer = this.#admit(remote);
    if (typeof newcomer !== 'string') return newcomer.accept(local, remote);
    const { observe, clock } = this.#ports;
    observe({ type: 'connection-refused', atMs: clock.wallMs(), from: scopedAddress(remote), reason: newcomer });
    return undefined;
  }

  /** A neighbor of a range, or why there is none. */
  #admit({ address, interface: link }: SocketAddress): Peer | 'unknown-peer' | 'dynamic-limit' {
    const config = this.#dynamic.configFor(address, link);
    if (config === undefined) return 'unknown-peer';
    const count = [...this.#peers.values()].filter(({ isDynamic }) => isDynamic).length;
    if (count >= this.#dynamic.limit) return 'dynamic-limit';
    const created = this.#createPeer(config, {
      configFor: (remoteAs) => this.#learned(address, link, remoteAs),
      // Not from within its own step.
      left: () => this.#ports.clock.soon(() => this.removePeer(config.name)),
    });
    if (!created.ok) return 'unknown-peer';
    this.#observePeer('peer-added', config.name);
    created.value.start();
    return created.value;
  }

  #learned(address: string, link: string | undefined, remoteAs: number): ReturnType<DynamicOrigin['configFor']> {
    const config = this.#dynamic.configFor(address, link, remoteAs);
    const policies = config === undefined ? undefined : this.#policiesOf(config);
    return config !== undefined && policies?.ok === true ? { config, policies: policies.value } : undefined;
  }

  #caughtUp(): void {
    this.#watch.flush();
    for (const peer of this.#peers.values()) peer.resumeReading();
  }

  #countConnection(change: 1 | -1): void {
    this.#connections += change;
    if (this.#connections === 0) this.#finishStop();
  }

  #finishStop: () => void = () => {};

  #stopped(reason: string): void {
    if (this.#state !== 'stopping') return;
    this.#state = 'stopped';
    this.#scheduler.stop();
    this.#observe('speaker-stopped', reason);
  }

  #with(name: string, act: (peer: Peer) => Result<void, SpeakerError>): Result<void, SpeakerError> {
    const peer = this.#peers.get(name);
    return peer === undefined ? refuse('peer-not-found', `There is no neighbor ${name}.`) : act(peer);
  }

  #observe(type: 'speaker-started' | 'speaker-stopping' | 'speaker-stopped', reason?: string): void {
    const { observe, clock } = this.#ports;
    observe({ type, atMs: clock.wallMs(), ...(reason === undefined ? {} : { reason }) });
  }

  #observePeer(type: 'peer-added', peer: string): void {
    const { observe, clock } = this.#ports;
    observe({ type, atMs: clock.wallMs(), peer });
  }
}

function ipv4Number(text: string): number {
  const parsed = parseIpv4(text);
  if (!parsed.ok) throw new Error(`"${text}" is not an IPv4 address`);
  return parsed.value;
}

function localRibPeer(as: number, bgpIdentifier: number): RibPeer {
  return {
    name: 'local',
    kind: 'local',
    as,
    bgpIdentifier,
    address: new Uint8Array(4),
    routeReflectorClient: false,
    routeServerClient: false,
  };
}

function refuse(code: SpeakerError['code'], message: string): Result<never, SpeakerError> {
  return err({ code, message });
}
