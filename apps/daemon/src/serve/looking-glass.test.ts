import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { LookingGlassConfig } from '@bgp/config';
import type { GlassSource } from '@bgp/looking-glass';
import { Speaker } from '@bgp/speaker';
import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { createLookingGlass } from './looking-glass.ts';

const servers: ReturnType<typeof createLookingGlass>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const CONFIG: LookingGlassConfig = {
  host: '127.0.0.1',
  port: 0,
  showDescriptions: true,
  maxRoutes: 1_000_000,
  requestsPerSecond: 0,
  rejectionReasons: {},
};

/** A router with so many routes of its own. */
function router(routes: number): Speaker {
  const network = createMemoryNetwork();
  const { ports } = network.addHost({ addresses: ['10.0.0.1'] });
  const speaker = new Speaker(
    { asn: 65001, routerId: '10.0.0.1', ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers: [] },
    ports,
  );
  speaker.start();
  for (let at = 0; at < routes; at++) {
    const prefix = `20.${at >> 8}.${at & 255}.0/24`;
    speaker.inject({
      family: IPV4_UNICAST,
      prefix,
      nextHop: ['10.0.0.1'],
      attributes: { origin: 0, asPath: [] },
      pathId: 0,
    });
  }
  network.runFor(1_000);
  return speaker;
}

async function start(source: GlassSource, config: Partial<LookingGlassConfig> = {}) {
  const failures: unknown[] = [];
  const results: string[] = [];
  const server = createLookingGlass({
    config: { ...CONFIG, ...config },
    source,
    version: '1.2.3',
    wallMs: () => 0,
    configuredAtMs: () => 0,
    count: (result) => results.push(result),
    onFailure: (_target, error) => failures.push(error),
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, failures, results, url: (path: string) => `http://127.0.0.1:${port}${path}` };
}

it('a table comes whole, in pieces', async () => {
  const { url } = await start(router(3_000));
  const response = await fetch(url('/routes/table/master'));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  const { routes } = (await response.json()) as { routes: { network: string }[] };
  expect(new Set(routes.map(({ network }) => network)).size).toBe(3_000);
});

it('requests are counted by what became of them', async () => {
  const { url, results } = await start(router(0));
  for (const path of ['/status', '/routes/protocol/x', '/version']) await (await fetch(url(path))).text();
  await fetch(url('/status'), { method: 'PUT' });
  expect(results).toEqual(['answered', 'refused', 'answered', 'refused']);
});

it('a search that finds nothing is still a document', async () => {
  const { url } = await start(router(3_000));
  const response = await fetch(url('/routes/table/master/filtered'));
  expect(await response.json()).toMatchObject({ routes: [], pagination: { complete: true } });
});

describe('refused with a status and a sentence', () => {
  it.each([
    ['GET', '/nothing', 404, 'path-unknown'],
    ['GET', '/routes/protocol/x', 400, 'protocol-invalid'],
    ['GET', '/routes/table/master?limit=x', 400, 'limit-invalid'],
    ['POST', '/status', 405, 'method-unknown'],
    ['DELETE', '/routes/table/master', 405, 'method-unknown'],
  ])('%s %s', async (method, path, status, code) => {
    const { url } = await start(router(0));
    const response = await fetch(url(path), { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ code, error: expect.stringMatching(/^[A-Z"].*\.$/) });
  });
});

it('HEAD has the same status and no body', async () => {
  const { url } = await start(router(0));
  const found = await fetch(url('/status'), { method: 'HEAD' });
  expect([found.status, await found.text()]).toEqual([200, '']);
  const missing = await fetch(url('/x'), { method: 'HEAD' });
  expect([missing.status, await missing.text()]).toEqual([404, '']);
});

it('who asks much too fast is told to wait', async () => {
  const { url } = await start(router(0), { requestsPerSecond: 1 });
  const stop = new AbortController();
  const asked = Array.from({ length: 20 }, async () => {
    const answer = await fetch(url('/status'), { signal: stop.signal });
    return answer.status === 429 ? answer : Promise.reject(new Error(`${answer.status}`));
  });
  const refused = await Promise.any(asked);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await refused.json()).toMatchObject({ code: 'too-many-requests' });
  stop.abort(); // the others are still waiting for their turn
  await Promise.allSettled(asked);
});

it('an answer that cannot be finished breaks off, so that nobody takes it for whole', async () => {
  const speaker = router(3_000);
  let calls = 0;
  const { url, failures, results } = await start({
    status: () => speaker.status(),
    peers: () => speaker.peers(),
    countBest: (from) => speaker.countBest(from),
    explainExport: (name, family, prefix) => speaker.explainExport(name, family, prefix),
    listRoutes: (query) => speaker.listRoutes(++calls < 4 ? query : { ...query, peer: '10.0.0.9' }),
  });
  const response = await fetch(url('/routes/table/master'));
  await expect(response.text()).rejects.toThrow();
  expect([failures, results]).toEqual([[], ['broken_off']]);
});

it('a fault of ours ends the answer, is reported, and the next request is served', async () => {
  const speaker = router(0);
  const { url, failures } = await start({
    status: () => speaker.status(),
    peers: () => speaker.peers(),
    countBest: () => {
      throw new Error('broken');
    },
    explainExport: (name, family, prefix) => speaker.explainExport(name, family, prefix),
    listRoutes: (query) => speaker.listRoutes(query),
  });
  await expect(fetch(url('/protocols/bgp')).then((response) => response.text())).rejects.toThrow();
  expect(failures).toEqual([new Error('broken')]);
  expect((await fetch(url('/status'))).status).toBe(200);
});

it('a reader that goes away in the middle leaves nothing running', async () => {
  const speaker = router(20_000);
  let calls = 0;
  const { port, url } = await start({
    status: () => speaker.status(),
    peers: () => speaker.peers(),
    countBest: (from) => speaker.countBest(from),
    explainExport: (name, family, prefix) => speaker.explainExport(name, family, prefix),
    listRoutes: (query) => {
      calls++;
      return speaker.listRoutes(query);
    },
  });
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.write('GET /routes/table/master HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  await once(socket, 'close');
  await fetch(url('/status')); // the server has had turns enough to notice
  const before = calls;
  await fetch(url('/status'));
  await fetch(url('/status'));
  expect(calls).toBe(before);
});

it('what is no HTTP gets 400', async () => {
  const { port } = await start(router(0));
  const socket = connect(port, '127.0.0.1');
  socket.write('\x00\x01 garbage\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(text).toContain('400 Bad Request');
});
