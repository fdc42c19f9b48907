import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import type { RpkiCacheConfig } from '@bgp/config';
import type { OpenRtr, RtrHandle, RtrHandlers } from './ports.ts';

/** A cache that does not take the connection in this time is down; the system itself would wait for minutes. */
const CONNECT_TIMEOUT_MS = 15_000;
/** A cache may be silent for an hour: only keepalives show that it is gone (RFC 8210 §9 leaves them to the transport). */
const KEEPALIVE_MS = 30_000;

/** Connections over TCP or TLS (RFC 8210 §9.2). `pathOf`: of a file that the configuration names. */
export function rtrConnections(pathOf: (name: string) => string): OpenRtr {
  return (cache, on) => {
    const connection = new Connection(on);
    connection.open(cache, pathOf);
    return connection;
  };
}

class Connection implements RtrHandle {
  readonly #on: RtrHandlers;
  #socket: Socket | undefined;
  #isClosed = false;
  #isPaused = false;

  constructor(on: RtrHandlers) {
    this.#on = on;
  }

  open(cache: RpkiCacheConfig, pathOf: (name: string) => string): void {
    const { host, port, tls } = cache;
    if (tls === undefined) {
      const socket = connectTcp({ host, port });
      this.#use(socket, 'connect');
      return;
    }
    const read = async (name: string | undefined) => (name === undefined ? undefined : await readFile(pathOf(name)));
    // Read anew for each connection, so that renewed certificates are used without a restart.
    Promise.all([read(tls.caFile), read(tls.certFile), read(tls.keyFile)]).then(
      ([ca, cert, key]) => {
        if (this.#isClosed) return;
        try {
          const socket = connectTls({
            host,
            port,
            minVersion: 'TLSv1.2',
            // RFC 6066 §3: an address is no server name, but the certificate may be one for it.
            ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : {}),
            checkServerIdentity: (_host, certificate) => checkServerIdentity(tls.serverName, certificate),
            ...(ca === undefined ? {} : { ca }),
            ...(cert === undefined ? {} : { cert }),
            ...(key === undefined ? {} : { key }),
          });
          this.#use(socket, 'secureConnect');
        } catch (error) {
          this.#close(sentence(error)); // a certificate or key that cannot be read
        }
      },
      (error: unknown) => this.#close(sentence(error)),
    );
  }

  write(octets: Uint8Array): void {
    this.#socket?.write(octets);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  destroy(): void {
    this.#isClosed = true;
    // What was written last says why: let it out before the end.
    this.#socket?.end();
    this.#socket?.destroySoon();
  }

  #use(socket: Socket, opened: 'connect' | 'secureConnect'): void {
    this.#socket = socket;
    let reason = 'the cache closed the connection';
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => {
      reason = `no connection within ${CONNECT_TIMEOUT_MS / 1000} s`;
      socket.destroy();
    });
    socket.once(opened, () => {
      socket.setTimeout(0);
      socket.setKeepAlive(true, KEEPALIVE_MS);
      if (!this.#isClosed) this.#on.onOpen();
    });
    socket.on('data', (chunk: Uint8Array) => {
      if (!this.#isClosed) this.#on.onData(chunk);
    });
    socket.on('error', (error) => {
      reason = sentence(error);
    });
    socket.once('close', () => this.#close(reason));
    if (this.#isPaused) socket.pause();
  }

  #close(detail: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#on.onClose(detail);
  }
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node's error for several addresses of one name has no message of its own.
  return error instanceof AggregateError ? error.errors.map(sentence).join('; ') : error.message;
}
