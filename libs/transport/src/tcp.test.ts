import { createServer, connect as netConnect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { freePort } from '@bgp/testkit/free-port';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeTcp } from './tcp.ts';
import { acceptAll, dial, tcpPortContract } from './tcp-port.contract.ts';
import { hasIpv6, type LoopbackWorld, loopbackWorld, until } from './testing/loopback-world.ts';

const ipv6 = await hasIpv6();

tcpPortContract('nodeTcp over 127.0.0.1', () => loopbackWorld('127.0.0.1'));
if (ipv6) tcpPortContract('nodeTcp over ::1', () => loopbackWorld('::1'));
else it.skip('nodeTcp over ::1: this machine has no IPv6', () => {});

describe('dialing', () => {
  let world: LoopbackWorld;
  beforeEach(async () => {
    world = await loopbackWorld('127.0.0.1', { connectTimeoutMs: 30, endTimeoutMs: 30 });
  });
  afterEach(() => world.close());

  it('uses the local address and port that the neighbor asks for', async () => {
    const accepted = acceptAll(world.server);
    const localPort = await freePort('127.0.0.9');
    dial(world.client, world.address, { localAddress: '127.0.0.9', localPort });
    await until(() => accepted.length === 1);
    expect(accepted[0]?.remote).toEqual({ address: '127.0.0.9', port: localPort });
  });

  it('says that the local address does not exist', async () => {
    const client = dial(world.client, world.address, { localAddress: '192.0.2.77' });
    await until(() => client.reason !== undefined);
    expect(client.reason?.code).toBe('other');
    expect(client.reason?.detail).toContain('local address does not exist');
  });

  it.each(['not an address', ''])(
    'an impossible address %j fails like any attempt, without a throw',
    async (address) => {
      const client = dial(world.client, { address, port: 70_000 });
      await until(() => client.reason !== undefined);
      expect(client.events).toEqual(['close']);
    },
  );

  it('gives up when nobody answers', async () => {
    const { port, stop } = await silentListener();
    // The first connections fill the queue that nobody empties; then the kernel drops every further SYN.
    const fillers = [0, 1, 2, 3].map(() => netConnect({ host: '127.0.0.1', port }).on('error', () => {}));
    await until(() => fillers[0]?.readyState === 'open' && fillers[1]?.readyState === 'open');
    const client = dial(world.client, { address: '127.0.0.1', port });
    await until(() => client.reason !== undefined);
    expect(client.events).toEqual(['close']);
    expect(client.reason).toEqual({
      code: 'timeout',
      detail: 'no answer to the connection attempt within 0.03 s',
    });
    for (const filler of fillers) filler.destroy();
    await stop();
  });

  it('end while paused drops what came in and does not reset', async () => {
    const patient = await loopbackWorld('127.0.0.1', { endTimeoutMs: 60_000 });
    const accepted = acceptAll(patient.server);
    const client = dial(patient.client, patient.address);
    await until(() => accepted[0]?.handle !== undefined && client.events.includes('open'));
    client.handle?.pause();
    accepted[0]?.handle?.write(new Uint8Array(200_000));
    client.handle?.write(Uint8Array.of(1, 2, 3));
    client.handle?.end();
    await until(() => client.reason !== undefined && accepted[0]?.reason !== undefined);
    expect(accepted[0]?.octets).toEqual([1, 2, 3]);
    expect(accepted[0]?.reason?.code).toBe('closed-by-peer');
    expect(client.received).toBe(0);
    await patient.close();
  });

  it('onDrain waits for the low-water mark', async () => {
    const marks = { highWaterOctets: 4_000_000, lowWaterOctets: 1_000 };
    const deep = await loopbackWorld('127.0.0.1', marks);
    const accepted = acceptAll(deep.server);
    const client = dial(deep.client, deep.address);
    await until(() => accepted[0]?.handle !== undefined && client.events.includes('open'));
    const server = accepted[0]!; // the line above waited for it
    server.countOnly = true;
    server.handle?.pause();
    const handle = client.handle!; // dial has set it
    // First what the kernel takes, turn by turn; then, behind a write that is stuck, a queue up to the mark.
    while (handle.queuedOctets() === 0) {
      handle.write(new Uint8Array(500_000));
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    while (handle.write(new Uint8Array(500_000)));
    const atDrain: number[] = [];
    client.onDrain = () => atDrain.push(handle.queuedOctets());
    server.handle?.resume();
    await until(() => atDrain.length > 0);
    expect(atDrain[0]).toBeLessThanOrEqual(marks.lowWaterOctets);
    await deep.close();
  });

  it('end closes hard when the peer does not read', async () => {
    const accepted = acceptAll(world.server);
    const client = dial(world.client, world.address);
    await until(() => accepted[0]?.handle !== undefined && client.events.includes('open'));
    accepted[0]?.handle?.pause();
    while (client.handle?.write(new Uint8Array(65_536)));
    await new Promise((resolve) => setImmediate(resolve));
    client.handle?.end();
    await until(() => client.reason !== undefined);
    expect(client.reason?.code).toBe('closed-by-us');
  });
});

describe('listening', () => {
  it('serves both families with one call', async (context) => {
    if (!ipv6) return context.skip('this machine has no IPv6');
    const port = nodeTcp();
    const number = await freePort('127.0.0.1');
    const listening = await port.listen(['0.0.0.0', '::'], number);
    expect(listening).toEqual({
      ok: true,
      value: [
        { address: '0.0.0.0', port: number },
        { address: '::', port: number },
      ],
    });
    const accepted = acceptAll(port);
    const sockets = ['127.0.0.1', '::1'].map((host) => netConnect({ host, port: number }));
    await until(() => accepted.length === 2);
    expect(accepted.map((one) => one.remote?.address).sort()).toEqual(['127.0.0.1', '::1']);
    for (const socket of sockets) socket.destroy();
    await port.close();
  });

  it('a port in use names it and what to do, and leaves nothing open', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen({ host: '127.0.0.2', port: 0 }, resolve));
    const bound = blocker.address();
    const number = bound !== null && typeof bound === 'object' ? bound.port : 0;
    const port = nodeTcp();
    const listening = await port.listen(['127.0.0.1', '127.0.0.2'], number);
    expect(listening.ok).toBe(false);
    if (!listening.ok) {
      expect(listening.error).toMatchObject({ code: 'address-in-use', address: '127.0.0.2', port: number });
      expect(listening.error.message).toContain(`127.0.0.2:${number} is in use`);
      expect(listening.error.message).toContain('listen_port');
    }
    // The first address is free again.
    const again = await port.listen(['127.0.0.1'], number);
    expect(again.ok).toBe(true);
    await port.close();
    await new Promise((resolve) => blocker.close(resolve));
  });

  it.each([
    ['an address of another machine', '192.0.2.77', 'address-not-available', 'listen_addresses'],
    ['a name instead of an address', 'localhost', 'address-invalid', 'literals'],
  ])('%s', async (_rule, address, code, hint) => {
    const listening = await nodeTcp().listen([address], 0);
    expect(listening.ok).toBe(false);
    if (listening.ok) return;
    expect(listening.error.code).toBe(code);
    expect(listening.error.message).toContain(hint);
  });

  it('before accept is called, connections are dropped', async () => {
    const world = await loopbackWorld('127.0.0.1');
    const client = dial(world.client, world.address);
    await until(() => client.reason !== undefined);
    expect(['reset', 'closed-by-peer']).toContain(client.reason?.code);
    await world.close();
  });
});

/** A listener whose thread sleeps: the kernel queues one or two connections and answers no others. */
async function silentListener(): Promise<{ port: number; stop(): Promise<unknown> }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer();
     server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  return { port, stop: () => worker.terminate() };
}
