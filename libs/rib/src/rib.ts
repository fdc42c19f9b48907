import { AttributeView, type CodecContext, type Family, type UpdateView } from '@bgp/wire';
import { DecisionProcess } from './decision-process.ts';
import { explainPrefix } from './explain.ts';
import { explainExport } from './explain-export.ts';
import type { FamilyTable } from './family-table.ts';
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
import { type MultipathPath, multipathOf } from './multipath.ts';
import { prefixText } from './prefix-text.ts';
import { type PreviewChanges, PreviewJob } from './preview.ts';
import { previewGroups, type ReceiverChange } from './preview-groups.ts';
import { RibTables } from './rib-tables.ts';
import { RouteFeed } from './route-feed.ts';
import { RouteImport } from './route-import.ts';
import { RouteWriter } from './route-writer.ts';
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
import { UpdateGroups } from './update-groups.ts';
import { originValidityOf, pathValidityOf } from './validity.ts';

type Visit = (row: RouteRow) => boolean;

/**
 * What is known (Adj-RIB-In), what is best (Loc-RIB), what is advertised (Adj-RIB-Out, one per update group), for all families.
 * @source RFC 4271 §3.2, §9
 */
export class Rib {
  readonly #tables: RibTables;
  readonly #imports: RouteImport;
  readonly #inbound: Inbound;
  readonly #groups: UpdateGroups;
  readonly #decision: DecisionProcess;
  readonly #writers = new Map<string, RouteWriter>();
  readonly #view = new AttributeView();

  constructor(options: RibOptions) {
    this.#tables = new RibTables(options);
    this.#imports = new RouteImport(this.#tables, options.validator);
    this.#inbound = new Inbound(this.#tables, this.#imports);
    this.#groups = new UpdateGroups(this.#tables);
    this.#decision = new DecisionProcess(this.#tables, this.#groups);
  }

  // Peers and what they announce: the Adj-RIB-In.

  addPeer(peer: RibPeer): PeerIndex {
    const index = this.#tables.peers.add(peer);
    for (const table of this.#tables.all) table.peer(index); // made now, so that no route has to
    return index;
  }

  updatePeer(index: PeerIndex, peer: RibPeer): void {
    this.#tables.peers.set(index, peer);
  }

  peer(index: PeerIndex): RibPeer {
    return this.#tables.peers.get(index);
  }

  /** Throws while the peer has paths: run the `peerDown` job first. */
  removePeer(index: PeerIndex): void {
    for (const table of this.#tables.all) {
      if (table.peer(index).received > 0) throw new Error(`rib: peer ${index} still has paths`);
    }
    for (const table of this.#tables.all) table.forgetPeer(index);
    this.#tables.peers.remove(index);
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
    return removePathsJob(this.#tables.select(families), index);
  }

  /**
   * The peer's session has ended, and the job keeps its paths of these families as stale ones (RFC 4724 §4.2). `keepsStale`: also
   * those that were stale already (RFC 8538 §4.1, RFC 9494 §4.2).
   */
  retainPeer(index: PeerIndex, families: readonly Family[], keepsStale: boolean): Job {
    return retainPathsJob(this.#tables.select(families), index, keepsStale);
  }

  /** The job marks the peer's stale paths with LLGR_STALE, which makes them the last resort. @source RFC 9494 §4.2, §4.3 */
  makeLongLived(index: PeerIndex, families: readonly Family[]): Job {
    return longLivedPathsJob(this.#tables.select(families), index, this.#imports);
  }

  /**
   * The peer begins to send its table again; `sweepStale` ends that. False: it has done so too often without an end, and this
   * time what it sent since the last beginning counts as sent again. @source RFC 7313 §4
   */
  beginRefresh(index: PeerIndex, family: Family): boolean {
    return this.#table(family).peer(index).beginRefresh();
  }

  /** The job removes what the peer has not announced again since its session ended or `beginRefresh`. */
  sweepStale(index: PeerIndex, families: readonly Family[]): Job {
    return sweepPathsJob(this.#tables.select(families), index);
  }

  // Routes of our own.

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
    const attributes = this.#tables.pool.intern(canonical, 0, canonical.length);
    const prefix = table.intern(...wordsOf(address, length), length);
    this.#imports.inject(table, index, prefix, pathId, attributes, nowSeconds);
  }

  /** False: there was no such route. */
  withdrawInjected(index: PeerIndex, family: Family, address: Uint8Array, length: number, pathId: number): boolean {
    const table = this.#table(family);
    const prefix = this.#find(table, address, length);
    const row = prefix === 0 ? 0 : table.findPath(prefix, index, pathId);
    if (row !== 0) table.removePath(row);
    return row !== 0;
  }

  /** A FlowSpec rule of our own; `rule` is its canonical octets. */
  injectRule(index: PeerIndex, family: Family, rule: Uint8Array, canonical: Uint8Array, nowSeconds: number): void {
    const table = this.#table(family);
    if (table.rules === undefined) throw new Error(`rib: family ${family} has no rules`);
    const attributes = this.#tables.pool.intern(canonical, 0, canonical.length);
    const id = table.internRule(table.rules, rule);
    this.#imports.inject(table, index, id, 0, attributes, nowSeconds);
  }

  /** False: there was no such rule. */
  withdrawInjectedRule(index: PeerIndex, family: Family, rule: Uint8Array): boolean {
    const table = this.#table(family);
    const id = table.rules?.findRule(rule, 0, rule.length) ?? 0;
    const row = id === 0 ? 0 : table.findPath(id, index, 0);
    if (row !== 0) table.removePath(row);
    return row !== 0;
  }

  // What changes the judgement of routes that are there.

  /** The job judges the kept Adj-RIB-In again; what arrives meanwhile is judged by the new filter. */
  setImportFilter(index: PeerIndex, filter: RouteFilter): Job {
    this.#imports.setFilter(index, filter);
    return judgeAgainJob(this.#tables.all, new Map([[index, undefined]]), this.#imports);
  }

  /**
   * The job judges what the peers have announced in these families (all, when left out) again, by their present filters: everything, or
   * what the peer's function says that it is touched.
   */
  judgeAgain(peers: ReadonlyMap<PeerIndex, Touches | undefined>, families?: readonly Family[]): Job {
    return judgeAgainJob(this.#tables.select(families), peers, this.#imports);
  }

  /** The job asks `RibOptions.validator` again about what a change of its data touches; policies and the decision follow. */
  revalidate(change: Revalidation): Job {
    const isExportJudged = () => this.#groups.readsValidity;
    return revalidateJob(this.#tables.all, change, this.#tables.pool, this.#imports, isExportJudged);
  }

  setNextHopReachability(reach: NextHopReachability): Job {
    this.#tables.pool.nextHops.setReachability(reach);
    return this.nextHopChanged();
  }

  nextHopChanged(): Job {
    return nextHopJob(this.#tables.all, this.#tables.pool, this.#tables.pool.nextHops.askAgain());
  }

  // The decision: the Loc-RIB.

  /** Decides at most `budget` prefixes whose paths changed, then clears up after groups that ended. True: nothing is left. */
  decide(budget: number): boolean {
    const left = this.#decision.run(budget);
    const isCleared = this.#groups.clearRetired(left);
    this.#tables.pool.sweep();
    return isCleared && this.#decision.isDone;
  }

  /** Nothing waits for a decision. */
  get isDecided(): boolean {
    return this.#decision.isDone;
  }

  onBestChange(listener: (change: BestChange) => void): () => void {
    return this.#decision.onBestChange(listener);
  }

  explainBest(family: Family, address: Uint8Array, length: number): Explanation | undefined {
    const table = this.#table(family);
    const prefix = this.#find(table, address, length);
    if (prefix === 0 || table.head[prefix] === 0) return undefined;
    return explainPrefix(table, prefix, this.#tables.decisionInput(table));
  }

  /** The paths that tie with the best one up to and including interior cost. */
  multipath(family: Family, address: Uint8Array, length: number): readonly MultipathPath[] {
    const table = this.#table(family);
    return multipathOf(table, this.#find(table, address, length), this.#tables.decisionInput(table));
  }

  // What is advertised: an Adj-RIB-Out for each update group.

  /** The group with this spec; made when there is none. A group without members disappears when its last one leaves. */
  group(spec: UpdateGroupSpec): UpdateGroup {
    return this.#groups.group(spec);
  }

  onEncodeFailure(listener: (failure: EncodeFailure) => void): () => void {
    return this.#groups.onEncodeFailure(listener);
  }

  /** A group has reached `UpdateGroupSpec.maxPrefixes`. */
  onPrefixLimit(listener: (group: UpdateGroup) => void): () => void {
    return this.#groups.onPrefixLimit(listener);
  }

  /**
   * What a group makes of a prefix's paths for one of its members: of the best one, or of all where the group cares for more. By the same
   * code that sends.
   */
  explainExport(group: UpdateGroup, member: PeerIndex, address: Uint8Array, length: number): ExplainedExport[] {
    const prefix = this.findPrefix(group.spec.family, address, length);
    if (prefix === 0 || !(group instanceof SharedAdjRibOut)) return [];
    return explainExport(this.#tables, group, member, prefix);
  }

  /** What would be sent with other filters and groups, without changing anything. `receivers`: every session and family. */
  preview(changes: PreviewChanges, receivers: readonly ReceiverChange[]): Job {
    const groups = previewGroups(this.#tables, receivers);
    return new PreviewJob(this.#tables, groups, this.#imports, changes);
  }

  // What others than peers hear of changes.

  /** One at a time; undefined: nobody. A table without a listener spends one comparison per change on it. */
  setPathListener(listener: PathListener | undefined): void {
    for (const table of this.#tables.all) table.listener = listener;
  }

  /** Everybody who writes routes of the family in this form shares one: `flush` in the turn of the first `announce`. */
  routeWriter(family: Family, addPath: boolean): RouteWriter {
    const key = `${family} ${addPath}`;
    const known = this.#writers.get(key);
    if (known !== undefined) return known;
    const writer = new RouteWriter(this.#table(family), this.#tables.pool, addPath);
    this.#writers.set(key, writer);
    return writer;
  }

  /** For what a listener hears of one table of the family. */
  routeFeed(family: Family, addPath: boolean): RouteFeed {
    return new RouteFeed(this.#table(family), this.#tables.pool, this.routeWriter(family, addPath));
  }

  // Routes, listed and looked up.

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

  // What prefixes and attributes stand for.

  /** A prefix id as text, while it is in use: `192.0.2.0/24`, or a FlowSpec rule as `formatFlowSpec` has it. */
  prefixText(family: Family, prefix: PrefixId): string {
    return prefixText(this.#table(family), prefix);
  }

  /** The octets of a FlowSpec rule; undefined for families of prefixes. A view, valid until the table changes. */
  rule(family: Family, prefix: PrefixId): Uint8Array | undefined {
    return this.#table(family).rules?.rule(prefix);
  }

  /** Refilled by the next call. */
  attributes(id: AttrId): AttributeView {
    return this.#tables.pool.moveTo(this.#view, id);
  }

  /** A view into the pool, for `decodeAttributes`; do not keep it. */
  canonical(id: AttrId): Uint8Array {
    return this.#tables.pool.canonical(id);
  }

  // Sizes and fingerprints.

  counts(index: PeerIndex, family: Family): PeerCounts {
    const { received, accepted, stale } = this.#table(family).peer(index);
    return { received, accepted, stale };
  }

  /** Prefixes with a best path. */
  bestCount(family: Family): number {
    return this.#table(family).bestCount;
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

  status(family: Family): TableStatus {
    const table = this.#table(family);
    return {
      family,
      prefixes: table.prefixes.size,
      paths: table.paths.size,
      attributeSets: this.#tables.pool.size,
      octets: table.octets + this.#tables.pool.octets,
    };
  }

  fingerprint(table: 'received', family: Family, index: PeerIndex): Fingerprint;
  fingerprint(table: 'best', family: Family): Fingerprint;
  fingerprint(table: 'received' | 'best', family: Family, index: PeerIndex = 0): Fingerprint {
    const tables = this.#table(family);
    return table === 'best' ? tables.bestFingerprint.value : tables.peer(index).fingerprint.value;
  }

  #find(table: FamilyTable, address: Uint8Array, length: number): PrefixId {
    return table.prefixes.find(...wordsOf(address, length), length);
  }

  #table(family: Family): FamilyTable {
    return this.#tables.of(family);
  }
}
