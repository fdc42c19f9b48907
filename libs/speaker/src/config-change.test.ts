import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { best, eventsOf, inject, isUp, type Pair, pair, prefixes } from './testing/lab.ts';

const DENY_ONE = [
  {
    name: 'deny-one',
    defaultAction: 'permit',
    statements: [{ action: 'deny', match: { prefixes: [{ prefix: prefixes(1)[0]! }] } }],
  },
] as const;

function running(): Pair {
  const nodes = pair();
  for (const prefix of prefixes(5)) inject(nodes.a, prefix);
  for (const prefix of prefixes(5)) inject(nodes.b, prefix);
  nodes.a.speaker.start();
  nodes.b.speaker.start();
  nodes.network.runUntil(() => isUp(nodes.a, nodes.b), 10_000);
  nodes.network.runFor(1_000);
  return nodes;
}

const change = ({ a }: Pair, changes: Partial<PeerConfig>) =>
  a.speaker.updatePeer({ ...a.speaker.peers()[0]!.config, ...changes });

describe('a changed neighbor', () => {
  it.each<[string, Partial<PeerConfig>]>([
    ['description', { description: 'new' }],
    ['prefix limits', { maxPrefixes: 100, maxPrefixesWarning: 80 }],
    ['stale time', { grStaleRoutesTime: 5 }],
    ['private AS removal', { removePrivateAs: 'all' }],
    ['best path per client', { perClientBest: true }],
    ['AS override', { asOverride: true }],
    ['policies', { importChain: DENY_ONE, exportChain: DENY_ONE }],
  ])('%s: while the session is up', (_what, changes) => {
    const nodes = running();
    expect(change(nodes, changes)).toEqual({ ok: true, value: 'live' });
    nodes.network.runFor(5_000);
    expect(nodes.a.speaker.peers()[0]).toMatchObject({ state: 'Established', counters: { flaps: 0 }, config: changes });
  });

  it.each<[string, Partial<PeerConfig>]>([
    ['hold time', { holdTime: 30 }],
    ['families', { families: [IPV4_UNICAST, IPV6_UNICAST] }],
    ['graceful restart', { gracefulRestart: false }],
    ['ADD-PATH', { addPath: { receive: true, send: true } }],
    ['the own AS in paths', { allowOwnAs: 2 }],
    ['route reflection', { routeServerClient: true }],
  ])('%s: needs a new session, told as Cease/6 (RFC 4486)', (_what, changes) => {
    const nodes = running();
    expect(change(nodes, changes)).toEqual({ ok: true, value: 'session-reset' });
    nodes.network.runFor(100);
    const told = eventsOf(nodes.b, 'notification').map(({ code, subcode, data }) => [code, subcode, ...data]);
    expect(told).toContainEqual([6, 9, 6, 6]); // as a Hard Reset, RFC 8538
    expect(nodes.network.runUntil(() => isUp(nodes.a, nodes.b), 60_000)).toBe(true);
    expect(nodes.a.speaker.peers()[0]).toMatchObject({ config: changes });
  });

  it('policies: only what really differs is sent', () => {
    const nodes = running();
    const received = () => nodes.b.speaker.peers()[0]!.counters.messagesReceived.update;
    const before = received();
    change(nodes, { exportChain: DENY_ONE });
    nodes.network.runFor(1_000);
    expect(best(nodes.b).filter((route) => route.includes('65001'))).toHaveLength(0); // its own are shorter
    const page = nodes.b.speaker.listRoutes({ table: 'received', limit: 10 });
    expect(page.ok && page.value.routes.filter(({ peer }) => peer === '10.0.0.1')).toHaveLength(4);
    expect(received() - before).toBe(1);
  });

  it('nothing changed: nothing happens; disabled and enabled again', () => {
    const nodes = running();
    expect(change(nodes, {})).toEqual({ ok: true, value: 'nothing' });
    expect(change(nodes, { enabled: false })).toEqual({ ok: true, value: 'live' });
    nodes.network.runFor(10_000);
    expect(isUp(nodes.a)).toBe(false);
    change(nodes, { enabled: true });
    expect(nodes.network.runUntil(() => isUp(nodes.a, nodes.b), 60_000)).toBe(true);
    expect(nodes.a.speaker.updatePeer({ ...nodes.a.speaker.peers()[0]!.config, name: '10.0.0.9' })).toMatchObject({
      error: { code: 'peer-not-found' },
    });
  });
});
