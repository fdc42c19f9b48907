import type { AttrId, PeerIndex, PrefixId } from './types.ts';

/** What another group knows of a member that leaves it. */
export interface Advertised {
  readonly end: PrefixId;
  /** Attributes the member has (0: none), or -1 when that is not certain. */
  heldBy(peer: PeerIndex, prefix: PrefixId): AttrId | -1;
  detach(peer: PeerIndex): void;
}

/** How far one member of an update group has come. */
export class GroupMember {
  readonly peer: PeerIndex;
  /** It gets changes as they happen. A member that cannot keep up is detached and catches up later. */
  isFollowing = true;
  /** While detached: it knows the group's state up to this change. */
  knownSequence = 0;
  /** Where its own pass over the whole table stands: the next prefix id, or -1 when it has it all. */
  dump = 1;
  /** Ids from here on come with the group's other changes. */
  dumpEnd: number;
  dumpKind: 'initial' | 'refresh' = 'initial';
  /** While it catches up: the next prefix id, and the change number when this pass began. */
  catchUp = 0;
  catchUpSequence = 0;
  /** Set while it moves here from another group; `at` is the next prefix id to compare, 0 before the pass has begun. */
  move: { readonly from: Advertised; readonly done: () => void; at: number } | undefined;

  constructor(peer: PeerIndex, dumpEnd: number) {
    this.peer = peer;
    this.dumpEnd = dumpEnd;
  }
}
