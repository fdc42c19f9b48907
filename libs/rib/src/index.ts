export { DECISION_STEPS, type DecisionStepId } from './decision.ts';
export type { Revalidation, Touches } from './jobs.ts';
export type { MultipathPath } from './multipath.ts';
export type { PreviewChanges } from './preview.ts';
export type { ReceiverChange } from './preview-groups.ts';
export { Rib } from './rib.ts';
export type { RouteFeed } from './route-feed.ts';
export type { RouteWriter } from './route-writer.ts';
export type { Held } from './sent-routes.ts';
export type {
  AttrId,
  BestChange,
  EncodeFailure,
  ExplainedExport,
  ExplainedPath,
  Explanation,
  ExportRefusal,
  FilterVerdict,
  Fingerprint,
  GroupOutput,
  HeldPath,
  Job,
  NextHopReachability,
  PathListener,
  PeerCounts,
  PeerIndex,
  PrefixId,
  ReceiveReport,
  RibOptions,
  RibPeer,
  RouteCursor,
  RouteFilter,
  RouteRow,
  RouteValidator,
  TableStatus,
  UpdateGroup,
  UpdateGroupSpec,
  UpdateSink,
  ValidityCounts,
} from './types.ts';
export {
  NOT_VALIDATED,
  type OriginValidity,
  originValidityOf,
  type PathValidity,
  packValidity,
  pathValidityOf,
  type Validity,
} from './validity.ts';
