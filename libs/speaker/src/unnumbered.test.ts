import { createMemoryNetwork, type MemoryNetwork, type MemoryNetworkOptions } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { addNode, best, eventsOf, inject, isUp, type Node, type PeerOptions } from './testing/lab.ts';

const LINK = 'cable';

function router(network: MemoryNetwork, asn: number, linkLocal: string, peer: Partial<PeerOptions> = {}): Node {
  return addNode(network, {
    address: `10.0.0.${asn - 65000}`,
    interfaces: [{ name: 'eth0', linkLocal, link: LINK }],
    asn,
    peers: [{ interface: 'eth0', remoteAs: 65003 - asn + 65000, ...peer }],
  });
}

function start(options: MemoryNetworkOptions = {}, ofA: Partial<PeerOptions> = {}, ofB: Partial<PeerOptions> = {}) {
  const network = createMemoryNetwork(options);
  const a = router(network, 65001, 'fe80::a', ofA);
  const b = router(network, 65002, 'fe80::b', ofB);
  a.speaker.start();
  b.speaker.start();
  return { network, a, b };
}

const status = ({ speaker }: Node) => speaker.peer('eth0');

describe('a neighbor that is configured by interface alone', () => {
  it('is found, dialed, and carries IPv4 routes with link-local next hops (RFC 8950)', () => {
    const { network, a, b } = start();
    expect(network.runUntil(() => isUp(a, b), 10_000)).toBe(true);
    expect(status(a)).toMatchObject({ address: 'fe80::b', remote: { address: 'fe80::b', interface: 'eth0' } });
    expect(status(a)?.config.address).toBeUndefined();
    expect(eventsOf(a, 'neighbor-found')).toMatchObject([{ peer: 'eth0', address: 'fe80::b' }]);
    inject(a, '198.51.100.0/24');
    network.runFor(1_000);
    expect(best(b)).toEqual(['198.51.100.0/24 via 65001']);
    const page = b.speaker.listRoutes({ table: 'received', family: IPV4_UNICAST, peer: 'eth0', limit: 1 });
    expect(page).toMatchObject({ ok: true, value: { routes: [{ nextHop: ['fe80::a', 'fe80::a'] }] } });
  });

  it('waits in Idle while nobody is there, and nobody is dialed', () => {
    const network = createMemoryNetwork();
    const a = router(network, 65001, 'fe80::a');
    a.speaker.start();
    network.runFor(600_000);
    expect([status(a)?.state, status(a)?.address, eventsOf(a, 'connect-failed')]).toEqual(['Idle', undefined, []]);
    a.speaker.enablePeer('eth0');
    a.speaker.resetPeer('eth0', 'hard');
    network.runFor(600_000);
    expect(status(a)?.state).toBe('Idle');
  });

  it('an interface that does not exist is said', () => {
    const network = createMemoryNetwork();
    const a = addNode(network, { address: '10.0.0.1', asn: 65001, peers: [{ interface: 'eth9', remoteAs: 65002 }] });
    a.speaker.start();
    network.runFor(1_000);
    expect(a.speaker.peer('eth9')?.lastError).toBe('there is no interface eth9');
    expect(eventsOf(a, 'discovery-trouble')).toHaveLength(1);
  });

  it('connections that come in before it is found are refused: nobody knows what they must be signed with', () => {
    const network = createMemoryNetwork();
    const a = router(network, 65001, 'fe80::a', { passive: true, md5Password: 'k' });
    const b = router(network, 65002, 'fe80::b', { interface: 'eth0', address: 'fe80::a' });
    a.speaker.start();
    b.speaker.start();
    network.runFor(60_000);
    expect(status(a)?.state).toBe('Idle');
    expect(eventsOf(a, 'connection-refused')[0]).toMatchObject({ from: 'fe80::b%eth0' });
  });

  it('its key holds for the address where it is found, in both directions', () => {
    for (const passive of ['a', 'b']) {
      const key = { md5Password: 'k' };
      const { network, a, b } = start({}, { ...key, passive: passive === 'a' }, { ...key, passive: passive === 'b' });
      expect(network.runUntil(() => isUp(a, b), 20_000)).toBe(true);
    }
    const { network, a, b } = start({}, { md5Password: 'k' }, { md5Password: 'l' });
    expect(network.runUntil(() => isUp(a, b), 60_000)).toBe(false);
  });
});

describe('when the link goes down', () => {
  it('the session ends at once, nobody is dialed, and it comes back with the link', () => {
    const { network, a, b } = start();
    network.runUntil(() => isUp(a, b), 10_000);
    inject(a, '198.51.100.0/24');
    network.runFor(1_000);
    network.linkDown(LINK);
    network.runFor(100);
    expect([status(a)?.state, status(a)?.address]).toEqual(['Idle', undefined]);
    expect(eventsOf(a, 'session-down').at(-1)?.detail).toContain('eth0 is down');
    const dials = eventsOf(a, 'connect-failed').length;
    network.runFor(600_000);
    expect(eventsOf(a, 'connect-failed')).toHaveLength(dials);
    network.linkUp(LINK);
    expect(network.runUntil(() => isUp(a, b), 20_000)).toBe(true);
    network.runFor(1_000);
    expect(best(b)).toEqual(['198.51.100.0/24 via 65001']);
  });

  it('routes of a neighbor with graceful restart are kept as after a broken connection, and go when it does not come back', () => {
    const { network, a, b } = start();
    network.runUntil(() => isUp(a, b), 10_000);
    inject(a, '198.51.100.0/24');
    network.runFor(1_000);
    network.linkDown(LINK);
    network.runFor(1_000);
    expect([best(b), status(b)?.gracefulRestart?.state]).toEqual([['198.51.100.0/24 via 65001'], 'awaiting-restart']);
    network.runFor(130_000);
    expect(best(b)).toEqual([]);
  });

  it('a neighbor that an operator has stopped stays stopped when the link comes back', () => {
    const { network, a, b } = start();
    network.runUntil(() => isUp(a, b), 10_000);
    a.speaker.disablePeer('eth0');
    network.linkDown(LINK);
    network.runFor(1_000);
    network.linkUp(LINK);
    network.runFor(60_000);
    expect(status(a)?.state).toBe('Idle');
    a.speaker.enablePeer('eth0');
    expect(network.runUntil(() => isUp(a, b), 20_000)).toBe(true);
  });

  it('one that sent too many prefixes waits for its time, link or no link', () => {
    const { network, a, b } = start({}, {}, { maxPrefixes: 1, maxPrefixesRestartTime: 0 });
    network.runUntil(() => isUp(a, b), 10_000);
    inject(a, '198.51.100.0/24');
    inject(a, '203.0.113.0/24');
    network.runFor(1_000);
    expect(status(b)?.state).toBe('Idle');
    network.linkDown(LINK);
    network.runFor(1_000);
    network.linkUp(LINK);
    network.runFor(60_000);
    expect(status(b)?.state).toBe('Idle');
  });
});

it('another router on the link takes the place of the one before', () => {
  const { network, a, b } = start();
  network.runUntil(() => isUp(a, b), 10_000);
  network.crash(b.host, 'process');
  const next = addNode(network, {
    address: '10.0.0.3',
    interfaces: [{ name: 'eth0', linkLocal: 'fe80::c', link: LINK }],
    asn: 65002,
    peers: [{ interface: 'eth0', remoteAs: 65001 }],
  });
  next.speaker.start();
  expect(network.runUntil(() => isUp(a, next), 60_000)).toBe(true);
  expect(status(a)).toMatchObject({ address: 'fe80::c', remoteRouterId: '10.0.0.3' });
});

it('a changed configuration keeps the session of a neighbor that was found', () => {
  const { network, a, b } = start();
  network.runUntil(() => isUp(a, b), 10_000);
  const config = status(a)?.config;
  if (config === undefined) throw new Error('eth0 is a neighbor');
  expect(a.speaker.updatePeer({ ...config, description: 'spine' })).toEqual({ ok: true, value: 'live' });
  expect(a.speaker.updatePeer({ ...config, holdTime: 30 })).toEqual({ ok: true, value: 'session-reset' });
  expect(network.runUntil(() => isUp(a, b) && status(a)?.config.holdTime === 30, 60_000)).toBe(true);
  expect(a.speaker.removePeer('eth0').ok).toBe(true);
  network.runFor(60_000);
  expect(a.speaker.peers()).toEqual([]);
  expect(status(b)?.state).not.toBe('Established');
});

it('after stop nobody is found any more', () => {
  const { network, a, b } = start();
  a.speaker.stop('test');
  network.runFor(60_000);
  expect([eventsOf(a, 'neighbor-found'), isUp(b), a.speaker.status().running]).toEqual([[], false, false]);
});
