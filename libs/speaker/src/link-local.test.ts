import { createMemoryNetwork, type MemoryNetwork } from '@bgp/testkit';
import { type Family, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { defaultPeerConfig } from './peer-defaults.ts';
import { addNode, eventsOf, isUp, type Node, type PeerOptions } from './testing/lab.ts';

/** A router with one link, `link`, on which it is `linkLocal`, and us there as fe80::ff. */
function leaf(network: MemoryNetwork, at: { asn: number; link: string; linkLocal?: string }, us = {}): Node {
  const { asn, link, linkLocal = 'fe80::1' } = at;
  return addNode(network, {
    address: `10.0.0.${asn - 65000}`,
    interfaces: [{ name: 'uplink', linkLocal, link }],
    asn,
    peers: [{ address: 'fe80::ff', interface: 'uplink', remoteAs: 65000, ...us }],
  });
}

function hub(network: MemoryNetwork, peers: readonly PeerOptions[]): Node {
  const interfaces = ['eth0', 'eth1', 'eth2'].map((name) => ({ name, linkLocal: 'fe80::ff', link: `link of ${name}` }));
  return addNode(network, { address: '10.0.0.254', interfaces, asn: 65000, peers });
}

function start(network: MemoryNetwork, ...nodes: readonly Node[]): void {
  for (const { speaker } of nodes) speaker.start();
  network.runUntil(() => isUp(...nodes), 20_000);
}

function announce({ speaker }: Node, family: Family, prefix: string, nextHop: readonly string[]): void {
  const done = speaker.inject({ family, prefix, nextHop, attributes: { origin: 0, asPath: [] }, pathId: 0 });
  if (!done.ok) throw new Error(done.error.message);
}

function received({ speaker }: Node, family: Family, peer: string): [string, readonly string[]][] {
  const page = speaker.listRoutes({ table: 'received', family, peer, limit: 100 });
  if (!page.ok) throw new Error(page.error.message);
  return page.value.routes.map(({ prefix, nextHop }) => [prefix, nextHop]);
}

describe('neighbors with one link-local address on two interfaces', () => {
  it.each([
    ['who dial us', true],
    ['whom we dial', false],
  ])('%s are told apart by interface', (_who, passive) => {
    const network = createMemoryNetwork();
    const us = hub(network, [
      { address: 'fe80::1', interface: 'eth0', remoteAs: 65001, passive },
      { address: 'fe80::1', interface: 'eth1', remoteAs: 65002, passive },
    ]);
    const first = leaf(network, { asn: 65001, link: 'link of eth0' }, { passive: !passive });
    const second = leaf(network, { asn: 65002, link: 'link of eth1' }, { passive: !passive });
    start(network, us, first, second);
    expect(us.speaker.peers().map(({ config, state, remoteRouterId }) => [config.name, state, remoteRouterId])).toEqual(
      [
        ['fe80::1%eth0', 'Established', '10.0.0.1'],
        ['fe80::1%eth1', 'Established', '10.0.0.2'],
      ],
    );
    expect(us.speaker.peer('fe80::1%eth1')?.remote).toMatchObject({ address: 'fe80::1', interface: 'eth1' });
  });

  it('on an interface without a neighbor it is refused, and the event names the interface', () => {
    const network = createMemoryNetwork();
    const us = hub(network, [{ address: 'fe80::1', interface: 'eth0', remoteAs: 65001, passive: true }]);
    start(network, us, leaf(network, { asn: 65001, link: 'link of eth2' }));
    expect(us.speaker.peers()[0]?.state).not.toBe('Established');
    expect(eventsOf(us, 'connection-refused')[0]).toMatchObject({ from: 'fe80::1%eth2', reason: 'unknown-peer' });
  });

  it('a key belongs to address and interface', () => {
    const network = createMemoryNetwork();
    const us = hub(network, [
      { address: 'fe80::1', interface: 'eth0', remoteAs: 65001, passive: true, md5Password: 'k' },
      { address: 'fe80::1', interface: 'eth1', remoteAs: 65002, passive: true },
    ]);
    const first = leaf(network, { asn: 65001, link: 'link of eth0' }, { md5Password: 'k' });
    const second = leaf(network, { asn: 65002, link: 'link of eth1' });
    start(network, us, first, second);
    expect(isUp(us)).toBe(true);
  });

  it('a range takes both, each under its own name', () => {
    const network = createMemoryNetwork();
    const us = hub(network, []);
    const { name: _name, address: _address, remoteAs: _as, ...template } = defaultPeerConfig('fe80::', 0);
    us.speaker.addDynamicRange({
      prefix: 'fe80::/10',
      peerGroup: 'leaves',
      remoteAses: [],
      templates: { internal: template, external: template },
    });
    start(
      network,
      us,
      leaf(network, { asn: 65001, link: 'link of eth0' }),
      leaf(network, { asn: 65002, link: 'link of eth1' }),
    );
    network.runFor(10_000);
    const peers = us.speaker.peers().map(({ config, state }) => [config.name, config.remoteAs, state]);
    expect(peers.sort()).toEqual([
      ['fe80::1%eth0', 65001, 'Established'],
      ['fe80::1%eth1', 65002, 'Established'],
    ]);
  });
});

describe('next hops over link-local addresses', () => {
  const session = (ofUs: Partial<PeerOptions> = {}, ofLeaf = {}) => {
    const network = createMemoryNetwork();
    const us = hub(network, [{ address: 'fe80::1', interface: 'eth0', remoteAs: 65001, ...ofUs }]);
    const there = leaf(network, { asn: 65001, link: 'link of eth0' }, ofLeaf);
    start(network, us, there);
    return { network, us, there };
  };

  it.each<[string, Partial<PeerOptions>, readonly string[]]>([
    ['without a global address: the link-local one in both halves', {}, ['fe80::ff', 'fe80::ff']],
    [
      'with one: it and the link-local one (RFC 2545 §3)',
      { localIpv6NextHop: '2001:db8::ff' },
      ['2001:db8::ff', 'fe80::ff'],
    ],
  ])('%s, for both families', (_rule, ofUs, nextHop) => {
    const { network, us, there } = session(ofUs);
    announce(us, IPV6_UNICAST, '2001:db8:1::/48', ['2001:db8:ffff::1']);
    announce(us, IPV4_UNICAST, '198.51.100.0/24', ['192.0.2.1']);
    network.runFor(1_000);
    expect(received(there, IPV6_UNICAST, 'fe80::ff%uplink')).toEqual([['2001:db8:1::/48', nextHop]]);
    expect(received(there, IPV4_UNICAST, 'fe80::ff%uplink')).toEqual([['198.51.100.0/24', nextHop]]);
  });

  /** An internal neighbor behind us, on another network, and what it gets of a route with this next hop. */
  function passedOn(nextHop: readonly string[], ofInner: Partial<PeerOptions> = {}) {
    const network = createMemoryNetwork();
    const families = [IPV4_UNICAST, IPV6_UNICAST];
    const us = hub(network, [
      { address: 'fe80::1', interface: 'eth0', remoteAs: 65001, enforceFirstAs: false },
      { address: '10.0.0.9', remoteAs: 65000, families, routeReflectorClient: true, ...ofInner },
    ]);
    // A route server, for that is who leaves a next hop as it is.
    const source = leaf(network, { asn: 65001, link: 'link of eth0' }, { routeServerClient: true });
    const inner = addNode(network, {
      address: '10.0.0.9',
      asn: 65000,
      peers: [{ address: '10.0.0.254', remoteAs: 65000, families }],
    });
    start(network, us, source, inner);
    announce(source, IPV6_UNICAST, '2001:db8:1::/48', nextHop);
    network.runFor(1_000);
    expect(received(us, IPV6_UNICAST, 'fe80::1%eth0')).toEqual([['2001:db8:1::/48', nextHop]]);
    return { network, us, source, inner, got: received(inner, IPV6_UNICAST, '10.0.0.254').map(([, hops]) => hops) };
  }

  it.each<[string, readonly string[], readonly string[]]>([
    ['a global one stays, with its other half', ['2001:db8::7', 'fe80::7'], ['2001:db8::7', 'fe80::7']],
    ['a link-local one alone becomes ours', ['fe80::7'], ['2001:db8::ff']],
    ['in both halves as well', ['fe80::7', 'fe80::7'], ['2001:db8::ff']],
    ['and with nothing in front', ['::', 'fe80::7'], ['2001:db8::ff']],
  ])('to an internal neighbor elsewhere: %s', (_rule, sent, expected) => {
    expect(passedOn(sent, { localIpv6NextHop: '2001:db8::ff' }).got).toEqual([expected]);
  });

  it('where we have no address to put in its place, the route stays here and the explanation says why', () => {
    const { us, got } = passedOn(['fe80::7', 'fe80::7']);
    expect(got).toEqual([]);
    const explained = us.speaker.explainExport('10.0.0.9', IPV6_UNICAST, '2001:db8:1::/48');
    expect(explained).toMatchObject({ ok: true, value: { paths: [{ refusal: 'link_local_next_hop' }] } });
  });
});
