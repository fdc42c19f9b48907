import { err, ok, type Result } from '@bgp/wire';
import type { ConfigFilePort } from './types.ts';

/** What brings an unconfirmed change back when the process ends before the time is over. */
export function writeJournal({ journal }: ConfigFilePort, unconfirmed: string, fallback: string): Result<void, string> {
  return journal.write(`${JSON.stringify({ version: 1, unconfirmed, fallback })}\n`);
}

/**
 * Before the file is read at start: a change that nobody confirmed is taken back. A file that somebody has changed since is left alone.
 *
 * @returns what was done, or why it could not be.
 */
export function undoUnconfirmed(file: ConfigFilePort): Result<'nothing' | 'undone' | 'file-changed', string> {
  const text = file.journal.read();
  if (!text.ok) return text;
  if (text.value === undefined) return ok('nothing');
  const journal = parseJournal(text.value);
  if (journal === undefined) {
    return err(
      `the journal of an unconfirmed change beside ${file.path} cannot be read; look at the file, then remove it`,
    );
  }
  const current = file.read();
  if (!current.ok) return current;
  const isOurs = current.value === journal.unconfirmed;
  const written = isOurs ? file.write(journal.fallback) : ok(undefined);
  if (!written.ok) return written;
  const removed = file.journal.remove();
  return removed.ok ? ok(isOurs ? 'undone' : 'file-changed') : removed;
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
