/** What the load process is told to do; plain data, sent over the process channel. */
export interface LoadPlan {
  readonly port: number;
  readonly sessions: readonly SessionPlan[];
  readonly churn?: ChurnPlan;
}

export interface SessionPlan {
  /** See `addressOf`; AS 64500 + N. */
  readonly number: number;
  readonly asn: number;
  /** Absent: only receives. */
  readonly announce?: TablePart | MrtPart;
  /** Prefixes that must arrive before the session counts as converged. */
  readonly expect: number;
  /** Count distinct prefixes; else announcements, which is cheaper and right where no prefix is announced twice. */
  readonly distinct: boolean;
  /** Hold time that the session asks for; absent: 180. */
  readonly holdSeconds?: number;
  /** The daemon sends it nothing. */
  readonly isIdle?: true;
  /** The daemon is a route server to it. */
  readonly isRouteServerClient?: true;
  /** The daemon accepts from it what is in a prefix list of its own, and that is what it announces. */
  readonly hasOwnList?: true;
}

/** The routes of one peer of an MRT table. */
export interface MrtPart {
  readonly mrtFile: string;
  /** Index into the table's peers. */
  readonly peer: number;
}

/** Routes `start`–`end` of the generated table with this seed. */
export interface TablePart {
  readonly seed: number;
  readonly start: number;
  readonly end: number;
}

export interface ChurnPlan {
  /** Numbers of the sessions between which latency is measured. */
  readonly from: number;
  readonly to: number;
  readonly table: TablePart;
  readonly changesPerSecond: number;
  readonly seconds: number;
}

export type LoadCommand = { readonly type: 'announce' | 'churn' | 'report' | 'stop' };

export type LoadEvent =
  | { readonly type: 'established'; readonly announcedOctets: number; readonly announcedPrefixes: number }
  | { readonly type: 'converged'; readonly seconds: number; readonly withdrawn: number }
  | {
      readonly type: 'churned';
      readonly p50Ms: number;
      readonly p99Ms: number;
      readonly maxMs: number;
      readonly missing: number;
    }
  | {
      readonly type: 'report';
      /** Of all sessions, since the start. */
      readonly announcements: number;
      readonly withdrawn: number;
      /** Between two messages of the daemon on any one session that has no other traffic. */
      readonly longestSilenceMs: number;
      /** Of the last UPDATE on any session, milliseconds before this report. */
      readonly quietMs: number;
    }
  | { readonly type: 'failed'; readonly reason: string };

/** 127.0.1.1 to 127.0.1.250, 127.0.2.1 and so on. */
export function addressOf(number: number): string {
  return `127.0.${hostOf(number)}`;
}

function hostOf(number: number): string {
  return `${1 + Math.floor((number - 1) / HOSTS)}.${1 + ((number - 1) % HOSTS)}`;
}

const HOSTS = 250;

/** Not the loopback address itself: FRR takes no next hop of 127.0.0.0/8. */
export function nextHopOf(number: number): string {
  return `10.0.${hostOf(number)}`;
}

export function asnOf(number: number): number {
  return 64_500 + number;
}
