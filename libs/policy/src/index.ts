export {
  type CommunityError,
  encodeAllForms,
  type PolicyCommunity,
  parsePolicyCommunity,
  type RouteCommunity,
  WELL_KNOWN_COMMUNITIES,
} from './community.ts';
export { compileChain, compilePolicy } from './compile.ts';
export { ACCEPT_ALL, REJECT_ALL } from './constants.ts';
export { definePolicy, type StatementInit } from './define-policy.ts';
export { compileDelta, type PolicyDelta, policyDelta } from './delta.ts';
export { describeCondition } from './describe.ts';
export { sourceFingerprint } from './fingerprint.ts';
export {
  type ExpectedRoute,
  type ExpectedVerdict,
  type PolicyTest,
  type PolicyTestResult,
  runPolicyTest,
} from './policy-test/policy-test.ts';
export { type SampleRoute, sampleRouteView } from './policy-test/sample-route.ts';
export { checkPrefixRange } from './prefix-ranges.ts';
export { findShadowed } from './shadowed.ts';
export type {
  AspaState,
  CompileResult,
  NeighborSet,
  NumberRange,
  OriginValidity,
  Policy,
  PolicyActions,
  PolicyContext,
  PolicyDiagnostic,
  PolicyDiagnosticCode,
  PolicyInput,
  PolicyMatch,
  PolicySource,
  PolicyStatement,
  PolicyTrace,
  PrefixRange,
  PrefixView,
  RouteView,
  TermRef,
  TracedCondition,
  TraceEntry,
  Verdict,
} from './types.ts';
