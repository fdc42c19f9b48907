import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { RisLiveConfig } from '@bgp/config';
import type { RisEvent } from '@bgp/looking-glass';
import { encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST } from '@bgp/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { RisLive } from './ris-live.ts';

const running: RisLive[] = [];
const clients: WebSocket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await Promise.all(running.splice(0).map((one) => one.close()));
});

const CONFIG: RisLiveConfig = {
  host: '127.0.0.1',
  port: 0,
  path: '/v1/ws/',
  collector: 'rrc99',
  maxClients: 4,
  maxSubscriptions: 100,
  maxQueueOctets: 1_048_576,
};

async function start(config: Partial<RisLiveConfig> = {}) {
  const wanted: boolean[] = [];
  const live = new RisLive({ config: { ...CONFIG, ...config }, onWanted: (isWanted) => wanted.push(isWanted) });
  running.push(live);
  await once(live.server.listen(0, '127.0.0.1'), 'listening');
  const { port } = live.server.address() as AddressInfo;
  return { live, wanted, at: `127.0.0.1:${port}` };
}

/** A client with everything that it was told; `next` waits for one more. */
async function connect(url: string) {
  const socket = new WebSocket(url);
  clients.push(socket);
  const told: { type: string; data: Record<string, unknown> }[] = [];
  const waiting: (() => void)[] = [];
  socket.on('message', (data) => {
    told.push(JSON.parse(String(data)));
    for (const wake of waiting.splice(0)) wake();
  });
  const closed = once(socket, 'close') as Promise<[number, Buffer]>;
  await once(socket, 'open');
  const say = (type: string, data?: unknown) => socket.send(JSON.stringify({ type, data }));
  const next = async () => {
    while (told.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    return told.shift();
  };
  const subscribe = async (data: object) => {
    say('ris_subscribe', { ...data, socketOptions: { acknowledge: true } });
    expect(await next()).toMatchObject({ type: 'ris_subscribe_ok' });
  };
  return { socket, say, next, told, closed, subscribe };
}

function announcement(prefix: string): RisEvent {
  const message = encodeMessage(
    {
      type: 'UPDATE',
      withdrawn: [],
      announced: [{ family: IPV4_UNICAST, nlri: [{ prefix }] }],
      attributes: { origin: 0, asPath: [{ type: 'sequence', asns: [64500] }], nextHop: '192.0.2.1' },
      errors: [],
    },
    INITIAL_CONTEXT,
  );
  if (!message.ok) throw new Error(message.error.code);
  const from = { atMs: 0, peer: '192.0.2.1', peerAs: 64500, direction: 'received' } as const;
  return { event: 'message', ...from, octets: message.value, ctx: INITIAL_CONTEXT };
}

it('a client subscribes, as BGPalerter does, and gets what it asked for', async () => {
  const { live, wanted, at } = await start();
  const { say, next, subscribe } = await connect(`ws://${at}/v1/ws/?client_version=1&client=x&instance=1`);
  say('ris_subscribe', {
    moreSpecific: true,
    type: 'UPDATE',
    host: null,
    socketOptions: { includeRaw: false },
    prefix: '10.0.0.0/8',
  });
  await subscribe({ path: '64501$' });
  live.publish(announcement('192.0.2.0/24'));
  live.publish(announcement('10.1.0.0/16'));
  expect(await next()).toMatchObject({
    type: 'ris_message',
    data: { host: 'rrc99', announcements: [{ prefixes: ['10.1.0.0/16'] }] },
  });
  expect(wanted).toEqual([true]);
});

it('a client that goes away leaves nothing behind', async () => {
  const { live, wanted, at } = await start();
  const { socket, subscribe, closed } = await connect(`ws://${at}/v1/ws`);
  await subscribe({});
  socket.close();
  await closed;
  while (wanted.length < 2) await new Promise(setImmediate);
  expect(wanted).toEqual([true, false]);
  live.publish(announcement('10.0.0.0/8'));
});

describe('who is not let in', () => {
  const failure = async (url: string) => {
    const socket = new WebSocket(url);
    clients.push(socket);
    const [error] = (await once(socket, 'error')) as [Error];
    return error.message;
  };

  it('another path', async () => {
    const { at } = await start();
    expect(await failure(`ws://${at}/`)).toContain('404');
    expect(await failure(`ws://${at}/v1/ws/more`)).toContain('404');
  });

  it('one client too many', async () => {
    const { live, at } = await start({ maxClients: 1 });
    const { say, next } = await connect(`ws://${at}/v1/ws/`);
    expect(await failure(`ws://${at}/v1/ws/`)).toContain('503');
    expect(live.reading().dropped.no_room).toBe(1);
    say('ping');
    expect(await next()).toEqual({ type: 'pong', data: null });
  });

  it.each([
    ['/v1/ws/', 426],
    ['/', 404],
  ])('plain HTTP at %s: %i', async (path, status) => {
    const { at } = await start();
    const response = await fetch(`http://${at}${path}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/\.$/) });
  });
});

describe('who is let go', () => {
  it('a client that does not read is told why and loses its connection; others stay', async () => {
    const { live, at } = await start({ maxQueueOctets: 65_536 });
    const [slow, other] = [await connect(`ws://${at}/v1/ws/`), await connect(`ws://${at}/v1/ws/`)];
    await slow.subscribe({});
    await other.subscribe({ require: 'withdrawals' });
    slow.socket.pause();
    // More than the kernel's buffers take.
    for (let at = 0; at < 200_000 && live.reading().dropped.too_slow === 0; at++) {
      live.publish(announcement('10.0.0.0/8'));
      if (at % 500 === 0) await new Promise(setImmediate);
    }
    expect(live.reading().dropped.too_slow).toBe(1);
    slow.socket.resume();
    const [code] = await slow.closed;
    expect(code).toBe(1008);
    expect(slow.told.at(-1)).toMatchObject({
      type: 'ris_error',
      data: { message: expect.stringContaining('more slowly') },
    });
    other.say('ping');
    expect(await other.next()).toEqual({ type: 'pong', data: null });
  });

  it('one that sends octets', async () => {
    const { at } = await start();
    const { socket, closed, next } = await connect(`ws://${at}/v1/ws/`);
    socket.send(Uint8Array.of(1, 2, 3));
    expect(await next()).toMatchObject({ type: 'ris_error' });
    expect((await closed)[0]).toBe(1003);
  });

  it('one that sends a message without end', async () => {
    const { at } = await start();
    const { socket, closed } = await connect(`ws://${at}/v1/ws/`);
    socket.on('error', () => {});
    socket.send(' '.repeat(1_100_000));
    expect((await closed)[0]).toBe(1009);
  });

  it('everybody, when the daemon stops', async () => {
    const { live, at } = await start();
    const { closed } = await connect(`ws://${at}/v1/ws/`);
    await live.close();
    expect((await closed)[0]).toBe(1001);
  });
});

it('metrics', async () => {
  const { live, at } = await start();
  const { say, next } = await connect(`ws://${at}/v1/ws/`);
  say('ping');
  await next();
  expect(live.reading()).toEqual({ clients: 1, sent: 1, dropped: { too_slow: 0, no_pong: 0, no_room: 0 } });
});
