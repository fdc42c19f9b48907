import type { PathAttributes } from '../attributes/types.ts';
import type { Capability } from '../capability/types.ts';
import type { WireError } from '../errors.ts';
import type { Family } from '../family.ts';
import type { IpAddress, IpPrefix } from '../net/types.ts';

export interface Open {
  readonly type: 'OPEN';
  readonly version: number;
  /** The 2-octet My Autonomous System field; 23456 (AS_TRANS) when the AS needs four octets. */
  readonly myAs: number;
  /** Seconds, as proposed. */
  readonly holdTime: number;
  readonly bgpIdentifier: IpAddress;
  /** In wire order, over all capability parameters. */
  readonly capabilities: readonly Capability[];
}

/** Reachable or unreachable prefixes of one family from one field of an UPDATE. */
export interface NlriGroup {
  readonly family: Family;
  readonly nlri: readonly Nlri[];
  /**
   * Announcements only. One address; or two for IPv6 global + link-local (RFC 2545 §3). Absent when the group came
   * from the message body, whose next hop is the NEXT_HOP attribute.
   */
  readonly nextHop?: readonly IpAddress[];
}

export interface Nlri {
  readonly prefix: IpPrefix;
  /** RFC 7911; present exactly when ADD-PATH is in use for the family. */
  readonly pathId?: number;
}

/** `errors` carry their RFC 7606 action; the rest of the message still counts. */
export interface Update {
  readonly type: 'UPDATE';
  readonly withdrawn: readonly NlriGroup[];
  readonly announced: readonly NlriGroup[];
  readonly attributes: PathAttributes;
  readonly errors: readonly WireError[];
  /** The family whose initial table is complete, when this message is an End-of-RIB marker (RFC 4724 §2). */
  readonly endOfRib?: Family;
}

export interface Notification {
  readonly type: 'NOTIFICATION';
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

export interface Keepalive {
  readonly type: 'KEEPALIVE';
}

export interface RouteRefresh {
  readonly type: 'ROUTE-REFRESH';
  readonly family: Family;
  /** 0 request (RFC 2918), 1 BoRR, 2 EoRR (RFC 7313); other values are kept. */
  readonly subtype: number;
  /** What follows the fixed part (an ORF of RFC 5291), octet for octet. */
  readonly trailing?: Uint8Array;
}

export type Message = Open | Update | Notification | Keepalive | RouteRefresh;
