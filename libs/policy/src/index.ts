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
export type {
  CompileResult,
  NeighborSet,
  NumberRange,
  Policy,
  PolicyActions,
  PolicyContext,
  PolicyDiagnostic,
  PolicyDiagnosticCode,
  PolicyInput,
  PolicyMatch,
  PolicySource,
  PolicyStatement,
  PrefixRange,
  RouteView,
  TermRef,
  Verdict,
} from './types.ts';
