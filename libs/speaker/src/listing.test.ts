import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { RouteTable } from './status.ts';
import { inject, isUp, type Pair, pair, prefixes } from './testing/lab.ts';

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
