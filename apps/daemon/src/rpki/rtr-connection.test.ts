import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { RpkiCacheConfig } from '@bgp/config';
import { afterEach, describe, expect, it } from 'vitest';
import type { RtrHandle } from './ports.ts';
import { rtrConnections } from './rtr-connection.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../testing/certificates/${name}`, import.meta.url));
const pem = (name: string) => readFileSync(pathOf(name));
const open = rtrConnections(pathOf);

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that echoes, and its port. */
function listen(server: Server, event: 'connection' | 'secureConnection'): Promise<number> {
  servers.push(server);
  server.on(event, (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined); // the other end goes as it likes
    socket.on('data', (chunk) => socket.write(chunk));
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)));
}

function cacheAt(port: number, tls?: RpkiCacheConfig['tls'], host = '127.0.0.1'): RpkiCacheConfig {
  const intervals = { refresh: 30, retry: 5, expire: 600 };
  return { name: `${host}:${port}`, host, port, preference: 1, highestVersion: 2, ...intervals, ...(tls && { tls }) };
}

/** Says something, waits for the echo, and closes; or says why there was no connection. */
function echo(cache: RpkiCacheConfig): Promise<string> {
  return new Promise((done) => {
    const handle: RtrHandle = open(cache, {
      onOpen: () => handle.write(Uint8Array.of(1, 2, 3)),
      onData: (chunk) => {
        handle.destroy();
        done(`got ${[...chunk].join(' ')}`);
      },
      onClose: done,
    });
  });
}

describe('a connection over TCP', () => {
  it('carries octets, by name as well', async () => {
    const port = await listen(createTcpServer(), 'connection');
    expect(await echo(cacheAt(port))).toBe('got 1 2 3');
    expect(await echo(cacheAt(port, undefined, 'localhost'))).toBe('got 1 2 3');
  });

  it('says why there is none', async () => {
    const port = await listen(createTcpServer(), 'connection');
    servers.splice(0).forEach((server) => {
      server.close();
    });
    expect(await echo(cacheAt(port))).toContain('ECONNREFUSED');
  });

  it('reports nothing after its end, and waits while it is paused', async () => {
    const port = await listen(createTcpServer(), 'connection');
    const seen: string[] = [];
    await new Promise<void>((done) => {
      const handle = open(cacheAt(port), {
        onOpen: () => {
          handle.pause();
          handle.write(Uint8Array.of(7));
          sockets[0]?.once('data', () => {
            seen.push('echoed');
            handle.resume();
          });
        },
        onData: () => {
          seen.push('data');
          handle.destroy();
          sockets[0]?.once('close', () => done());
        },
        onClose: () => seen.push('closed'),
      });
    });
    expect(seen).toEqual(['echoed', 'data']);
  });
});

describe('a connection over TLS', () => {
  const SERVER = { key: pem('server.key'), cert: pem('server.pem') };
  const mutual = { ...SERVER, requestCert: true, rejectUnauthorized: true, ca: pem('ca.pem') };

  it('carries octets to a cache whose certificate is right', async () => {
    const port = await listen(createTlsServer(SERVER), 'secureConnection');
    expect(await echo(cacheAt(port, { caFile: 'ca.pem', serverName: '127.0.0.1' }))).toBe('got 1 2 3');
  });

  it('is none with a cache that nobody has signed for', async () => {
    const port = await listen(createTlsServer(SERVER), 'secureConnection');
    expect(await echo(cacheAt(port, { serverName: '127.0.0.1' }))).toMatch(/certificate/);
  });

  it('is none with a cache of another name', async () => {
    const port = await listen(createTlsServer(SERVER), 'secureConnection');
    const tls = { caFile: 'ca.pem', serverName: 'rpki.example.net' };
    expect(await echo(cacheAt(port, tls))).toMatch(/altnames|rpki\.example\.net/);
  });

  it('shows our certificate to a cache that wants one', async () => {
    const port = await listen(createTlsServer(mutual), 'secureConnection');
    const files = { caFile: 'ca.pem', serverName: '127.0.0.1', certFile: 'observer.pem', keyFile: 'observer.key' };
    expect(await echo(cacheAt(port, files))).toBe('got 1 2 3');
    expect(await echo(cacheAt(port, { caFile: 'ca.pem', serverName: '127.0.0.1' }))).not.toContain('got');
  });

  it('says which file cannot be read', async () => {
    expect(await echo(cacheAt(1, { caFile: 'nowhere.pem', serverName: 'a' }))).toContain('nowhere.pem');
    const noKey = { serverName: 'a', certFile: 'ca.pem', keyFile: 'ca.pem' };
    expect(await echo(cacheAt(1, noKey))).not.toContain('got');
  });
});
