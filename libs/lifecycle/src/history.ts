import { err, ok, type Result } from '@bgp/wire';
import type { RevisionInfo, StateFilesPort } from './types.ts';

const INDEX = 'config-history.json';
/** Revisions that are kept; older ones go. */
const KEPT = 20;

/** The last revisions with their texts, in files that outlive the process. */
export class ConfigHistory {
  readonly #files: StateFilesPort;
  #revisions: RevisionInfo[];

  private constructor(files: StateFilesPort, revisions: RevisionInfo[]) {
    this.#files = files;
    this.#revisions = revisions;
  }

  /** An index that cannot be read is no reason not to start: the history begins anew, and the error says why. */
  static open(files: StateFilesPort): { readonly history: ConfigHistory; readonly error?: string } {
    const text = files.read(INDEX);
    if (!text.ok) return { history: new ConfigHistory(files, []), error: text.error };
    if (text.value === undefined) return { history: new ConfigHistory(files, []) };
    const revisions = parseIndex(text.value);
    if (revisions !== undefined) return { history: new ConfigHistory(files, revisions) };
    return { history: new ConfigHistory(files, []), error: `${INDEX} is not an index of revisions` };
  }

  /** Oldest first. */
  list(): readonly RevisionInfo[] {
    return this.#revisions;
  }

  get latest(): RevisionInfo | undefined {
    return this.#revisions.at(-1);
  }

  text(revision: number): Result<string, string> {
    if (!this.#revisions.some((one) => one.revision === revision)) {
      const [first, last] = [this.#revisions.at(0), this.#revisions.at(-1)];
      const range = first === undefined ? 'there is none' : `there are ${first.revision} to ${last?.revision}`;
      return err(`revision ${revision} is not kept; ${range}`);
    }
    const text = this.#files.read(fileOf(revision));
    if (!text.ok) return text;
    return text.value === undefined ? err(`the file of revision ${revision} is gone`) : ok(text.value);
  }

  /** Also when it cannot be kept, the revision counts. */
  add(info: RevisionInfo, text: string): Result<void, string> {
    this.#revisions = [...this.#revisions, info];
    const gone = this.#revisions.slice(0, -KEPT);
    this.#revisions = this.#revisions.slice(-KEPT);
    const written = this.#files.write(fileOf(info.revision), text);
    if (!written.ok) return written;
    const indexed = this.#files.write(INDEX, `${JSON.stringify({ version: 1, revisions: this.#revisions })}\n`);
    if (!indexed.ok) return indexed;
    for (const { revision } of gone) {
      const removed = this.#files.remove(fileOf(revision));
      if (!removed.ok) return removed;
    }
    return ok(undefined);
  }
}

function fileOf(revision: number): string {
  return `config-${String(revision).padStart(6, '0')}.toml`;
}

function parseIndex(text: string): RevisionInfo[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined; // whoever opened it says so
  }
  const { version, revisions } = (parsed ?? {}) as { version?: unknown; revisions?: unknown };
  if (version !== 1 || !Array.isArray(revisions) || !revisions.every(isRevision)) return undefined;
  return revisions;
}

function isRevision(value: unknown): value is RevisionInfo {
  const { revision, atMs, origin } = (value ?? {}) as Partial<RevisionInfo>;
  return Number.isSafeInteger(revision) && Number.isFinite(atMs) && typeof origin === 'string';
}
