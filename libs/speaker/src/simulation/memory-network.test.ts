import { describe, expect, it } from 'vitest';
import type { TcpCloseReason, TcpHandle, TcpHandlers } from '../ports.ts';
import { createMemoryNetwork, type MemoryNetworkOptions } from './memory-network.ts';
import { VirtualClock } from './virtual-clock.ts';

class End implements TcpHandlers {
  handle: TcpHandle | undefined;
  received: number[] = [];
  chunks: Uint8Array[] = [];
  opened = 0;
  drained = 0;
  closed: TcpCloseReason['code'][] = [];

  onOpen(): void {
    this.opened += 1;
  }
  onData(chunk: Uint8Array): void {
    this.received.push(...chunk);
    this.chunks.push(chunk);
  }
  onDrain(): void {
    this.drained += 1;
  }
  onClose(reason: TcpCloseReason): void {
    this.closed.push(reason.code);
  }
}

const TARGET = { address: '10.0.0.2', port: 179, security: {} };

function pair(options: MemoryNetworkOptions = {}) {
  const network = createMemoryNetwork(options);
  const a = network.addHost({ addresses: ['10.0.0.1'] });
  const b = network.addHost({ addresses: ['10.0.0.2'] });
  const [near, far] = [new End(), new End()];
  b.ports.tcp.accept(() => ({ handlers: far, adopt: (handle) => (far.handle = handle) }));
  near.handle = a.ports.tcp.connect(TARGET, near);
  return { network, a, b, near, far };
}

describe('connections', () => {
  it('carry octets both ways in order, however they are cut into chunks', () => {
    const { network, near, far } = pair({ seed: 3, minChunkOctets: 1, maxChunkOctets: 7, maxLatencyMs: 20 });
    network.runFor(100);
    const octets = Array.from({ length: 500 }, (_, index) => index % 251);
    near.handle?.write(Uint8Array.from(octets));
    far.handle?.write(Uint8Array.of(1, 2, 3));
    network.runFor(60_000);
    expect(far.received).toEqual(octets);
    expect(near.received).toEqual([1, 2, 3]);
    expect(Math.max(...far.chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(7);
  });

  it('overwrite a chunk once onData has returned', () => {
    const { network, near, far } = pair();
    network.runFor(10);
    near.handle?.write(Uint8Array.of(1, 2, 3));
    network.runFor(10);
    expect([...(far.chunks[0] ?? [])]).toEqual([0xdd, 0xdd, 0xdd]);
  });

  it('end: what is queued arrives, then both sides close once', () => {
    const { network, near, far } = pair();
    network.runFor(10);
    near.handle?.write(Uint8Array.of(9));
    near.handle?.end();
    network.runFor(20_000);
    expect(far.received).toEqual([9]);
    expect([near.closed, far.closed]).toEqual([['closed-by-us'], ['closed-by-peer']]);
  });

  it('end with a peer that does not read closes hard', () => {
    const { network, near, far } = pair();
    network.runFor(10);
    far.handle?.pause();
    near.handle?.write(Uint8Array.of(9));
    near.handle?.end();
    network.runFor(4_000);
    expect(near.closed).toEqual([]);
    network.runFor(2_000);
    expect([near.closed, far.closed]).toEqual([['closed-by-us'], ['reset']]);
  });

  it('a paused reader makes write say false, and resuming drains', () => {
    const { network, near, far } = pair({ highWaterOctets: 100, maxChunkOctets: 10, minChunkOctets: 10 });
    network.runFor(10);
    far.handle?.pause();
    expect(near.handle?.write(new Uint8Array(101))).toBe(false);
    network.runFor(1_000);
    expect([near.handle?.queuedOctets(), near.drained]).toEqual([101, 0]);
    far.handle?.resume();
    network.runFor(1_000);
    expect([near.handle?.queuedOctets(), near.drained, far.received.length]).toEqual([0, 1, 101]);
  });

  it('a refused inbound connection opens and is reset', () => {
    const { network, a, b } = pair();
    b.ports.tcp.accept(() => undefined);
    const end = new End();
    a.ports.tcp.connect(TARGET, end);
    network.runFor(100);
    expect([end.opened, end.closed]).toEqual([1, ['reset']]);
  });

  it.each([
    ['nobody has the address', { ...TARGET, address: '10.0.0.9' }, 'unreachable'],
    ['nobody listens on the port', { ...TARGET, port: 180 }, 'refused'],
    ['the key is not expected', { ...TARGET, security: { md5Password: 'x' } }, 'timeout'],
    ['no source address of the family', { ...TARGET, address: '2001:db8::1' }, 'unreachable'],
  ] as const)('connect fails: %s', (_case, target, code) => {
    const { network, a } = pair();
    const end = new End();
    a.ports.tcp.connect(target, end);
    network.runFor(100_000);
    expect([end.opened, end.closed]).toEqual([0, [code]]);
  });

  it('RFC 5082 §3: a TTL below the minimum never arrives', () => {
    const { network, a, b } = pair();
    b.ports.tcp.secure('10.0.0.1', { minTtl: 255 });
    const [far, wrong, right] = [new End(), new End(), new End()];
    b.ports.tcp.accept(() => ({ handlers: far, adopt: () => undefined }));
    a.ports.tcp.connect(TARGET, wrong);
    a.ports.tcp.connect({ ...TARGET, security: { ttl: 255 } }, right);
    network.runFor(100);
    expect([wrong.opened, right.opened]).toEqual([0, 1]);
  });
});

describe('faults', () => {
  it('cut resets both ends', () => {
    const { network, near, far } = pair();
    network.runFor(10);
    expect(network.cut('10.0.0.2', '10.0.0.1')).toBe(1);
    network.runFor(10);
    expect([near.closed, far.closed]).toEqual([['reset'], ['reset']]);
  });

  it('block holds octets until unblock', () => {
    const { network, near, far } = pair();
    network.runFor(10);
    network.block('10.0.0.1', '10.0.0.2');
    near.handle?.write(Uint8Array.of(1));
    network.runFor(10_000);
    expect(far.received).toEqual([]);
    network.unblock('10.0.0.1', '10.0.0.2');
    network.runFor(10);
    expect(far.received).toEqual([1]);
  });

  it('blockOneWay: one direction is silent until unblock, and nobody connects meanwhile', () => {
    const { network, a, near, far } = pair();
    network.runFor(10);
    network.blockOneWay('10.0.0.1', '10.0.0.2');
    near.handle?.write(Uint8Array.of(1));
    far.handle?.write(Uint8Array.of(2));
    const late = new End();
    a.ports.tcp.connect(TARGET, late);
    network.runFor(10_000);
    expect([far.received, near.received, late.opened]).toEqual([[], [2], 0]);
    network.unblock('10.0.0.1', '10.0.0.2');
    network.runFor(10);
    expect(far.received).toEqual([1]);
  });

  it('whoever sends into a connection that the other end has left gets a reset, once it can get through', () => {
    const { network, near, far } = pair();
    network.runFor(10);
    network.block('10.0.0.1', '10.0.0.2');
    far.handle?.destroy();
    network.runFor(10_000);
    near.handle?.write(Uint8Array.of(1));
    network.runFor(10_000);
    expect(near.closed).toEqual([]);
    network.unblock('10.0.0.1', '10.0.0.2');
    network.runFor(10);
    expect(near.closed).toEqual(['reset']);
  });

  it('reshape: a link gets slow and fast again under a living connection', () => {
    const { network, near, far } = pair();
    network.runFor(10);
    network.reshape('10.0.0.2', '10.0.0.1', {
      minLatencyMs: 500,
      maxLatencyMs: 500,
      minChunkOctets: 1,
      maxChunkOctets: 1,
    });
    near.handle?.write(Uint8Array.of(1, 2, 3));
    network.runFor(1_100);
    expect(far.received).toEqual([1, 2]);
    network.reshape('10.0.0.1', '10.0.0.2');
    near.handle?.write(Uint8Array.of(4, 5));
    network.runFor(410);
    expect(far.received).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    ['process', ['reset']],
    ['power', []],
  ] as const)('crash of the %s: timers and sockets are gone, the other end learns it or not', (what, closed) => {
    const { network, b, near, far } = pair();
    network.runFor(10);
    let ticks = 0;
    b.ports.clock.after(50, () => ticks++);
    network.crash(b, what);
    network.runFor(100);
    expect([ticks, near.closed, far.closed]).toEqual([0, closed, []]);
    near.handle?.write(Uint8Array.of(1));
    network.runFor(1_000);
    expect(near.closed).toEqual(closed);
    network.addHost({ addresses: ['10.0.0.2'] });
    network.runFor(100);
    expect(near.closed).toEqual(['reset']);
  });

  it('meanCutMs: connections end by themselves, at the same time in every run', () => {
    const life = (seed: number) => {
      const { network, near } = pair({ seed, meanCutMs: 1_000 });
      network.runUntil(() => near.closed.length > 0);
      return network.clock.nowMs();
    };
    expect(life(5)).toBe(life(5));
    expect(life(5)).not.toBe(life(6));
  });
});

describe('VirtualClock', () => {
  it('runs in order of time, then of request; soon slices last', () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    clock.after(5, () => order.push('late'));
    clock.soon(() => order.push('soon'));
    clock.after(0, () => order.push('a'));
    clock.after(0, () => clock.after(0, () => order.push('c')));
    clock.after(0, () => order.push('b'));
    const cancel = clock.after(1, () => order.push('never'));
    cancel();
    clock.runFor(10);
    expect(order).toEqual(['a', 'b', 'c', 'soon', 'late']);
    expect(clock.nowMs()).toBe(10);
  });

  it('runUntil says whether the condition came to hold', () => {
    const clock = new VirtualClock();
    expect(clock.runUntil(() => false, 100)).toBe(false);
    clock.after(50, () => undefined);
    expect(clock.runUntil(() => clock.nowMs() === 150, 100)).toBe(true);
  });

  it('throws when time stands still', () => {
    const clock = new VirtualClock();
    const again = () => clock.soon(again);
    again();
    expect(() => clock.runFor(1)).toThrow(/stands still/);
  });
});
