import { once } from 'node:events';
import { request as http1Request } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { RibService } from '@bgp/api-proto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createConnectHandler } from './connect-handler.ts';
import { ProtocolSwitch } from './protocol-switch.ts';

/** Long enough that a busy machine does not keep a reader from reading for so long. */
const STALL_MS = 1_500;
/** Far above what anything takes: what is waited for comes, or the test fails. */
const PATIENCE = { timeout: 60_000 };
const open: ProtocolSwitch[] = [];
const closers: (() => void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await Promise.all(open.splice(0).map((one) => one.close(0)));
});

/** A stream of events without end, or of one and then silence. */
async function serve(isEndless: boolean) {
  const seen = { sent: 0, ended: 0, stalled: [] as string[], failed: [] as string[] };
  const handle = createConnectHandler({
    routes: (router) =>
      void router.service(RibService, {
        listBestRoutes: () => ({ totalCount: 3 }),
        async *watchRoutes(_request, { signal }) {
          try {
            do {
              seen.sent++;
              yield { prefix: 'x'.repeat(60_000) };
            } while (isEndless);
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
          } finally {
            seen.ended++;
          }
        },
      }),
    interceptors: [],
    compresses: true,
    stallMs: STALL_MS,
    onStalled: (method) => seen.stalled.push(method),
    onFailure: (_method, error) => seen.failed.push(error.message),
  });
  const one = new ProtocolSwitch(handle);
  open.push(one);
  one.server.listen(0, '127.0.0.1');
  await once(one.server, 'listening');
  return { port: (one.server.address() as AddressInfo).port, seen };
}

const PATH = `/${RibService.typeName}/WatchRoutes`;
const EMPTY = Buffer.alloc(5); // a frame without a message

function overHttp2(
  port: number,
  read: (chunk: Buffer) => boolean,
): { hangUp(): void; readonly closed: Promise<unknown> } {
  const session = http2Connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  const stream = session.request({ ':path': PATH, ':method': 'POST', 'content-type': 'application/grpc+proto' });
  stream.on('error', () => undefined);
  stream.end(EMPTY);
  stream.on('data', (chunk: Buffer) => void (read(chunk) || stream.pause()));
  closers.push(() => session.destroy());
  return { hangUp: () => session.destroy(), closed: new Promise((done) => stream.once('close', done)) };
}

function overHttp1(port: number): { hangUp(): void } {
  const request = http1Request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: PATH,
    headers: { 'content-type': 'application/connect+proto' },
  });
  request.on('error', () => undefined);
  request.on('response', (response) => response.on('error', () => undefined).pause());
  request.end(EMPTY);
  closers.push(() => request.destroy());
  return { hangUp: () => request.destroy() };
}

describe('a caller that does not read', () => {
  it.each(['HTTP/2', 'HTTP/1.1'])('and hangs up ends its stream, over %s', async (version) => {
    const { port, seen } = await serve(true);
    const caller = version === 'HTTP/2' ? overHttp2(port, () => false) : overHttp1(port);
    await vi.waitFor(() => expect(seen.sent).toBeGreaterThan(0), PATIENCE);
    await delay(100);
    caller.hangUp();
    await vi.waitFor(() => expect(seen.ended).toBe(1), PATIENCE);
    expect(seen).toMatchObject({ stalled: [], failed: [] });
  });

  it.each(['HTTP/2', 'HTTP/1.1'])('is cut off, and nothing of its stream is left, over %s', async (version) => {
    const { port, seen } = await serve(true);
    const reader = overHttp2(port, () => true);
    if (version === 'HTTP/2') overHttp2(port, () => false);
    else overHttp1(port);
    await vi.waitFor(() => expect(seen.ended).toBe(1), PATIENCE);
    expect(seen).toMatchObject({ stalled: [PATH], failed: [] });
    reader.hangUp();
    await vi.waitFor(() => expect(seen.ended).toBe(2), PATIENCE);
    expect(seen.stalled).toHaveLength(1); // the one that reads is let be
  });
});

it('an answer that was read is over', async () => {
  const { port, seen } = await serve(true);
  const session = http2Connect(`http://127.0.0.1:${port}`);
  closers.push(() => session.destroy());
  const path = `/${RibService.typeName}/ListBestRoutes`;
  const stream = session.request({ ':path': path, ':method': 'POST', 'content-type': 'application/json' });
  stream.end('{}');
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  expect(JSON.parse(text)).toMatchObject({ totalCount: 3 });
  await delay(2 * STALL_MS);
  expect(seen.stalled).toEqual([]);
});

it('a caller that waits for events that do not come is let be', async () => {
  const { port, seen } = await serve(false);
  const { closed } = overHttp2(port, () => true);
  expect(await Promise.race([closed.then(() => 'closed'), delay(3 * STALL_MS).then(() => 'open')])).toBe('open');
  expect(seen).toMatchObject({ sent: 1, ended: 0, stalled: [] });
});

it.each([
  [true, 'gzip'],
  [false, null],
])('who can read gzip gets it where answers are compressed: %s', async (compresses, encoding) => {
  const handle = createConnectHandler({
    routes: (router) =>
      void router.service(RibService, { listBestRoutes: () => ({ routes: [{ prefix: 'x'.repeat(5_000) }] }) }),
    interceptors: [],
    compresses,
    onStalled: () => undefined,
    onFailure: () => undefined,
  });
  const one = new ProtocolSwitch(handle);
  open.push(one);
  one.server.listen(0, '127.0.0.1');
  await once(one.server, 'listening');
  const { port } = one.server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/${RibService.typeName}/ListBestRoutes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
    body: '{}',
  });
  expect(answer.headers.get('content-encoding')).toBe(encoding);
  expect(await answer.text()).toContain('xxxxx');
});
