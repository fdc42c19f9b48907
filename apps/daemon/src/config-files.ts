import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
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
    read: () => attempt(() => readFileSync(path, 'utf8')),
    write: (text) => attempt(() => replaceFile(path, text)),
    journal: {
      read: () => readIfThere(journal),
      write: (text) => attempt(() => replaceFile(journal, text)),
      remove: () => attempt(() => rmSync(journal, { force: true })),
    },
  };
}

/** Files that the configuration names, relative to its folder. */
export function filesBeside(path: string): (name: string) => Result<string, string> {
  return (name) => attempt(() => readFileSync(resolve(dirname(path), name), 'utf8'));
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

/** Owner-readable only when it is new, for it may hold secrets; an existing file keeps its permissions, a link its target. */
function replaceFile(path: string, text: string): void {
  const target = existing(path)?.isSymbolicLink() === true ? realpathSync(path) : path;
  const mode = existing(target)?.mode ?? 0o600;
  const temporary = `${target}.tmp-${process.pid}`;
  try {
    const file = openSync(temporary, 'w', mode & 0o777);
    try {
      writeSync(file, text);
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

function attempt<T>(work: () => T): Result<T, string> {
  try {
    return ok(work());
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}
