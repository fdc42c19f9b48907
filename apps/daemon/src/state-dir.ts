import { closeSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '@bgp/wire';
import type { StartError } from './start-error.ts';

/** Makes the folder for run-time files and proves that a file can be written there, which a full disk refuses too. */
export function prepareStateDir(path: string): Result<void, StartError> {
  const probe = join(path, `.write-test-${process.pid}`);
  try {
    mkdirSync(path, { recursive: true });
    const file = openSync(probe, 'w', 0o600);
    try {
      writeSync(file, 'tsbgpd\n');
    } finally {
      closeSync(file);
      unlinkSync(probe);
    }
    return ok(undefined);
  } catch (error) {
    return err({ what: `runtime_state_dir ${path}`, message: explain(error as NodeJS.ErrnoException) });
  }
}

function explain(error: NodeJS.ErrnoException): string {
  const why: Readonly<Record<string, string>> = {
    EACCES:
      'no permission to write there; change its owner, or set runtime_state_dir in [global] to a folder of this user',
    EROFS: 'the file system is read-only; set runtime_state_dir in [global] to a folder on another one',
    ENOSPC: 'the disk is full; free some space',
    ENOTDIR: 'a part of the path is not a folder',
    EEXIST: 'it is not a folder',
  };
  return why[error.code ?? ''] ?? error.message;
}
