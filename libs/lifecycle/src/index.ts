export {
  type Document,
  hasRange,
  neighborsOf,
  tableAt,
  usersOf,
  withNeighbor,
  withNeighborChanged,
  withoutNeighbor,
  withoutRange,
  withRange,
  withValue,
} from './document.ts';
export { undoUnconfirmed } from './journal.ts';
export { type ApplyOptions, ConfigLifecycle, type LifecycleOptions } from './lifecycle.ts';
export { restoreSecrets } from './secrets.ts';
export { restartSections } from './sections.ts';
export type {
  AppliedChange,
  ConfigChange,
  ConfigChangeError,
  ConfigChangeErrorCode,
  ConfigFilePort,
  ConfigPlan,
  ConfigurableSpeaker,
  LifecycleClock,
  LifecycleEvent,
  LoadConfig,
  PendingConfirmation,
  RevisionInfo,
  RevisionOrigin,
  StateFilesPort,
} from './types.ts';
