import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { Speaker } from './speaker.ts';
import { addNode, best, eventsOf, inject, isUp, type Node, type Pair, pair, prefixes } from './testing/lab.ts';

const LLGR_STALE = 0xffff_0006;
const NO_LLGR = 0xffff_0007;

/** Two neighbors with sessions up, five routes of B at A. */
function running(a: Partial<PeerConfig> = {}, b: Partial<PeerConfig> = {}): Pair {
  const nodes = pair({ a: { holdTime: 9, ...a }, b: { holdTime: 9, grRestartTime: 60, ...b } });
  for (const prefix of prefixes(5)) inject(nodes.b, prefix);
  nodes.a.speaker.start();
  nodes.b.speaker.start();
  if (!nodes.network.runUntil(() => best(nodes.a).length === 5, 10_000)) throw new Error('no routes');
  nodes.network.runFor(10_000);
  return nodes;
}

const restartOf = ({ speaker }: Node) => speaker.peers()[0]?.gracefulRestart;
const phases = (node: Node) => eventsOf(node, 'graceful-restart').map(({ phase }) => phase);

/** Another process in B's place, with the same configuration. */
function restart({ network, b }: Pair, restartingUntilMs?: number, others: readonly string[] = []): Node {
  const [status] = b.speaker.peers();
  const { config } = status!;
  const speaker = new Speaker(
    {
      asn: 65002,
      routerId: b.address,
      ebgpRequiresPolicy: false,
      med: 'per-neighbor-as',
      peers: [config, ...others.map((address) => ({ ...config, name: address, address }))],
      ...(restartingUntilMs === undefined ? {} : { restarting: { untilMs: restartingUntilMs } }),
    },
    b.host.ports,
  );
  const node = { ...b, speaker };
  speaker.start();
  for (const prefix of prefixes(5)) inject(node, prefix);
  network.runFor(1);
  return node;
}

/** B goes without a word. */
function vanish({ network, a, b }: Pair): void {
  network.block(a.address, b.address);
  network.runUntil(() => !isUp(a), 60_000);
}

describe('while the neighbor is away (RFC 4724 §4.2)', () => {
  it('a lost connection keeps its routes as stale ones, which are still best', () => {
    const { network, a, b } = running();
    network.block(a.address, b.address);
    network.cut(a.address, b.address);
    network.runFor(100);
    expect(isUp(a)).toBe(false);
    expect(best(a)).toHaveLength(5);
    expect(restartOf(a)).toMatchObject({ state: 'awaiting-restart', staleRoutes: 5, families: [IPV4_UNICAST] });
    expect(restartOf(a)!.secondsLeft).toBeGreaterThan(55);
    expect(phases(a)).toEqual(['started']);
  });

  it('a hold timer that runs out keeps them too: both sides set the N bit (RFC 8538 §4)', () => {
    const nodes = running();
    vanish(nodes);
    expect(eventsOf(nodes.a, 'session-down').map(({ reason }) => reason)).toEqual(['hold-timer-expired']);
    expect(best(nodes.a)).toHaveLength(5);
  });

  it('they go when the restart time is over', () => {
    const nodes = running();
    vanish(nodes);
    nodes.network.runFor(59_000);
    expect(best(nodes.a)).toHaveLength(5);
    nodes.network.runFor(2_000);
    expect(best(nodes.a)).toEqual([]);
    expect(restartOf(nodes.a)).toBeUndefined();
    expect(phases(nodes.a)).toEqual(['started', 'expired']);
  });

  it.each<[string, Partial<PeerConfig>, Partial<PeerConfig>]>([
    ['we are configured without', { gracefulRestart: false }, {}],
    ['the neighbor has not offered it', {}, { gracefulRestart: false }],
    ['the neighbor wants no time at all', {}, { grRestartTime: 0 }],
  ])('none of it when %s', (_why, ofA, ofB) => {
    const nodes = running(ofA, ofB);
    vanish(nodes);
    nodes.network.runFor(10);
    expect(best(nodes.a)).toEqual([]);
    expect(restartOf(nodes.a)).toBeUndefined();
  });

  it.each<[string, (node: Node) => void]>([
    ['its operator disables the session', (b) => b.speaker.disablePeer('10.0.0.1')],
    ['it is shut down for good', (b) => b.speaker.stop('bye')],
    ['it resets the session', (b) => b.speaker.resetPeer('10.0.0.1', 'hard')],
    ['it removes us', (b) => b.speaker.removePeer('10.0.0.1')],
  ])('none of it when %s: that is a Hard Reset (RFC 8538 §3.1)', (_why, act) => {
    const { network, a, b } = running();
    act(b);
    network.runUntil(() => best(a).length === 0, 500);
    expect(best(a)).toEqual([]);
    expect(phases(a)).toEqual([]);
  });

  it('our operator ends it: disabling or removing the neighbor drops what is kept', () => {
    for (const act of ['disablePeer', 'removePeer'] as const) {
      const nodes = running();
      vanish(nodes);
      nodes.a.speaker[act]('10.0.0.2');
      nodes.network.runFor(10);
      expect(best(nodes.a)).toEqual([]);
      nodes.network.runFor(120_000);
      expect(phases(nodes.a)).not.toContain('expired');
    }
  });
});

describe('when the neighbor comes back (RFC 4724 §4.2)', () => {
  it('what it sends again stays, what it does not send again goes at End-of-RIB', () => {
    const nodes = running();
    nodes.b.speaker.stop('upgrade', 'for-restart');
    nodes.network.runFor(5_000);
    expect(best(nodes.a)).toHaveLength(5);
    const b = restart(nodes, nodes.b.host.ports.clock.wallMs() + 60_000);
    b.speaker.withdrawInjected(IPV4_UNICAST, prefixes(5)[4]!, 0);
    const withdrawn: number[] = [];
    nodes.network.runUntil(() => {
      withdrawn.push(best(nodes.a).length);
      return isUp(nodes.a, b);
    }, 30_000);
    nodes.network.runFor(1_000);
    expect(Math.min(...withdrawn)).toBe(5);
    expect(best(nodes.a)).toHaveLength(4);
    expect(restartOf(nodes.a)).toBeUndefined();
    expect(phases(nodes.a)).toEqual(['started', 'completed']);
  });

  it('with other routes than before: the stale ones do not count for its prefix limit', () => {
    const nodes = running({ maxPrefixes: 8 });
    nodes.b.speaker.stop('upgrade', 'for-restart');
    nodes.network.runFor(5_000);
    const b = restart(nodes, nodes.b.host.ports.clock.wallMs() + 60_000);
    for (const prefix of prefixes(5)) b.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
    for (const prefix of prefixes(5, 100)) inject(b, prefix);
    nodes.network.runUntil(() => isUp(nodes.a, b), 30_000);
    nodes.network.runFor(1_000);
    expect(eventsOf(nodes.a, 'max-prefixes-exceeded')).toEqual([]);
    expect(isUp(nodes.a, b)).toBe(true);
    expect(best(nodes.a).map((line) => line.split(' ')[0])).toEqual(prefixes(5, 100));
  });

  it('without its forwarding state the stale routes go at once', () => {
    const nodes = running();
    vanish(nodes);
    const b = restart(nodes); // a cold start: F = 0
    nodes.network.unblock(nodes.a.address, nodes.b.address);
    nodes.network.runUntil(() => isUp(nodes.a, b), 60_000);
    nodes.network.runFor(1_000);
    expect(phases(nodes.a)).toEqual(['started', 'not-preserved']);
    expect(best(nodes.a)).toHaveLength(5);
  });

  it('stale routes that are never sent again go after gr_stale_routes_time', () => {
    const nodes = running({ grStaleRoutesTime: 30 });
    nodes.b.speaker.stop('upgrade', 'for-restart');
    nodes.network.runFor(5_000);
    // It waits for a neighbor of its own that never comes, and so has not selected anything when its time is over.
    restart(nodes, nodes.b.host.ports.clock.wallMs() + 600_000, ['10.0.0.9']);
    nodes.network.runUntil(() => isUp(nodes.a), 30_000);
    nodes.network.runFor(29_000);
    expect(restartOf(nodes.a)).toMatchObject({ state: 'awaiting-end-of-rib', staleRoutes: 5 });
    nodes.network.runFor(2_000);
    expect(best(nodes.a)).toEqual([]);
    expect(phases(nodes.a)).toEqual(['started', 'expired']);
  });

  it('a restart that nobody noticed: its new connection replaces the old one (§4.2, §5)', () => {
    const nodes = running({ holdTime: 90, passive: true }, { holdTime: 90 });
    // B's process is gone, its packets never arrive: for A the session is up.
    nodes.network.block(nodes.a.address, nodes.b.address);
    nodes.b.speaker.stop('lost', 'for-restart');
    nodes.network.runFor(5_000);
    nodes.network.unblock(nodes.a.address, nodes.b.address);
    expect(isUp(nodes.a)).toBe(true);
    const b = restart(nodes, nodes.b.host.ports.clock.wallMs() + 60_000);
    nodes.network.runUntil(() => isUp(b), 20_000);
    nodes.network.runFor(1_000);
    expect(isUp(nodes.a, b)).toBe(true);
    expect(phases(nodes.a)).toEqual(['started', 'completed']);
    expect(eventsOf(nodes.a, 'notification').filter(({ direction }) => direction === 'sent')).toEqual([]);
  });
});

it('another configuration meanwhile leaves the stale routes what they are: whose they were (RFC 4456 §8)', () => {
  const network = createMemoryNetwork();
  const client = (address: string) => ({ address, remoteAs: 65001, routeReflectorClient: true, holdTime: 9 });
  const reflector = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [client('10.0.0.2'), client('10.0.0.3')],
  });
  const toReflector = { address: '10.0.0.1', remoteAs: 65001, holdTime: 9 };
  const b = addNode(network, { address: '10.0.0.2', asn: 65001, peers: [toReflector] });
  const c = addNode(network, { address: '10.0.0.3', asn: 65001, peers: [toReflector] });
  inject(b, '198.51.100.0/24');
  for (const { speaker } of [reflector, b, c]) speaker.start();
  expect(network.runUntil(() => best(c).length === 1, 20_000)).toBe(true);
  network.block(reflector.address, b.address);
  network.cut(reflector.address, b.address);
  network.runFor(100);
  const peers = reflector.speaker.peers().map(({ config }) => ({ ...config, description: 'new' }));
  const next = { asn: 65001, routerId: '10.0.0.1', ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers } as const;
  expect(reflector.speaker.reconfigure(next).ok).toBe(true);
  network.runFor(100);
  expect(reflector.speaker.resetPeer('10.0.0.3', 'hard').ok).toBe(true);
  network.runUntil(() => best(c).length === 0, 5_000);
  expect(network.runUntil(() => best(c).length === 1, 60_000)).toBe(true);
  const page = c.speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 1 });
  expect(page.ok && page.value.routes[0]?.attributes.originatorId).toBe('10.0.0.2');
});

describe('the long-lived time (RFC 9494 §4.2)', () => {
  const LONG = { llgrStaleTime: 600 };

  it('after the restart time: marked, least preferred, gone when the shorter of both times is over', () => {
    const nodes = running({ llgrStaleTime: 100 }, LONG);
    vanish(nodes);
    nodes.network.runFor(61_000);
    expect(restartOf(nodes.a)).toMatchObject({ state: 'long-lived-stale', staleRoutes: 5 });
    const page = nodes.a.speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 10 });
    if (!page.ok) throw new Error(page.error.message);
    expect(page.value.routes.map(({ attributes, stale }) => [attributes.communities, stale])).toEqual(
      Array.from({ length: 5 }, () => [[LLGR_STALE], true]),
    );
    nodes.network.runFor(98_000);
    expect(best(nodes.a)).toHaveLength(5);
    nodes.network.runFor(3_000);
    expect(best(nodes.a)).toEqual([]);
    expect(phases(nodes.a)).toEqual(['started', 'long-lived', 'expired']);
  });

  it('NO_LLGR routes do not live that long (§4.2)', () => {
    const nodes = running(LONG, LONG);
    const attributes = { origin: 0, asPath: [], communities: [NO_LLGR] } as const;
    const route = { family: IPV4_UNICAST, prefix: '198.51.100.0/24', nextHop: ['192.0.2.1'], attributes, pathId: 0 };
    expect(nodes.b.speaker.inject(route).ok).toBe(true);
    nodes.network.runFor(100);
    expect(best(nodes.a)).toHaveLength(6);
    vanish(nodes);
    nodes.network.runFor(61_000);
    expect(best(nodes.a)).toHaveLength(5);
  });

  it('our mark goes with the first fresh announcement, and the time ends with End-of-RIB', () => {
    const nodes = running(LONG, LONG);
    vanish(nodes);
    nodes.network.runFor(61_000);
    nodes.network.unblock(nodes.a.address, nodes.b.address);
    nodes.network.runUntil(() => isUp(nodes.a, nodes.b), 400_000);
    nodes.network.runFor(1_000);
    const page = nodes.a.speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 10 });
    expect(page.ok && page.value.routes.map(({ attributes }) => attributes.communities)).toEqual(
      Array(5).fill(undefined),
    );
    expect(restartOf(nodes.a)).toBeUndefined();
    nodes.network.runFor(700_000);
    expect(best(nodes.a)).toHaveLength(5);
    expect(phases(nodes.a)).toEqual(['started', 'long-lived', 'completed']);
  });

  it('told only to neighbors who know what it means, or carefully within the AS (§4.3, §4.6)', () => {
    const nodes = running(LONG, LONG);
    const c = addNode(nodes.network, { address: '10.0.0.3', asn: 65003, peers: [toA({ llgrStaleTime: 600 })] });
    const d = addNode(nodes.network, { address: '10.0.0.4', asn: 65004, peers: [toA({})] });
    const e = addNode(nodes.network, { address: '10.0.0.5', asn: 65001, peers: [toA({})] });
    for (const { address, as, node } of [
      { address: '10.0.0.3', as: 65003, node: c },
      { address: '10.0.0.4', as: 65004, node: d },
      { address: '10.0.0.5', as: 65001, node: e },
    ]) {
      const config = nodes.a.speaker.peers()[0]!.config;
      nodes.a.speaker.addPeer({ ...config, name: address, address, remoteAs: as });
      node.speaker.start();
    }
    nodes.network.runUntil(() => [c, d, e].every((node) => best(node).length === 5), 60_000);
    vanish(nodes);
    nodes.network.runFor(61_000);
    expect(best(c)).toHaveLength(5);
    expect(best(d)).toEqual([]);
    const page = e.speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 1 });
    if (!page.ok) throw new Error(page.error.message);
    const NO_EXPORT = 0xffff_ff01;
    expect(page.value.routes[0]?.attributes).toMatchObject({ localPref: 0, communities: [LLGR_STALE, NO_EXPORT] });
  });
});

function toA(more: Partial<PeerConfig>) {
  return { address: '10.0.0.1', remoteAs: 65001, ...more };
}

describe('our own restart (RFC 4724 §4.1)', () => {
  it('selection waits for the tables of the neighbors, then goes on; the Restart State bit is set until then', () => {
    const nodes = running();
    inject(nodes.a, '198.51.100.0/24');
    nodes.b.speaker.stop('upgrade', 'for-restart');
    nodes.network.runFor(3_000);
    const b = restart(nodes, nodes.b.host.ports.clock.wallMs() + 60_000);
    expect(best(b)).toEqual([]);
    nodes.network.runUntil(() => isUp(b), 30_000);
    const open = nodes.a.speaker.peers()[0]?.negotiated?.remoteCapabilities;
    expect(open).toContainEqual(expect.objectContaining({ type: 'graceful-restart', restartState: true }));
    nodes.network.runFor(1_000);
    expect(best(b)).toHaveLength(6);
    b.speaker.resetPeer('10.0.0.1', 'hard');
    nodes.network.runFor(1_000);
    nodes.network.runUntil(() => isUp(b), 30_000);
    const later = nodes.a.speaker.peers()[0]?.negotiated?.remoteCapabilities;
    expect(later).toContainEqual(expect.objectContaining({ type: 'graceful-restart', restartState: false }));
  });

  it('no longer than it promised', () => {
    const nodes = running();
    nodes.b.speaker.stop('upgrade', 'for-restart');
    nodes.network.runFor(3_000);
    nodes.network.block(nodes.a.address, nodes.b.address);
    const b = restart(nodes, nodes.b.host.ports.clock.wallMs() + 20_000);
    nodes.network.runFor(19_000);
    expect(best(b)).toEqual([]);
    nodes.network.runFor(2_000);
    expect(best(b)).toHaveLength(5);
  });
});
