import type { RouteRow, SpeakerEvent } from '@bgp/speaker';
import type { AsPath, Family, IpAddress, IpPrefix } from '@bgp/wire';

/** What a subscriber chooses by. `process`: the daemon's own starts and ends, which explain gaps. */
export const EVENT_KINDS = ['route', 'session', 'notification', 'policy', 'config', 'limit', 'process'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The best path as it is afterwards. */
export interface RouteFacts {
  readonly pathId: number;
  readonly nextHop: readonly IpAddress[];
  readonly origin?: number;
  readonly asPath?: AsPath;
  readonly med?: number;
  readonly localPref?: number;
  readonly communities?: readonly number[];
  /** Eight octets each, in hex. */
  readonly extendedCommunities?: readonly string[];
  readonly largeCommunities?: readonly string[];
  readonly originValidity?: RouteRow['originValidity'];
  readonly aspaState?: RouteRow['aspaState'];
}

export type RouteBody =
  | {
      readonly type: 'route-added' | 'route-withdrawn' | 'route-best-changed';
      readonly family: Family;
      readonly prefix: IpPrefix;
      /** Who has the best path; for a withdrawal, who had it. `local`: we ourselves. */
      readonly peer: string;
      readonly previousPeer?: string;
      readonly route?: RouteFacts;
    }
  /** Route events are missing at this place: nobody listened, or the source lost them. Without `lost` nobody counted. */
  | { readonly type: 'routes-missing'; readonly lost?: number };

/** Events of the speaker that are recorded, as plain data: octets are hex. */
export type SpeakerBody = SpeakerEvent extends infer E
  ? E extends { readonly type: 'notification' }
    ? Omit<E, 'atMs' | 'data'> & { readonly data: string }
    : E extends { readonly type: Exclude<SpeakerEvent['type'], NotRecorded> }
      ? Omit<E, 'atMs'>
      : never
  : never;

/**
 * Connection attempts of a neighbor that is away and of strangers come as often as the other side likes and change nothing here: they are
 * metrics and log lines. The process has its own events.
 */
export type NotRecorded =
  | 'connect-failed'
  | 'connection-refused'
  | 'speaker-started'
  | 'speaker-stopping'
  | 'speaker-stopped';

export interface PolicyBody {
  readonly type: 'policy-changed';
  readonly operation: 'set' | 'delete';
  /** `neighbor-chain` and `group-chain` are the policies that one neighbor or group uses; `data`: lists in files beside the configuration. */
  readonly targetType:
    | 'policy'
    | 'neighbor-set'
    | 'prefix-list'
    | 'global-chain'
    | 'group-chain'
    | 'neighbor-chain'
    | 'data';
  readonly target: string;
  /** Only for what concerns one neighbor alone. */
  readonly peer?: string;
  /** Neighbors whose policy is another one now. */
  readonly affectedPeers: number;
}

export type ConfigBody =
  | {
      readonly type: 'config-applied';
      readonly origin: string;
      readonly revision: number;
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly live: readonly string[];
      readonly reset: readonly string[];
      readonly needRestart: readonly string[];
      /** Wall time: taken back unless it is confirmed by then. */
      readonly confirmByMs?: number;
    }
  | { readonly type: 'config-refused'; readonly origin: string; readonly code: string; readonly detail: string }
  | { readonly type: 'config-confirmed'; readonly revision: number }
  | { readonly type: 'config-not-kept'; readonly detail: string };

export type ProcessBody =
  | {
      readonly type: 'process-started';
      readonly version: string;
      /** How the process before it ended, as far as the log tells; `none`: the log begins here. */
      readonly previousEnd: 'clean' | 'killed' | 'none';
      /** The last event on disk at the start. */
      readonly previous?: { readonly epoch: number; readonly durable: number };
      /** What a write that broke off left at the end of the log, and was cut. */
      readonly cutOctets?: number;
    }
  | { readonly type: 'process-stopped'; readonly reason: string };

export type EventBody = RouteBody | SpeakerBody | PolicyBody | ConfigBody | ProcessBody;
export type EventType = EventBody['type'];

/**
 * One event with its place. An epoch is one run of the process. `durable` counts events of the durable lane over all epochs without a
 * hole, so a hole is a loss; `volatile` counts the others since the epoch began. Both count this event too.
 */
export type EventRecord = EventBody & {
  readonly epoch: number;
  readonly durable: number;
  readonly volatile: number;
  /** Unix time in milliseconds, for people: the order is that of the counts. */
  readonly atMs: number;
  /** Events like this one that were left out before it because they came too often. */
  readonly unreported?: number;
};

/** Which kind a type is. A new event of the speaker without a row is a compile error. */
export const KIND_OF_TYPE = {
  'route-added': 'route',
  'route-withdrawn': 'route',
  'route-best-changed': 'route',
  'routes-missing': 'route',
  'state-changed': 'session',
  'session-up': 'session',
  'session-down': 'session',
  'peer-added': 'session',
  'peer-removed': 'session',
  'peer-enabled': 'session',
  'peer-disabled': 'session',
  'neighbor-found': 'session',
  'neighbor-lost': 'session',
  'discovery-trouble': 'session',
  'graceful-shutdown-begun': 'session',
  'graceful-shutdown-ended': 'session',
  'graceful-restart': 'session',
  'route-refresh': 'session',
  'end-of-rib': 'session',
  'update-error': 'session',
  notification: 'notification',
  'policy-changed': 'policy',
  'policy-missing': 'policy',
  'config-applied': 'config',
  'config-refused': 'config',
  'config-confirmed': 'config',
  'config-not-kept': 'config',
  'max-prefixes-exceeded': 'limit',
  'max-prefixes-warning': 'limit',
  'slow-peer': 'limit',
  'not-advertised': 'limit',
  'process-started': 'process',
  'process-stopped': 'process',
} as const satisfies Record<EventType, EventKind>;

export function kindOf(type: EventType): EventKind {
  return KIND_OF_TYPE[type];
}

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(KIND_OF_TYPE, text);
}
