import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpEndpoints } from './http-endpoints.ts';

let isReady = true;
let failures: unknown[] = [];
let server: ReturnType<typeof createHttpEndpoints>;

afterEach(() => {
  server.close();
  server.closeAllConnections();
  isReady = true;
  failures = [];
});

async function ask(request: string, metrics = async () => 'bgp_x 1\n'): Promise<string> {
  server = createHttpEndpoints({
    metrics,
    isReady: () => isReady,
    onFailure: (path, error) => failures.push([path, error]),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end(request);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe('HTTP endpoints', () => {
  it.each([
    ['GET /metrics', 200, 'bgp_x 1\n'],
    ['GET /metrics?x=1', 200, 'bgp_x 1\n'],
    ['HEAD /metrics', 200, ''],
    ['GET /livez', 200, 'ok\n'],
    ['GET /readyz', 200, 'ok\n'],
    ['GET /', 404, 'not found\n'],
    ['GET /toString', 404, 'not found\n'],
    ['POST /metrics', 405, 'GET or HEAD only\n'],
  ])('%s is %i', async (line, status, body) => {
    const answer = await ask(`${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect(answer.split('\r\n\r\n')[1]).toBe(body);
  });

  it('/readyz is 503 while stopping, /livez stays 200', async () => {
    isReady = false;
    expect(await ask('GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toContain(' 503 ');
  });

  it('an unreadable request is 400', async () => {
    expect(await ask('no request at all\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('a request line over 8,192 octets is refused', async () => {
    expect(await ask(`GET /${'x'.repeat(9_000)} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1.1 4/);
  });

  it('a page that cannot be made is 500, and ours to know why', async () => {
    const broken = new Error('broken');
    const answer = await ask('GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', () =>
      Promise.reject(broken),
    );
    expect(answer.startsWith('HTTP/1.1 500 ')).toBe(true);
    expect(answer).not.toContain('broken');
    expect(failures).toEqual([['/metrics', broken]]);
  });

  it('declares the Prometheus text format', async () => {
    expect(await ask('GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toContain(
      'content-type: text/plain; version=0.0.4',
    );
  });
});
