import type { GroupOutput, PeerIndex, UpdateGroup } from '@bgp/rib';
import type { Family } from '@bgp/wire';
import type { ClockPort } from './ports.ts';
import { SlowMember } from './slow-member.ts';

/** Who gets octets. */
export interface OutboundPeer {
  readonly index: PeerIndex;
  /** False: the socket is full; the octets are queued all the same, and `Outbound.drained` follows. */
  writeUpdates(octets: Uint8Array, messages: number): boolean;
  /** A whole table has been sent. */
  tableSent(family: Family, kind: 'initial' | 'refresh'): void;
  /** It has not read for seconds, or is in step again after that. */
  slow(state: 'detached' | 'caught-up'): void;
}

interface Member {
  readonly peer: OutboundPeer;
  readonly slow: SlowMember;
  /** More than one of a family while it moves from one to the next. */
  readonly groups: Set<UpdateGroup>;
}

/**
 * The update groups in use, and their octets' way to the members' sockets. A member whose socket is full holds its groups up for
 * a moment; one that stays full is detached and later gets the latest state, so that it costs neither memory nor anybody's time.
 */
export class Outbound {
  readonly #clock: ClockPort;
  readonly #wake: () => void;
  readonly #groups = new Map<UpdateGroup, Map<PeerIndex, Member>>();
  readonly #members = new Map<PeerIndex, Member>();

  constructor(clock: ClockPort, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  groupsOf(peer: PeerIndex): UpdateGroup[] {
    return [...(this.#members.get(peer)?.groups ?? [])];
  }

  groups(): IterableIterator<UpdateGroup> {
    return this.#groups.keys();
  }

  join(group: UpdateGroup, peer: OutboundPeer): void {
    this.#enter(group, peer);
    group.join(peer.index);
  }

  /** The member changes groups and hears only what differs between them; `moved` runs inside a drain when that is done. */
  move(from: UpdateGroup, to: UpdateGroup, peer: OutboundPeer, moved: () => void): void {
    this.#enter(to, peer);
    const done = () => {
      this.leave(from, peer.index);
      moved();
    };
    to.join(peer.index, { from, done });
    const member = this.#members.get(peer.index);
    if (member?.slow.mustDetach === true) this.#detach(member);
  }

  leave(group: UpdateGroup, index: PeerIndex): void {
    group.leave(index);
    const members = this.#groups.get(group);
    members?.delete(index);
    if (members?.size === 0) this.#groups.delete(group);
    const member = this.#members.get(index);
    member?.groups.delete(group);
    if (member?.groups.size !== 0) return;
    member.slow.stop();
    this.#members.delete(index);
  }

  /** The member's socket has room again. */
  drained(index: PeerIndex): void {
    this.#members.get(index)?.slow.drained();
    this.#wake();
  }

  /** A slice of the work of every group. True: nothing can be sent at the moment. */
  drain(budget: number): boolean {
    let isDone = true;
    for (const [group, members] of this.#groups) {
      if (isHeldUp(members)) continue; // patience is over soon, or the socket drains: both wake us
      if (!group.drain(budget, (out) => this.#deliver(group, members, out))) isDone = false;
    }
    // Only now: what a drain hands over belongs to everyone who followed when it began.
    for (const member of this.#members.values()) {
      if (member.slow.mustDetach) this.#detach(member);
      else if (member.slow.isCatchingUp) {
        this.#catchUp(member, budget);
        isDone = false; // also when it follows again: a first table or a move may have stopped half-way, and goes on in the next drain
      }
    }
    return isDone;
  }

  #enter(group: UpdateGroup, peer: OutboundPeer): void {
    let member = this.#members.get(peer.index);
    if (member === undefined) {
      const slow = new SlowMember(this.#clock, {
        detach: () => this.#patienceIsOver(peer.index),
        report: (state) => peer.slow(state),
      });
      member = { peer, slow, groups: new Set() };
      this.#members.set(peer.index, member);
    }
    member.groups.add(group);
    const members = this.#groups.get(group);
    if (members === undefined) this.#groups.set(group, new Map([[peer.index, member]]));
    else members.set(peer.index, member);
  }

  #catchUp(member: Member, budget: number): void {
    const { peer, slow } = member;
    let isComplete = true;
    for (const group of member.groups) {
      if (slow.isBlocked || group.isFollowing(peer.index)) continue;
      const members = this.#groups.get(group);
      if (members === undefined) continue;
      if (!group.resync(peer.index, budget, (out) => this.#deliver(group, members, out))) isComplete = false;
    }
    if (slow.isBlocked) {
      this.#detach(member); // groups that it follows again already must wait too
    } else if (isComplete) {
      slow.caughtUp();
    }
  }

  #patienceIsOver(index: PeerIndex): void {
    const member = this.#members.get(index);
    if (member !== undefined) this.#detach(member);
    this.#wake();
  }

  #detach({ groups, peer, slow }: Member): void {
    for (const group of groups) group.detach(peer.index);
    slow.detached();
  }

  #deliver(group: UpdateGroup, members: ReadonlyMap<PeerIndex, Member>, out: GroupOutput): void {
    if (out.only >= 0) {
      const member = members.get(out.only);
      if (member === undefined) return;
      write(member, out);
      if (out.ends !== undefined) member.peer.tableSent(group.spec.family, out.ends);
      return;
    }
    for (const [index, member] of members) {
      if (index !== out.except && index !== out.knower && group.isFollowing(index)) write(member, out);
    }
  }
}

function write({ peer, slow }: Member, out: GroupOutput): void {
  if (out.octets.length > 0 && !peer.writeUpdates(out.octets, out.messages)) slow.blocked();
}

/** A member's socket is full, but may drain before the member has to be detached. */
function isHeldUp(members: ReadonlyMap<PeerIndex, Member>): boolean {
  for (const { slow } of members.values()) if (slow.isHoldingUp) return true;
  return false;
}
