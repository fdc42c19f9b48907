import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import type { ConfigPreview } from './config-preview.ts';
import { addNode, best, eventsOf, inject, isUp, type Node, type Pair, pair, prefixes } from './testing/lab.ts';

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
  const reconfigure = ({ a }: Pair, change: Partial<PeerConfig>, effect = 'live') => {
    const [config] = a.speaker.peers().map((peer) => peer.config);
    const peers = [{ ...config!, ...change }];
    const next = { asn: 65001, routerId: a.address, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers } as const;
    expect(a.speaker.reconfigure(next)).toMatchObject({ ok: true, value: { peers: [{ effect }] } });
  };

  it('ends the session without waiting for the next route', () => {
    const nodes = running({ maxPrefixes: 10, maxPrefixesRestartTime: 0 }, 6);
    reconfigure(nodes, { maxPrefixes: 5 }, 'session-reset');
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
    reconfigure(nodes, { maxPrefixesAction: 'reset' }, 'session-reset');
    nodes.network.runFor(100);
    expect(isUp(nodes.a)).toBe(false);
  });

  it('a plan says that it does, and what others lose by it', () => {
    const network = createMemoryNetwork();
    const a = addNode(network, {
      address: '10.0.0.1',
      asn: 65001,
      peers: [
        { address: '10.0.0.2', remoteAs: 65002 },
        { address: '10.0.0.3', remoteAs: 65003 },
      ],
    });
    const [b, c] = [2, 3].map((host) =>
      addNode(network, {
        address: `10.0.0.${host}`,
        asn: 65000 + host,
        peers: [{ address: '10.0.0.1', remoteAs: 65001 }],
      }),
    ) as [Node, Node];
    for (const { speaker } of [a, b, c]) speaker.start();
    for (const prefix of prefixes(6)) inject(b, prefix);
    expect(network.runUntil(() => best(c).length === 6, 20_000)).toBe(true);
    const peers = a.speaker
      .peers()
      .map(({ config }) => (config.name === b.address ? { ...config, maxPrefixes: 5 } : config));
    const next = { asn: 65001, routerId: a.address, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers } as const;
    let plan: ConfigPreview | undefined;
    a.speaker.preview(next, 100, (preview) => {
      plan = preview;
    });
    network.runFor(1_000);
    expect(plan?.change.peers).toMatchObject([{ peer: b.address, effect: 'session-reset', keys: ['maxPrefixes'] }]);
    expect(plan?.counts).toEqual([{ peer: c.address, announced: 0, withdrawn: 6 }]);
    expect(isUp(a, b, c)).toBe(true);
    a.speaker.reconfigure(next);
    network.runFor(1_000);
    expect([isUp(b), best(c).length]).toEqual([false, 0]);
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
