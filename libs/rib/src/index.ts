export { DECISION_STEPS, type DecisionStepId } from './decision.ts';
export type { ExportRefusal } from './export-eligibility.ts';
export type { Touches } from './jobs.ts';
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
  TableStatus,
  UpdateGroup,
  UpdateGroupSpec,
} from './types.ts';
