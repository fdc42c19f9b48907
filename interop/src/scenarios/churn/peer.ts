import type { PathSeen } from './path-seen.ts';

export const OUR_AS = 64500;
export const FAMILIES = ['ipv4', 'ipv6'] as const;
export type FamilyName = (typeof FAMILIES)[number];

/** A route of a peer's own. */
export interface Announcement {
  readonly prefix: string;
  readonly family: FamilyName;
  /** Which of the peer's paths of this prefix: 0, with ADD-PATH also 1. */
  readonly slot: number;
  readonly med: number | undefined;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  /** ASes behind the peer's own, nearest first. */
  readonly behind: readonly number[];
}

export const keyOf = ({ prefix, slot }: Pick<Announcement, 'prefix' | 'slot'>): string => `${prefix}#${slot}`;

/** Where a peer is: its end and ours of the same link. */
export interface Place {
  readonly asn: number;
  readonly address: string;
  readonly address6: string;
  readonly us: string;
}

export const ownNextHop = ({ address, address6 }: Place, family: FamilyName): string =>
  family === 'ipv4' ? address : address6;

/** What the steps need of a daemon, each in its own words. */
export interface ChurnPeer extends Place {
  readonly name: string;
  /** It announces and takes several paths of a prefix. */
  readonly hasAddPath: boolean;
  /** Its command line tells MED 0 from none. */
  readonly tellsMedZero: boolean;
  /** What it announced is in a file that it reads when it starts. */
  readonly remembersAnnouncements: boolean;
  /** Adds a route, or replaces the one with the same key. */
  announce(route: Announcement): Promise<unknown>;
  withdraw(route: Announcement): Promise<unknown>;
  /** What it has from us, before any policy of its own. */
  received(): Promise<PathSeen[]>;
  /** Its own routes as it sends them to us. */
  announced(): Promise<PathSeen[]>;
  /** Asks for our table again (RFC 2918). */
  askAgain(): Promise<unknown>;
  /** Sends its table again; absent: it has no such command. */
  sendAgain?(): Promise<unknown>;
  /** Ends the session, and has a new one. */
  reset(): Promise<unknown>;
  /** Like a crash. */
  kill(): Promise<void>;
  revive(): Promise<void>;
}
