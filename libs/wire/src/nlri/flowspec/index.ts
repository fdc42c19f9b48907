export {
  decodeFlowSpecAction,
  encodeFlowSpecAction,
  type FlowSpecAction,
  type FlowSpecActionError,
} from './action.ts';
export {
  type FlowSpecActionTextError,
  formatFlowSpecAction,
  formatFlowSpecRoute,
  parseFlowSpecAction,
} from './action-text.ts';
export { canonicalFlowSpec, canonicalizeFlowSpec } from './canonical-flowspec.ts';
export { checkFlowSpec, MAX_FLOWSPEC_OCTETS } from './check-flowspec.ts';
export { compareFlowSpec } from './compare-flowspec.ts';
export { decodeFlowSpec } from './decode-flowspec.ts';
export { FlowSpecDestination } from './destination-prefix.ts';
export { encodeFlowSpec } from './encode-flowspec.ts';
export { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from './family.ts';
export { flowSpecNlriOctets, writeFlowSpecNlri } from './flowspec-nlri.ts';
export { FlowSpecNlriCursor } from './flowspec-nlri-cursor.ts';
export { FlowSpecUpdateBuilder, type FlowSpecUpdateBuilderOptions } from './flowspec-update-builder.ts';
export { formatFlowSpec } from './format-flowspec.ts';
export { type FlowSpecTextError, parseFlowSpecText } from './parse-flowspec.ts';
export type {
  FlowSpecBitmask,
  FlowSpecBitmaskMatch,
  FlowSpecBitmaskType,
  FlowSpecComponent,
  FlowSpecError,
  FlowSpecNumeric,
  FlowSpecNumericMatch,
  FlowSpecNumericType,
  FlowSpecPrefix,
  FlowSpecPrefixType,
  FlowSpecRule,
  FlowSpecType,
  FlowSpecValueOctets,
} from './types.ts';
