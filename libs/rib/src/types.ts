import type { AttributeEdit, AttributeView, EncodeError, ErrorAction, Family, WireError } from '@bgp/wire';
import type { DecisionStepId } from './decision-step-id.ts';
import type { OriginValidity, PathValidity, Validity } from './validity.ts';

/** Dense, small, reused only after `removePeer`. */
export type PeerIndex = number;
/** An attribute set in the pool; 0 is "none". */
export type AttrId = number;
/** A prefix of one family; dense and stable while the prefix has a path. */
export type PrefixId = number;

/** What the RIB must know about a peer. Local routes come from one peer of kind `local`. */
export interface RibPeer {
  readonly name: string;
  readonly kind: 'external' | 'internal' | 'confederation' | 'local';
  readonly as: number;
  /** Unsigned 32-bit, from its OPEN. */
  readonly bgpIdentifier: number;
  /** 4 or 16 octets; the last tie-break. */
  readonly address: Uint8Array;
  readonly routeReflectorClient: boolean;
  readonly routeServerClient: boolean;
  /** RFC 4271 §6.3: an announcement whose AS_PATH does not begin with `as` counts as withdrawn. Not for internal peers. */
  readonly enforceFirstAs?: boolean;
  /** How often our AS may stand in the AS_PATH of what it sends; absent: never. */
  readonly allowOwnAs?: number;
  /** AS numbers that are ours too where this peer's routes are concerned (local-as). */
  readonly moreOwnAses?: readonly number[];
}

export interface RibOptions {
  readonly localAs: number;
  /** Unsigned 32-bit, like `clusterId`. */
  readonly routerId: number;
  readonly clusterId: number;
  /** RFC 4271 §9.1.2.2 (c): compare MED within one neighboring AS, or across all. */
  readonly med: 'per-neighbor-as' | 'always-compare';
  /** The families with a table here. Routes of others are ignored and reported. */
  readonly families: readonly Family[];
  /** RFC 5065: the AS number the confederation shows to the outside; it counts for loop detection too. */
  readonly confederationId?: number;
  /** Asked for each route that arrives or is revalidated; absent: nothing is known of any. */
  readonly validator?: RouteValidator;
  /** Which parts of the validity come before LOCAL_PREF in the decision; absent: both. */
  readonly validityInDecision?: { readonly origin: boolean; readonly path: boolean };
}

/** Reachability of one next hop (4, 16 or 32 octets): `false`, or the interior cost (`true` means 0). */
export type NextHopReachability = (nextHop: Uint8Array) => boolean | number;

/** A cursor over one route, refilled for each call; must not be kept. See policy's RouteView for the words. */
export interface RouteCursor {
  readonly family: Family;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
  readonly pathId: number;
  readonly attributes: AttributeView;
  /** The sender. */
  readonly source: RibPeer;
  /** RFC 6811 and ASPA, of the route as it was received. */
  readonly originValidity: OriginValidity;
  readonly aspaState: PathValidity;
}

/** Judges routes as they were received, before policy. Cursors must not be kept. */
export interface RouteValidator {
  /** Without data: everything is `not-found` and `unknown`, and need not be asked about. */
  readonly isIdle: boolean;
  origin(route: RouteCursor): OriginValidity;
  /** Looks at family, attributes and sender, not at the prefix: one answer is taken for all prefixes of an UPDATE. */
  path(route: RouteCursor): PathValidity;
}

export type FilterVerdict =
  | { readonly accept: true; readonly by: number; readonly edit?: AttributeEdit }
  | { readonly accept: false; readonly by: number };

/**
 * What lies between a peer and the tables. Verdicts must be the same object for the same outcome: the RIB memoises edits
 * by identity, and when `readsPrefix` is false it memoises the whole verdict per (attribute set, source kind).
 */
export interface RouteFilter {
  readonly readsPrefix: boolean;
  /** Whether the verdict depends on `source` beyond its kind. */
  readonly readsSource: boolean;
  /** Whether it depends on RPKI; `readsPrefix` is then true as well. Absent: no. */
  readonly readsValidity?: boolean;
  evaluate(route: RouteCursor): FilterVerdict;
}

/** What one UPDATE did. One object per Rib, refilled by each `receive`; copy what you keep. */
export interface ReceiveReport {
  announced: number;
  withdrawn: number;
  rejectedByPolicy: number;
  /** Announcements with our AS in AS_PATH, taken as withdrawn. */
  asPathLoops: number;
  /** Announcements with our identifier in ORIGINATOR_ID or CLUSTER_LIST, taken as withdrawn; one with both loops counts above. */
  reflectionLoops: number;
  /** Announcements refused by `enforceFirstAs`, taken as withdrawn. */
  firstAsMismatches: number;
  /** 0, or a family in the message that this RIB has no table for: that part was ignored. */
  ignoredFamily: Family | 0;
  /** Of `asPathLoops`: our member AS in the confederation's segments (RFC 5065 §4). */
  confederationLoops: number;
  /** Of `reflectionLoops`: our cluster in CLUSTER_LIST (RFC 4456 §8); the others have our identifier as ORIGINATOR_ID. */
  clusterListLoops: number;
  /** Announcements of what was announced already, unchanged; withdrawals of what was not there. */
  duplicateAnnouncements: number;
  duplicateWithdrawals: number;
  /** Announcements taken as withdrawn for malformed attributes (RFC 7606 §2). */
  treatedAsWithdrawn: number;
  /** FlowSpec rules that nobody could apply; ignored (RFC 8955 §10). */
  invalidRules: number;
  /** Strongest RFC 7606 action among `errors`, if any. `session-reset` means: nothing was applied. */
  action: ErrorAction | undefined;
  errors: readonly WireError[];
  /** 0, or the family whose End-of-RIB this was. */
  endOfRib: Family | 0;
}

/** Resumable work. `run` touches at most `budget` routes and says whether the work is complete. */
export interface Job {
  run(budget: number): boolean;
}

/** One change of the Loc-RIB's best path, as seen by listeners. Refilled; copy what you keep. */
export interface BestChange {
  family: Family;
  prefixId: PrefixId;
  previousPeer: PeerIndex | -1;
  peer: PeerIndex | -1;
  /** Of the best path; 0: there is none any more. */
  attributes: AttrId;
}

/** Hears of every path that changes, at once, inside whatever changes it: it must only take note. */
export interface PathListener {
  /** What the peer announced: a path is there, has other attributes, or (0) is gone. */
  received(family: Family, peer: PeerIndex, prefix: PrefixId, pathId: number, attributes: AttrId): void;
  /** What of it import policy accepted, in the same words. */
  accepted(family: Family, peer: PeerIndex, prefix: PrefixId, pathId: number, attributes: AttrId): void;
}

/** Whole UPDATE messages, back to back. `octets` belong to the receiver. */
export type UpdateSink = (octets: Uint8Array, messages: number) => void;

/** What every member of an update group has in common. Equal specs give the same group. */
export interface UpdateGroupSpec {
  readonly family: Family;
  readonly kind: 'external' | 'internal' | 'confederation';
  /** Identity of `filter`: two specs with equal keys must have filters with equal verdicts. */
  readonly filterKey: string;
  readonly filter: RouteFilter;
  /** Applied after the filter's edit to every route of the group (own AS, next hop, what must not cross the session). */
  readonly egressKey: string;
  egress(route: RouteCursor): AttributeEdit | undefined;
  readonly routeReflectorClient: boolean;
  readonly routeServerClient: boolean;
  /** The codec context of the members' sessions, from the sender's side. */
  readonly fourOctetAs: boolean;
  readonly maxMessageOctets: 4096 | 65535;
  readonly extendedNextHop: boolean;
  /** 0: no ADD-PATH; else the number of paths to send (Infinity: all). */
  readonly addPathSendMax: number;
  /**
   * Each member gets the best of the paths that it may have, rather than the best path if it may have that (RFC 7947 §2.3.2). Has no
   * meaning with ADD-PATH, which does so anyway.
   */
  readonly perMemberBest: boolean;
  /** Most prefixes to advertise; 0: no limit. What comes later waits until one is withdrawn. */
  readonly maxPrefixes: number;
  /** The group is this member's alone, and its own routes are not even counted; -1: anybody's. A limit is only exact like this. */
  readonly onlyMember: PeerIndex | -1;
  /** The members advertised Long-Lived Graceful Restart for the family (RFC 9494 §4.3). */
  readonly longLivedStale: boolean;
}

/** Whole messages, ready for the socket. `octets` is owned by the receiver of the call and never written again. */
export interface GroupOutput {
  readonly octets: Uint8Array;
  readonly messages: number;
  readonly announced: number;
  readonly withdrawn: number;
  /** The only member concerned, or -1: all who follow, but for `except` (-1: nobody is left out). */
  readonly only: PeerIndex | -1;
  readonly except: PeerIndex | -1;
  /** One more who is left out, because it has exactly this already; or -1. */
  readonly knower: PeerIndex | -1;
  /**
   * Set with `only` on the last output of a member's whole table. `initial` already ends in End-of-RIB; after `refresh` the
   * caller sends what the session negotiated (EoRR of RFC 7313, or End-of-RIB). `octets` may then be empty.
   */
  readonly ends: 'initial' | 'refresh' | undefined;
}

export interface UpdateGroup {
  readonly id: number;
  readonly spec: UpdateGroupSpec;
  readonly members: readonly PeerIndex[];
  /** Prefixes this group cannot advertise because their attributes do not fit one UPDATE; they are withdrawn, not sent. */
  readonly unencodable: number;
  /** Withdrawals kept for members that do not follow; a caller that finds this large should reset such a member. */
  readonly backlog: number;
  /**
   * The member gets the whole table from the next `drain` on, ended by End-of-RIB, and follows from then. With `move` it comes
   * from another group of its family and is told only what differs; `done` runs when it may leave that one.
   */
  join(peer: PeerIndex, move?: { readonly from: UpdateGroup; readonly done: () => void }): void;
  /** The group disappears with its last member. */
  leave(peer: PeerIndex): void;
  /**
   * Hands over what changed since the last call; at most about `budget` routes. True: nothing is pending for those who
   * follow, and no initial or refresh dump is under way.
   */
  drain(budget: number, sink: (out: GroupOutput) => void): boolean;
  /** The member stops following; an initial dump under way pauses too. */
  detach(peer: PeerIndex): void;
  /** Sends a detached member the latest state since it stopped. True: it follows again. */
  resync(peer: PeerIndex, budget: number, sink: (out: GroupOutput) => void): boolean;
  isFollowing(peer: PeerIndex): boolean;
  /** Prefixes that wait because of `maxPrefixes`. */
  readonly suppressed: number;
  /** Paths advertised to the member; O(1). */
  sentCount(peer: PeerIndex): number;
  /** Full re-advertisement (ROUTE-REFRESH), through `drain`. False: the initial one is not over; ask again after its end. */
  refresh(peer: PeerIndex): boolean;
  /** What the member has, or will have when it is in step. Cursor and `visit` as in `Rib.scanReceived`. */
  scanAdvertised(
    peer: PeerIndex,
    cursor: number,
    budget: number,
    visit: (row: RouteRow) => boolean,
  ): number | undefined;
  /**
   * What the member has been told, as far as it is not going to be told otherwise: who writes that down, and then all that it is told, has
   * what it has. `scanAdvertised` is ahead of that while the member is on its way here from another group. Cursor as there.
   */
  scanTold(
    peer: PeerIndex,
    cursor: number,
    budget: number,
    visit: (prefix: PrefixId, pathId: number, attributes: AttrId) => boolean,
  ): number | undefined;
  fingerprint(): Fingerprint;
}

/** Reported once per attribute set that cannot be put into one UPDATE of a group. */
export interface EncodeFailure {
  readonly group: UpdateGroup;
  readonly error: EncodeError;
  readonly attributes: AttrId;
}

/** Order-free sum over a table's routes, two unsigned 32-bit lanes. Equal tables have equal fingerprints. */
export type Fingerprint = readonly [low: number, high: number];

/** One row of a listing. Refilled for each visit; copy what you keep. */
export interface RouteRow {
  family: Family;
  prefixId: PrefixId;
  w0: number;
  w1: number;
  w2: number;
  w3: number;
  length: number;
  /** As received (`received`, `best`) or as sent (`advertised`). */
  pathId: number;
  /** What the sender called the path, whatever we call it. */
  receivedPathId: number;
  /** The sender. */
  peer: PeerIndex;
  /** As received; for `advertised`: as sent. */
  received: AttrId;
  /** After import policy; 0 when refused. For `advertised`: as sent. */
  effective: AttrId;
  /** `FilterVerdict.by` of the refusal, or -1. */
  rejectedBy: number;
  best: boolean;
  stale: boolean;
  /** Seconds, as given to `receive`. */
  arrivedAt: number;
  validity: Validity;
}

export interface Explanation {
  /** Index into `candidates`, or -1. */
  readonly best: number;
  readonly candidates: readonly ExplainedPath[];
}

export interface ExplainedPath {
  readonly peer: PeerIndex;
  readonly pathId: number;
  readonly attributes: AttrId;
  /** The step that removed it; absent for the best. */
  readonly removedBy?: DecisionStepId | 'rejected_by_policy' | 'next_hop_unreachable';
  /** With `rejected_by_policy`: `FilterVerdict.by`. */
  readonly rejectedBy?: number;
}

/** Why a route may not go to a group's members, before any policy. */
export type ExportRefusal =
  | 'no_advertise'
  | 'no_export'
  | 'no_export_subconfed'
  | 'long_lived_stale'
  | 'ibgp_split_horizon';

/** A path identifier (0 without ADD-PATH) and the attributes under it. */
export interface HeldPath {
  readonly pathId: number;
  readonly attributes: number;
}

/** What a group makes of one path for one of its members. */
export interface ExplainedExport {
  readonly peer: PeerIndex;
  /** Of the sender. */
  readonly pathId: number;
  /** After import policy. */
  readonly attributes: AttrId;
  /** Of the path as received. */
  readonly validity: Validity;
  /** Why it does not go out; a number is `FilterVerdict.by`. Absent: nothing speaks against it. */
  readonly refusal?: ExportRefusal | 'split_horizon' | 'too_large' | number;
  /** What the member has of it. */
  readonly sent?: HeldPath;
}

/** Paths of one peer in one family. */
export interface PeerCounts {
  readonly received: number;
  /** After import policy. */
  readonly accepted: number;
  /** Of `received`: kept from a session that ended (RFC 4724). */
  readonly stale: number;
}

/** Received paths of a family. */
export interface ValidityCounts {
  readonly origin: Readonly<Record<OriginValidity, number>>;
  readonly path: Readonly<Record<PathValidity, number>>;
}

export interface TableStatus {
  readonly family: Family;
  readonly prefixes: number;
  readonly paths: number;
  /** Shared by all families. */
  readonly attributeSets: number;
  /** Of typed arrays held for this family; the attribute pool is counted with each. */
  readonly octets: number;
}
