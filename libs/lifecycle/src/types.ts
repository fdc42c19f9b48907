import type { ConfigDiagnostic, ConfigNotice, DaemonConfig, DocumentChange } from '@bgp/config';
import type { ConfigPreview, Speaker, SpeakerChange } from '@bgp/speaker';
import type { Result } from '@bgp/wire';

/** What the life cycle needs of a speaker. */
export type ConfigurableSpeaker = Pick<Speaker, 'compare' | 'reconfigure' | 'preview'>;

/** The configuration file. Errors are one sentence. */
export interface ConfigFilePort {
  /** For messages. */
  readonly path: string;
  read(): Result<string, string>;
  /** Afterwards the file has the new text or, with an error, the old one; never a part of either. */
  write(text: string): Result<void, string>;
  /** A file beside it, for a change that waits for its confirmation. */
  readonly journal: {
    /** Undefined: there is none. */
    read(): Result<string | undefined, string>;
    write(text: string): Result<void, string>;
    remove(): Result<void, string>;
  };
}

/** Small files that outlive the process, by name. Errors are one sentence. */
export interface StateFilesPort {
  /** Undefined: there is no such file. */
  read(name: string): Result<string | undefined, string>;
  /** All or nothing, like `ConfigFilePort.write`. */
  write(name: string, text: string): Result<void, string>;
  remove(name: string): Result<void, string>;
}

export interface LifecycleClock {
  wallMs(): number;
  /** The returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
}

/** A file's text, and what it says. */
export type LoadConfig = (text: string) => Result<DaemonConfig, readonly ConfigDiagnostic[]>;

/** Where a revision came from. */
export type RevisionOrigin = 'start' | 'file' | 'api' | 'rollback' | 'not-confirmed';

export interface RevisionInfo {
  /** Goes up by one with each change, over restarts too. */
  readonly revision: number;
  readonly atMs: number;
  readonly origin: RevisionOrigin;
  /** What whoever made it said. */
  readonly note?: string;
}

export interface PendingConfirmation {
  /** The revision that is in force until then. */
  readonly revision: number;
  /** The one that comes back. */
  readonly fallback: number;
  /** Wall time. */
  readonly untilMs: number;
}

export type ConfigChangeErrorCode =
  /** The text has mistakes; `diagnostics` has them all. */
  | 'invalid'
  /** It changes what a running daemon cannot change. */
  | 'restart-needed'
  /** The speaker refuses it. */
  | 'refused'
  /** It was made for another revision than the one in force. */
  | 'stale'
  /** Another change waits for its confirmation. */
  | 'confirmation-pending'
  | 'nothing-to-confirm'
  | 'unknown-revision'
  /** The file has changes that are not in force, and would lose them. */
  | 'file-changed'
  | 'not-read'
  | 'not-written'
  | 'not-rewritable';

export interface ConfigChangeError {
  readonly code: ConfigChangeErrorCode;
  /** One sentence with what to do. */
  readonly message: string;
  readonly diagnostics?: readonly ConfigDiagnostic[];
}

/** What a text changes, before or after it is in force. */
export interface ConfigChange {
  /** Differences between the files. */
  readonly documents: readonly DocumentChange[];
  readonly speaker: SpeakerChange;
  /** Sections whose change takes effect with the next start: `grpc`, `listen`, `prometheus` and so on. */
  readonly needRestart: readonly string[];
  /** Of the whole text. */
  readonly notices: readonly ConfigNotice[];
  /** Of these, what the configuration before did not give rise to. */
  readonly newNotices: readonly ConfigNotice[];
}

export interface ConfigPlan extends ConfigChange {
  /** The revision that the plan compares with. */
  readonly basedOn: number;
  readonly preview: ConfigPreview;
}

export interface AppliedChange extends ConfigChange {
  /** The one in force now; unchanged when nothing is different. */
  readonly revision: number;
  readonly pending?: PendingConfirmation;
}

export type LifecycleEvent =
  | {
      readonly type: 'config-applied';
      readonly atMs: number;
      readonly origin: RevisionOrigin;
      readonly applied: AppliedChange;
    }
  | {
      readonly type: 'config-refused';
      readonly atMs: number;
      readonly origin: RevisionOrigin;
      readonly error: ConfigChangeError;
    }
  | { readonly type: 'config-confirmed'; readonly atMs: number; readonly revision: number }
  /** Something that does not keep the change from taking effect: history or file could not be written. */
  | { readonly type: 'config-not-kept'; readonly atMs: number; readonly what: string; readonly message: string };
