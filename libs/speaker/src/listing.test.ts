import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { RouteTable } from './status.ts';
import { addNode, inject, isUp, type Pair, pair, prefixes } from './testing/lab.ts';

const STABLE = prefixes(400);

function upWith(table: readonly string[]): Pair {
  const lab = pair();
  for (const prefix of table) inject(lab.a, prefix);
  lab.a.speaker.start();
  lab.b.speaker.start();
  lab.network.runUntil(() => isUp(lab.a, lab.b), 10_000);
  lab.network.runFor(1_000);
  return lab;
}

describe('pages while routes come and go', () => {
  it.each<[RouteTable, 'a' | 'b']>([
    ['best', 'a'],
    ['received', 'b'],
    ['advertised', 'a'],
  ])('%s: no lasting route is left out or shown twice', (table, at) => {
    const { network, a, b } = upWith(STABLE.flatMap((prefix, index) => [prefix, ...prefixes(1, 9_000 + index)]));
    const node = at === 'a' ? a : b;
    const peer = at === 'a' ? b.address : a.address;
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page === 0 || cursor !== undefined; page++) {
      const result = node.speaker.listRoutes({
        table,
        family: IPV4_UNICAST,
        limit: 37,
        ...(table === 'best' ? {} : { peer }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (!result.ok) throw new Error(result.error.message);
      seen.push(...result.value.routes.map(({ prefix }) => prefix));
      cursor = result.value.nextCursor;
      for (const prefix of prefixes(20, 9_000 + page * 20)) a.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
      for (const prefix of prefixes(20, 20_000 + page * 20)) inject(a, prefix);
      network.runFor(500);
    }
    const lasting = new Set(STABLE);
    expect(seen.filter((prefix) => lasting.has(prefix)).sort()).toEqual([...STABLE].sort());
  });
});

describe('pages that end between the paths of a prefix', () => {
  /** Five neighbors announce the same three prefixes; the sixth gets every path. */
  function manyPaths() {
    const network = createMemoryNetwork({ seed: 5 });
    const senders = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'];
    const add = { receive: true, send: true };
    const center = addNode(network, {
      address: '10.0.0.1',
      asn: 65001,
      peers: [...senders, '10.0.0.7'].map((address, at) => ({ address, remoteAs: 65002 + at, addPath: add })),
    });
    const others = [...senders, '10.0.0.7'].map((address, at) =>
      addNode(network, { address, asn: 65002 + at, peers: [{ address: '10.0.0.1', remoteAs: 65001, addPath: add }] }),
    );
    for (const node of others.slice(0, -1)) for (const prefix of prefixes(3)) inject(node, prefix);
    for (const { speaker } of [center, ...others]) speaker.start();
    expect(network.runUntil(() => isUp(...others), 60_000)).toBe(true);
    network.runFor(3_000);
    return center.speaker;
  }

  it.each([
    ['what a neighbor has', { table: 'advertised', peer: '10.0.0.7' }, 15],
    ['a prefix of what a neighbor has', { table: 'advertised', peer: '10.0.0.7', prefix: prefixes(1)[0]! }, 5],
    ['a prefix of all that was received', { table: 'received', prefix: prefixes(1)[0]! }, 5],
    ['all that was received inside a block', { table: 'received', prefix: '0.0.0.0/0', longer: true }, 15],
  ] as const)('%s comes whole, each path once, whatever the size of a page', (_what, query, count) => {
    const speaker = manyPaths();
    for (let limit = 1; limit <= 6; limit++) {
      const seen: string[] = [];
      for (let cursor: string | undefined, pages = 0; ; ) {
        const page = speaker.listRoutes({
          ...query,
          family: IPV4_UNICAST,
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
        if (!page.ok) throw new Error(page.error.message);
        // What a neighbor has is listed prefix by prefix, each with all of its paths.
        expect(page.value.routes.length).toBeLessThanOrEqual(query.table === 'advertised' ? limit + 4 : limit);
        seen.push(...page.value.routes.map(({ prefix, peer, pathId }) => `${prefix} ${peer} ${pathId}`));
        cursor = page.value.nextCursor;
        if (cursor === undefined) break;
        expect(++pages).toBeLessThan(50);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toHaveLength(count);
    }
  });
});

describe('one prefix', () => {
  it.each<[string, readonly string[]]>([
    ['20.0.7.0/24', ['20.0.7.0/24']],
    ['20.0.0.0/16', []],
    ['20.9.9.0/24', []],
  ])('advertised %s', (prefix, expected) => {
    const { a, b } = upWith(STABLE);
    const result = a.speaker.listRoutes({
      table: 'advertised',
      family: IPV4_UNICAST,
      peer: b.address,
      prefix,
      limit: 10,
    });
    expect(result.ok && result.value.routes.map((row) => row.prefix)).toEqual(expected);
  });
});

it('explainBest names the step of the decision that removed each other path', () => {
  const { network, a, b } = upWith(['198.51.100.0/24']);
  inject(b, '198.51.100.0/24');
  network.runFor(1_000);
  const explained = b.speaker.explainBest(IPV4_UNICAST, '198.51.100.0/24');
  const page = b.speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, prefix: '198.51.100.0/24', limit: 1 });
  expect(page.ok && page.value.routes).toEqual([explained?.best]);
  expect(explained?.best?.attributes.asPath).toEqual([]);
  expect(explained?.candidates.map(({ route, reason }) => [route.peer, reason])).toEqual([
    [a.address, 'shorter_as_path'],
  ]);
});

describe('countBest', () => {
  it('counts the best paths of each neighbor, of all tables', () => {
    const { network, a, b } = upWith(prefixes(30));
    for (const prefix of prefixes(12)) inject(b, prefix); // its own win: no AS_PATH
    network.runFor(1_000);
    const counts = new Map<string, number>();
    let step = b.speaker.countBest();
    for (; ; step = b.speaker.countBest(step.next)) {
      for (const [peer, count] of step.counts) counts.set(peer, (counts.get(peer) ?? 0) + count);
      if (step.next === undefined) break;
    }
    expect(Object.fromEntries(counts)).toEqual({ local: 12, [a.address]: 18 });
  });
});
