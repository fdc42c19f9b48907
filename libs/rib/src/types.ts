import type { AttributeEdit, AttributeView, ErrorAction, Family, WireError } from '@bgp/wire';

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
}

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
  evaluate(route: RouteCursor): FilterVerdict;
}

/** What one UPDATE did. One object per Rib, refilled by each `receive`; copy what you keep. */
export interface ReceiveReport {
  announced: number;
  withdrawn: number;
  rejectedByPolicy: number;
  /** AS_PATH or reflection loops: the route is taken as withdrawn. */
  loops: number;
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
}

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
}
