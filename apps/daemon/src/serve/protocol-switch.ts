import {
  createServer as createHttp1,
  type Server as Http1Server,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import {
  createServer as createHttp2,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions, Server as TlsServer } from 'node:tls';

export type RequestHandler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

/** RFC 9113 §3.4: every HTTP/2 connection begins with these octets, and no HTTP/1 request can. */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** Three octets tell `PRI` from `POST`, `PUT` and `PATCH`. */
const DECIDING_OCTETS = 3;
const FIRST_OCTETS_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 256;
/** One host must not keep the others out. */
const MAX_CONNECTIONS_PER_ADDRESS = 64;
/** A caller may be silent for days while it watches; only these show that it is gone. */
const KEEPALIVE_MS = 60_000;

/** A connection for which no TLS session came to be. */
export interface TlsFailure {
  readonly remoteAddress: string;
  readonly message: string;
}

export interface TlsListenerOptions {
  readonly context: SecureContextOptions;
  readonly onFailure: (failure: TlsFailure) => void;
}

/**
 * One listener for HTTP/1.1 and HTTP/2, so that curl, browsers' gRPC-Web proxies and gRPC tools use the same address. Without TLS there
 * is no ALPN to ask; the first octets of the connection tell, and with TLS they tell as well. See docs/adr/0009. With TLS only clients
 * with a certificate of the authority get as far as that.
 */
export class ProtocolSwitch {
  readonly server: Server;
  private readonly http1: Http1Server;
  private readonly http2: Http2Server;
  private readonly sockets = new Set<Socket>();
  /** Nothing was asked on these yet. */
  private readonly undecided = new Set<Socket>();
  /** By address of the caller; a Unix socket has none. */
  private readonly perAddress = new Map<string, number>();
  private readonly sessions = new Set<ServerHttp2Session>();

  constructor(handle: RequestHandler, tls?: TlsListenerOptions) {
    this.http1 = createHttp1({ keepAliveTimeout: 65_000, headersTimeout: 10_000, requestTimeout: 60_000 }, handle);
    // Node begins to enforce these times, and to know which connections are idle, when a server listens; this one gets its
    // connections handed over and never does.
    this.http1.emit('listening');
    this.http2 = createHttp2({ settings: { maxConcurrentStreams: 128 } }, handle);
    // A client's broken connection concerns that client only.
    this.http2.on('sessionError', () => undefined);
    this.http2.on('session', (session) => {
      this.sessions.add(session);
      session.once('close', () => this.sessions.delete(session));
    });
    this.server =
      tls === undefined
        ? createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS }, (socket) =>
            this.admit(socket),
          )
        : createTlsServer(
            {
              ...tls.context,
              noDelay: true,
              keepAlive: true,
              keepAliveInitialDelay: KEEPALIVE_MS,
              requestCert: true,
              rejectUnauthorized: true,
              ALPNProtocols: ['h2', 'http/1.1'],
              handshakeTimeout: FIRST_OCTETS_TIMEOUT_MS,
            },
            (socket) => this.admit(socket),
          ).on('tlsClientError', ({ message }, socket) => {
            tls.onFailure({ remoteAddress: socket.remoteAddress ?? 'unknown', message });
            socket.destroy();
          });
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /** Of later connections. Only with TLS. */
  renew(context: SecureContextOptions): void {
    if (this.server instanceof TlsServer) this.server.setSecureContext(context);
  }

  /** Takes no new connections, lets running calls end, and drops what is left after the grace time. */
  close(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cut = setTimeout(() => {
        for (const socket of this.sockets) socket.destroy();
      }, graceMs);
      this.server.close(() => {
        clearTimeout(cut);
        this.http1.close();
        this.http2.close();
        resolve();
      });
      for (const socket of this.undecided) socket.destroy();
      for (const session of this.sessions) session.close();
      this.http1.closeIdleConnections();
    });
  }

  private admit(socket: Socket): void {
    if (!this.hasPlaceFor(socket)) return void socket.destroy();
    this.sockets.add(socket);
    this.undecided.add(socket);
    const timer = setTimeout(() => socket.destroy(), FIRST_OCTETS_TIMEOUT_MS);
    const decide = () => {
      clearTimeout(timer);
      this.undecided.delete(socket);
    };
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      decide();
      this.sockets.delete(socket);
    });
    let seen = Buffer.alloc(0);
    const onReadable = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      seen = Buffer.concat([seen, chunk]);
      const looked = Math.min(seen.length, DECIDING_OCTETS);
      const isPreface = seen.subarray(0, looked).equals(HTTP2_PREFACE.subarray(0, looked));
      if (isPreface && seen.length < DECIDING_OCTETS) return;
      decide();
      socket.removeListener('readable', onReadable);
      socket.unshift(seen);
      (isPreface ? this.http2 : this.http1).emit('connection', socket);
    };
    socket.on('readable', onReadable);
  }

  private hasPlaceFor(socket: Socket): boolean {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) return true;
    const others = this.perAddress.get(remoteAddress) ?? 0;
    if (others >= MAX_CONNECTIONS_PER_ADDRESS) return false;
    this.perAddress.set(remoteAddress, others + 1);
    socket.once('close', () => {
      const left = (this.perAddress.get(remoteAddress) ?? 1) - 1;
      if (left === 0) this.perAddress.delete(remoteAddress);
      else this.perAddress.set(remoteAddress, left);
    });
    return true;
  }
}
