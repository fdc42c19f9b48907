import type { GroupOutput, PeerIndex, UpdateGroup } from '@bgp/rib';
import type { Family } from '@bgp/wire';

/** Who gets octets. */
export interface OutboundPeer {
  readonly index: PeerIndex;
  /** False: the socket is full; the octets are queued all the same. */
  writeUpdates(octets: Uint8Array, messages: number): boolean;
  /** A whole table has been sent. */
  tableSent(family: Family, kind: 'initial' | 'refresh'): void;
  congested(): void;
}

/** The update groups in use, and their octets' way to the members' sockets. */
export class Outbound {
  readonly #groups = new Set<UpdateGroup>();
  readonly #peers = new Map<PeerIndex, OutboundPeer>();

  groupsOf(peer: PeerIndex): UpdateGroup[] {
    return [...this.#groups].filter((group) => group.members.includes(peer));
  }

  join(group: UpdateGroup, peer: OutboundPeer): void {
    this.#groups.add(group);
    this.#peers.set(peer.index, peer);
    group.join(peer.index);
  }

  /** The member changes groups and hears only what differs between them. */
  move(from: UpdateGroup, to: UpdateGroup, peer: OutboundPeer): void {
    this.#groups.add(to);
    to.join(peer.index, { from, done: () => this.leave(from, peer.index) });
  }

  leave(group: UpdateGroup, peer: PeerIndex): void {
    group.leave(peer);
    if (group.members.length === 0) this.#groups.delete(group);
  }

  forget(peer: PeerIndex): void {
    this.#peers.delete(peer);
  }

  /** A slice of the work of every group. */
  drain(budget: number): boolean {
    let isDone = true;
    for (const group of this.#groups) {
      if (!group.drain(budget, (out) => this.#deliver(group, out))) isDone = false;
    }
    return isDone;
  }

  /** A slice of catching up for one member. True: it follows again. */
  resync(group: UpdateGroup, peer: PeerIndex, budget: number): boolean {
    return group.resync(peer, budget, (out) => this.#deliver(group, out));
  }

  #deliver(group: UpdateGroup, out: GroupOutput): void {
    if (out.only >= 0) {
      const peer = this.#peers.get(out.only);
      if (peer === undefined) return;
      this.#write(peer, out);
      if (out.ends !== undefined) peer.tableSent(group.spec.family, out.ends);
      return;
    }
    for (const index of group.members) {
      if (index === out.except || !group.isFollowing(index)) continue;
      const peer = this.#peers.get(index);
      if (peer !== undefined) this.#write(peer, out);
    }
  }

  #write(peer: OutboundPeer, out: GroupOutput): void {
    if (out.octets.length > 0 && !peer.writeUpdates(out.octets, out.messages)) peer.congested();
  }
}

/** A resumable catch-up of a slow member, over all its groups. */
export function catchUpTask(
  outbound: Outbound,
  peer: PeerIndex,
  mayWrite: () => boolean,
  caughtUp: () => void,
): (budget: number) => boolean {
  return (budget) => {
    for (const group of outbound.groupsOf(peer)) {
      if (!mayWrite()) return true; // the next drain of its socket starts another task
      if (!group.isFollowing(peer) && !outbound.resync(group, peer, budget)) return !mayWrite();
    }
    caughtUp();
    return true;
  };
}
