import type { CodecContext, Family, IpAddress } from '@bgp/wire';
import type { SocketAddress } from './ports.ts';

/** Adj-RIB-In before and after import policy, Adj-RIB-Out as sent, Loc-RIB. */
export type TapTable = 'adj-rib-in-pre' | 'adj-rib-in-post' | 'adj-rib-out-post' | 'loc-rib';

/** One session, from Established to its end. The object itself is its identity. */
export interface TapSession {
  /** Name of the neighbor. */
  readonly peer: string;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly remoteAs: number;
  readonly remoteRouterId: IpAddress;
  readonly families: readonly Family[];
  /** RFC 6793; without it, what is sent has AS numbers of two octets. */
  readonly fourOctetAs: boolean;
  /** How the neighbor's messages are to be read. */
  readonly codec: CodecContext;
  /** Whole OPEN messages, header included. */
  readonly sentOpen: Uint8Array;
  readonly receivedOpen: Uint8Array;
  /** Wall time. */
  readonly sinceMs: number;
}

export interface TapSessionEnd {
  /** Wall time. */
  readonly atMs: number;
  readonly by: 'local' | 'remote';
  /** The whole NOTIFICATION that ended the session, header included; absent: it ended without. */
  readonly notification?: Uint8Array;
}

export interface TapRoutes {
  readonly table: TapTable;
  /** Absent: the Loc-RIB. */
  readonly session?: TapSession;
  /** Whole UPDATE messages, back to back; never changed afterwards. End-of-RIB markers are among them. */
  readonly octets: Uint8Array;
  readonly messages: number;
  /** How their AS numbers are written; path identifiers are there as the session has them, none in the Loc-RIB. */
  readonly fourOctetAs: boolean;
  /** Wall time. */
  readonly atMs: number;
}

/** One message as the neighbor sent it. */
export interface TapMessage {
  readonly session: TapSession;
  /** Header included. */
  readonly octets: Uint8Array;
  /** RFC 7606: something in it was wrong, and its routes were taken as withdrawn. */
  readonly isErrored: boolean;
  readonly atMs: number;
}

/**
 * Somebody who watches sessions and tables. Called from within the speaker's own work: take note and return, never call back.
 *
 * What is told of a table is its latest state: a path that changes twice within a slice of work is told of once.
 */
export interface SpeakerTap {
  /** What `routes` is for; the others cost nothing. */
  readonly tables: ReadonlySet<TapTable>;
  /** Whether `message` is wanted. */
  readonly wantsMessages: boolean;
  sessionUp(session: TapSession): void;
  /** Everything that was told of the session's tables is void. */
  sessionDown(session: TapSession, end: TapSessionEnd): void;
  routes(routes: TapRoutes): void;
  message(message: TapMessage): void;
}

export interface TapHandle {
  /**
   * Walks tables as they are, beside other work: the reader gets what `routes` would, and for each table an End-of-RIB at its end. What
   * changes meanwhile goes to `routes`; taken in the order of the calls, both together are the table.
   */
  walk(tables: ReadonlySet<TapTable>, reader: TapReader): TapWalkHandle;
  close(): void;
}

export interface TapReader {
  /** Octets that it has room for, with 64 more for each UPDATE; at 0 it is given no more until `resume`. A single route may exceed it. */
  room(): number;
  push(routes: TapRoutes): void;
  /** That was all. */
  done(): void;
}

export interface TapWalkHandle {
  resume(): void;
  /** The reader hears nothing more, not even that it is done. */
  cancel(): void;
}
