import type { PrefixRange } from '@bgp/policy';
import type { SpeakerConfig } from '@bgp/speaker';
import type { LargeCommunity } from '@bgp/wire';
import type { PolicyTestReport } from './policy-test-report.ts';
import type { ConfigDocument } from './schema/root.ts';

/** `[policy.prefix_lists]` by name. */
export type PrefixLists = ReadonlyMap<string, readonly PrefixRange[]>;

/** What a configuration file says, checked and with every default filled in. Plain data. */
export interface DaemonConfig {
  readonly speaker: SpeakerConfig;
  readonly listen: ListenConfig;
  readonly grpc: GrpcConfig;
  /** Principal to role; a principal without one may do nothing. Absent: the listeners alone decide. */
  readonly roles?: Readonly<Record<string, ApiRole>>;
  /** Absent: no HTTP listener. */
  readonly prometheus?: HostPort;
  /** Absent: none. */
  readonly lookingGlass?: LookingGlassConfig;
  /** Absent: no table dumps. */
  readonly mrt?: MrtConfig;
  /** Absent: none. */
  readonly risLive?: RisLiveConfig;
  readonly log: LogConfig;
  /** Absent: no data, every route is `not-found` and every path `unknown`. */
  readonly rpki?: RpkiConfig;
  /** For the API socket and other run-time files. */
  readonly runtimeStateDir: string;
  /** Absent: no collectors. */
  readonly bmp?: BmpConfig;
  readonly eventHistory: EventHistoryConfig;
  /** Changes over the API are written to the file. */
  readonly persistChanges: boolean;
  /** To be shown at start and by `--check`: nothing in the file is ignored in silence. */
  readonly notices: readonly ConfigNotice[];
  /** `[policy.prefix_lists]`, with what their files had. */
  readonly prefixLists: PrefixLists;
  /** All of them pass; how much of the policies they reach. */
  readonly policyTests: PolicyTestReport;
  /** The file's tables as written, checked; `resolveNeighbor` reads groups and policies from it. Holds secrets. */
  readonly document: ConfigDocument;
}

export interface BmpConfig {
  readonly sysName: string;
  /** Absent: name and version. */
  readonly sysDescr?: string;
  /** 0: none. */
  readonly statisticsSeconds: number;
  readonly collectors: readonly BmpCollectorConfig[];
}

export interface BmpCollectorConfig extends HostPort {
  /** Longest wait between attempts. */
  readonly reconnectSeconds: number;
  readonly monitor: readonly ('rib_in_pre' | 'rib_in_post' | 'rib_out_post' | 'loc_rib')[];
  readonly mirror: 'none' | 'errors' | 'all';
  /** What may wait for it. */
  readonly bufferOctets: number;
}

export interface EventHistoryConfig {
  /** Events are kept on disk. */
  readonly enabled: boolean;
  /** So are changes of best routes. */
  readonly routes: boolean;
  readonly maxBytes: number;
  readonly maxAgeSeconds: number;
  readonly synchronous: 'off' | 'normal' | 'full';
  /** In memory, of routes and of everything else each. */
  readonly memoryEvents: number;
  readonly memoryBytes: number;
}

export interface ListenConfig {
  /** Canonical addresses; empty: no listener, the daemon only dials. */
  readonly addresses: readonly string[];
  readonly port: number;
}

/** At least one of both is present. */
export interface GrpcConfig {
  readonly uds?: GrpcUdsConfig;
  readonly tcp?: GrpcTcpConfig;
}

export interface GrpcUdsConfig extends ListenerAccessConfig {
  /** Absolute. */
  readonly path: string;
  /** Permission bits, at most 0o777. */
  readonly mode: number;
}

export interface GrpcTcpConfig extends HostPort, ListenerAccessConfig {
  /** Present: clients show a certificate, and that says who they are. */
  readonly tls?: TlsFiles;
}

/** What a listener lets through. */
export interface ListenerAccessConfig {
  readonly accessMode: AccessMode;
  readonly tokenFile?: string;
  /** Absent: all tiers. */
  readonly maxTier?: ApiTier;
  /** Who everybody on this listener is; with `tls` the certificate says. */
  readonly principal?: string;
}

export interface LookingGlassConfig extends HostPort {
  readonly showDescriptions: boolean;
  /** In one answer. */
  readonly maxRoutes: number;
  /** Of one client address; 0: no limit. */
  readonly requestsPerSecond: number;
  /** By `policy/statement`. */
  readonly rejectionReasons: Readonly<Record<string, LargeCommunity>>;
}

/** PEM files. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
}

/** Ordered: who is allowed one is allowed those before it. */
export type ApiTier = 'read' | 'sensitive_read' | 'mutating' | 'operator_only';
export type ApiRole = 'observer' | 'automation' | 'operator';

export interface RisLiveConfig extends HostPort {
  /** Begins and ends with a slash. */
  readonly path: string;
  /** The name of this collector. */
  readonly collector: string;
  readonly maxClients: number;
  /** Of one client. */
  readonly maxSubscriptions: number;
  /** For one client. */
  readonly maxQueueOctets: number;
}

export interface MrtConfig {
  readonly outputDir: string;
  readonly intervalMs: number;
  /** gzip. */
  readonly compress: boolean;
  /** Without a slash. */
  readonly filePrefix: string;
  /** Absent: what neighbors send is not written. */
  readonly updates?: MrtUpdatesConfig;
}

/** Files with what neighbors send, each for some time. */
export interface MrtUpdatesConfig {
  readonly intervalMs: number;
  /** Without a slash. */
  readonly filePrefix: string;
}

export type AccessMode = 'read_write' | 'read_only';

export interface HostPort {
  /** An address literal, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where RPKI data comes from. */
export interface RpkiConfig {
  readonly selection: 'union' | 'preferred-first';
  readonly caches: readonly RpkiCacheConfig[];
  /** As in the file: relative to it. Lower preferences are better, as with caches. */
  readonly files: readonly { readonly path: string; readonly preference: number }[];
  /** RFC 8416. */
  readonly slurmFile?: string;
}

/** An RTR cache; `host` may be a name. */
export interface RpkiCacheConfig {
  /** As in the file. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly preference: number;
  readonly highestVersion: 0 | 1 | 2;
  /** Seconds, like the two below. */
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  /** Absent: plain TCP. Files relative to the configuration's. */
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly serverName: string;
  };
}

export interface LogConfig {
  readonly format: 'json' | 'pretty';
  readonly level: LogLevel;
  /** By neighbor name; a neighbor that is absent follows `level`. */
  readonly levelByPeer: Readonly<Record<string, LogLevel>>;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Something in the file that a person should know although the file is valid. */
export interface ConfigNotice {
  /** `not-yet-active`: accepted and checked, but this version does not act on it. `advice`: works, but look at it. */
  readonly kind: 'not-yet-active' | 'advice';
  /** As written in the file, e.g. `neighbors[1].add_path`. */
  readonly path: string;
  /** One sentence. */
  readonly reason: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export type ConfigErrorCode =
  | 'syntax'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-type'
  | 'invalid-value'
  | 'duplicate'
  | 'undefined-reference'
  | 'conflict'
  | 'policy-invalid'
  | 'policy-test-failed'
  | 'not-supported';

/** One mistake, with its place. */
export interface ConfigDiagnostic {
  readonly code: ConfigErrorCode;
  /** One sentence without a final period; the seed's error prefixes where it has one. */
  readonly message: string;
  /** As written in the file, e.g. `neighbors[1].hold_time`; empty for syntax errors. */
  readonly path: string;
  readonly file: string;
  /** From 1; columns count UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;
  /** Columns to underline, at least 1. */
  readonly width: number;
  /** The offending value as text, shortened; secrets are never shown. */
  readonly value?: string;
  readonly hint?: string;
}
