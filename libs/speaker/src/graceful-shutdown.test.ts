import { IPV4_UNICAST } from '@bgp/wire';
import { expect, it } from 'vitest';
import { eventsOf, inject, isUp, type Pair, pair, prefixes } from './testing/lab.ts';

const GRACEFUL_SHUTDOWN = 0xffff_0000;

function running(): Pair {
  const nodes = pair();
  for (const prefix of prefixes(20)) inject(nodes.a, prefix);
  for (const prefix of prefixes(3, 100)) inject(nodes.b, prefix);
  nodes.a.speaker.start();
  nodes.b.speaker.start();
  nodes.network.runUntil(() => isUp(nodes.a, nodes.b), 10_000);
  nodes.network.runFor(1_000);
  return nodes;
}

function routes({ speaker }: Pair['a'], peer: string) {
  const page = speaker.listRoutes({ table: 'best', peer, family: IPV4_UNICAST, limit: 100 });
  if (!page.ok) throw new Error(page.error.message);
  return page.value.routes.map(({ attributes: { communities, localPref } }) => [communities, localPref]);
}

it('marks what it sends and what it gets, at once and without a flap; and back (RFC 8326 §4)', () => {
  const { network, a, b } = running();
  const updates = () => b.speaker.peers()[0]!.counters.messagesReceived.update;
  const before = updates();
  expect(a.speaker.setGracefulShutdown('10.0.0.2', true).ok).toBe(true);
  network.runFor(100);
  expect(routes(b, '10.0.0.1')).toEqual(Array(20).fill([[GRACEFUL_SHUTDOWN], undefined]));
  expect(routes(a, '10.0.0.2')).toEqual(Array(3).fill([[GRACEFUL_SHUTDOWN], 0]));
  expect(a.speaker.peer('10.0.0.2')?.gracefulShutdown).toBe(true);
  expect(updates() - before).toBe(1); // one UPDATE holds them all: each route once, none withdrawn

  expect(a.speaker.setGracefulShutdown(undefined, false).ok).toBe(true);
  network.runFor(100);
  expect(routes(b, '10.0.0.1')).toEqual(Array(20).fill([undefined, undefined]));
  expect(routes(a, '10.0.0.2')).toEqual(Array(3).fill([undefined, undefined]));
  expect(updates() - before).toBe(2);
  expect(a.speaker.peers()[0]?.counters.flaps).toBe(0);
  expect(eventsOf(a, 'graceful-shutdown-begun')).toHaveLength(1);
  expect(eventsOf(a, 'graceful-shutdown-ended')).toHaveLength(1);
});

it('outlives the session, and an unknown neighbor is an error', () => {
  const { network, a, b } = running();
  a.speaker.setGracefulShutdown('10.0.0.2', true);
  network.cut(a.address, b.address);
  network.runFor(100);
  network.runUntil(() => isUp(a, b), 60_000);
  network.runFor(1_000);
  expect(routes(b, '10.0.0.1')).toEqual(Array(20).fill([[GRACEFUL_SHUTDOWN], undefined]));
  expect(a.speaker.setGracefulShutdown('10.0.0.7', true)).toMatchObject({ error: { code: 'peer-not-found' } });
});
