import { createServer, type Server } from 'node:http';

export interface HttpEndpoints {
  readonly metrics: () => Promise<string>;
  /** A page could not be made; the caller is told only that. */
  readonly onFailure: (path: string, error: unknown) => void;
  /** Sessions are being served and the process is not stopping. */
  readonly isReady: () => boolean;
}

type Answer = readonly [status: number, type: string, body: string];

const TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 64;
const MAX_HEADER_OCTETS = 8_192;

/** `/metrics`, `/livez` and `/readyz` for scrapers and probes; bounded in connections, time and request size. */
export function createHttpEndpoints({ metrics, isReady, onFailure }: HttpEndpoints): Server {
  const answers: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
    '/metrics': async () => [200, 'text/plain; version=0.0.4; charset=utf-8', await metrics()],
    '/livez': () => [200, 'text/plain', 'ok\n'],
    '/readyz': () => (isReady() ? [200, 'text/plain', 'ok\n'] : [503, 'text/plain', 'stopping\n']),
  };
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_OCTETS,
      headersTimeout: TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      keepAliveTimeout: TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const answer = async (): Promise<Answer> => {
        if (!isRead) return [405, 'text/plain', 'GET or HEAD only\n'];
        return (await answers[path]?.()) ?? [404, 'text/plain', 'not found\n'];
      };
      answer()
        .catch((error: unknown): Answer => {
          onFailure(path, error);
          return [500, 'text/plain', 'internal error\n'];
        })
        .then(([status, type, body]) => {
          response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
          response.end(request.method === 'HEAD' ? undefined : body);
        });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  // Also a reader that stops reading in the middle.
  server.setTimeout(TIMEOUT_MS, (socket) => socket.destroy());
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    else socket.destroy();
  });
  return server;
}
