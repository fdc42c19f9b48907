import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { LookingGlassConfig } from '@bgp/config';
import {
  answer,
  ERROR_STATUS,
  type GlassContext,
  type GlassSource,
  type Pieces,
  parseQuestion,
  RequestPace,
} from '@bgp/looking-glass';
import type { LookingGlassReading } from '@bgp/telemetry';
import { Turns } from './turns.ts';

const HEADERS_TIMEOUT_MS = 5_000;
/** A reader that takes nothing for this long is let go. */
const IDLE_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 64;
const MAX_HEADER_OCTETS = 8_192;
/** Steps of all answers together in one turn of the event loop: sessions come first, however many ask. */
const STEPS_PER_TURN = 1;

export interface LookingGlassOptions {
  readonly config: LookingGlassConfig;
  readonly source: GlassSource;
  readonly version: string;
  readonly wallMs: () => number;
  readonly configuredAtMs: () => number;
  /** What became of a request. */
  readonly count: (result: keyof LookingGlassReading) => void;
  /** An answer that could not be made to its end although nobody did anything wrong. */
  readonly onFailure: (target: string, error: unknown) => void;
}

/**
 * The looking glass over HTTP: GET and HEAD, JSON, no authentication, nothing cached. Answers of any size leave as they are made, a step
 * at a time and no faster than they are read.
 */
export function createLookingGlass(options: LookingGlassOptions): Server {
  const { config, count, onFailure } = options;
  const pace = new RequestPace(config.requestsPerSecond);
  const turns = new Turns(STEPS_PER_TURN);
  const context: GlassContext = {
    source: options.source,
    viewer: {
      descriptions: config.showDescriptions,
      rejectionReasons: new Map(Object.entries(config.rejectionReasons)),
    },
    version: options.version,
    nowMs: options.wallMs,
    configuredAtMs: options.configuredAtMs,
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      count('refused');
      return refuse(response, 405, 'method-unknown', 'The looking glass answers GET and HEAD only.');
    }
    const delayMs = pace.delayMs(request.socket.remoteAddress ?? '', performance.now());
    if (delayMs === undefined) {
      count('too_fast');
      response.setHeader('retry-after', '5');
      const message = `More than ${config.requestsPerSecond} requests a second come from this address; ask more slowly.`;
      return refuse(response, 429, 'too-many-requests', message);
    }
    if (delayMs > 0) await delay(delayMs);
    count(await reply(request, response));
  }

  /** One step of somebody's answer, when it is its turn. */
  async function inTurn<T>(step: () => T): Promise<T> {
    const done = await turns.take();
    try {
      return step();
    } finally {
      setImmediate(done);
    }
  }

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<keyof LookingGlassReading> {
    const question = parseQuestion(request.url ?? '', config.maxRoutes);
    const made = question.ok ? await inTurn(() => answer(question.value, context)) : question;
    if (response.destroyed) return 'broken_off';
    if (!made.ok) {
      const { code, message } = made.error;
      refuse(response, ERROR_STATUS[code], code, message);
      return 'refused';
    }
    response.writeHead(200, { 'content-type': made.value.contentType, 'cache-control': 'no-store' });
    if (request.method !== 'HEAD' && !(await send(response, made.value.pieces))) {
      response.destroy();
      return 'broken_off';
    }
    response.end();
    return 'answered';
  }

  /** False: it cannot be finished. The status has gone out already, so it breaks off, and no reader takes it for whole. */
  async function send(response: ServerResponse, pieces: Pieces): Promise<boolean> {
    for (;;) {
      const step = await inTurn(() => pieces.next());
      if (response.destroyed) return false;
      if (step.done === true) return true;
      if (!step.value.ok) return false;
      // White space tells a reader of a long search that somebody still searches.
      if (!response.write(step.value.value || '\n')) await drained(response);
    }
  }

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_OCTETS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      serve(request, response).catch((error: unknown) => {
        count('broken_off');
        onFailure(request.url ?? '', error);
        response.destroy();
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(IDLE_TIMEOUT_MS, (socket) => socket.destroy());
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.once('drain', go);
    response.once('close', go);
  });
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ error: message, code });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
