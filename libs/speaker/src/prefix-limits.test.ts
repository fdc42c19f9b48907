import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { best, eventsOf, inject, isUp, type Pair, pair, prefixes } from './testing/lab.ts';

function running(a: Partial<PeerConfig>, routes: number): Pair {
  const nodes = pair({ a });
  nodes.a.speaker.start();
  nodes.b.speaker.start();
  nodes.network.runUntil(() => isUp(nodes.a, nodes.b), 10_000);
  for (const prefix of prefixes(routes)) inject(nodes.b, prefix);
  nodes.network.runFor(1_000);
  return nodes;
}

const heard = (nodes: Pair, type: 'max-prefixes-exceeded' | 'max-prefixes-warning') =>
  eventsOf(nodes.a, type)
    .filter((event) => event.type === type)
    .map(({ limit, received, family }) => [limit, received, family]);

describe('a limit that is reached', () => {
  it('warns once per crossing, and again after the neighbor was below', () => {
    const nodes = running({ maxPrefixes: 10, maxPrefixesWarning: 80 }, 9);
    expect(heard(nodes, 'max-prefixes-warning')).toHaveLength(1);
    for (const prefix of prefixes(9)) nodes.b.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
    nodes.network.runFor(100);
    inject(nodes.b, '192.0.2.0/24');
    nodes.network.runFor(100);
    for (const prefix of prefixes(9)) inject(nodes.b, prefix);
    nodes.network.runFor(100);
    expect(heard(nodes, 'max-prefixes-warning')).toHaveLength(2);
    expect(isUp(nodes.a)).toBe(true);
  });

  it('ends the session when it is exceeded in one family, whatever the total', () => {
    const nodes = running({ maxPrefixes: 100, maxPrefixesByFamily: [{ family: IPV4_UNICAST, max: 5 }] }, 6);
    expect(heard(nodes, 'max-prefixes-exceeded')).toEqual([[5, 6, 'ipv4_unicast']]);
    expect(isUp(nodes.a)).toBe(false);
    expect(best(nodes.a)).toEqual([]);
  });

  it('`warn` says so and goes on', () => {
    const nodes = running({ maxPrefixes: 5, maxPrefixesAction: 'warn' }, 8);
    expect(heard(nodes, 'max-prefixes-exceeded')).toEqual([[5, 8, undefined]]);
    expect(isUp(nodes.a)).toBe(true);
    expect(best(nodes.a)).toHaveLength(8);
  });
});

describe('a limit that another configuration puts below what is there', () => {
  const reconfigure = ({ a }: Pair, change: Partial<PeerConfig>) => {
    const [config] = a.speaker.peers().map((peer) => peer.config);
    const peers = [{ ...config!, ...change }];
    const next = { asn: 65001, routerId: a.address, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers } as const;
    expect(a.speaker.reconfigure(next)).toMatchObject({ ok: true, value: { peers: [{ effect: 'live' }] } });
  };

  it('ends the session without waiting for the next route', () => {
    const nodes = running({ maxPrefixes: 10, maxPrefixesRestartTime: 0 }, 6);
    reconfigure(nodes, { maxPrefixes: 5 });
    nodes.network.runFor(1_000);
    expect(heard(nodes, 'max-prefixes-exceeded')).toEqual([[5, 6, undefined]]);
    expect(isUp(nodes.a)).toBe(false);
    expect(best(nodes.a)).toEqual([]);
  });

  it('warns at once, where it only warns, and ends the session when it no longer only warns', () => {
    const nodes = running({}, 6);
    reconfigure(nodes, { maxPrefixes: 5, maxPrefixesAction: 'warn' });
    nodes.network.runFor(1_000);
    expect(heard(nodes, 'max-prefixes-exceeded')).toEqual([[5, 6, undefined]]);
    expect(isUp(nodes.a)).toBe(true);
    reconfigure(nodes, { maxPrefixesAction: 'reset' });
    nodes.network.runFor(100);
    expect(isUp(nodes.a)).toBe(false);
  });

  it('says nothing of a neighbor whose session is down', () => {
    const nodes = running({ maxPrefixes: 10 }, 6);
    nodes.a.speaker.disablePeer('10.0.0.2');
    reconfigure(nodes, { maxPrefixes: 5 });
    nodes.network.runFor(1_000);
    expect(heard(nodes, 'max-prefixes-exceeded')).toEqual([]);
  });
});

describe('what the status says of each limit', () => {
  const limits = (more: Partial<PeerConfig>, routes: number) =>
    running(more, routes).a.speaker.peers()[0]?.prefixLimits;
  const family = IPV4_UNICAST;

  it.each<[string, Partial<PeerConfig>, number, unknown]>([
    ['none', {}, 3, []],
    ['below', { maxPrefixes: 10, maxPrefixesWarning: 80 }, 7, [{ max: 10, received: 7, level: 'within' }]],
    ['at the warning', { maxPrefixes: 10, maxPrefixesWarning: 80 }, 8, [{ max: 10, received: 8, level: 'warning' }]],
    ['full, without a warning', { maxPrefixes: 10 }, 10, [{ max: 10, received: 10, level: 'within' }]],
    [
      'over, where that is allowed; a limit of each family by itself',
      { maxPrefixes: 9, maxPrefixesAction: 'warn', maxPrefixesByFamily: [{ family, max: 5 }] },
      7,
      [
        { max: 9, received: 7, level: 'within' },
        { family, max: 5, received: 7, level: 'exceeded' },
      ],
    ],
  ])('%s', (_rule, config, routes, expected) => {
    expect(limits(config, routes)).toEqual(expected);
  });
});

describe('when the session starts again', () => {
  it('after max_prefixes_restart_time, which the status counts down', () => {
    const nodes = running({ maxPrefixes: 5, maxPrefixesRestartTime: 120 }, 6);
    expect(nodes.a.speaker.peers()[0]?.restartsInSeconds).toBeGreaterThan(100);
    nodes.b.speaker.withdrawInjected(IPV4_UNICAST, prefixes(6)[0]!, 0);
    nodes.network.runFor(110_000);
    expect(isUp(nodes.a)).toBe(false);
    nodes.network.runFor(400_000);
    expect(isUp(nodes.a)).toBe(true);
    expect(nodes.a.speaker.peers()[0]?.restartsInSeconds).toBeUndefined();
  });

  it('with 0 only when an operator says so, also for connections from outside', () => {
    const nodes = running({ maxPrefixes: 5, maxPrefixesRestartTime: 0 }, 6);
    nodes.b.speaker.withdrawInjected(IPV4_UNICAST, prefixes(6)[0]!, 0);
    nodes.network.runFor(3_600_000);
    expect(isUp(nodes.a)).toBe(false);
    nodes.a.speaker.enablePeer('10.0.0.2');
    nodes.network.runFor(600_000);
    expect(isUp(nodes.a)).toBe(true);
  });
});
