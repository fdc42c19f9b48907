export { DECISION_STEPS, type DecisionStepId } from './decision.ts';
export type { ExportRefusal } from './export-eligibility.ts';
export type { Revalidation, Touches } from './jobs.ts';
export type { PreviewChanges } from './preview.ts';
export { Rib } from './rib.ts';
export type { Held, HeldPath } from './sent-routes.ts';
export type {
  AttrId,
  BestChange,
  EncodeFailure,
  ExplainedExport,
  ExplainedPath,
  Explanation,
  FilterVerdict,
  Fingerprint,
  GroupOutput,
  Job,
  NextHopReachability,
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
