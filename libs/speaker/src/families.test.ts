import { createMemoryNetwork } from '@bgp/testkit';
import { type Family, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { addNode, eventsOf, isUp, type Node } from './testing/lab.ts';

const BOTH = [IPV4_UNICAST, IPV6_UNICAST];

function start(
  addressA: string,
  addressB: string,
  localIpv6NextHop?: string,
  families: readonly Family[] = BOTH,
): { run(ms: number): void; a: Node; b: Node } {
  const network = createMemoryNetwork();
  const shared = { families, ...(localIpv6NextHop === undefined ? {} : { localIpv6NextHop }) };
  const a = addNode(network, {
    address: addressA,
    asn: 65001,
    routerId: '192.0.2.1',
    peers: [{ ...shared, address: addressB, remoteAs: 65002 }],
  });
  const b = addNode(network, {
    address: addressB,
    asn: 65002,
    routerId: '192.0.2.2',
    peers: [{ families, address: addressA, remoteAs: 65001 }],
  });
  a.speaker.start();
  b.speaker.start();
  expect(network.runUntil(() => isUp(a, b), 10_000)).toBe(true);
  return { run: (ms) => network.runFor(ms), a, b };
}

function announce(
  { speaker }: Node,
  family: Family,
  prefix: string,
  nextHop: string,
  communities: number[] = [],
): void {
  const attributes = { origin: 0, asPath: [], communities } as const;
  const done = speaker.inject({ family, prefix, nextHop: [nextHop], attributes, pathId: 0 });
  if (!done.ok) throw new Error(done.error.message);
}

function received({ speaker }: Node, family: Family, peer: string): [string, readonly string[]][] {
  const page = speaker.listRoutes({ table: 'received', family, peer, limit: 100 });
  if (!page.ok) throw new Error(page.error.message);
  return page.value.routes.map(({ prefix, nextHop }) => [prefix, nextHop]);
}

describe('own next hop on external sessions', () => {
  it('IPv6 session: both families with its IPv6 address (RFC 2545 §2, RFC 8950 §4)', () => {
    const { run, a, b } = start('2001:db8::1', '2001:db8::2');
    announce(a, IPV6_UNICAST, '2001:db8:1::/48', '2001:db8:ffff::1');
    announce(a, IPV4_UNICAST, '198.51.100.0/24', '192.0.2.1');
    run(1_000);
    expect(received(b, IPV6_UNICAST, a.address)).toEqual([['2001:db8:1::/48', ['2001:db8::1']]]);
    expect(received(b, IPV4_UNICAST, a.address)).toEqual([['198.51.100.0/24', ['2001:db8::1']]]);
    a.speaker.withdrawInjected(IPV6_UNICAST, '2001:db8:1::/48', 0);
    a.speaker.withdrawInjected(IPV4_UNICAST, '198.51.100.0/24', 0);
    run(1_000);
    for (const family of BOTH) expect(received(b, family, a.address)).toEqual([]);
  });

  it('IPv6 session for IPv4 routes alone, as networks without IPv4 on their links have it (RFC 8950)', () => {
    const { run, a, b } = start('2001:db8::1', '2001:db8::2', undefined, [IPV4_UNICAST]);
    announce(a, IPV4_UNICAST, '198.51.100.0/24', '192.0.2.1');
    run(1_000);
    expect(received(b, IPV4_UNICAST, a.address)).toEqual([['198.51.100.0/24', ['2001:db8::1']]]);
    expect(eventsOf(a, 'not-advertised')).toEqual([]);
  });

  it('IPv4 session: IPv6 routes with the configured address', () => {
    const { run, a, b } = start('10.0.0.1', '10.0.0.2', '2001:db8::1');
    announce(a, IPV6_UNICAST, '2001:db8:1::/48', '2001:db8:ffff::1');
    run(1_000);
    expect(received(b, IPV6_UNICAST, a.address)).toEqual([['2001:db8:1::/48', ['2001:db8::1']]]);
  });

  it('IPv4 session without one: IPv6 routes stay here, and it is said', () => {
    const { run, a, b } = start('10.0.0.1', '10.0.0.2');
    announce(a, IPV6_UNICAST, '2001:db8:1::/48', '2001:db8:ffff::1');
    run(1_000);
    expect(received(b, IPV6_UNICAST, a.address)).toEqual([]);
    expect(eventsOf(a, 'not-advertised')).toMatchObject([{ family: IPV6_UNICAST, reason: 'no-next-hop' }]);
  });

  it('but the neighbor hears that this was all, and need not wait for more after a restart (RFC 4724 §2)', () => {
    const { run, b } = start('10.0.0.1', '10.0.0.2');
    run(1_000);
    const ended = eventsOf(b, 'end-of-rib').filter(({ direction }) => direction === 'received');
    expect(ended.map(({ family }) => family).sort()).toEqual([...BOTH].sort());
  });

  it('a route server needs none: the next hops of its clients stay (RFC 7947 §2.2.1)', () => {
    const network = createMemoryNetwork();
    const member = { families: BOTH, routeServerClient: true };
    const server = addNode(network, {
      address: '10.0.0.1',
      asn: 65001,
      peers: [
        { ...member, address: '10.0.0.2', remoteAs: 65002 },
        { ...member, address: '10.0.0.3', remoteAs: 65003 },
      ],
    });
    const toServer = { families: BOTH, address: '10.0.0.1', remoteAs: 65001, enforceFirstAs: false };
    const b = addNode(network, {
      address: '10.0.0.2',
      asn: 65002,
      peers: [{ ...toServer, localIpv6NextHop: '2001:db8::2' }],
    });
    const c = addNode(network, { address: '10.0.0.3', asn: 65003, peers: [toServer] });
    for (const { speaker } of [server, b, c]) speaker.start();
    expect(network.runUntil(() => isUp(server, b, c), 20_000)).toBe(true);
    announce(b, IPV6_UNICAST, '2001:db8:1::/48', '2001:db8:ffff::1');
    network.runFor(1_000);
    expect(received(c, IPV6_UNICAST, '10.0.0.1')).toEqual([['2001:db8:1::/48', ['2001:db8::2']]]);
    expect(eventsOf(server, 'not-advertised')).toEqual([]);
  });
});

it('extended messages: attributes beyond 4,096 octets travel (RFC 8654 §4)', () => {
  const { run, a, b } = start('10.0.0.1', '10.0.0.2');
  expect(a.speaker.peers()[0]?.negotiated?.maxMessageOctets).toBe(65_535);
  const communities = Array.from({ length: 3_000 }, (_, at) => 0xfde9_0000 + at);
  announce(a, IPV4_UNICAST, '198.51.100.0/24', '192.0.2.1', communities);
  run(1_000);
  const page = b.speaker.listRoutes({ table: 'received', family: IPV4_UNICAST, peer: a.address, limit: 1 });
  expect(page.ok && page.value.routes[0]?.attributes.communities).toEqual(communities);
  expect(eventsOf(a, 'not-advertised').filter(({ reason }) => reason === 'too-large')).toEqual([]);
});
