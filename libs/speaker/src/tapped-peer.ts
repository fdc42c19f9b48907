import type { Negotiated } from '@bgp/fsm';
import type { PeerIndex, Rib, RouteFeed, UpdateGroup } from '@bgp/rib';
import type { Family } from '@bgp/wire';
import type { TapSession, TapTable } from './taps-types.ts';

/** Where taps and their walks find the tables. */
export interface TapSource {
  readonly rib: Rib;
  readonly families: readonly Family[];
  groupOf(peer: PeerIndex, family: Family): UpdateGroup | undefined;
}

export interface TappedTable {
  readonly feed: RouteFeed;
  readonly table: TapTable;
  /** Absent: the Loc-RIB. */
  readonly session?: TapSession;
}

/** A session that is up, with what is pending of its tables. */
export interface TappedPeer {
  readonly session: TapSession;
  readonly negotiated: Negotiated;
  /** By table and family. */
  readonly feeds: Map<string, TappedTable>;
}
