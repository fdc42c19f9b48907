import type {
  BestCounts,
  BestCountsCursor,
  ExportExplanation,
  PeerStatus,
  RoutePage,
  RouteQuery,
  SpeakerError,
  SpeakerStatus,
} from '@bgp/speaker';
import type { Family, IpPrefix, Result } from '@bgp/wire';

/** What is asked of the speaker; `Speaker` has this shape. Every call is bounded work. */
export interface GlassSource {
  status(): SpeakerStatus;
  peers(): readonly PeerStatus[];
  listRoutes(query: RouteQuery): Result<RoutePage, SpeakerError>;
  countBest(from?: BestCountsCursor): BestCounts;
  explainExport(name: string, family: Family, prefix: IpPrefix): Result<ExportExplanation, SpeakerError>;
}
