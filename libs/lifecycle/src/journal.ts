import { err, ok, type Result } from '@bgp/wire';
import type { ConfigFilePort, StateFilesPort } from './types.ts';

const JOURNAL = 'commit-confirm-journal.json';

/** What brings an unconfirmed change back when the process ends before the time is over. */
export function writeJournal(files: StateFilesPort, unconfirmed: string, fallback: string): Result<void, string> {
  return files.write(JOURNAL, `${JSON.stringify({ version: 1, unconfirmed, fallback })}\n`);
}

export function removeJournal(files: StateFilesPort): Result<void, string> {
  return files.remove(JOURNAL);
}

/**
 * Before the file is read at start: a change that nobody confirmed is taken back. A file that somebody has changed since is left alone.
 *
 * @returns what was done, or why it could not be.
 */
export function undoUnconfirmed(
  file: ConfigFilePort,
  files: StateFilesPort,
): Result<'nothing' | 'undone' | 'file-changed', string> {
  const text = files.read(JOURNAL);
  if (!text.ok) return text;
  if (text.value === undefined) return ok('nothing');
  const journal = parseJournal(text.value);
  if (journal === undefined) return err(`${JOURNAL} cannot be read; look at ${file.path}, then remove the journal`);
  const current = file.read();
  if (!current.ok) return current;
  if (current.value === journal.unconfirmed) {
    const written = file.write(journal.fallback);
    if (!written.ok) return written;
  }
  const removed = removeJournal(files);
  if (!removed.ok) return removed;
  return ok(current.value === journal.unconfirmed ? 'undone' : 'file-changed');
}

function parseJournal(text: string): { readonly unconfirmed: string; readonly fallback: string } | undefined {
  try {
    const { version, unconfirmed, fallback } = JSON.parse(text) as Record<string, unknown>;
    if (version !== 1 || typeof unconfirmed !== 'string' || typeof fallback !== 'string') return undefined;
    return { unconfirmed, fallback };
  } catch {
    return undefined; // the caller says so
  }
}
