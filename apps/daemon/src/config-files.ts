import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ConfigFilePort, StateFilesPort } from '@bgp/lifecycle';
import { err, ok, type Result } from '@bgp/wire';

/** The configuration file, changed by writing another one beside it and renaming that: nobody ever sees a part of it. */
export function configFile(path: string): ConfigFilePort {
  const journal = `${path}.unconfirmed`;
  return {
    path,
    read: () => attempt(() => readText(path)),
    write: (text) => withAdvice(attempt(() => replaceFile(path, text))),
    journal: {
      read: () => readIfThere(journal),
      write: (text) => attempt(() => replaceFile(journal, text)),
      remove: () => attempt(() => rmSync(journal, { force: true })),
    },
  };
}

/** Files that the configuration names, relative to its folder. */
export function filesBeside(path: string): (name: string) => Result<string, string> {
  return (name) => attempt(() => readText(resolve(dirname(path), name)));
}

/** Where a file is that the configuration names. */
export function pathBeside(path: string): (name: string) => string {
  return (name) => resolve(dirname(path), name);
}

/** The same for large files, without anybody waiting. */
export function fileBesideLater(path: string): (name: string) => Promise<Result<string, string>> {
  const place = pathBeside(path);
  return async (name) => {
    try {
      return ok(await readFile(place(name), 'utf8'));
    } catch (error) {
      return err(error instanceof Error ? error.message : String(error));
    }
  };
}

/** Files of the daemon's own in its state folder. */
export function stateFiles(folder: string): StateFilesPort {
  return {
    read: (name) => readIfThere(join(folder, name)),
    write: (name, text) => attempt(() => replaceFile(join(folder, name), text)),
    remove: (name) => attempt(() => rmSync(join(folder, name), { force: true })),
  };
}

/** Owner-readable only when it is new, for it may hold secrets; an existing file keeps its permissions and owner, a link its target. */
function replaceFile(path: string, text: string): void {
  const target = existing(path)?.isSymbolicLink() === true ? realpathSync(path) : path;
  const old = existing(target);
  // Always the same name: what a crash leaves behind is gone with the next change.
  const temporary = `${target}.tmp`;
  try {
    rmSync(temporary, { force: true });
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(file, text); // until all is written: a disk that is almost full takes a part and calls it success
      if (old !== undefined) likeBefore(file, old);
      fsyncSync(file); // a power cut must not leave an empty file under the new name
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
    syncFolder(dirname(target));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function likeBefore(file: number, { uid, gid, mode }: Stats): void {
  const { uid: ourUid, gid: ourGid } = fstatSync(file);
  if (uid !== ourUid || gid !== ourGid) {
    try {
      fchownSync(file, uid, gid);
    } catch (error) {
      if (codeOf(error) !== 'EPERM') throw error; // only root may give files away; the change must not fail over it
    }
  }
  fchmodSync(file, mode & 0o777);
}

function existing(path: string) {
  return lstatSync(path, { throwIfNoEntry: false });
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function readIfThere(path: string): Result<string | undefined, string> {
  return attempt(() => (existing(path) === undefined ? undefined : readFileSync(path, 'utf8')));
}

/** Octets that are no UTF-8 would come back from a rewrite as something else. */
function readText(path: string): string {
  const octets = readFileSync(path);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch (error) {
    throw error instanceof TypeError ? new Error('it is not UTF-8 text', { cause: error }) : error;
  }
}

/** A folder or a mount that takes no new file is how the machine is set up, not an accident. */
function withAdvice(written: Result<void, string>): Result<void, string> {
  if (written.ok || !/^(EACCES|EBUSY|EPERM|EROFS)\b/.test(written.error)) return written;
  const advice = 'the file is replaced, so its folder must be writable and the file no mount of its own';
  return err(`${written.error} (${advice}; or set persist_changes = false in [global])`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function attempt<T>(work: () => T): Result<T, string> {
  try {
    return ok(work());
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}
