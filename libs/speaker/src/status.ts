import type { FsmState } from '@bgp/fsm';
import type { OriginValidity, PathValidity, ValidityCounts } from '@bgp/rib';
import type { Capability, ErrorAction, Family, IpAddress, IpPrefix, PathAttributes } from '@bgp/wire';
import type { FlowSpecAction, FlowSpecRule } from '@bgp/wire/flowspec';
import type { LocalRole, PeerConfig } from './config.ts';
import type { SocketAddress } from './ports.ts';

/** A snapshot; nothing in it changes later. */
export interface PeerStatus {
  readonly config: PeerConfig;
  /** Where it is, configured or found; absent: nobody was found yet. */
  readonly address?: IpAddress;
  readonly state: FsmState;
  /** Since the last change of Established-or-not, in milliseconds. */
  readonly sinceMs: number;
  readonly uptimeSeconds: number;
  readonly isDynamic: boolean;
  readonly local?: SocketAddress;
  readonly remote?: SocketAddress;
  readonly remoteRouterId?: IpAddress;
  readonly negotiated?: {
    readonly holdTime: number;
    readonly keepaliveTime: number;
    readonly families: readonly Family[];
    readonly fourOctetAs: boolean;
    readonly maxMessageOctets: number;
    readonly addPath: ReadonlyMap<Family, { readonly receive: boolean; readonly send: boolean }>;
    /** RFC 9234; absent: it did not say. */
    readonly remoteRole?: LocalRole;
    readonly localCapabilities: readonly Capability[];
    readonly remoteCapabilities: readonly Capability[];
  };
  readonly counters: PeerCounters;
  readonly prefixes: readonly FamilyCounts[];
  /** The last reason for going down, one sentence. */
  readonly lastError?: string;
  /** RFC 8212: directions in which nothing passes because no policy is set. */
  readonly missingPolicy: readonly ('import' | 'export')[];
  readonly queuedOctets: number;
  /** Set while routes are kept from a session that has ended. */
  readonly gracefulRestart?: GracefulRestartStatus;
  /** RFC 8326: the operator has announced the end of the session. */
  readonly gracefulShutdown: boolean;
  /** Seconds until the session starts again by itself after a prefix limit. */
  readonly restartsInSeconds?: number;
  readonly prefixLimits: readonly PrefixLimitStatus[];
}

/** A limit of received paths, and how near the neighbor is. */
export interface PrefixLimitStatus {
  /** Absent: of all families together. */
  readonly family?: Family;
  readonly max: number;
  readonly received: number;
  /** `warning`: `maxPrefixesWarning` per cent of the limit are reached. */
  readonly level: 'within' | 'warning' | 'exceeded';
}

export interface GracefulRestartStatus {
  /** RFC 4724 §4.2: no new session yet; the new one has not sent its table; RFC 9494: the restart time is over. */
  readonly state: 'awaiting-restart' | 'awaiting-end-of-rib' | 'long-lived-stale';
  readonly staleRoutes: number;
  /** Until what is left of them goes, or becomes long-lived stale. */
  readonly secondsLeft: number;
  readonly families: readonly Family[];
}

export interface FamilyCounts {
  readonly family: Family;
  /** In the Adj-RIB-In, before policy. */
  readonly received: number;
  readonly accepted: number;
  /** Of `received`: kept from a session that has ended. */
  readonly stale: number;
  readonly sent: number;
}

export type MessageKind = 'open' | 'update' | 'notification' | 'keepalive' | 'route_refresh';

/** What became of the neighbor's UPDATEs, in routes unless said otherwise. RFC 7854 §4.8 asks for these. */
export interface JudgedCounters {
  readonly rejectedByPolicy: number;
  /** Announced already, unchanged; withdrawn without being there. */
  readonly duplicateAnnouncements: number;
  readonly duplicateWithdrawals: number;
  /** Messages that said nothing new. */
  readonly duplicateUpdates: number;
  /** Our AS in the AS_PATH: outside of a confederation's segments, and in them (RFC 5065 §4). */
  readonly asPathLoops: number;
  readonly confederationLoops: number;
  /** RFC 4456 §8. */
  readonly clusterListLoops: number;
  readonly originatorIdLoops: number;
  /** RFC 7606 §2: messages, and routes, taken as withdrawn for malformed attributes. */
  readonly treatedUpdates: number;
  readonly treatedRoutes: number;
}

export interface PeerCounters {
  readonly messagesReceived: Readonly<Record<MessageKind, number>>;
  readonly messagesSent: Readonly<Record<MessageKind, number>>;
  readonly octetsReceived: number;
  readonly octetsSent: number;
  readonly established: number;
  readonly flaps: number;
  readonly asPathLoops: number;
  readonly reflectionLoops: number;
  readonly updateErrors: Readonly<Partial<Record<ErrorAction, number>>>;
  readonly judged: JudgedCounters;
}

export type RouteTable = 'received' | 'best' | 'advertised';

export interface RouteQuery {
  readonly table: RouteTable;
  readonly family?: Family;
  /** Required for `advertised`; a filter for `received`. */
  readonly peer?: string;
  readonly prefix?: IpPrefix;
  /** With `prefix`: it and everything inside it. */
  readonly longer?: boolean;
  readonly originAs?: number;
  /** Any of these. */
  readonly communities?: readonly number[];
  readonly largeCommunities?: readonly string[];
  readonly limit: number;
  /** From a previous page; opaque, survives changes between pages. */
  readonly cursor?: string;
}

export interface RouteRow {
  readonly family: Family;
  readonly prefix: IpPrefix;
  readonly pathId: number;
  /** `local` for injected routes. */
  readonly peer: string;
  readonly nextHop: readonly IpAddress[];
  readonly attributes: PathAttributes;
  readonly best: boolean;
  /** FlowSpec families: what `prefix` has as text. */
  readonly rule?: FlowSpecRule;
  readonly actions?: readonly FlowSpecAction[];
  /** Set when import policy refused the route: `policy/statement`. */
  readonly rejectedBy?: string;
  readonly stale: boolean;
  /** RFC 6811, of the route as it was received. */
  readonly originValidity: OriginValidity;
  /** ASPA, of the path as it was received. */
  readonly aspaState: PathValidity;
  /** Wall time of arrival. */
  readonly receivedAtMs: number;
}

export interface RoutePage {
  readonly routes: readonly RouteRow[];
  readonly nextCursor?: string;
  /** Size of the table before filters other than table, family and peer. */
  readonly total: number;
}

export interface RouteEvent {
  /** `end-of-initial-dump` closes the snapshot that a watch starts with. */
  readonly type: 'added' | 'withdrawn' | 'best-changed' | 'end-of-initial-dump' | 'lagged';
  readonly atMs: number;
  readonly family: Family;
  readonly prefix: IpPrefix;
  readonly peer: string;
  readonly previousPeer?: string;
  readonly route?: RouteRow;
  /** With `lagged`: events that this watcher lost because it did not read. */
  readonly lost?: number;
}

export interface WatchQuery {
  readonly peer?: string;
  readonly family?: Family;
  readonly initialDump: boolean;
}

export interface InjectedRoute {
  readonly family: Family;
  readonly prefix: IpPrefix;
  readonly nextHop: readonly IpAddress[];
  readonly attributes: Omit<PathAttributes, 'nextHop'>;
  readonly pathId: number;
}

export interface InjectedRule {
  readonly rule: FlowSpecRule;
  readonly actions: readonly FlowSpecAction[];
  /** Without the actions, which become extended communities. */
  readonly attributes: Omit<PathAttributes, 'nextHop'>;
}

export interface SpeakerError {
  readonly code:
    | 'peer-not-found'
    | 'peer-exists'
    | 'peer-invalid'
    | 'route-invalid'
    | 'route-not-found'
    | 'not-established'
    | 'route-refresh-not-negotiated'
    | 'family-not-negotiated'
    | 'policy-invalid'
    | 'query-invalid'
    | 'restart-needed'
    | 'stopping';
  /** One sentence with what to do. */
  readonly message: string;
}

export interface RibStatus {
  readonly family: Family;
  /** Of `paths`, refused ones included. */
  readonly validity: ValidityCounts;
  readonly prefixes: number;
  readonly paths: number;
  readonly attributeSets: number;
  readonly octets: number;
}

/**
 * Terms of a chain and how often each matched since the chain came into force. Where a policy does not look at prefixes, one judgement
 * stands for all routes with the same attributes.
 */
export interface PolicyCounters {
  readonly chain: string;
  readonly terms: readonly string[];
  readonly hits: Float64Array;
}

/** What is going on inside. */
export interface WorkStatus {
  /** Neighbors that are told the same, in the same octets. */
  readonly updateGroups: readonly {
    readonly family: Family;
    readonly members: number;
    /** Withdrawals kept for members that do not follow. */
    readonly backlog: number;
    /** Prefixes that wait because of `max_prefixes_out`. */
    readonly suppressed: number;
    /** Prefixes whose attributes do not fit one UPDATE. */
    readonly unencodable: number;
  }[];
  /** Routes received and not decided yet; jobs over tables; tasks of listings and plans. */
  readonly waiting: { readonly routes: number; readonly jobs: number; readonly tasks: number };
  readonly policies: readonly PolicyCounters[];
  /** Changes of validation data since the start, for which routes were judged again: of their origins, of their paths. */
  readonly revalidations: { readonly origin: number; readonly path: number };
}
