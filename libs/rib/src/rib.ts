import {
  AttributeView,
  afiOf,
  type CodecContext,
  type Family,
  formatIpv4Prefix,
  formatIpv6Prefix,
  type UpdateView,
} from '@bgp/wire';
import { decodeFlowSpec, formatFlowSpec } from '@bgp/wire/flowspec';
import { AttributePool } from './attribute-pool.ts';
import { type DecisionInput, multipathSet } from './decision.ts';
import { Egress } from './egress.ts';
import { nextEpoch } from './epoch.ts';
import { explainPrefix, isCandidate } from './explain.ts';
import { FamilyTable } from './family-table.ts';
import { Inbound } from './inbound.ts';
import {
  judgeAgainJob,
  longLivedPathsJob,
  nextHopJob,
  type Revalidation,
  removePathsJob,
  retainPathsJob,
  revalidateJob,
  sweepPathsJob,
  type Touches,
} from './jobs.ts';
import { findLongest, scanBest, scanDecided, scanPaths, scanPrefixes, visitPrefix, wordsOf } from './listing.ts';
import { OutputBatch } from './output-batch.ts';
import { PeerTable } from './peer-table.ts';
import { PrefixDecider } from './prefix-decider.ts';
import { type PreviewChanges, type PreviewGroup, PreviewJob, type PreviewReceiver } from './preview.ts';
import { MutableRouteCursor } from './route-cursor.ts';
import { RouteFeed } from './route-feed.ts';
import { RouteWriter } from './route-writer.ts';
import type { SentRoutes } from './sent-routes.ts';
import { sentRoutesOf } from './sent-routes-of.ts';
import type {
  AttrId,
  BestChange,
  EncodeFailure,
  ExplainedExport,
  Explanation,
  Fingerprint,
  Job,
  NextHopReachability,
  PathListener,
  PeerCounts,
  PeerIndex,
  PrefixId,
  ReceiveReport,
  RibOptions,
  RibPeer,
  RouteFilter,
  RouteRow,
  TableStatus,
  UpdateGroup,
  UpdateGroupSpec,
  ValidityCounts,
} from './types.ts';
import { SharedAdjRibOut } from './update-group.ts';
import { NOT_VALIDATED, originValidityOf, pathValidityOf, VALIDITY_MASK } from './validity.ts';

type Visit = (row: RouteRow) => boolean;

/** Half of what the ring of epochs can tell apart (epoch.ts). */
const MAX_UNSWEPT_EPOCHS = 64;

/**
 * What is known (Adj-RIB-In), what is best (Loc-RIB), what is advertised (Adj-RIB-Out, one per update group), for all families.
 * @source RFC 4271 §3.2, §9
 */
export class Rib {
  readonly #pool: AttributePool;
  readonly #peers = new PeerTable();
  readonly #tables: ReadonlyMap<Family, FamilyTable>;
  readonly #inputs: ReadonlyMap<Family, DecisionInput>;
  readonly #inbound: Inbound;
  readonly #groups = new Map<string, SharedAdjRibOut>();
  /** Of these: those that care for more than the best path. */
  readonly #everyPathGroups = new Set<SharedAdjRibOut>();
  /** Of these: those whose policy looks at RPKI. */
  readonly #validityGroups = new Set<SharedAdjRibOut>();
  /** Groups that lost their last member and still hold prefixes and attributes. */
  readonly #retired: SharedAdjRibOut[] = [];
  readonly #bestListeners = new Set<(change: BestChange) => void>();
  readonly #failureListeners = new Set<(failure: EncodeFailure) => void>();
  readonly #limitListeners = new Set<(group: UpdateGroup) => void>();
  readonly #change: BestChange = { family: 0, prefixId: 0, previousPeer: -1, peer: -1, attributes: 0 };
  readonly #view = new AttributeView();
  readonly #writers = new Map<string, RouteWriter>();
  readonly #words = new MutableRouteCursor();
  readonly #decider = new PrefixDecider();
  #nextGroupId = 1;

  constructor(options: RibOptions) {
    this.#pool = new AttributePool(options);
    this.#tables = new Map(options.families.map((family) => [family, new FamilyTable(family, this.#pool)]));
    const { origin, path } = options.validityInDecision ?? { origin: true, path: true };
    const input = {
      pool: this.#pool,
      peers: this.#peers,
      alwaysCompareMed: options.med === 'always-compare',
      validityMask: (origin ? VALIDITY_MASK.origin : 0) | (path ? VALIDITY_MASK.path : 0),
    };
    this.#inputs = new Map([...this.#tables].map(([family, { paths }]) => [family, { ...input, paths }]));
    this.#inbound = new Inbound(this.#pool, this.#peers, this.#tables, options.validator);
  }

  addPeer(peer: RibPeer): PeerIndex {
    return this.#peers.add(peer);
  }

  updatePeer(index: PeerIndex, peer: RibPeer): void {
    this.#peers.set(index, peer);
  }

  peer(index: PeerIndex): RibPeer {
    return this.#peers.get(index);
  }

  /** Throws while the peer has paths: run the `peerDown` job first. */
  removePeer(index: PeerIndex): void {
    for (const table of this.#tables.values()) {
      if (table.peer(index).received > 0) throw new Error(`rib: peer ${index} still has paths`);
    }
    for (const table of this.#tables.values()) table.forgetPeer(index);
    this.#peers.remove(index);
  }

  /** The job judges the kept Adj-RIB-In again; what arrives meanwhile is judged by the new filter. */
  setImportFilter(index: PeerIndex, filter: RouteFilter): Job {
    this.#inbound.setFilter(index, filter);
    return judgeAgainJob([...this.#tables.values()], new Map([[index, undefined]]), this.#inbound);
  }

  /**
   * Applies one UPDATE, after `view.parse` said true.
   * @returns a report that the next call refills. With `session-reset` nothing was applied; families to disable are left alone.
   */
  receive(index: PeerIndex, view: UpdateView, ctx: CodecContext, nowSeconds: number): ReceiveReport {
    return this.#inbound.receive(index, view, ctx, nowSeconds);
  }

  /** The job removes what the peer has announced so far, in the families given (all, when left out). */
  peerDown(index: PeerIndex, families?: readonly Family[]): Job {
    return removePathsJob(this.#tablesOf(families), index);
  }

  /**
   * The peer's session has ended, and the job keeps its paths of these families as stale ones (RFC 4724 §4.2). `keepsStale`: also
   * those that were stale already (RFC 8538 §4.1, RFC 9494 §4.2).
   */
  retainPeer(index: PeerIndex, families: readonly Family[], keepsStale: boolean): Job {
    return retainPathsJob(this.#tablesOf(families), index, keepsStale);
  }

  /** The job marks the peer's stale paths with LLGR_STALE, which makes them the last resort. @source RFC 9494 §4.2, §4.3 */
  makeLongLived(index: PeerIndex, families: readonly Family[]): Job {
    return longLivedPathsJob(this.#tablesOf(families), index, this.#inbound);
  }

  /** The job removes what the peer has not announced again since its session ended or `beginRefresh`. */
  sweepStale(index: PeerIndex, families: readonly Family[]): Job {
    return sweepPathsJob(this.#tablesOf(families), index);
  }

  /**
   * The peer begins to send its table again; `sweepStale` ends that. False: it has done so too often without an end, and this
   * time what it sent since the last beginning counts as sent again. @source RFC 7313 §4
   */
  beginRefresh(index: PeerIndex, family: Family): boolean {
    const counts = this.#table(family).peer(index);
    if (counts.unsweptEpochs >= MAX_UNSWEPT_EPOCHS) return false;
    counts.unsweptEpochs++;
    counts.epoch = nextEpoch(counts.epoch);
    return true;
  }

  /** A route of our own; `address` has 4 or 16 octets, `canonical` is copied. */
  inject(
    index: PeerIndex,
    family: Family,
    address: Uint8Array,
    length: number,
    pathId: number,
    canonical: Uint8Array,
    nowSeconds: number,
  ): void {
    const table = this.#table(family);
    const attributes = this.#pool.intern(canonical, 0, canonical.length);
    const prefix = table.intern(...wordsOf(address, length), length);
    this.#inbound.inject(table, index, prefix, pathId, attributes, nowSeconds);
  }

  /** False: there was no such route. */
  withdrawInjected(index: PeerIndex, family: Family, address: Uint8Array, length: number, pathId: number): boolean {
    const table = this.#table(family);
    const prefix = this.#find(table, address, length);
    const row = prefix === 0 ? 0 : table.findPath(prefix, index, pathId);
    if (row !== 0) table.removePath(row);
    return row !== 0;
  }

  /** Decides at most `budget` prefixes whose paths changed, then clears up after groups that ended. True: nothing is left. */
  decide(budget: number): boolean {
    let left = budget;
    for (const table of this.#tables.values()) {
      const input = this.#inputs.get(table.family)!; // one per table
      while (left > 0 && table.dirty.size > 0) {
        this.#decideOne(table, input, table.takeDirty());
        left--;
      }
    }
    while (left > 0 && this.#retired.length > 0) {
      if (!this.#retired[0]!.run(left)) break;
      this.#retired.shift();
    }
    this.#pool.sweep();
    if (this.#retired.length > 0) return false;
    for (const table of this.#tables.values()) if (table.dirty.size > 0) return false;
    return true;
  }

  onBestChange(listener: (change: BestChange) => void): () => void {
    this.#bestListeners.add(listener);
    return () => this.#bestListeners.delete(listener);
  }

  /** One at a time; undefined: nobody. A table without a listener spends one comparison per change on it. */
  setPathListener(listener: PathListener | undefined): void {
    for (const table of this.#tables.values()) table.listener = listener;
  }

  /** Everybody who writes routes of the family in this form shares one: `flush` in the turn of the first `announce`. */
  routeWriter(family: Family, addPath: boolean): RouteWriter {
    const key = `${family} ${addPath}`;
    const known = this.#writers.get(key);
    if (known !== undefined) return known;
    const writer = new RouteWriter(this.#table(family), this.#pool, addPath);
    this.#writers.set(key, writer);
    return writer;
  }

  /** For what a listener hears of one table of the family. */
  routeFeed(family: Family, addPath: boolean): RouteFeed {
    return new RouteFeed(this.#table(family), this.#pool, this.routeWriter(family, addPath));
  }

  onEncodeFailure(listener: (failure: EncodeFailure) => void): () => void {
    this.#failureListeners.add(listener);
    return () => this.#failureListeners.delete(listener);
  }

  /** A group has reached `UpdateGroupSpec.maxPrefixes`. */
  onPrefixLimit(listener: (group: UpdateGroup) => void): () => void {
    this.#limitListeners.add(listener);
    return () => this.#limitListeners.delete(listener);
  }

  /** The group with this spec; made when there is none. A group without members disappears when its last one leaves. */
  group(spec: UpdateGroupSpec): UpdateGroup {
    const key = groupKey(spec);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = new SharedAdjRibOut(
      this.#nextGroupId++,
      spec,
      this.#table(spec.family),
      this.#pool,
      this.#peers,
      this.#inputs.get(spec.family)!, // one per table
      () => {
        this.#groups.delete(key);
        this.#everyPathGroups.delete(group);
        this.#validityGroups.delete(group);
        this.#retired.push(group);
      },
      (failure) => {
        for (const listener of this.#failureListeners) listener(failure);
      },
      (limited) => {
        for (const listener of this.#limitListeners) listener(limited);
      },
    );
    this.#groups.set(key, group);
    if (group.wantsEveryPath) this.#everyPathGroups.add(group);
    if (spec.filter.readsValidity === true) this.#validityGroups.add(group);
    return group;
  }

  /**
   * What would be sent with other filters and groups, without changing anything. `receivers`: for each session and family the group
   * that it is in, and the one that it would be in.
   */
  preview(
    changes: PreviewChanges,
    receivers: readonly { readonly peer: PeerIndex; readonly from: UpdateGroup; readonly to: UpdateGroupSpec }[],
  ): Job {
    const groups = new Map<string, PreviewGroup & { readonly receivers: PreviewReceiver[] }>();
    for (const { peer, from, to } of receivers) {
      if (!(from instanceof SharedAdjRibOut)) throw new Error('rib: a preview is for groups of this RIB');
      const key = groupKey(to);
      let group = groups.get(key);
      if (group === undefined) {
        group = { family: to.family, routes: this.#routesToPreview(to), maxPrefixes: to.maxPrefixes, receivers: [] };
        groups.set(key, group);
      }
      group.receivers.push({
        peer,
        has: (prefix) => from.holds(prefix, peer),
        hasCount: () => from.sentCount(peer),
        isMoving: groupKey(from.spec) !== key,
      });
    }
    const wanted = new Set([...groups.values()].map(({ family }) => family));
    return new PreviewJob(this.#tablesOf([...wanted]), this.#inputs, this.#inbound, changes, [...groups.values()]);
  }

  #routesToPreview(spec: UpdateGroupSpec): SentRoutes {
    const table = this.#table(spec.family);
    const batch = new OutputBatch(table, this.#pool, spec);
    const input = this.#inputs.get(spec.family)!; // one per table
    return sentRoutesOf(
      spec,
      table,
      this.#pool,
      this.#peers,
      input,
      batch,
      () => false,
      () => {},
    ); // nobody is told
  }

  setNextHopReachability(reach: NextHopReachability): Job {
    this.#pool.nextHops.setReachability(reach);
    return this.nextHopChanged();
  }

  nextHopChanged(): Job {
    return nextHopJob([...this.#tables.values()], this.#pool, this.#pool.nextHops.askAgain());
  }

  counts(index: PeerIndex, family: Family): PeerCounts {
    const { received, accepted, stale } = this.#table(family).peer(index);
    return { received, accepted, stale };
  }

  /** Prefixes with a best path. */
  bestCount(family: Family): number {
    return this.#table(family).bestCount;
  }

  status(family: Family): TableStatus {
    const table = this.#table(family);
    return {
      family,
      prefixes: table.prefixes.size,
      paths: table.paths.size,
      attributeSets: this.#pool.size,
      octets: table.octets + this.#pool.octets,
    };
  }

  fingerprint(table: 'received', family: Family, index: PeerIndex): Fingerprint;
  fingerprint(table: 'best', family: Family): Fingerprint;
  fingerprint(table: 'received' | 'best', family: Family, index: PeerIndex = 0): Fingerprint {
    const tables = this.#table(family);
    return table === 'best' ? tables.bestFingerprint.value : tables.peer(index).fingerprint.value;
  }

  /** Cursor 0 begins; the result goes on, undefined at the end. `budget` bounds the rows looked at. */
  scanReceived(
    family: Family,
    index: PeerIndex | -1,
    cursor: number,
    budget: number,
    visit: Visit,
  ): number | undefined {
    return scanPaths(this.#table(family), index, cursor, budget, visit);
  }

  /** One path of each prefix that has any, whoever sent it and whether it is used; for who wants the prefixes. */
  scanPrefixes(family: Family, cursor: number, budget: number, visit: Visit): number | undefined {
    return scanPrefixes(this.#table(family), cursor, budget, visit);
  }

  scanBest(family: Family, cursor: number, budget: number, visit: Visit): number | undefined {
    return scanBest(this.#table(family), undefined, cursor, budget, visit);
  }

  /** The best paths as `onBestChange` has told of them, so that both together are the Loc-RIB. */
  scanDecided(
    family: Family,
    cursor: number,
    budget: number,
    visit: (prefix: PrefixId, attributes: AttrId) => boolean,
  ): number | undefined {
    return scanDecided(this.#table(family), cursor, budget, visit);
  }

  /** Best paths of the prefix and of everything inside it. */
  subtree(
    family: Family,
    address: Uint8Array,
    length: number,
    cursor: number,
    budget: number,
    visit: Visit,
  ): number | undefined {
    return scanBest(this.#table(family), { words: wordsOf(address, length), length }, cursor, budget, visit);
  }

  /** 0: the prefix is in no table of the family. As cursor with budget 1, any scan looks at this prefix alone. */
  findPrefix(family: Family, address: Uint8Array, length: number): PrefixId {
    return this.#find(this.#table(family), address, length);
  }

  /** All paths of one prefix, the best first. */
  scanPrefix(family: Family, address: Uint8Array, length: number, visit: Visit): void {
    const table = this.#table(family);
    const prefix = this.#find(table, address, length);
    if (prefix !== 0) visitPrefix(table, prefix, visit);
  }

  /** All paths of the longest prefix with a best path that holds the address. */
  longestMatch(family: Family, address: Uint8Array, visit: Visit): void {
    const table = this.#table(family);
    const prefix = findLongest(table, address);
    if (prefix !== 0) visitPrefix(table, prefix, visit);
  }

  /** The best path of the longest prefix that holds all of the given one, itself included. */
  bestCovering(
    family: Family,
    address: Uint8Array,
    length: number,
  ): { readonly peer: PeerIndex; readonly attributes: AttrId } | undefined {
    const table = this.#table(family);
    const prefix = findLongest(table, address, length);
    const row = table.bestRow[prefix] ?? 0;
    return row === 0 ? undefined : { peer: table.paths.peer[row]!, attributes: table.paths.effective[row]! };
  }

  explainBest(family: Family, address: Uint8Array, length: number): Explanation | undefined {
    const table = this.#table(family);
    const prefix = this.#find(table, address, length);
    if (prefix === 0 || table.head[prefix] === 0) return undefined;
    return explainPrefix(table, prefix, this.#inputs.get(family)!);
  }

  /**
   * What a group makes of a prefix's paths for one of its members: of the best one, or of all where the group cares for more. By the same
   * code that sends.
   */
  explainExport(group: UpdateGroup, member: PeerIndex, address: Uint8Array, length: number): ExplainedExport[] {
    const { family } = group.spec;
    const table = this.#table(family);
    const prefix = this.#find(table, address, length);
    if (prefix === 0 || !(group instanceof SharedAdjRibOut)) return [];
    const { paths } = table;
    const best = table.bestRow[prefix]!;
    const rows: number[] = [];
    if (!group.wantsEveryPath) rows.push(...(best === 0 ? [] : [best]));
    else for (let row = table.head[prefix]!; row !== 0; row = paths.nextInPrefix[row]!) rows.push(row);
    const batch = new OutputBatch(table, this.#pool, group.spec);
    const egress = new Egress(group.spec, table, this.#pool, this.#peers, batch, () => {}); // only looked at
    const held = group.holds(prefix, member);
    const explained = rows
      .filter((row) => isCandidate(this.#inputs.get(family)!, row)) // one input per table
      .map((row): ExplainedExport => {
        const path = {
          peer: paths.peer[row]!,
          pathId: paths.pathId[row]!,
          attributes: paths.effective[row]!,
          validity: paths.validity[row]!,
        };
        if (path.peer === member) return { ...path, refusal: 'split_horizon' };
        const id = group.spec.addPathSendMax > 0 ? table.localId(row) : 0;
        const result = egress.of(prefix, path.attributes, path.peer, path.pathId, path.validity);
        const sent = held.find(({ pathId, attributes }) => pathId === id && attributes === result);
        return { ...path, ...(result === 0 && { refusal: egress.refusal ?? 'too_large' }), ...(sent && { sent }) };
      });
    egress.dispose();
    return explained;
  }

  /** The paths that tie with the best one up to and including interior cost. */
  multipath(
    family: Family,
    address: Uint8Array,
    length: number,
  ): readonly { readonly peer: PeerIndex; readonly pathId: number; readonly attributes: AttrId }[] {
    const table = this.#table(family);
    const input = this.#inputs.get(family)!;
    const prefix = this.#find(table, address, length);
    const rows: number[] = [];
    for (let row = table.head[prefix] ?? 0; row !== 0; row = table.paths.nextInPrefix[row]!) {
      if (isCandidate(input, row)) rows.push(row);
    }
    const { paths } = table;
    return multipathSet(input, rows).map((row) => ({
      peer: paths.peer[row]!,
      pathId: paths.pathId[row]!,
      attributes: paths.effective[row]!,
    }));
  }

  /** A FlowSpec rule of our own; `rule` is its canonical octets. */
  injectRule(index: PeerIndex, family: Family, rule: Uint8Array, canonical: Uint8Array, nowSeconds: number): void {
    const table = this.#table(family);
    if (table.rules === undefined) throw new Error(`rib: family ${family} has no rules`);
    const attributes = this.#pool.intern(canonical, 0, canonical.length);
    const id = table.internRule(table.rules, rule);
    this.#inbound.inject(table, index, id, 0, attributes, nowSeconds);
  }

  /** False: there was no such rule. */
  withdrawInjectedRule(index: PeerIndex, family: Family, rule: Uint8Array): boolean {
    const table = this.#table(family);
    const id = table.rules?.findRule(rule, 0, rule.length) ?? 0;
    const row = id === 0 ? 0 : table.findPath(id, index, 0);
    if (row !== 0) table.removePath(row);
    return row !== 0;
  }

  /** The octets of a FlowSpec rule; undefined for families of prefixes. A view, valid until the table changes. */
  rule(family: Family, prefix: PrefixId): Uint8Array | undefined {
    return this.#table(family).rules?.rule(prefix);
  }

  /**
   * The job judges what the peers have announced in these families (all, when left out) again, by their present filters: everything, or
   * what the peer's function says that it is touched.
   */
  judgeAgain(peers: ReadonlyMap<PeerIndex, Touches | undefined>, families?: readonly Family[]): Job {
    return judgeAgainJob(this.#tablesOf(families), peers, this.#inbound);
  }

  /** The job asks `RibOptions.validator` again about what a change of its data touches; policies and the decision follow. */
  revalidate(change: Revalidation): Job {
    const isExportJudged = () => this.#validityGroups.size > 0;
    return revalidateJob([...this.#tables.values()], change, this.#pool, this.#inbound, isExportJudged);
  }

  /** Received paths of a family by what RPKI says of their origin and of their AS_PATH. */
  validityCounts(family: Family): ValidityCounts {
    const counts = {
      origin: { valid: 0, 'not-found': 0, invalid: 0 },
      path: { valid: 0, unknown: 0, invalid: 0 },
    };
    for (const [validity, paths] of this.#table(family).validityCounts.entries()) {
      if (paths === 0) continue;
      counts.origin[originValidityOf(validity)] += paths;
      counts.path[pathValidityOf(validity)] += paths;
    }
    return counts;
  }

  /** A prefix id as text, while it is in use: `192.0.2.0/24`, or a FlowSpec rule as `formatFlowSpec` has it. */
  prefixText(family: Family, prefix: PrefixId): string {
    const rule = this.rule(family, prefix);
    if (rule !== undefined) {
      const decoded = decodeFlowSpec(rule, 0, rule.length, family);
      return decoded.ok ? formatFlowSpec(decoded.value) : '';
    }
    const cursor = this.#words;
    this.#table(family).prefixes.read(prefix, cursor);
    return afiOf(family) === 1
      ? formatIpv4Prefix(cursor.w0, cursor.length)
      : formatIpv6Prefix(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
  }

  /** Refilled by the next call. */
  attributes(id: AttrId): AttributeView {
    return this.#pool.moveTo(this.#view, id);
  }

  /** A view into the pool, for `decodeAttributes`; do not keep it. */
  canonical(id: AttrId): Uint8Array {
    return this.#pool.canonical(id);
  }

  #decideOne(table: FamilyTable, input: DecisionInput, prefix: PrefixId): void {
    const { paths } = table;
    const best = this.#decider.bestRow(table, input, prefix);
    const previousAttributes = table.bestAttributes[prefix]!;
    const previousPeer = table.bestPeer[prefix]!;
    const attributes = best === 0 ? 0 : paths.effective[best]!;
    const peer = best === 0 ? 0 : paths.peer[best]!;
    for (const group of this.#everyPathGroups) if (group.spec.family === table.family) group.routesChanged(prefix);
    const isSame = attributes === previousAttributes && (attributes === 0 || peer === previousPeer);
    const validity = best === 0 ? NOT_VALIDATED : paths.validity[best]!;
    const isRevalidated = table.takeRevalidated(prefix) || validity !== table.bestValidity[prefix];
    if (isSame) {
      table.bestRow[prefix] = best;
      table.bestValidity[prefix] = validity;
      if (isRevalidated) {
        for (const group of this.#validityGroups) {
          if (group.spec.family === table.family && !group.wantsEveryPath) group.routesChanged(prefix);
        }
      }
      table.freeIfUnused(prefix);
      return;
    }
    // Groups and listeners take what they need before the prefix can go.
    table.setBest(prefix, best);
    for (const group of this.#groups.values()) {
      if (group.spec.family === table.family && !group.wantsEveryPath) group.routesChanged(prefix);
    }
    if (this.#bestListeners.size > 0) {
      const change = this.#change;
      change.family = table.family;
      change.prefixId = prefix;
      change.previousPeer = previousAttributes === 0 ? -1 : previousPeer;
      change.peer = attributes === 0 ? -1 : peer;
      change.attributes = attributes;
      for (const listener of this.#bestListeners) listener(change);
    }
    table.freeIfUnused(prefix);
  }

  #tablesOf(families: readonly Family[] | undefined): FamilyTable[] {
    return [...this.#tables.values()].filter(({ family }) => families?.includes(family) ?? true);
  }

  #find(table: FamilyTable, address: Uint8Array, length: number): PrefixId {
    return table.prefixes.find(...wordsOf(address, length), length);
  }

  #table(family: Family): FamilyTable {
    const table = this.#tables.get(family);
    if (table === undefined) throw new Error(`rib: no table for family ${family}`);
    return table;
  }
}

/** Two specs with equal keys have members that must be told the same. */
function groupKey(spec: UpdateGroupSpec): string {
  return JSON.stringify([
    spec.family,
    spec.kind,
    spec.filterKey,
    spec.egressKey,
    spec.routeReflectorClient,
    spec.routeServerClient,
    spec.fourOctetAs,
    spec.maxMessageOctets,
    spec.extendedNextHop,
    spec.addPathSendMax === Number.POSITIVE_INFINITY ? 'all' : spec.addPathSendMax,
    spec.longLivedStale,
    spec.perMemberBest,
    spec.maxPrefixes,
    spec.onlyMember,
  ]);
}
