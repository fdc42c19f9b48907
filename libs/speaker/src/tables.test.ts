import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { RouteEvent } from './status.ts';
import { addNode, best, eventsOf, inject, isUp, openMessage, pair, prefixes, RawPeer } from './testing/lab.ts';

describe('determinism', () => {
  it('equal seeds give equal transcripts, octet for octet', () => {
    const run = (seed: number) => {
      const { network, a, b } = pair({
        seed,
        minChunkOctets: 1,
        maxChunkOctets: 300,
        maxLatencyMs: 20,
        meanCutMs: 40_000,
      });
      for (const prefix of prefixes(300)) inject(a, prefix);
      for (const prefix of prefixes(300, 150)) inject(b, prefix);
      a.speaker.start();
      b.speaker.start();
      network.runFor(120_000);
      return network.transcript.map(({ atMs, from, to, octets }) => `${atMs} ${from} ${to} ${octets.join('.')}`);
    };
    const first = run(7);
    expect(first.length).toBeGreaterThan(50);
    expect(run(7)).toEqual(first);
    expect(run(8)).not.toEqual(first);
  });
});

describe('a large table', () => {
  it('arrives complete, and keepalives go on while it travels slowly', () => {
    const count = 60_000;
    const { network, a, b } = pair({
      a: { holdTime: 3 },
      maxLatencyMs: 5,
      maxChunkOctets: 2_000,
      minChunkOctets: 500,
      highWaterOctets: 20_000,
    });
    for (const prefix of prefixes(count)) inject(a, prefix);
    a.speaker.start();
    b.speaker.start();
    expect(network.runUntil(() => b.speaker.ribStatus()[0]?.prefixes === count, 60_000)).toBe(true);
    expect(isUp(a, b)).toBe(true);
    expect(b.speaker.fingerprint('received', IPV4_UNICAST, a.address)).toEqual(
      a.speaker.fingerprint('advertised', IPV4_UNICAST, b.address),
    );
    network.runFor(30_000);
    for (const node of [a, b]) expect(eventsOf(node, 'session-down')).toEqual([]);
  });
});

describe('a neighbor that does not read', () => {
  it('is detached while the others get everything, and catches up later with the latest state', () => {
    const network = createMemoryNetwork({ highWaterOctets: 4_000, maxChunkOctets: 1_000, minChunkOctets: 1_000 });
    const a = addNode(network, {
      address: '10.0.0.1',
      asn: 65001,
      peers: [
        { address: '10.0.0.2', remoteAs: 65002 },
        { address: '10.0.0.3', remoteAs: 65003, passive: true, holdTime: 0 },
      ],
    });
    const b = addNode(network, { address: '10.0.0.2', asn: 65002, peers: [{ address: '10.0.0.1', remoteAs: 65001 }] });
    const slow = addNode(network, {
      address: '10.0.0.3',
      asn: 65003,
      peers: [{ address: '10.0.0.1', remoteAs: 65001, holdTime: 0 }],
    });
    for (const node of [a, b, slow]) node.speaker.start();
    network.runUntil(() => isUp(a, b, slow), 10_000);
    network.runFor(1_000);
    network.block('10.0.0.1', '10.0.0.3');

    // Different paths of many lengths, so that the messages are many and of several kinds.
    const all = prefixes(6_000);
    for (const [index, prefix] of all.entries()) injectPath(a, prefix, index % 40);
    network.runFor(2_000);
    expect(best(b).length).toBe(6_000);
    const queued = a.speaker.peer('10.0.0.3')?.queuedOctets ?? 0;
    for (let round = 1; round <= 5; round++) {
      for (const [index, prefix] of all.entries()) if (index % 7 === round) injectPath(a, prefix, (index + round) % 40);
      for (const [index, prefix] of all.entries()) {
        if (index % 11 === round) a.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
      }
      network.runFor(2_000);
    }
    expect(a.speaker.peer('10.0.0.3')?.queuedOctets).toBe(queued); // memory stays bounded
    network.runFor(5_000);
    expect(eventsOf(a, 'slow-peer')).toMatchObject([{ peer: '10.0.0.3', state: 'detached' }]);
    expect(paths(b)).toEqual(paths(a));

    network.unblock('10.0.0.1', '10.0.0.3');
    network.runFor(60_000);
    expect(paths(slow)).toEqual(paths(a));
    expect(eventsOf(a, 'slow-peer').at(-1)).toMatchObject({ state: 'caught-up' });
    expect(slow.speaker.fingerprint('received', IPV4_UNICAST, '10.0.0.1')).toEqual(
      a.speaker.fingerprint('advertised', IPV4_UNICAST, '10.0.0.3'),
    );
    expect(isUp(a, b, slow)).toBe(true);
  });

  it('a new export policy waits for it too, and so does the change of mind after it', () => {
    const { network, a, b } = pair({ highWaterOctets: 4_000, a: { holdTime: 0 }, b: { holdTime: 0 } });
    const table = prefixes(6_000);
    for (const [index, prefix] of table.entries()) injectPath(a, prefix, index % 40);
    a.speaker.start();
    b.speaker.start();
    expect(network.runUntil(() => best(b).length === table.length, 60_000)).toBe(true);
    network.block(a.address, b.address);
    const queued = () => a.speaker.peer(b.address)?.queuedOctets ?? 0;
    for (let round = 0; queued() <= 4_000; round++) {
      for (const prefix of table.slice(0, 500)) injectPath(a, prefix, round % 40);
      network.runFor(1_000);
    }
    const before = queued();
    const withMed = { action: 'next', match: { families: [IPV4_UNICAST] }, set: { med: 7 } } as const;
    const policy = { name: 'med', defaultAction: 'permit', statements: [withMed] } as const;
    expect(a.speaker.setPolicy(b.address, 'export', [policy]).ok).toBe(true);
    network.runFor(2_000);
    expect(queued()).toBe(before);
    for (const prefix of table.slice(0, 100)) a.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
    expect(a.speaker.setPolicy(b.address, 'export', []).ok).toBe(true);
    network.runFor(2_000);
    expect(queued()).toBe(before);
    network.unblock(a.address, b.address);
    network.runFor(60_000);
    expect(paths(b)).toEqual(paths(a));
  });
});

it('a socket that fills up in the middle of a batch misses nothing of the rest of it', () => {
  const { network, a, b } = pair({ highWaterOctets: 4_000 });
  a.speaker.start();
  b.speaker.start();
  const old = prefixes(1_010);
  for (const prefix of old) inject(a, prefix);
  network.runUntil(() => isUp(a, b) && best(b).length === old.length, 20_000);
  network.runFor(1_000);
  network.block(a.address, b.address);
  // One slice: the withdrawals come first and fill the socket, the announcements follow.
  for (const prefix of old) a.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
  for (const prefix of prefixes(10, 5_000)) injectPath(a, prefix, 3);
  network.runFor(2_000);
  network.unblock(a.address, b.address);
  network.runFor(10_000);
  expect(paths(b)).toEqual(paths(a));
});

describe('watching', () => {
  it('initial dump, its end, then changes in order', () => {
    const { network, a } = pair();
    inject(a, '198.51.100.0/24');
    a.speaker.start();
    network.runFor(10);
    const events: string[] = [];
    const stop = a.speaker.watchRoutes({ initialDump: true }, (batch) => {
      events.push(...batch.map(text));
      return true;
    });
    network.runFor(100);
    inject(a, '203.0.113.0/24');
    network.runFor(100);
    a.speaker.withdrawInjected(IPV4_UNICAST, '203.0.113.0/24', 0);
    network.runFor(100);
    stop();
    inject(a, '192.0.2.0/24');
    network.runFor(100);
    expect(events).toEqual([
      'added 198.51.100.0/24',
      'end-of-initial-dump ',
      'added 203.0.113.0/24',
      'withdrawn 203.0.113.0/24',
    ]);
  });

  it('a watcher that refuses for long is told how many it lost, and neighbors are not kept waiting', () => {
    const { network, a, b } = pair();
    a.speaker.start();
    b.speaker.start();
    const table = prefixes(9_000);
    for (const prefix of table) inject(a, prefix);
    network.runUntil(() => isUp(a, b), 10_000);
    network.runFor(1_000);
    let isReading = false;
    const events: RouteEvent[] = [];
    a.speaker.watchRoutes({ initialDump: true }, (batch) => {
      if (isReading) events.push(...batch);
      return isReading;
    });
    network.runFor(1_000);
    for (const prefix of table) injectPath(a, prefix, 3);
    network.runFor(10_000);
    expect(paths(b)).toEqual(paths(a));
    isReading = true;
    network.runFor(10_000);
    const lost = events.filter(({ type }) => type === 'lagged').reduce((sum, event) => sum + (event.lost ?? 0), 0);
    expect(lost).toBeGreaterThan(0);
    expect(events.filter(({ type }) => type === 'end-of-initial-dump')).toHaveLength(1);
  });

  it('the initial dump has a route that goes and comes back while it is under way', () => {
    const network = createMemoryNetwork();
    const pace = { routesPerRound: 1, rounds: 1, ms: 1 };
    const a = addNode(network, { address: '10.0.0.1', asn: 65001, pace, peers: [] });
    a.speaker.start();
    const table = prefixes(3);
    for (const prefix of table) inject(a, prefix);
    network.runFor(100);
    for (const prefix of table) a.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
    const seen: string[] = [];
    a.speaker.watchRoutes({ initialDump: true }, (events) => {
      for (const { type, prefix } of events) if (type !== 'withdrawn') seen.push(prefix);
      return true;
    });
    network.runFor(2);
    inject(a, table[2]!);
    network.runFor(1_000);
    expect(seen).toContain(table[2]);
  });

  it('a watcher that is full again after each batch gets the rest of the initial dump, and its end', () => {
    const network = createMemoryNetwork();
    const a = addNode(network, { address: '10.0.0.1', asn: 65001, peers: [] });
    a.speaker.start();
    const table = prefixes(9_000);
    for (const prefix of table) inject(a, prefix);
    network.runFor(1_000);
    let takes = 0;
    const events: RouteEvent[] = [];
    a.speaker.watchRoutes({ initialDump: true }, (batch) => {
      if (takes === 0) return false;
      takes--;
      events.push(...batch);
      return true;
    });
    network.runFor(100);
    for (const prefix of table.slice(0, 6_000)) injectPath(a, prefix, 3); // more than is kept
    network.runFor(100);
    for (let batches = 0; batches < 50; batches++) {
      takes = 1;
      network.runFor(100);
    }
    const { lost } = events.find(({ type }) => type === 'lagged')!;
    expect(lost).toBeLessThan(6_000);
    expect(new Set(events.map(({ prefix }) => prefix)).size).toBe(table.length + 1);
    expect(events.filter(({ type }) => type === 'end-of-initial-dump')).toHaveLength(1);
  });

  it('a watcher that reads loses nothing, however many routes change in one slice', () => {
    const network = createMemoryNetwork();
    const a = addNode(network, { address: '10.0.0.1', asn: 65001, peers: [] });
    network.runFor(1_000);
    const types = new Map<string, number>();
    a.speaker.watchRoutes({ initialDump: false }, (batch) => {
      for (const { type } of batch) types.set(type, (types.get(type) ?? 0) + 1);
      return true;
    });
    for (let index = 0; index < 10_000; index++) injectPath(a, `10.${index >> 8}.${index & 255}.0/24`, 3);
    network.runFor(1_000);
    expect([...types]).toEqual([['added', 10_000]]);
  });
});

describe('route refresh', () => {
  it('a request brings the family again and its End-of-RIB (RFC 2918 §4)', () => {
    const network = createMemoryNetwork();
    const a = addNode(network, {
      address: '10.0.0.1',
      asn: 65001,
      peers: [{ address: '10.0.0.3', remoteAs: 65003, passive: true }],
    });
    inject(a, '198.51.100.0/24');
    a.speaker.start();
    const raw = new RawPeer();
    raw.handle = network
      .addHost({ addresses: ['10.0.0.3'] })
      .ports.tcp.connect({ address: '10.0.0.1', port: 179, security: {} }, raw);
    network.runFor(10);
    raw.send(openMessage(65003, '10.0.0.3'));
    raw.send({ type: 'KEEPALIVE' });
    network.runFor(100);
    expect(raw.messages()).toEqual(['1', '4', '2', '2']);
    raw.send({ type: 'ROUTE-REFRESH', family: IPV4_UNICAST, subtype: 0 });
    network.runFor(100);
    expect(raw.messages()).toEqual(['1', '4', '2', '2', '2', '2']);
  });
});

function injectPath(node: Parameters<typeof inject>[0], prefix: string, variant: number): void {
  const asns = Array.from({ length: 1 + (variant % 5) }, (_, at) => 64600 + variant + at);
  node.speaker.inject({
    family: IPV4_UNICAST,
    prefix,
    nextHop: ['192.0.2.1'],
    attributes: { origin: variant % 3, asPath: [{ type: 'sequence', asns }] },
    pathId: 0,
  });
}

/** Best routes without what differs by where one stands: the first AS. */
function paths(node: Parameters<typeof best>[0]): string[] {
  return best(node)
    .map((line) => line.replace('via 65001 ', 'via '))
    .sort();
}

function text({ type, prefix }: RouteEvent): string {
  return `${type} ${prefix}`;
}

it('a socket that fills up in the middle of the first tables delays the rest of them, and no more', () => {
  const families = [IPV4_UNICAST, IPV6_UNICAST];
  const { network, a, b } = pair({
    highWaterOctets: 64,
    minChunkOctets: 10,
    maxChunkOctets: 10,
    minLatencyMs: 50,
    maxLatencyMs: 50,
    a: { families, localIpv6NextHop: '2001:db8::1' },
    b: { families, localIpv6NextHop: '2001:db8::2' },
  });
  for (const prefix of prefixes(20)) inject(a, prefix);
  for (const { speaker } of [a, b]) speaker.start();
  network.runUntil(() => isUp(a, b), 10_000);
  network.runFor(10_000);
  const ends = eventsOf(b, 'end-of-rib').filter(({ direction }) => direction === 'received');
  expect(ends.map(({ family }) => family)).toEqual(families);
});
