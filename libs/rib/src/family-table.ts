import { afiOf, type Family, safiOf, UpdateBuilder } from '@bgp/wire';
import type { FlowSpecUpdateBuilder } from '@bgp/wire/flowspec';
import type { AttributePool } from './attribute-pool.ts';
import { type Epoch, FIRST_EPOCH, nextEpoch } from './epoch.ts';
import { FingerprintSum } from './fingerprint.ts';
import { IdQueue } from './id-queue.ts';
import { grown } from './octets.ts';
import { PathFlag, PathTable } from './path-table.ts';
import type { PrefixBatch } from './prefix-batch.ts';
import type { PrefixTable } from './prefix-table.ts';
import { Ipv4PrefixTable } from './prefix-table-ipv4.ts';
import { Ipv6PrefixTable } from './prefix-table-ipv6.ts';
import { RuleTable } from './rule-table.ts';
import { type GrowColumn, StagedGrowth } from './staged-growth.ts';
import type { AttrId, PathListener, PeerIndex, PrefixId } from './types.ts';
import { NOT_VALIDATED, type Validity } from './validity.ts';

const FLOWSPEC = 133; // RFC 8955 §4
/** `#isDirty`: in the queue; and what RPKI says of the prefix may be different for whoever is told about it. */
const Dirty = { queued: 1, revalidated: 2 } as const;

/** Half of what the ring of epochs can tell apart (epoch.ts). */
const MAX_UNSWEPT_EPOCHS = 64;

/** What the tables know of one peer in one family. */
export class PeerPaths {
  received = 0;
  accepted = 0;
  /** Of `received`: those with `PathFlag.stale`. */
  stale = 0;
  /** Goes up when a session ends or a refresh begins, so that what came before can be told from what comes after; see epoch.ts. */
  epoch: Epoch = FIRST_EPOCH;
  /** Epochs begun since paths of older ones were last swept. */
  unsweptEpochs = 0;
  readonly fingerprint = new FingerprintSum();

  /** False: too many refreshes without a sweep; the last of them goes on. */
  beginRefresh(): boolean {
    if (this.unsweptEpochs >= MAX_UNSWEPT_EPOCHS) return false;
    this.unsweptEpochs++;
    this.epoch = nextEpoch(this.epoch);
    return true;
  }
}

/**
 * One family: its prefixes, their paths, and the best path of each.
 *
 * A prefix id lives as long as anything refers to it: a path, the dirty queue, the Loc-RIB, or an update group that has
 * advertised it or has yet to withdraw it (`holds`).
 */
export class FamilyTable {
  static readonly #COLUMNS: readonly GrowColumn<FamilyTable>[] = [
    (table, capacity) => {
      table.head = grown(table.head, capacity);
    },
    (table, capacity) => {
      table.bestRow = grown(table.bestRow, capacity);
    },
    (table, capacity) => {
      table.bestAttributes = grown(table.bestAttributes, capacity);
    },
    (table, capacity) => {
      table.bestPeer = grown(table.bestPeer, capacity);
    },
    (table, capacity) => {
      table.bestValidity = grown(table.bestValidity, capacity);
    },
    (table, capacity) => {
      table.#isDirty = grown(table.#isDirty, capacity);
    },
    (table, capacity) => {
      table.#holds = grown(table.#holds, capacity);
    },
  ];
  readonly family: Family;
  readonly prefixes: PrefixTable;
  /** The same table where the NLRI are FlowSpec rules. */
  readonly rules: RuleTable | undefined;
  readonly paths = new PathTable();
  readonly dirty = new IdQueue();
  readonly bestFingerprint = new FingerprintSum();
  /** Prefixes with a best path. */
  bestCount = 0;
  listener: PathListener | undefined;
  /** By prefix id: first path, best path (0: none, or removed since the last decision). */
  head = new Uint32Array(64);
  bestRow = new Uint32Array(64);
  /** What the last decision said, whatever has become of its path since: attributes (0: no best), sender. */
  bestAttributes = new Uint32Array(64);
  bestPeer = new Uint16Array(64);
  bestValidity = new Uint8Array(64);
  /** Paths by `Validity`. */
  readonly validityCounts = new Uint32Array(16);
  #isDirty = new Uint8Array(64);
  #holds = new Uint16Array(64);
  readonly #growth: StagedGrowth<FamilyTable>;
  readonly #pool: AttributePool;
  readonly #peers: (PeerPaths | undefined)[] = [];

  constructor(family: Family, pool: AttributePool) {
    this.family = family;
    this.#pool = pool;
    this.#growth = new StagedGrowth<FamilyTable>(this, FamilyTable.#COLUMNS, 64);
    this.rules = safiOf(family) === FLOWSPEC ? new RuleTable(family) : undefined;
    // RFC 4760: AFI 1 is IPv4; the others with a table here are IPv6.
    this.prefixes = this.rules ?? (afiOf(family) === 1 ? new Ipv4PrefixTable() : new Ipv6PrefixTable());
  }

  get octets(): number {
    return this.prefixes.octets + this.paths.octets + this.head.length * 18;
  }

  peer(index: PeerIndex): PeerPaths {
    let paths = index < this.#peers.length ? this.#peers[index] : undefined;
    if (paths === undefined) {
      paths = new PeerPaths();
      this.#peers[index] = paths;
    }
    return paths;
  }

  forgetPeer(index: PeerIndex): void {
    this.#peers[index] = undefined;
  }

  intern(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    const id = this.prefixes.intern(w0, w1, w2, w3, length);
    if (id >= this.#growth.at) this.#growth.grow(id);
    return id;
  }

  /** The same for each of the batch, whose `id` is filled in. */
  internAll(batch: PrefixBatch): void {
    this.prefixes.internAll(batch);
    const last = this.prefixes.end - 1;
    if (last >= this.#growth.at) this.#growth.grow(last);
  }

  /** A rule of a FlowSpec family. */
  internRule(rules: RuleTable, octets: Uint8Array): PrefixId {
    const id = rules.internRule(octets, 0, octets.length);
    if (id >= this.#growth.at) this.#growth.grow(id);
    return id;
  }

  /** Adds the prefix, or the rule, to the routes that the builder of the family's messages has begun. */
  addTo(builder: UpdateBuilder | FlowSpecUpdateBuilder, prefix: PrefixId, pathId: number): void {
    if (builder instanceof UpdateBuilder) return this.prefixes.addTo(builder, prefix, pathId);
    const rule = this.rules!.rule(prefix); // there is no such builder without
    builder.add(rule, 0, rule.length, pathId);
  }

  /** The peer's path of the prefix, or 0. */
  findPath(prefix: PrefixId, peer: PeerIndex, pathId: number): number {
    const { paths } = this;
    for (let row = this.head[prefix]!; row !== 0; row = paths.nextInPrefix[row]!) {
      if (paths.peer[row] === peer && paths.pathId[row] === pathId) return row;
    }
    return 0;
  }

  /**
   * The path identifier that we advertise a path with: unique within its prefix, and the path's own for as long as it exists, so
   * that a change of rank changes nothing for those who were told. @source RFC 7911 §3, §5
   */
  localId(row: number): number {
    const { localId, nextInPrefix, prefix } = this.paths;
    if (localId[row] !== 0) return localId[row]!;
    const taken = new Set<number>();
    for (let other = this.head[prefix[row]!]!; other !== 0; other = nextInPrefix[other]!) taken.add(localId[other]!);
    let free = 1;
    while (taken.has(free)) free++;
    localId[row] = free;
    return free;
  }

  /** The path with this local identifier, or 0. */
  pathWithId(prefix: PrefixId, id: number): number {
    const { localId, nextInPrefix } = this.paths;
    let row = this.head[prefix]!;
    while (row !== 0 && localId[row] !== id) row = nextInPrefix[row]!;
    return row;
  }

  /** A path that the peer did not have. `effective` 0: refused by `rejectedBy`; otherwise the prefix is to be decided again. */
  addPath(
    prefix: PrefixId,
    peer: PeerIndex,
    pathId: number,
    received: AttrId,
    effective: AttrId,
    rejectedBy: number,
    validity: Validity,
    nowSeconds: number,
  ): void {
    const { paths, family, listener } = this;
    const { hashLow, hashHigh } = this.#pool;
    const counts = this.peer(peer);
    const row = paths.add(prefix, peer, pathId, received, counts.epoch);
    paths.arrivedAt[row] = nowSeconds;
    paths.rejectedBy[row] = rejectedBy;
    paths.nextInPrefix[row] = this.head[prefix]!;
    this.head[prefix] = row;
    this.validityCounts[validity]!++;
    paths.validity[row] = validity;
    counts.received++;
    counts.fingerprint.change(1, this.prefixes.hash(prefix), pathId, hashLow[received]!, hashHigh[received]!);
    this.#pool.retain(received);
    listener?.received(family, peer, prefix, pathId, received);
    if (effective === 0) return;
    paths.effective[row] = effective;
    counts.accepted++;
    this.#pool.retain(effective);
    listener?.accepted(family, peer, prefix, pathId, effective);
    this.markDirty(prefix);
  }

  /** Takes the path out of everything; the prefix is to be decided again when the path could have counted. */
  removePath(row: number): void {
    const { paths } = this;
    const prefix = paths.prefix[row]!;
    this.setEffective(row, 0);
    this.setFlags(row, 0);
    this.#count(row, -1);
    this.validityCounts[paths.validity[row]!]!--;
    this.#pool.release(paths.received[row]!);
    this.peer(paths.peer[row]!).received--;
    let before = this.head[prefix]!;
    if (before === row) this.head[prefix] = paths.nextInPrefix[row]!;
    else {
      while (paths.nextInPrefix[before] !== row) before = paths.nextInPrefix[before]!;
      paths.nextInPrefix[before] = paths.nextInPrefix[row]!;
    }
    if (this.bestRow[prefix] === row) this.bestRow[prefix] = 0;
    this.listener?.received(this.family, paths.peer[row]!, prefix, paths.pathId[row]!, 0);
    paths.remove(row);
    this.markDirty(prefix);
  }

  setReceived(row: number, attributes: AttrId): void {
    this.#count(row, -1);
    this.#pool.retain(attributes);
    this.#pool.release(this.paths.received[row]!);
    const { paths, family } = this;
    paths.received[row] = attributes;
    this.#count(row, 1);
    this.listener?.received(family, paths.peer[row]!, paths.prefix[row]!, paths.pathId[row]!, attributes);
  }

  /** Attributes after policy; 0: refused. Says whether that is a change. */
  setEffective(row: number, attributes: AttrId): boolean {
    const before = this.paths.effective[row]!;
    if (before === attributes) return false;
    const counts = this.peer(this.paths.peer[row]!);
    if (attributes !== 0) {
      this.#pool.retain(attributes);
      counts.accepted++;
    }
    if (before !== 0) {
      this.#pool.release(before);
      counts.accepted--;
    }
    const { paths, family } = this;
    paths.effective[row] = attributes;
    this.listener?.accepted(family, paths.peer[row]!, paths.prefix[row]!, paths.pathId[row]!, attributes);
    return true;
  }

  setFlags(row: number, flags: number): void {
    const before = this.paths.flags[row]!;
    if (before === flags) return;
    this.paths.flags[row] = flags;
    this.peer(this.paths.peer[row]!).stale += (flags & PathFlag.stale) - (before & PathFlag.stale);
  }

  /** Says whether that is a change. */
  setValidity(row: number, validity: Validity): boolean {
    const before = this.paths.validity[row]!;
    if (before === validity) return false;
    this.paths.validity[row] = validity;
    this.validityCounts[before]!--;
    this.validityCounts[validity]!++;
    return true;
  }

  markDirty(prefix: PrefixId): void {
    if (this.#isDirty[prefix] !== 0) return;
    this.#isDirty[prefix] = Dirty.queued;
    this.dirty.push(prefix);
  }

  /** Export policies that look at RPKI are asked again, even if the best path stays. */
  markRevalidated(prefix: PrefixId): void {
    this.markDirty(prefix);
    this.#isDirty[prefix]! |= Dirty.revalidated;
  }

  /** The next prefix to decide, or 0. */
  takeDirty(): PrefixId {
    const prefix = this.dirty.shift();
    if (prefix !== 0) this.#isDirty[prefix]! &= ~Dirty.queued;
    return prefix;
  }

  /** To be asked of what `takeDirty` gave. */
  takeRevalidated(prefix: PrefixId): boolean {
    const isRevalidated = this.#isDirty[prefix] === Dirty.revalidated;
    this.#isDirty[prefix] = 0;
    return isRevalidated;
  }

  setBest(prefix: PrefixId, row: number): void {
    const before = this.bestAttributes[prefix]!;
    const attributes = row === 0 ? 0 : this.paths.effective[row]!;
    if (before !== attributes) {
      if (attributes !== 0) this.#pool.retain(attributes);
      if (before !== 0) {
        this.#countBest(prefix, before, -1);
        this.#pool.release(before);
      }
      if (attributes !== 0) this.#countBest(prefix, attributes, 1);
      this.bestCount += (attributes === 0 ? 0 : 1) - (before === 0 ? 0 : 1);
    }
    this.bestRow[prefix] = row;
    this.bestAttributes[prefix] = attributes;
    this.bestPeer[prefix] = row === 0 ? 0 : this.paths.peer[row]!;
    this.bestValidity[prefix] = row === 0 ? NOT_VALIDATED : this.paths.validity[row]!;
  }

  hold(prefix: PrefixId): void {
    this.#holds[prefix]!++;
  }

  unhold(prefix: PrefixId): void {
    this.#holds[prefix]!--;
    this.freeIfUnused(prefix);
  }

  freeIfUnused(prefix: PrefixId): void {
    const isUsed = this.head[prefix] !== 0 || this.bestAttributes[prefix] !== 0;
    if (!isUsed && this.#isDirty[prefix] === 0 && this.#holds[prefix] === 0) this.prefixes.remove(prefix);
  }

  #count(row: number, sign: 1 | -1): void {
    const { paths } = this;
    const attributes = paths.received[row]!;
    const hash = this.prefixes.hash(paths.prefix[row]!);
    const { fingerprint } = this.peer(paths.peer[row]!);
    fingerprint.change(
      sign,
      hash,
      paths.pathId[row]!,
      this.#pool.hashLow[attributes]!,
      this.#pool.hashHigh[attributes]!,
    );
  }

  #countBest(prefix: PrefixId, attributes: AttrId, sign: 1 | -1): void {
    const { hashLow, hashHigh } = this.#pool;
    this.bestFingerprint.change(sign, this.prefixes.hash(prefix), 0, hashLow[attributes]!, hashHigh[attributes]!);
  }
}
