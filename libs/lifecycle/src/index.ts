export { undoUnconfirmed } from './journal.ts';
export { type ApplyOptions, ConfigLifecycle, type Document, type LifecycleOptions } from './lifecycle.ts';
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
