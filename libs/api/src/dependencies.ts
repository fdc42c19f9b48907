import type { ConfigDiagnostic, PolicyTestReport } from '@bgp/config';
import type { Cursor, EventPredicate, EventRecord, EventSource } from '@bgp/event-log';
import type { ConfigLifecycle } from '@bgp/lifecycle';
import type {
  BestExplanation,
  DynamicRange,
  ExportExplanation,
  ImportExplanation,
  InjectedRoute,
  InjectedRule,
  PeerConfig,
  PeerStatus,
  PolicyHits,
  RibStatus,
  RouteEvent,
  RoutePage,
  RouteQuery,
  SpeakerError,
  WatchQuery,
} from '@bgp/speaker';
import type { BmpCollectorReading, EventLogReading } from '@bgp/telemetry';
import type { Family, IpPrefix, Result } from '@bgp/wire';
import type { FlowSpecRule } from '@bgp/wire/flowspec';
import type { ApiRpki } from './rpki-source.ts';

/** What the services need from the speaker; `Speaker` has this shape. */
export interface ApiSpeaker {
  status(): {
    readonly asn: number;
    readonly routerId: string;
    readonly startedAtMs: number;
    readonly running: boolean;
  };
  peers(): readonly PeerStatus[];
  peer(name: string): PeerStatus | undefined;
  addPeer(config: PeerConfig): Result<void, SpeakerError>;
  removePeer(name: string): Result<void, SpeakerError>;
  enablePeer(name: string): Result<void, SpeakerError>;
  disablePeer(name: string, text?: string): Result<void, SpeakerError>;
  resetPeer(
    name: string,
    kind: 'hard' | 'soft-in' | 'soft-out' | 'refresh-in',
    families?: readonly Family[],
  ): Result<void, SpeakerError>;
  setGracefulShutdown(name: string | undefined, isOn: boolean): Result<void, SpeakerError>;
  dynamicRanges(): readonly DynamicRange[];
  readonly dynamicNeighborLimit: number;
  addDynamicRange(range: DynamicRange): Result<void, SpeakerError>;
  removeDynamicRange(prefix: IpPrefix): Result<void, SpeakerError>;
  inject(route: InjectedRoute): Result<void, SpeakerError>;
  injectRule(rule: InjectedRule): Result<void, SpeakerError>;
  withdrawInjectedRule(rule: FlowSpecRule): Result<void, SpeakerError>;
  withdrawInjected(family: Family, prefix: IpPrefix, pathId: number): Result<void, SpeakerError>;
  listRoutes(query: RouteQuery): Result<RoutePage, SpeakerError>;
  watchRoutes(query: WatchQuery, push: (events: readonly RouteEvent[]) => boolean): () => void;
  ribStatus(): readonly RibStatus[];
  explainExport(name: string, family: Family, prefix: IpPrefix): Result<ExportExplanation, SpeakerError>;
  explainImport(name: string, family: Family, prefix: IpPrefix): Result<readonly ImportExplanation[], SpeakerError>;
  countPolicyHits(name: string, direction: 'import' | 'export', cursor?: string): Result<PolicyHits, SpeakerError>;
  explainBest(family: Family, prefix: IpPrefix, to?: string): BestExplanation | undefined;
}

/** The process around the speaker. */
export interface ApiControl {
  readonly version: string;
  readonly ebgpRequiresPolicy: boolean;
  listening(): { readonly addresses: readonly string[]; readonly port: number };
  /** Unix time in milliseconds. */
  wallMs(): number;
  memoryOctets(): number;
  /** Aborted when the process begins to stop; streams end with it. */
  readonly stopping: AbortSignal;
  /** Returns at once; the process stops afterwards. */
  shutdown(request: ShutdownRequest): void;
}

/** One thing that is wrong with a neighbor's configuration. */
export interface NeighborDiagnostic {
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** What the services need from the life cycle of the configuration. */
export type ApiLifecycle = Pick<
  ConfigLifecycle,
  | 'document'
  | 'revision'
  | 'pending'
  | 'revisions'
  | 'shownText'
  | 'withSecrets'
  | 'plan'
  | 'planChange'
  | 'apply'
  | 'change'
  | 'confirm'
  | 'rollback'
  | 'reload'
>;

/** The stream of events, and what is kept of it. */
export interface ApiEvents extends EventSource {
  /** Behind the latest event. */
  readonly head: Cursor;
  /** The latest `limit` that match, oldest first. */
  latest(limit: number, matches: EventPredicate): Promise<readonly EventRecord[]>;
  latestInMemory(limit: number, matches: EventPredicate): readonly EventRecord[];
  /** A reader was told that it lost so many. */
  noteLagged(lost: number): void;
  reading(): EventLogReading;
}

export interface ApiDependencies {
  readonly speaker: ApiSpeaker;
  readonly events: ApiEvents;
  /** Absent: no source of RPKI data is configured. */
  readonly rpki?: ApiRpki;
  /** Absent: no collector is configured. */
  readonly bmp?: () => readonly BmpCollectorReading[];
  readonly lifecycle: ApiLifecycle;
  /** Where the configuration file is. */
  readonly configPath: string;
  readonly control: ApiControl;
  /** Table dumps; absent in processes that write none. */
  readonly mrt?: ApiMrt;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
  /** What the tests beside the policies say of a file; of the one in force without a text. */
  readonly testPolicies: (text: string | undefined) => Result<PolicyTestReport, readonly ConfigDiagnostic[]>;
  /** One `[[neighbors]]` table with the configuration file's keys, checked and filled in like there. */
  readonly resolveNeighbor: (
    table: Readonly<Record<string, unknown>>,
  ) => Result<PeerConfig, readonly NeighborDiagnostic[]>;
  /** The same for one `[[dynamic_neighbors]]` table. */
  readonly resolveDynamicRange: (
    table: Readonly<Record<string, unknown>>,
  ) => Result<DynamicRange, readonly NeighborDiagnostic[]>;
}

export interface ApiMrt {
  /** Resolves when the file is there, or why it is not. */
  dump(): Promise<Result<MrtDumpReport, MrtDumpError>>;
}

export interface MrtDumpReport {
  readonly path: string;
  readonly routes: number;
  /** Before compression. */
  readonly octets: number;
}

export interface MrtDumpError {
  readonly code: 'not-configured' | 'not-written' | 'stopping';
  /** One sentence. */
  readonly message: string;
}

export interface ShutdownRequest {
  readonly reason: string;
  /** Neighbors are told that we do not come back. */
  readonly forGood: boolean;
}
