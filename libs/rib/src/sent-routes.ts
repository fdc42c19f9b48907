import type { Fingerprint, HeldPath, PeerIndex, PrefixId, RouteRow } from './types.ts';

/**
 * What a group's members have been told, by prefix. Two ways to hold it: `BestPathOut` for one path that is the same for everyone,
 * `ManyPathsOut` for several, or for one that differs. Messages go into the group's batch; who flushes it decides to whom.
 */
export interface SentRoutes {
  /** Prefix ids in use are below this. */
  readonly end: PrefixId;
  /** Prefixes that somebody has. */
  readonly size: number;
  readonly unencodable: number;
  /** There may be something to send. */
  isCandidate(prefix: PrefixId): boolean;
  /** Nobody has the prefix. */
  isEmpty(prefix: PrefixId): boolean;
  /** Brings the prefix in line with the tables. True: a member sees a difference. */
  update(prefix: PrefixId): boolean;
  /** All that the member is to have of the prefix. False: nothing. */
  tell(prefix: PrefixId, peer: PeerIndex): boolean;
  /** The latest state, for a member that may have any earlier one. */
  correct(prefix: PrefixId, peer: PeerIndex): void;
  /** What is different for a member that comes from another group. False: nothing. */
  tellDifference(prefix: PrefixId, peer: PeerIndex, from: Advertised): boolean;
  /** No path identifier above this has been given out since `forget`. */
  highestId(prefix: PrefixId): number;
  /** Everyone has heard that the prefix is gone. */
  forget(prefix: PrefixId): void;
  /** The group has ended. */
  dispose(prefix: PrefixId): void;
  finish(): void;
  sentCount(peer: PeerIndex): number;
  /** False: the visitor has had enough. */
  visit(prefix: PrefixId, peer: PeerIndex, visit: (row: RouteRow) => boolean): boolean;
  /** For a member that is certain to have what the group sent. */
  heldBy(prefix: PrefixId, peer: PeerIndex): Held;
  /** What each member would have of the prefix as the tables are now; changes nothing that is sent. */
  preview(prefix: PrefixId): (peer: PeerIndex) => Held;
  fingerprint(): Fingerprint;
}

/** Path identifiers (0 without ADD-PATH) and attributes. */
export type Held = readonly HeldPath[];

/** What another group knows of a member that leaves it. */
export interface Advertised {
  /** Prefix ids that the member may have heard of are below this. */
  endFor(peer: PeerIndex): PrefixId;
  /** What the member has of the prefix; undefined when that is not certain. */
  heldBy(peer: PeerIndex, prefix: PrefixId): Held | undefined;
  /** The member has heard of no path identifier of the prefix above this; 0 without ADD-PATH. */
  highestIdFor(peer: PeerIndex, prefix: PrefixId): number;
}
