export { type Aspa, type AspaDelta, AspaTable, type LocalRole, type PathValidity } from './aspa-table.ts';
export {
  type CacheConfig,
  type CacheCounts,
  type CacheSelection,
  CacheSet,
  type UpdateFault,
} from './cache-set.ts';
export { type RpkiChange, RpkiData } from './rpki-data.ts';
export type { RpkiDelta } from './rpki-delta.ts';
export { answerQuery, type RtrCacheContents } from './rtr/answer-query.ts';
export { RTR_MAX_PDU_OCTETS, RtrFramer } from './rtr/framer.ts';
export { decodeRtrPdu, encodeRtrPdu } from './rtr/pdu.ts';
export { createRtrSession, DEFAULT_RTR_TIMERS, limitTimers, stepRtr } from './rtr/session.ts';
export type {
  HeldData,
  PendingRecords,
  RtrAction,
  RtrEvent,
  RtrNote,
  RtrRecord,
  RtrSession,
  RtrSessionConfig,
  RtrTimer,
  RtrTransition,
} from './rtr/session-types.ts';
export { RTR_ERROR, type RtrError, type RtrPdu, type RtrTimers, type RtrVersion } from './rtr/types.ts';
export { runToEnd, type Sliced } from './sliced.ts';
export { NO_EXCEPTIONS, type PrefixFilter, parseSlurm, type SlurmError, type SlurmExceptions } from './slurm.ts';
export {
  type Afi,
  checkVrp,
  createVrp,
  formatVrpPrefix,
  type Vrp,
  type VrpDelta,
  type VrpProblem,
  vrpKey,
} from './vrp.ts';
export { parseVrpJson, parseVrpJsonInSlices, type VrpFile, type VrpJsonError } from './vrp-json.ts';
export { formatPrefixRange, NO_ORIGIN, type PrefixRange, VrpTable } from './vrp-table.ts';
export type { OriginValidity } from './vrp-trie.ts';
