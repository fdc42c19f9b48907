import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RisLiveConfig } from '@bgp/config';
import { errorText, type RisEvent, RisFeed, RisTap, type TappedSpeaker } from '@bgp/looking-glass';
import type { RisLiveReading } from '@bgp/telemetry';
import { type WebSocket, WebSocketServer } from 'ws';

const HEADERS_TIMEOUT_MS = 5_000;
const MAX_HEADER_OCTETS = 8_192;
/** Of one message of a client: a list of prefixes may be long. */
const MAX_PAYLOAD_OCTETS = 1_048_576;
/** A client that has not answered the ping before the next one is gone. */
const PING_INTERVAL_MS = 30_000;
/** For the last message and the closing handshake. */
const CLOSE_WAIT_MS = 5_000;
const GOING_AWAY = 1001; // RFC 6455 §7.4.1
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;

export interface RisLiveOptions {
  readonly config: RisLiveConfig;
  /** The first subscription has come, or the last has gone. */
  readonly onWanted: (isWanted: boolean) => void;
}

/** The live stream over WebSocket, without authentication. Costs nothing per message while nobody has subscribed. */
export class RisLive {
  readonly server: Server;
  readonly #config: RisLiveConfig;
  readonly #feed: RisFeed;
  readonly #sockets: WebSocketServer;
  readonly #alive = new WeakSet<WebSocket>();
  readonly #pings: NodeJS.Timeout;
  #sent = 0;
  readonly #dropped = { too_slow: 0, no_pong: 0, no_room: 0 };

  constructor({ config, onWanted }: RisLiveOptions) {
    this.#config = config;
    this.#feed = new RisFeed({ host: config.collector, maxSubscriptions: config.maxSubscriptions, onWanted });
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_OCTETS, perMessageDeflate: false });
    this.server = createServer(
      {
        maxHeaderSize: MAX_HEADER_OCTETS,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: HEADERS_TIMEOUT_MS,
        keepAliveTimeout: HEADERS_TIMEOUT_MS,
        connectionsCheckingInterval: 1_000,
      },
      (request, response) => {
        const isStream = pathOf(request) === config.path;
        const status = isStream ? 426 : 404; // RFC 9110 §15.5.22
        const message = isStream
          ? 'This is a WebSocket; connect to it with a WebSocket client.'
          : `There is nothing here; the stream is at ${config.path}.`;
        const headers = isStream ? { upgrade: 'websocket', connection: 'upgrade' } : {};
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify({ error: message }));
      },
    );
    // Clients, and some who are still being told that there is no room.
    this.server.maxConnections = config.maxClients + 16;
    this.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.server.on('clientError', (_error, socket) => {
      if (socket.writable) refuse(socket, 400, 'The request is not HTTP.');
      else socket.destroy();
    });
    this.#pings = setInterval(() => this.#ping(), PING_INTERVAL_MS).unref();
  }

  reading(): RisLiveReading {
    return { clients: this.#sockets.clients.size, sent: this.#sent, dropped: { ...this.#dropped } };
  }

  publish(event: RisEvent): void {
    this.#feed.publish(event);
  }

  async close(): Promise<void> {
    clearInterval(this.#pings);
    for (const socket of this.#sockets.clients) socket.close(GOING_AWAY, 'the daemon stops');
    await new Promise<void>((resolve) => {
      const over = setTimeout(resolve, 500);
      this.server.close(() => {
        clearTimeout(over);
        resolve();
      });
      this.server.closeIdleConnections();
    });
    for (const socket of this.#sockets.clients) socket.terminate();
    this.server.closeAllConnections();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (pathOf(request) !== this.#config.path) {
      return refuse(socket, 404, `There is nothing here; the stream is at ${this.#config.path}.`);
    }
    if (this.#sockets.clients.size >= this.#config.maxClients) {
      this.#dropped.no_room++;
      return refuse(socket, 503, `There are ${this.#config.maxClients} clients already.`);
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#connected(webSocket));
  }

  #connected(socket: WebSocket): void {
    const connection = this.#feed.connect((text) => this.#send(socket, text));
    this.#alive.add(socket);
    socket.on('pong', () => this.#alive.add(socket));
    socket.on('message', (data, isBinary) => {
      if (isBinary) return this.#letGo(socket, UNSUPPORTED_DATA, 'Messages are texts in JSON.');
      connection.receive(String(data));
    });
    // What ws says of a message that is too long or malformed is in the close code already.
    socket.on('error', () => {});
    socket.on('close', () => connection.close());
  }

  #send(socket: WebSocket, text: string): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount + text.length > this.#config.maxQueueOctets) {
      this.#dropped.too_slow++;
      return this.#letGo(
        socket,
        POLICY_VIOLATION,
        'You read more slowly than messages come; some are lost, connect again.',
      );
    }
    this.#sent++;
    socket.send(text);
  }

  /** It hears why, as RIS Live tells it; one that does not even read that is cut off. */
  #letGo(socket: WebSocket, code: number, reason: string): void {
    socket.send(errorText(reason));
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), CLOSE_WAIT_MS).unref();
  }

  #ping(): void {
    for (const socket of this.#sockets.clients) {
      if (!this.#alive.delete(socket)) {
        this.#dropped.no_pong++;
        socket.terminate();
      } else socket.ping();
    }
  }
}

/** Watches the speaker while somebody has subscribed, and only then. */
export function createRisLive(config: RisLiveConfig, speaker: () => TappedSpeaker): RisLive {
  const tap = new RisTap((event) => live.publish(event));
  const onWanted = (isWanted: boolean) => (isWanted ? tap.start(speaker()) : tap.stop());
  const live: RisLive = new RisLive({ config, onWanted });
  return live;
}

/** Always with a slash at its end. */
function pathOf({ url = '' }: IncomingMessage): string {
  const [path = ''] = url.split('?', 1);
  return path.endsWith('/') ? path : `${path}/`;
}

function refuse(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ error: message });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
