import { chmodSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '@bgp/wire';
import type { StartError } from '../start-error.ts';

/** `sun_path` of sockaddr_un, less the terminating zero. */
const MAX_PATH_OCTETS = 107;
const PROBE_TIMEOUT_MS = 1_000;

/**
 * Binds a server to a Unix socket that only the permitted can use from the first moment. A socket that a dead process
 * left behind is replaced; one that answers belongs to a running daemon and is left alone, as is anything else at the path.
 */
export async function listenUnix(server: Server, path: string, mode: number): Promise<Result<void, StartError>> {
  const nameAtBirth = join(dirname(path), '.sXXXXXX', 's');
  if (Math.max(Buffer.byteLength(path), Buffer.byteLength(nameAtBirth)) > MAX_PATH_OCTETS) {
    return refused(
      path,
      `the path is longer than the ${MAX_PATH_OCTETS} octets a socket can have; choose a shorter one`,
    );
  }
  try {
    mkdirSync(dirname(path), { recursive: true });
    const free = await isFree(path);
    if (!free.ok) return free;
    await bindPrivately(server, path, mode);
    return ok(undefined);
  } catch (error) {
    return refused(path, `cannot make the API socket: ${error instanceof Error ? error.message : error}`);
  }
}

async function isFree(path: string): Promise<Result<void, StartError>> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return ok(undefined);
  if (!found.isSocket())
    return refused(path, 'something that is not a socket is there; remove it or choose another path');
  const answer = await probe(path);
  if (answer === 'answers') {
    return refused(path, 'another tsbgpd answers there; stop it, or give this one its own runtime_state_dir');
  }
  if (answer === 'forbidden') return refused(path, 'a socket of another user is there, and we may not ask whose it is');
  return ok(undefined);
}

function probe(path: string): Promise<'answers' | 'forbidden' | 'dead'> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (answer: 'answers' | 'forbidden' | 'dead') => {
      socket.destroy();
      resolve(answer);
    };
    // A process that does not get to accepting is still there.
    socket.setTimeout(PROBE_TIMEOUT_MS, () => end('answers'));
    socket.once('connect', () => end('answers'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'EACCES' ? 'forbidden' : 'dead'));
  });
}

/**
 * A socket gets its permissions after it exists, so it is born in a folder that only we can enter and moves to its place
 * with the right ones; the move also replaces a dead socket in one step. Node would remove the first name on close, so
 * the second one is removed here, unless somebody else's socket has taken the place.
 */
async function bindPrivately(server: Server, path: string, mode: number): Promise<void> {
  const nursery = mkdtempSync(join(dirname(path), '.s'));
  try {
    const born = join(nursery, 's');
    await listen(server, born);
    chmodSync(born, mode);
    renameSync(born, path);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(nursery, { recursive: true, force: true });
  }
  const { ino } = lstatSync(path);
  server.once('close', () => {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path);
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

function refused(path: string, message: string): Result<void, StartError> {
  return err({ what: `API socket ${path}`, message });
}
