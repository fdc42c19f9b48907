import type { AttributePool } from './attribute-pool.ts';
import { mayExport } from './export-eligibility.ts';
import { DENIED, ExportMemo, UNKNOWN } from './export-memo.ts';
import type { FamilyTable } from './family-table.ts';
import { FingerprintSum } from './fingerprint.ts';
import { type AwaitedEnd, GroupMember } from './group-member.ts';
import { IdQueue } from './id-queue.ts';
import { fillAdvertisedRow } from './listing.ts';
import { grown } from './octets.ts';
import { OutputBatch } from './output-batch.ts';
import { PEER_KIND, type PeerTable } from './peer-table.ts';
import { MutableRouteCursor } from './route-cursor.ts';
import type {
  AttrId,
  EncodeFailure,
  Fingerprint,
  GroupOutput,
  Job,
  PeerIndex,
  PrefixId,
  RouteRow,
  UpdateGroup,
  UpdateGroupSpec,
} from './types.ts';

type Sink = (out: GroupOutput) => void;

/**
 * By prefix: waiting for `drain`; kept for members that have not heard of the withdrawal; attributes do not fit a message; in the
 * list of tombstones, whatever it is now.
 */
const State = { pending: 1, tombstone: 2, unencodable: 4, listed: 8 } as const;

/** Prefixes looked at per unit of budget when most of them need no work. */
const LOOKS_PER_ROUTE = 16;

/** A million looks are about a millisecond, and a pass that ends within one call ends in step. */
const RESYNC_LOOKS = 1 << 20;

/**
 * Peers that are told the same things: the Adj-RIB-Out they share.
 *
 * What differs per member is only where a route came from: it is not sent back there. So there is no table per member. A change of
 * the best path from sender A to sender B means: announce to all but B; withdraw from B if it had A's.
 *
 * Every change gets a number (`sequence`). A member that cannot drain its socket stops following; later it gets the latest
 * state of all prefixes with a higher number than it knows. Withdrawn prefixes are kept as tombstones while such a member exists.
 */
export class SharedAdjRibOut implements UpdateGroup, Job {
  readonly id: number;
  readonly spec: UpdateGroupSpec;
  unencodable = 0;
  readonly #table: FamilyTable;
  readonly #pool: AttributePool;
  readonly #peers: PeerTable;
  readonly #onEmpty: () => void;
  readonly #onEncodeFailure: (failure: EncodeFailure) => void;
  readonly #memo: ExportMemo;
  readonly #batch: OutputBatch;
  readonly #cursor = new MutableRouteCursor();
  readonly #pending = new IdQueue();
  readonly #members = new Map<PeerIndex, GroupMember>();
  readonly #fingerprint = new FingerprintSum();
  /** By prefix: attributes sent (0: none), their sender, number of the last change, `State`. */
  #out = new Uint32Array(64);
  #source = new Uint16Array(64);
  #changed = new Uint32Array(64);
  #state = new Uint8Array(64);
  #sequence = 0;
  /** The group's first pass over the Loc-RIB: next prefix id, or -1. */
  #fill = 1;
  #count = 0;
  readonly #countBySource = new Map<PeerIndex, number>();
  #tombstones: PrefixId[] = [];
  #isRetired = false;
  /** Where `run` stands. */
  #disposed = 1;
  /** Reported already; its prefixes usually come one after another. */
  #lastFailure: AttrId = 0;

  constructor(
    id: number,
    spec: UpdateGroupSpec,
    table: FamilyTable,
    pool: AttributePool,
    peers: PeerTable,
    onEmpty: () => void,
    onEncodeFailure: (failure: EncodeFailure) => void,
  ) {
    this.id = id;
    this.spec = spec;
    this.#table = table;
    this.#pool = pool;
    this.#peers = peers;
    this.#onEmpty = onEmpty;
    this.#onEncodeFailure = onEncodeFailure;
    this.#memo = new ExportMemo(pool);
    this.#batch = new OutputBatch(table, pool, spec);
  }

  get members(): readonly PeerIndex[] {
    return [...this.#members.keys()];
  }

  get backlog(): number {
    return this.#tombstones.length;
  }

  fingerprint(): Fingerprint {
    return this.#fingerprint.value;
  }

  isFollowing(peer: PeerIndex): boolean {
    return this.#member(peer).isFollowing;
  }

  sentCount(peer: PeerIndex): number {
    return this.#count - (this.#countBySource.get(peer) ?? 0);
  }

  join(peer: PeerIndex, move?: { readonly from: UpdateGroup; readonly done: () => void }): void {
    if (this.#isRetired) throw new Error(`rib: update group ${this.id} has ended; ask the Rib for a new one`);
    if (move !== undefined) return this.#joinFrom(peer, move.from, move.done);
    // What the group's first pass has yet to send, a new member hears with everyone else.
    this.#members.set(peer, new GroupMember(peer, this.#fill >= 0 ? this.#fill : this.#table.prefixes.end));
  }

  /** Prefix ids of this group are below this. */
  get end(): PrefixId {
    return this.#out.length;
  }

  /** For a group that the member moves to: what it has from here (0: nothing), or -1 when that is not certain. */
  heldBy(peer: PeerIndex, prefix: PrefixId): AttrId | -1 {
    if (prefix >= this.#out.length) return 0;
    const member = this.#member(peer);
    const isUncertain = !member.isFollowing && this.#changed[prefix]! > member.knownSequence;
    if (isUncertain || prefix >= member.uncertainFrom || (member.dump >= 0 && prefix >= member.dump)) return -1;
    return this.#source[prefix] === peer ? 0 : this.#out[prefix]!;
  }

  /** The member goes to another group: what `heldBy` says of it stands still from now on. */
  #freeze(peer: PeerIndex): AwaitedEnd {
    const member = this.#member(peer);
    this.detach(peer);
    const { move } = member;
    if (move === undefined) return member.dump >= 0 ? member.dumpKind : undefined;
    member.uncertainFrom = move.at;
    member.move = undefined;
    move.done();
    return move.end;
  }

  leave(peer: PeerIndex): void {
    if (!this.#members.delete(peer)) return;
    if (this.#members.size === 0) {
      this.#isRetired = true;
      this.#onEmpty();
    }
    if (!this.#isRetired) this.#releaseTombstones();
  }

  refresh(peer: PeerIndex): boolean {
    const member = this.#member(peer);
    if (member.dump >= 0 && member.dumpKind === 'initial') return false;
    member.dump = 1;
    member.dumpEnd = this.#table.prefixes.end;
    member.dumpKind = 'refresh';
    return true;
  }

  detach(peer: PeerIndex): void {
    const member = this.#member(peer);
    if (!member.isFollowing) return;
    member.isFollowing = false;
    member.knownSequence = this.#sequence;
    member.catchUp = 0;
  }

  /** Called by the decision: the best path of the prefix may be another one. */
  bestChanged(prefix: PrefixId): void {
    this.#reserve(prefix);
    if ((this.#state[prefix]! & State.pending) !== 0) return;
    // The first pass has not come here yet and will see the latest state.
    if (this.#fill >= 0 && prefix >= this.#fill) return;
    this.#state[prefix]! |= State.pending;
    this.#table.hold(prefix);
    this.#pending.push(prefix);
  }

  drain(budget: number, sink: Sink): boolean {
    const dumping = [...this.#members.values()].filter((member) => member.dump >= 0 && member.isFollowing);
    // A steady stream of changes must not keep a new member from its table.
    const reserved = dumping.length > 0 ? budget >>> 1 : 0;
    let left = this.#drainFirstPass(budget - reserved);
    while (left > 0 && this.#pending.size > 0) {
      const prefix = this.#pending.shift();
      this.#state[prefix]! &= ~State.pending;
      this.#update(prefix);
      this.#table.unhold(prefix);
      left--;
    }
    this.#batch.flush(-1, this.#isMember, sink);
    this.#releaseTombstones();
    left += reserved;
    let isDumping = false;
    for (const member of dumping) {
      if (left > 0) left = this.#drainDump(member, left, sink);
      if (member.dump >= 0) isDumping = true;
    }
    for (const member of this.#members.values()) {
      if (member.move === undefined) continue;
      isDumping = true;
      if (left > 0) left = this.#drainMove(member, left, sink);
    }
    return this.#fill < 0 && this.#pending.size === 0 && !isDumping;
  }

  resync(peer: PeerIndex, budget: number, sink: Sink): boolean {
    const member = this.#member(peer);
    if (member.isFollowing) return true;
    if (member.move !== undefined) return false;
    if (member.catchUp === 0) {
      member.catchUp = 1;
      member.catchUpSequence = this.#sequence;
    }
    let left = budget;
    let looks = RESYNC_LOOKS;
    const end = this.#out.length;
    while (member.catchUp < end && left > 0 && looks-- > 0) {
      const prefix = member.catchUp++;
      if (this.#changed[prefix]! <= member.knownSequence || this.#changed[prefix] === 0) continue;
      left--;
      const attributes = this.#out[prefix]!;
      if (attributes !== 0 && this.#source[prefix] !== peer)
        this.#batch.announce(prefix, attributes, this.#source[prefix]!);
      else this.#batch.withdrawFrom(prefix, peer);
    }
    this.#batch.flush(peer, this.#isMember, sink);
    if (member.catchUp < end) return false;
    member.knownSequence = member.catchUpSequence;
    member.catchUp = 0;
    // Changes behind the pass are for the next one.
    if (this.#sequence !== member.knownSequence) return false;
    member.isFollowing = true;
    this.#releaseTombstones();
    return true;
  }

  scanAdvertised(
    peer: PeerIndex,
    cursor: number,
    budget: number,
    visit: (row: RouteRow) => boolean,
  ): number | undefined {
    const end = Math.min(this.#out.length, this.#table.prefixes.end);
    let prefix = Math.max(cursor, 1);
    for (let looks = budget; prefix < end && looks > 0; looks--) {
      const at = prefix++;
      const attributes = this.#out[at]!;
      if (attributes === 0 || this.#source[at] === peer) continue;
      const pathId = this.spec.addPathSendMax > 0 ? 1 : 0;
      if (!visit(fillAdvertisedRow(this.#table, at, this.#source[at]!, attributes, pathId))) break;
    }
    return prefix < end ? prefix : undefined;
  }

  readonly #isMember = (peer: PeerIndex): boolean => this.#members.has(peer);

  #joinFrom(peer: PeerIndex, from: UpdateGroup, done: () => void): void {
    if (!(from instanceof SharedAdjRibOut)) throw new Error('rib: a member can only come from a group of this RIB');
    const member = new GroupMember(peer, 0);
    member.isFollowing = false;
    member.dump = -1;
    member.move = { from, done, end: from.#freeze(peer), at: 0 };
    this.#members.set(peer, member);
  }

  #sendEnd(peer: PeerIndex, kind: 'initial' | 'refresh', sink: Sink): void {
    if (kind === 'initial') return this.#batch.endOfRib(peer, sink);
    sink({ octets: NO_OCTETS, messages: 0, announced: 0, withdrawn: 0, only: peer, except: -1, ends: 'refresh' });
  }

  /** One pass over both groups' routes; afterwards the member catches up with what changed during it. */
  #drainMove(member: GroupMember, budget: number, sink: Sink): number {
    const { move, peer } = member;
    if (move === undefined || this.#fill >= 0 || this.#pending.size > 0) return budget;
    if (move.at === 0) {
      move.at = 1;
      member.knownSequence = this.#sequence;
    }
    let left = budget;
    let looks = budget * LOOKS_PER_ROUTE;
    const end = Math.max(this.#out.length, move.from.end);
    while (move.at < end && left > 0 && looks-- > 0) {
      const prefix = move.at++;
      const before = move.from.heldBy(peer, prefix);
      const attributes = this.#source[prefix] === peer ? 0 : (this.#out[prefix] ?? 0);
      if (before === attributes) continue;
      if (attributes !== 0) this.#batch.announce(prefix, attributes, this.#source[prefix]!);
      else if (this.#table.prefixes.isUsed(prefix)) this.#batch.withdrawFrom(prefix, peer);
      else continue;
      left--;
    }
    this.#batch.flush(peer, this.#isMember, sink);
    if (move.at >= end) {
      member.move = undefined;
      move.done();
      if (move.end !== undefined) this.#sendEnd(peer, move.end, sink);
      this.resync(peer, Math.max(left, 1), sink);
    }
    return left;
  }

  #drainFirstPass(budget: number): number {
    let left = budget;
    let looks = budget * LOOKS_PER_ROUTE;
    while (this.#fill >= 0 && left > 0 && looks-- > 0) {
      if (this.#fill >= this.#table.prefixes.end) {
        this.#fill = -1;
        break;
      }
      const prefix = this.#fill++;
      if (!this.#table.prefixes.isUsed(prefix) || this.#table.bestAttributes[prefix] === 0) continue;
      this.#reserve(prefix);
      this.#update(prefix);
      left--;
    }
    return left;
  }

  #drainDump(member: GroupMember, budget: number, sink: Sink): number {
    let left = budget;
    let looks = budget * LOOKS_PER_ROUTE;
    const end = Math.min(member.dumpEnd, this.#out.length);
    while (member.dump < end && left > 0 && looks-- > 0) {
      const prefix = member.dump++;
      const attributes = this.#out[prefix]!;
      if (attributes === 0 || this.#source[prefix] === member.peer) continue;
      this.#batch.announce(prefix, attributes, this.#source[prefix]!);
      left--;
    }
    this.#batch.flush(member.peer, this.#isMember, sink);
    // The table is complete for this member only when the group has seen all of it.
    if (member.dump >= end && this.#fill < 0 && this.#pending.size === 0) {
      member.dump = -1;
      this.#sendEnd(member.peer, member.dumpKind, sink);
    }
    return left;
  }

  /** Brings what the group sends for a prefix in line with its best path. */
  #update(prefix: PrefixId): void {
    const before = this.#out[prefix]!;
    const oldSource = this.#source[prefix]!;
    const best = this.#table.bestAttributes[prefix]!;
    const source = this.#table.bestPeer[prefix]!;
    const after = best === 0 ? this.#denied(prefix) : this.#egress(prefix, best, source);
    if (after === before && (after === 0 || source === oldSource)) return;

    const isSilent = after === before && !this.#members.has(source) && !this.#members.has(oldSource);
    if (isSilent) {
      // Another sender outside the group brought the same: no member would see a difference.
    } else if (after === 0) {
      this.#batch.withdrawFromAllBut(prefix, this.#members.has(oldSource) ? oldSource : -1);
    } else {
      this.#batch.announce(prefix, after, source);
      // The new sender had the old sender's route from us and now gets nothing in its place.
      if (before !== 0 && source !== oldSource && this.#members.has(source)) this.#batch.withdrawFrom(prefix, source);
    }
    if (!isSilent) this.#changed[prefix] = ++this.#sequence;
    this.#record(prefix, after, source);
  }

  #denied(prefix: PrefixId): 0 {
    this.#setUnencodable(prefix, false);
    return 0;
  }

  #record(prefix: PrefixId, after: AttrId, source: PeerIndex): void {
    const before = this.#out[prefix]!;
    const oldSource = this.#source[prefix]!;
    const { hashLow, hashHigh } = this.#pool;
    const prefixHash = this.#table.prefixes.hash(prefix);
    if (after !== 0) {
      this.#pool.retain(after);
      this.#fingerprint.change(1, prefixHash, 0, hashLow[after]!, hashHigh[after]!);
      this.#countBySource.set(source, (this.#countBySource.get(source) ?? 0) + 1);
      this.#count++;
      if (before === 0 && (this.#state[prefix]! & State.tombstone) === 0) this.#table.hold(prefix);
      this.#state[prefix]! &= ~State.tombstone;
    }
    if (before !== 0) {
      this.#fingerprint.change(-1, prefixHash, 0, hashLow[before]!, hashHigh[before]!);
      this.#countBySource.set(oldSource, (this.#countBySource.get(oldSource) ?? 0) - 1);
      this.#count--;
      this.#pool.release(before);
      if (after === 0) this.#bury(prefix);
    }
    this.#out[prefix] = after;
    this.#source[prefix] = source;
  }

  /** A withdrawn prefix keeps its id while a member has not heard of it. */
  #bury(prefix: PrefixId): void {
    // A route that flaps while a member is away is listed once.
    if ((this.#state[prefix]! & State.listed) === 0) this.#tombstones.push(prefix);
    this.#state[prefix]! |= State.tombstone | State.listed;
  }

  #releaseTombstones(): void {
    for (const member of this.#members.values()) if (!member.isFollowing) return;
    const tombstones = this.#tombstones;
    this.#tombstones = [];
    for (const prefix of tombstones) {
      this.#state[prefix]! &= ~State.listed;
      if ((this.#state[prefix]! & State.tombstone) === 0) continue;
      this.#state[prefix]! &= ~State.tombstone;
      this.#changed[prefix] = 0;
      this.#table.unhold(prefix);
    }
  }

  /** What to send for a best path: 0 when it must not go out. */
  #egress(prefix: PrefixId, attributes: AttrId, source: PeerIndex): AttrId {
    const { filter } = this.spec;
    const kind = this.#peers.kind[source]!;
    if (filter.readsPrefix) return this.#evaluate(prefix, attributes, source);
    // ORIGINATOR_ID of a reflected route names its sender, so such results cannot be shared between senders.
    if (filter.readsSource || (this.spec.kind === 'internal' && kind === PEER_KIND.internal)) {
      return this.#evaluate(prefix, attributes, source);
    }
    const known = this.#memo.find(attributes, kind);
    if (known !== UNKNOWN) {
      if (known !== DENIED) this.#setUnencodable(prefix, false);
      return known === DENIED ? 0 : known - 1;
    }
    const result = this.#evaluate(prefix, attributes, source);
    // What does not fit a message is worked out each time, so that its prefixes are counted.
    if ((this.#state[prefix]! & State.unencodable) === 0) this.#memo.add(attributes, kind, result);
    return result;
  }

  #evaluate(prefix: PrefixId, attributes: AttrId, source: PeerIndex): AttrId {
    const peer = this.#peers.get(source);
    if (!mayExport(peer, this.#pool.flags[attributes]!, this.spec)) return this.#denied(prefix);
    const cursor = this.#cursor;
    cursor.family = this.spec.family;
    cursor.source = peer;
    cursor.pathId = 0;
    this.#table.prefixes.read(prefix, cursor);
    this.#pool.moveTo(cursor.attributes, attributes);
    const verdict = this.spec.filter.evaluate(cursor);
    if (!verdict.accept) return this.#denied(prefix);
    let result = verdict.edit === undefined ? attributes : this.#pool.edit(attributes, verdict.edit);
    this.#pool.moveTo(cursor.attributes, result);
    const egress = this.spec.egress(cursor);
    if (egress !== undefined) result = this.#pool.edit(result, egress);
    const error = this.#batch.tryAttributes(result);
    // RFC 4271 §9.2, RFC 8654 §4: what does not fit a message is not advertised, and withdrawn if it was.
    this.#setUnencodable(prefix, error !== undefined);
    if (error === undefined) return result;
    if (this.#lastFailure !== result) this.#onEncodeFailure({ group: this, error, attributes: result });
    this.#lastFailure = result;
    return 0;
  }

  #setUnencodable(prefix: PrefixId, isUnencodable: boolean): void {
    const was = (this.#state[prefix]! & State.unencodable) !== 0;
    if (was === isUnencodable) return;
    this.#state[prefix]! ^= State.unencodable;
    this.unencodable += isUnencodable ? 1 : -1;
  }

  #member(peer: PeerIndex): GroupMember {
    const member = this.#members.get(peer);
    if (member === undefined) throw new Error(`rib: peer ${peer} is no member of update group ${this.id}`);
    return member;
  }

  #reserve(prefix: PrefixId): void {
    if (prefix < this.#out.length) return;
    const capacity = Math.max(prefix + 1, this.#out.length * 2);
    this.#out = grown(this.#out, capacity);
    this.#source = grown(this.#source, capacity);
    this.#changed = grown(this.#changed, capacity);
    this.#state = grown(this.#state, capacity);
  }

  /** After the last member left: gives back what the table and the pool hold for this group, some prefixes at a time. */
  run(budget: number): boolean {
    let left = budget;
    while (left > 0 && this.#pending.size > 0) {
      this.#table.unhold(this.#pending.shift());
      left--;
    }
    while (left > 0 && this.#disposed < this.#out.length) {
      const prefix = this.#disposed++;
      const attributes = this.#out[prefix]!;
      if (attributes !== 0) this.#pool.release(attributes);
      if (attributes !== 0 || (this.#state[prefix]! & State.tombstone) !== 0) this.#table.unhold(prefix);
      left--;
    }
    if (left === 0) return false;
    this.#memo.dispose();
    return true;
  }
}

const NO_OCTETS = new Uint8Array(0);
