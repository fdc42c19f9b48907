import type { AttributePool } from './attribute-pool.ts';
import type { DecisionInput } from './decision.ts';
import type { FamilyTable } from './family-table.ts';
import { GroupChanges } from './group-changes.ts';
import { type AwaitedEnd, GroupMember } from './group-member.ts';
import { OutputBatch } from './output-batch.ts';
import type { PeerTable } from './peer-table.ts';
import { Places } from './places.ts';
import type { Held, SentRoutes } from './sent-routes.ts';
import { sentRoutesOf, wantsEveryPath } from './sent-routes-of.ts';
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

/** Prefixes looked at per unit of budget when most of them need no work. */
const LOOKS_PER_ROUTE = 16;

/** A million looks are about a millisecond, and a pass that ends within one call ends in step. */
const RESYNC_LOOKS = 1 << 20;

/**
 * Peers that are told the same things: the Adj-RIB-Out they share. What they have been told is in `SentRoutes`; here is who has heard
 * it.
 *
 * Every change gets a number (`GroupChanges`). A member that cannot drain its socket stops following; later it gets the latest
 * state of all prefixes with a higher number than it knows. Withdrawn prefixes are kept as tombstones while such a member exists.
 */
export class SharedAdjRibOut implements UpdateGroup, Job {
  readonly id: number;
  readonly spec: UpdateGroupSpec;
  readonly #table: FamilyTable;
  readonly #pool: AttributePool;
  readonly #onEmpty: () => void;
  readonly #onLimit: (group: UpdateGroup) => void;
  readonly #batch: OutputBatch;
  readonly #sent: SentRoutes;
  readonly #changes = new GroupChanges();
  readonly #members = new Map<PeerIndex, GroupMember>();
  /** Of these: those on their way to another group. */
  readonly #leavers = new Set<GroupMember>();
  /** The group's first pass over the Loc-RIB: next prefix id, or -1. */
  #fill = 1;
  /** Held back by `spec.maxPrefixes`. */
  readonly #suppressed = new Set<PrefixId>();
  #isRetired = false;
  /** Where `run` stands. */
  #disposed = 1;

  constructor(
    id: number,
    spec: UpdateGroupSpec,
    table: FamilyTable,
    pool: AttributePool,
    peers: PeerTable,
    input: DecisionInput,
    onEmpty: () => void,
    onEncodeFailure: (failure: EncodeFailure) => void,
    onLimit: (group: UpdateGroup) => void,
  ) {
    this.id = id;
    this.spec = spec;
    this.#table = table;
    this.#pool = pool;
    this.#onEmpty = onEmpty;
    this.#onLimit = onLimit;
    this.#batch = new OutputBatch(table, pool, spec);
    this.#sent = sentRoutesOf(spec, table, pool, peers, input, this.#batch, this.#isMember, (error, attributes) =>
      onEncodeFailure({ group: this, error, attributes }),
    );
  }

  /** Whether paths other than the best one matter here. */
  get wantsEveryPath(): boolean {
    return wantsEveryPath(this.spec);
  }

  get members(): readonly PeerIndex[] {
    return [...this.#members.keys()];
  }

  get unencodable(): number {
    return this.#sent.unencodable;
  }

  get suppressed(): number {
    return this.#suppressed.size;
  }

  get backlog(): number {
    return this.#changes.backlog;
  }

  fingerprint(): Fingerprint {
    return this.#sent.fingerprint();
  }

  isFollowing(peer: PeerIndex): boolean {
    return this.#member(peer).isFollowing;
  }

  sentCount(peer: PeerIndex): number {
    return this.#sent.sentCount(peer);
  }

  join(peer: PeerIndex, move?: { readonly from: UpdateGroup; readonly done: () => void }): void {
    if (this.#isRetired) throw new Error(`rib: update group ${this.id} has ended; ask the Rib for a new one`);
    if (this.#isMember(peer)) throw new Error(`rib: peer ${peer} has not left update group ${this.id} yet`);
    if (move !== undefined) return this.#joinFrom(peer, move.from, move.done);
    // What the group's first pass has yet to send, a new member hears with everyone else.
    const member = new GroupMember(peer, this.#fill >= 0 ? this.#fill : this.#table.prefixes.end);
    if (this.spec.maxPrefixes > 0) member.places = Places.empty(this.spec.maxPrefixes);
    this.#members.set(peer, member);
  }

  /** For a group that the member moves to. */
  endFor(peer: PeerIndex): PrefixId {
    const { before } = this.#member(peer);
    return before === undefined ? this.#sent.end : Math.max(this.#sent.end, before.from.endFor(peer));
  }

  /** What the member has of the prefix, or will have when it is in step. */
  holds(prefix: PrefixId, peer: PeerIndex): Held {
    return this.#sent.heldBy(prefix, peer);
  }

  /** For a group that the member moves to. */
  heldBy(peer: PeerIndex, prefix: PrefixId): Held | undefined {
    const member = this.#member(peer);
    // What a first table or a refresh has yet to tell it, it is to be told in any case.
    if (member.dump >= 0 && prefix >= member.dump) return undefined;
    if (member.before !== undefined && prefix >= member.before.at) return member.before.from.heldBy(peer, prefix);
    const isOutOfStep = !member.isFollowing && this.#changes.lastOf(prefix) > member.knownSequence;
    const isUncertain = isOutOfStep && member.leftWith?.has(prefix) !== true;
    if (isUncertain) return undefined;
    return member.leftWith?.get(prefix) ?? this.#sent.heldBy(prefix, peer);
  }

  /** For a group that the member moves to. */
  highestIdFor(peer: PeerIndex, prefix: PrefixId): number {
    const { before } = this.#member(peer);
    const elsewhere = before !== undefined && prefix >= before.at ? before.from.highestIdFor(peer, prefix) : 0;
    return Math.max(this.#sent.highestId(prefix), elsewhere);
  }

  /** The member goes to another group: what `heldBy` says of it stands still from now on. The answer is what its way here has left open. */
  #freeze(peer: PeerIndex): { readonly end: AwaitedEnd; readonly done?: () => void } {
    const member = this.#member(peer);
    member.isLeaving = true;
    if (member.isFollowing) {
      member.leftWith = new Map();
      this.#leavers.add(member);
    }
    this.detach(peer);
    const { move } = member;
    const end = member.dump >= 0 ? member.dumpKind : move?.end;
    if (move === undefined) return { end };
    // The group before must go on saying what the member has, until that has been compared in the next one.
    member.before = move;
    member.move = undefined;
    return { end, done: move.done };
  }

  leave(peer: PeerIndex): void {
    const member = this.#members.get(peer);
    if (member === undefined) return;
    this.#members.delete(peer);
    this.#leavers.delete(member);
    for (const held of member.leftWith?.values() ?? []) {
      for (const { attributes } of held) this.#pool.release(attributes);
    }
    if (this.#members.size === 0) {
      this.#isRetired = true;
      this.#onEmpty();
    }
    if (!this.#isRetired) this.#releaseTombstones();
  }

  refresh(peer: PeerIndex): boolean {
    const member = this.#member(peer);
    const { move } = member;
    if ((member.dump >= 0 && member.dumpKind === 'initial') || move?.end === 'initial') return false;
    // One that was under way in the group before ends together with this one: its end must not pass for this one's.
    if (move !== undefined) move.end = undefined;
    member.dump = 1;
    member.dumpEnd = this.#table.prefixes.end;
    member.dumpKind = 'refresh';
    return true;
  }

  detach(peer: PeerIndex): void {
    const member = this.#member(peer);
    if (member.move !== undefined) member.move.isPaused = true;
    member.isArriving = false;
    if (!member.isFollowing) return;
    member.isFollowing = false;
    member.knownSequence = this.#changes.latest;
    member.catchUp = 0;
  }

  /** Called by the decision: what can be sent of the prefix may be different. */
  routesChanged(prefix: PrefixId): void {
    // The first pass has not come here yet and will see the latest state.
    if (this.#fill >= 0 && prefix >= this.#fill) return;
    if (this.#changes.enqueue(prefix)) this.#table.hold(prefix);
  }

  drain(budget: number, sink: Sink): boolean {
    const dumping = [...this.#members.values()].filter((member) => member.dump >= 0 && member.isFollowing);
    const arriving = [...this.#members.values()].filter(({ isArriving }) => isArriving);
    // A steady stream of changes must not keep a new member from its table.
    const reserved = dumping.length + arriving.length > 0 ? budget >>> 1 : 0;
    let left = this.#drainFirstPass(budget - reserved);
    while (left > 0 && this.#changes.pending > 0) {
      const prefix = this.#changes.take();
      this.#update(prefix);
      this.#table.unhold(prefix);
      left--;
    }
    // Who is away or on the move has not heard of what came before, and gets the latest state later.
    this.#batch.flush(-1, this.#isMember, (out) => {
      if (out.only < 0 || this.isFollowing(out.only)) sink(out);
    });
    this.#releaseTombstones();
    left += reserved;
    let isDumping = false;
    for (const member of dumping) {
      if (left > 0) left = this.#drainDump(member, left, sink);
      if (member.dump >= 0) isDumping = true;
    }
    for (const { peer } of arriving) {
      isDumping = true; // also when it is in step: a refresh may be due
      if (left > 0) this.resync(peer, Math.ceil(left / arriving.length), sink);
    }
    for (const member of this.#members.values()) {
      if (member.move === undefined || member.move.isPaused) continue;
      isDumping = true;
      if (left > 0) left = this.#drainMove(member, left, sink);
    }
    return this.#fill < 0 && this.#changes.pending === 0 && !isDumping;
  }

  resync(peer: PeerIndex, budget: number, sink: Sink): boolean {
    const member = this.#member(peer);
    if (member.isFollowing || member.isLeaving) return true;
    if (member.move !== undefined) {
      member.move.isPaused = false;
      return false;
    }
    if (member.catchUp === 0) {
      member.catchUp = 1;
      member.catchUpSequence = this.#changes.latest;
    }
    let left = budget;
    let looks = RESYNC_LOOKS;
    const { end } = this.#changes;
    while (member.catchUp < end && left > 0 && looks-- > 0) {
      const prefix = member.catchUp++;
      const changed = this.#changes.lastOf(prefix);
      if (changed <= member.knownSequence || changed === 0) continue;
      left--;
      if (this.#hasPlace(member, prefix)) this.#sent.correct(prefix, peer);
      else this.#changes.note(prefix); // again in the next pass
    }
    this.#batch.flush(peer, this.#isMember, sink);
    if (member.catchUp < end) return false;
    member.knownSequence = member.catchUpSequence;
    member.catchUp = 0;
    // Changes behind the pass are for the next one.
    if (this.#changes.latest !== member.knownSequence) return false;
    member.isFollowing = true;
    member.isArriving = false;
    this.#releaseTombstones();
    return true;
  }

  scanAdvertised(
    peer: PeerIndex,
    cursor: number,
    budget: number,
    visit: (row: RouteRow) => boolean,
  ): number | undefined {
    const end = Math.min(this.#sent.end, this.#table.prefixes.end);
    let prefix = Math.max(cursor, 1);
    for (let looks = budget; prefix < end && looks > 0; looks--) {
      const at = prefix++;
      if (!this.#sent.visit(at, peer, visit)) break;
    }
    return prefix < end ? prefix : undefined;
  }

  scanTold(
    peer: PeerIndex,
    cursor: number,
    budget: number,
    visit: (prefix: PrefixId, pathId: number, attributes: AttrId) => boolean,
  ): number | undefined {
    const { move } = this.#member(peer);
    const end = Math.min(Math.max(this.#sent.end, move?.from.endFor(peer) ?? 0), this.#table.prefixes.end);
    let prefix = Math.max(cursor, 1);
    let goesOn = true; // a page ends between prefixes, never between two paths of one
    for (let looks = budget; prefix < end && looks > 0 && goesOn; looks--) {
      const at = prefix++;
      const isToCome = move !== undefined && at >= move.at;
      // What is not certain is going to be told whole.
      const held = isToCome ? (move.from.heldBy(peer, at) ?? []) : this.#sent.heldBy(at, peer);
      for (const { pathId, attributes } of held) if (!visit(at, pathId, attributes)) goesOn = false;
    }
    return prefix < end ? prefix : undefined;
  }

  readonly #isMember = (peer: PeerIndex): boolean => this.#members.has(peer);

  #joinFrom(peer: PeerIndex, from: UpdateGroup, done: () => void): void {
    if (!(from instanceof SharedAdjRibOut)) throw new Error('rib: a member can only come from a group of this RIB');
    const member = new GroupMember(peer, 0);
    member.isFollowing = false;
    member.dump = -1;
    const { maxPrefixes } = this.spec;
    if (maxPrefixes > 0) member.places = Places.after(from.#member(peer).places, maxPrefixes);
    const { end, done: leaveOneBefore } = from.#freeze(peer);
    const leave = () => {
      done();
      leaveOneBefore?.();
    };
    member.move = { from, done: leave, end, at: 0, isPaused: false };
    this.#members.set(peer, member);
  }

  #sendEnd(peer: PeerIndex, kind: 'initial' | 'refresh', sink: Sink): void {
    if (kind === 'initial') return this.#batch.endOfRib(peer, sink);
    sink({
      octets: NO_OCTETS,
      messages: 0,
      announced: 0,
      withdrawn: 0,
      only: peer,
      except: -1,
      knower: -1,
      ends: 'refresh',
    });
  }

  /** One pass over both groups' routes; afterwards the member catches up with what changed during it. */
  #drainMove(member: GroupMember, budget: number, sink: Sink): number {
    const { move, peer } = member;
    if (move === undefined || this.#fill >= 0 || this.#changes.pending > 0) return budget;
    if (move.at === 0) {
      move.at = 1;
      member.knownSequence = this.#changes.latest;
    }
    let left = budget;
    let looks = budget * LOOKS_PER_ROUTE;
    const end = Math.max(this.#sent.end, move.from.endFor(peer));
    while (move.at < end && left > 0 && looks-- > 0) {
      const prefix = move.at++;
      if (!this.#hasPlace(member, prefix)) this.#changes.note(prefix);
      else if (this.#sent.tellDifference(prefix, peer, move.from)) left--;
    }
    this.#batch.flush(peer, this.#isMember, sink);
    if (move.at >= end) {
      member.move = undefined;
      member.places?.close();
      move.done();
      if (move.end !== undefined) this.#sendEnd(peer, move.end, sink);
      member.isArriving = true;
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
      if (!this.#table.prefixes.isUsed(prefix) || !this.#sent.isCandidate(prefix)) continue;
      this.#update(prefix);
      left--;
    }
    return left;
  }

  #drainDump(member: GroupMember, budget: number, sink: Sink): number {
    let left = budget;
    let looks = budget * LOOKS_PER_ROUTE;
    const end = Math.min(member.dumpEnd, this.#sent.end);
    while (member.dump < end && left > 0 && looks-- > 0) {
      if (this.#sent.tell(member.dump++, member.peer)) left--;
    }
    this.#batch.flush(member.peer, this.#isMember, sink);
    // The table is complete for this member only when the group has seen all of it.
    if (member.dump >= end && this.#fill < 0 && this.#changes.pending === 0) {
      member.dump = -1;
      this.#sendEnd(member.peer, member.dumpKind, sink);
    }
    return left;
  }

  /** Brings what the group sends for a prefix in line with the tables. */
  #update(prefix: PrefixId): void {
    const wasEmpty = this.#sent.isEmpty(prefix);
    const { maxPrefixes } = this.spec;
    if (maxPrefixes > 0 && wasEmpty && this.#sent.size >= maxPrefixes) {
      if (!this.#sent.isCandidate(prefix)) this.#suppressed.delete(prefix);
      else if (this.#suppressed.add(prefix).size === 1) this.#onLimit(this);
      return;
    }
    if (this.#suppressed.size > 0) this.#suppressed.delete(prefix);
    if (this.#leavers.size > 0) this.#rememberForLeavers(prefix);
    if (this.#sent.update(prefix)) this.#changes.note(prefix);
    const isEmpty = this.#sent.isEmpty(prefix);
    if (maxPrefixes > 0)
      for (const member of this.#members.values()) if (member.isFollowing) this.#hasPlace(member, prefix);
    if (wasEmpty && !isEmpty) {
      if (!this.#changes.revive(prefix)) this.#table.hold(prefix);
    } else if (!wasEmpty && isEmpty) {
      this.#changes.bury(prefix); // it keeps its id while a member has not heard of it
      this.#admitSuppressed();
    } else if (isEmpty) {
      this.#admitSuppressed(); // the policy keeps it back: the place that it was let in for is still free
    }
  }

  /** The member may be told of the prefix as it is now. */
  #hasPlace({ places }: GroupMember, prefix: PrefixId): boolean {
    if (places === undefined) return true;
    if (!this.#sent.isEmpty(prefix)) return places.take(prefix);
    places.free(prefix);
    return true;
  }

  /** For the groups that members are on their way to: what they had of a prefix that changes here meanwhile. */
  #rememberForLeavers(prefix: PrefixId): void {
    for (const { peer, leftWith } of this.#leavers) {
      if (leftWith === undefined || leftWith.has(prefix)) continue;
      const held = this.#sent.heldBy(prefix, peer);
      for (const { attributes } of held) this.#pool.retain(attributes);
      leftWith.set(prefix, held);
    }
  }

  /** A place has become free. */
  #admitSuppressed(): void {
    for (const prefix of this.#suppressed) {
      this.#suppressed.delete(prefix);
      if (!this.#table.prefixes.isUsed(prefix) || !this.#sent.isCandidate(prefix)) continue;
      this.routesChanged(prefix);
      return;
    }
  }

  #releaseTombstones(): void {
    for (const member of this.#members.values()) if (!member.isFollowing) return;
    this.#changes.release((prefix) => {
      this.#sent.forget(prefix);
      this.#table.unhold(prefix);
    });
  }

  #member(peer: PeerIndex): GroupMember {
    const member = this.#members.get(peer);
    if (member === undefined) throw new Error(`rib: peer ${peer} is no member of update group ${this.id}`);
    return member;
  }

  /** After the last member left: gives back what the table and the pool hold for this group, some prefixes at a time. */
  run(budget: number): boolean {
    let left = budget;
    while (left > 0 && this.#changes.pending > 0) {
      this.#table.unhold(this.#changes.take());
      left--;
    }
    while (left > 0 && this.#disposed < this.#sent.end) {
      const prefix = this.#disposed++;
      const isHeld = !this.#sent.isEmpty(prefix) || this.#changes.isBuried(prefix);
      this.#sent.dispose(prefix);
      if (isHeld) this.#table.unhold(prefix);
      left--;
    }
    if (left === 0) return false;
    this.#sent.finish();
    return true;
  }
}

const NO_OCTETS = new Uint8Array(0);
