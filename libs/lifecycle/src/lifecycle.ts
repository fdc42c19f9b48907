import { type DaemonConfig, diffDocuments, parseToml, redactSecrets, rewriteToml } from '@bgp/config';
import { err, ok, type Result } from '@bgp/wire';
import type { Document } from './document.ts';
import { ConfigHistory } from './history.ts';
import { writeJournal } from './journal.ts';
import { newNotices } from './new-notices.ts';
import { restoreSecrets } from './secrets.ts';
import { restartSections, withRunningSections } from './sections.ts';
import type {
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

export interface LifecycleOptions {
  /** What is in force. */
  readonly text: string;
  readonly config: DaemonConfig;
  readonly load: LoadConfig;
  readonly speaker: ConfigurableSpeaker;
  readonly file: ConfigFilePort;
  readonly state: StateFilesPort;
  readonly clock: LifecycleClock;
  observe(event: LifecycleEvent): void;
}

export interface ApplyOptions {
  /** The revision that the text was made from; another one in force refuses it. */
  readonly basedOn?: number;
  readonly note?: string;
  /** Without `confirm` in this time the change is taken back. */
  readonly confirmWithinMs?: number;
}

interface InForce {
  readonly text: string;
  readonly config: DaemonConfig;
  readonly info: RevisionInfo;
}

interface Prepared {
  readonly config: DaemonConfig;
  readonly change: ConfigChange;
}

interface Pending extends PendingConfirmation {
  readonly before: InForce;
  cancel(): void;
}

/**
 * One configuration after another. The file's text is the state: every change, also a single neighbor over the API, is another text
 * that is checked as a whole, kept on disk, and then put in force as a whole. So there is one way to be wrong, and nothing is lost at a
 * restart.
 */
export class ConfigLifecycle {
  readonly #options: LifecycleOptions;
  readonly #history: ConfigHistory;
  #inForce: InForce;
  #pending: Pending | undefined;
  /** An unconfirmed text that is still in the file, because taking it back could not be written. */
  #leftInFile: string | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    const { history, error } = ConfigHistory.open(options.state);
    this.#history = history;
    if (error !== undefined) this.#notKept('the history of revisions', error);
    this.#inForce = this.#firstRevision(options.text, options.config);
  }

  get config(): DaemonConfig {
    return this.#inForce.config;
  }

  /** Holds secrets. */
  get text(): string {
    return this.#inForce.text;
  }

  get revision(): RevisionInfo {
    return this.#inForce.info;
  }

  get pending(): PendingConfirmation | undefined {
    return this.#pending && toConfirmation(this.#pending);
  }

  /** Oldest first. */
  revisions(): readonly RevisionInfo[] {
    return this.#history.list();
  }

  /** For people: secrets read `<redacted>`, which `withSecrets` takes back. */
  shownText(revision = this.#inForce.info.revision): Result<string, ConfigChangeError> {
    const text = this.textOf(revision);
    if (!text.ok) return text;
    const parsed = parseToml(text.value, ''); // an old one is a file that somebody may have edited
    const shown = parsed.ok ? rewriteToml(text.value, redactSecrets(parsed.value)) : parsed;
    return shown.ok
      ? shown
      : refuse('not-rewritable', 'The secrets of the configuration cannot be taken out, so it is not shown.');
  }

  /** Holds secrets. */
  textOf(revision: number): Result<string, ConfigChangeError> {
    if (revision === this.#inForce.info.revision) return ok(this.#inForce.text);
    const text = this.#history.text(revision);
    return text.ok ? text : refuse('unknown-revision', `${text.error}.`);
  }

  /** The document that is in force, as the TOML parser gives it. Holds secrets. */
  get document(): Document {
    return parseDocument(this.#inForce.text);
  }

  /** A text that somebody got with `<redacted>` for its secrets, with the present ones. */
  withSecrets(text: string): Result<string, ConfigChangeError> {
    const parsed = parseToml(text, '');
    if (!parsed.ok) return ok(text); // whoever loads it says what is wrong
    const restored = restoreSecrets(parsed.value, this.document);
    if (!restored.ok) {
      return refuse('invalid', `${restored.error} says "<redacted>", and there is no such secret now; write it out.`);
    }
    const rewritten = rewriteToml(text, restored.value);
    return rewritten.ok
      ? rewritten
      : refuse('not-rewritable', `The secrets cannot be put back: ${rewritten.error.message}.`);
  }

  /** What `change` would do. */
  async planChange(
    edit: (document: Document) => Document,
    maxRoutes: number,
  ): Promise<Result<ConfigPlan, ConfigChangeError>> {
    const text = this.#edited(edit);
    return text.ok ? withoutPlaces(await this.plan(text.value, maxRoutes)) : text;
  }

  /** What a text would change, down to single routes; nothing is done. `maxRoutes`: how many of them are listed. */
  async plan(text: string, maxRoutes: number): Promise<Result<ConfigPlan, ConfigChangeError>> {
    const basedOn = this.#inForce.info.revision;
    const prepared = this.#prepare(text);
    if (!prepared.ok) return prepared;
    const { promise, resolve } = Promise.withResolvers<Result<ConfigPlan, ConfigChangeError>>();
    const begun = this.#options.speaker.preview(prepared.value.config.speaker, maxRoutes, (preview) =>
      resolve(ok({ ...prepared.value.change, basedOn, preview })),
    );
    return begun.ok ? promise : refuse('refused', begun.error.message);
  }

  /** Puts a text in force and into the file, or changes nothing. */
  apply(
    text: string,
    origin: RevisionOrigin = 'api',
    options: ApplyOptions = {},
  ): Result<AppliedChange, ConfigChangeError> {
    return this.#observed(origin, this.#apply(text, origin, options));
  }

  /** The same for a change of the document: the rest of the file keeps its comments, order and layout. */
  change(edit: (document: Document) => Document, note?: string): Result<AppliedChange, ConfigChangeError> {
    const text = this.#edited(edit);
    if (!text.ok) return text;
    return this.#observed('api', withoutPlaces(this.#apply(text.value, 'api', note === undefined ? {} : { note })));
  }

  /** Reads the file again and puts it in force. */
  reload(): Result<AppliedChange, ConfigChangeError> {
    const { file } = this.#options;
    const text = file.read();
    const applied = text.ok
      ? this.#apply(text.value, 'file', {})
      : refuse('not-read', `${file.path} cannot be read: ${text.error}.`);
    return this.#observed('file', applied);
  }

  /** The change that waits stays. */
  confirm(): Result<RevisionInfo, ConfigChangeError> {
    if (this.#pending === undefined) return refuse('nothing-to-confirm', 'No change waits for its confirmation.');
    this.#endPending();
    const { info } = this.#inForce;
    this.#options.observe({ type: 'config-confirmed', atMs: this.#options.clock.wallMs(), revision: info.revision });
    return ok(info);
  }

  /** Back to an earlier revision; without one to the change that waits for confirmation, or to the one before the present one. */
  rollback(to?: number): Result<AppliedChange, ConfigChangeError> {
    if (this.#pending !== undefined && (to === undefined || to === this.#pending.fallback))
      return this.#takeBack('rollback');
    if (this.#pending !== undefined) return this.#isPending();
    const revision = to ?? this.#history.list().at(-2)?.revision;
    if (revision === undefined) return refuse('unknown-revision', 'There is no earlier revision.');
    const text = this.textOf(revision);
    return text.ok ? this.apply(text.value, 'rollback', { note: `revision ${revision}` }) : text;
  }

  /** The process ends: a change that nobody confirmed does not outlive it. */
  close(): void {
    if (this.#pending === undefined) return;
    const { before, cancel } = this.#pending;
    cancel();
    const written = this.#write(before.text);
    if (!written.ok) return this.#notKept('the configuration without the unconfirmed change', written.error); // the journal stays
    this.#removeJournal();
  }

  #edited(edit: (document: Document) => Document): Result<string, ConfigChangeError> {
    const text = rewriteToml(this.#inForce.text, edit(this.document));
    return text.ok ? text : refuse('not-rewritable', `${this.#options.file.path}: ${text.error.message}.`);
  }

  #apply(text: string, origin: RevisionOrigin, options: ApplyOptions): Result<AppliedChange, ConfigChangeError> {
    const before = this.#inForce;
    if (this.#pending !== undefined) return this.#isPending();
    if (options.basedOn !== undefined && options.basedOn !== before.info.revision) {
      const message = `The change was made for revision ${options.basedOn}, but ${before.info.revision} is in force; plan it again.`;
      return refuse('stale', message);
    }
    const prepared = this.#prepare(text);
    if (!prepared.ok) return prepared;
    const { config, change } = prepared.value;
    // The text may be the same and the lists in files beside it not.
    const { peers, ranges } = change.speaker;
    if (text === before.text && peers.length + ranges.length + change.needRestart.length === 0) {
      return ok({ ...change, revision: before.info.revision });
    }
    if (origin !== 'file') {
      const unchanged = this.#fileIsInForce(before.text);
      if (!unchanged.ok) return unchanged;
    }
    const isToConfirm = options.confirmWithinMs !== undefined;
    if (isToConfirm && this.#keepsFile) {
      const journaled = writeJournal(this.#options.file, text, before.text);
      if (!journaled.ok) return this.#notWritten('the journal of the unconfirmed change', journaled.error);
    }
    if (origin !== 'file') {
      const written = this.#write(text);
      if (!written.ok) {
        if (isToConfirm) this.#removeJournal();
        return this.#notWritten(this.#options.file.path, written.error);
      }
    }
    const done = this.#options.speaker.reconfigure(config.speaker);
    if (!done.ok) {
      // Compared a moment ago, so this is our own mistake; all the same the file must say what is in force.
      if (origin !== 'file') this.#restoreFile(before.text);
      if (isToConfirm) this.#removeJournal();
      return refuse('refused', done.error.message);
    }
    this.#put(text, config, origin, options.note);
    if (options.confirmWithinMs !== undefined) this.#awaitConfirmation(before, options.confirmWithinMs);
    const pending = this.pending;
    return ok({ ...change, revision: this.#inForce.info.revision, ...(pending === undefined ? {} : { pending }) });
  }

  #prepare(text: string): Result<Prepared, ConfigChangeError> {
    const { load, speaker, file } = this.#options;
    const loaded = load(text);
    if (!loaded.ok) {
      const count = loaded.error.length === 1 ? 'a mistake' : `${loaded.error.length} mistakes`;
      const message = `The configuration has ${count}; the one in force stays.`;
      return err({ code: 'invalid', message, diagnostics: loaded.error });
    }
    const before = this.#inForce;
    const compared = speaker.compare(loaded.value.speaker);
    if (!compared.ok) {
      const code = compared.error.code === 'restart-needed' ? 'restart-needed' : 'refused';
      const hint = code === 'restart-needed' ? ` Write it to ${file.path} by hand and restart.` : '';
      return refuse(code, `${compared.error.message}${hint}`);
    }
    const change: ConfigChange = {
      documents: diffDocuments(parseDocument(before.text), parseDocument(text)),
      speaker: compared.value,
      needRestart: restartSections(before.config, loaded.value),
      notices: loaded.value.notices,
      newNotices: newNotices(before.config.notices, loaded.value.notices),
    };
    return ok({ config: withRunningSections(loaded.value, before.config), change });
  }

  #put(text: string, config: DaemonConfig, origin: RevisionOrigin, note: string | undefined): void {
    const info: RevisionInfo = {
      revision: this.#inForce.info.revision + 1,
      atMs: this.#options.clock.wallMs(),
      origin,
      ...(note === undefined ? {} : { note }),
    };
    this.#inForce = { text, config, info };
    const kept = this.#history.add(info, text);
    if (!kept.ok) this.#notKept(`revision ${info.revision} in the history`, kept.error);
  }

  #awaitConfirmation(before: InForce, withinMs: number): void {
    const { clock } = this.#options;
    const cancel = clock.after(withinMs, () => this.#observed('not-confirmed', this.#takeBack('not-confirmed')));
    const untilMs = clock.wallMs() + withinMs;
    this.#pending = { revision: this.#inForce.info.revision, fallback: before.info.revision, untilMs, before, cancel };
  }

  /** The configuration before the change that waits is in force again, whatever becomes of the file. */
  #takeBack(origin: RevisionOrigin): Result<AppliedChange, ConfigChangeError> {
    const { before } = this.#pending!; // callers have looked
    const unconfirmed = this.#inForce.text;
    const prepared = this.#prepare(before.text);
    if (!prepared.ok) return prepared;
    const done = this.#options.speaker.reconfigure(prepared.value.config.speaker);
    if (!done.ok) return refuse('refused', done.error.message);
    const written = this.#write(before.text);
    if (written.ok) this.#endPending();
    else {
      this.#notKept('the configuration without the unconfirmed change', written.error); // the journal stays for the next start
      this.#pending?.cancel();
      this.#pending = undefined;
      this.#leftInFile = unconfirmed;
    }
    this.#put(before.text, prepared.value.config, origin, `revision ${before.info.revision}`);
    return ok({ ...prepared.value.change, revision: this.#inForce.info.revision });
  }

  #endPending(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
    this.#removeJournal();
  }

  #isPending(): Result<never, ConfigChangeError> {
    const message = `Revision ${this.#pending?.revision} waits for its confirmation; confirm it or roll it back first.`;
    return refuse('confirmation-pending', message);
  }

  get #keepsFile(): boolean {
    return this.#inForce.config.persistChanges;
  }

  /** Somebody may have changed the file and not reloaded it: that must not be overwritten. */
  #fileIsInForce(text: string): Result<void, ConfigChangeError> {
    if (!this.#keepsFile) return ok(undefined);
    const { file } = this.#options;
    const onDisk = file.read();
    if (!onDisk.ok) return refuse('not-read', `${file.path} cannot be read, so it cannot be changed: ${onDisk.error}.`);
    if (onDisk.value === text || onDisk.value === this.#leftInFile) return ok(undefined);
    return refuse('file-changed', `${file.path} has changes that are not in force; reload it first.`);
  }

  #write(text: string): Result<void, string> {
    const written = this.#keepsFile ? this.#options.file.write(text) : ok(undefined);
    if (written.ok && this.#leftInFile !== undefined) {
      this.#leftInFile = undefined;
      this.#removeJournal();
    }
    return written;
  }

  #restoreFile(text: string): void {
    const restored = this.#write(text);
    if (!restored.ok) this.#notKept('the configuration that is in force', restored.error);
  }

  #notWritten(what: string, why: string): Result<never, ConfigChangeError> {
    return refuse('not-written', `Nothing was changed, because ${what} cannot be written: ${why}.`);
  }

  #removeJournal(): void {
    const removed = this.#options.file.journal.remove();
    if (!removed.ok) this.#notKept('the end of the unconfirmed change', removed.error);
  }

  #notKept(what: string, message: string): void {
    const { clock, observe } = this.#options;
    observe({ type: 'config-not-kept', atMs: clock.wallMs(), what, message });
  }

  #observed(
    origin: RevisionOrigin,
    applied: Result<AppliedChange, ConfigChangeError>,
  ): Result<AppliedChange, ConfigChangeError> {
    const { clock, observe } = this.#options;
    const atMs = clock.wallMs();
    if (applied.ok) observe({ type: 'config-applied', atMs, origin, applied: applied.value });
    else observe({ type: 'config-refused', atMs, origin, error: applied.error });
    return applied;
  }

  #firstRevision(text: string, config: DaemonConfig): InForce {
    const { latest } = this.#history;
    const known = latest === undefined ? undefined : this.#history.text(latest.revision);
    if (latest !== undefined && known?.ok === true && known.value === text) return { text, config, info: latest };
    const info: RevisionInfo = {
      revision: (latest?.revision ?? 0) + 1,
      atMs: this.#options.clock.wallMs(),
      origin: 'start',
    };
    const kept = this.#history.add(info, text);
    if (!kept.ok) this.#notKept(`revision ${info.revision} in the history`, kept.error);
    return { text, config, info };
  }
}

/** Of a text that has been loaded before. */
function parseDocument(text: string): Document {
  const parsed = parseToml(text, '');
  if (!parsed.ok) throw new Error('lifecycle: a text that was loaded is not TOML');
  return parsed.value;
}

/** Lines of a text that nobody but us has seen lead nowhere. */
function withoutPlaces<T>(result: Result<T, ConfigChangeError>): Result<T, ConfigChangeError> {
  if (result.ok || result.error.diagnostics === undefined) return result;
  const diagnostics = result.error.diagnostics.map((one) => ({ ...one, line: 0, column: 0 }));
  return err({ ...result.error, diagnostics });
}

function toConfirmation({ revision, fallback, untilMs }: Pending): PendingConfirmation {
  return { revision, fallback, untilMs };
}

function refuse(code: ConfigChangeErrorCode, message: string): Result<never, ConfigChangeError> {
  return err({ code, message });
}
