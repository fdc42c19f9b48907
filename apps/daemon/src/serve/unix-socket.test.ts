import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenUnix } from './unix-socket.ts';

let folder: string;
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsbgpd-uds-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(folder, { recursive: true, force: true });
});

function newServer(): Server {
  const server = createServer();
  servers.push(server);
  return server;
}

describe('listenUnix', () => {
  it('makes the folder, permits only the owner, and removes the socket on close', async () => {
    const path = join(folder, 'deep', 'er', 'grpc.sock');
    const server = newServer();
    expect(await listenUnix(server, path, 0o600)).toEqual({ ok: true });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await new Promise((resolve) => server.close(resolve));
    servers.pop();
    expect(existsSync(path)).toBe(false);
  });

  it('gives the permissions asked for and leaves nothing else behind', async () => {
    await listenUnix(newServer(), join(folder, 'a'), 0o660);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o660);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('does not remove the socket of a successor', async () => {
    const path = join(folder, 'grpc.sock');
    const first = newServer();
    await listenUnix(first, path, 0o600);
    rmSync(path);
    await listenUnix(newServer(), path, 0o600);
    await new Promise((resolve) => first.close(resolve));
    servers.shift();
    expect(existsSync(path)).toBe(true);
  });

  it('refuses while another process answers, and leaves its socket alone', async () => {
    const path = join(folder, 'grpc.sock');
    expect((await listenUnix(newServer(), path, 0o600)).ok).toBe(true);
    const second = await listenUnix(newServer(), path, 0o600);
    servers.pop();
    expect(second).toMatchObject({ ok: false, error: { message: expect.stringContaining('another tsbgpd answers') } });
    expect(existsSync(path)).toBe(true);
  });

  it('replaces the socket of a process that was killed', async () => {
    const path = join(folder, 'grpc.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL');
    expect(existsSync(path)).toBe(true);
    expect((await listenUnix(newServer(), path, 0o600)).ok).toBe(true);
  });

  it('refuses to replace what is not a socket', async () => {
    const path = join(folder, 'grpc.sock');
    writeFileSync(path, 'precious');
    const result = await listenUnix(newServer(), path, 0o600);
    servers.pop();
    expect(result).toMatchObject({ ok: false, error: { message: expect.stringContaining('not a socket') } });
    expect(existsSync(path)).toBe(true);
  });

  it('says so when the path is too long for a socket', async () => {
    const result = await listenUnix(newServer(), join(folder, 'x'.repeat(120)), 0o600);
    servers.pop();
    expect(result).toMatchObject({ ok: false, error: { message: expect.stringContaining('107 octets') } });
  });
});
