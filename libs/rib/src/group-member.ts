import type { Places } from './places.ts';
import type { Advertised, Held } from './sent-routes.ts';
import type { PeerIndex, PrefixId } from './types.ts';

/** The end marker that a member still waits for. */
export type AwaitedEnd = 'initial' | 'refresh' | undefined;

export interface Move {
  readonly from: Advertised;
  readonly done: () => void;
  /** What it was promised in the group that it comes from. */
  end: AwaitedEnd;
  at: number;
  /** Its socket is full. */
  isPaused: boolean;
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
  move: Move | undefined;
  /** Its move here is through, and `drain` tells it what has changed since. */
  isArriving = false;
  /** In a group with a limit. */
  places: Places | undefined;
  /** It is on its way to another group, and this one tells it nothing any more. */
  isLeaving = false;
  /** Set when it went on in the middle of its move here: from prefix id `at` on it still has what `from` says. */
  before: Pick<Move, 'from' | 'at'> | undefined;
  /** Set when it was in step and went on to another group: what it had of prefixes that have changed here since. */
  leftWith: Map<PrefixId, Held> | undefined;

  constructor(peer: PeerIndex, dumpEnd: number) {
    this.peer = peer;
    this.dumpEnd = dumpEnd;
  }
}
