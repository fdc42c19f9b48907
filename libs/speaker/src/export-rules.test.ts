import type { PolicySource, Verdict } from '@bgp/policy';
import type { FilterVerdict } from '@bgp/rib';
import { createMemoryNetwork } from '@bgp/testkit';
import { formatCommunity, IPV4_UNICAST, type PathAttributes } from '@bgp/wire';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { addNode, isUp, type Node } from './testing/lab.ts';

const LOCAL = 65001;
/** Link bandwidth, which is not transitive, and a route target, which is. */
const BANDWIDTH = { octets: Uint8Array.of(0x40, 0x04, 0xfd, 0xe9, 0x4c, 0xbe, 0xbc, 0x20) };
const TARGET = { octets: Uint8Array.of(0x00, 0x02, 0xfd, 0xe9, 0, 0, 0, 7) };
const NO_EXPORT = 0xffff_ff01;
const [SENDER, RECEIVER] = ['10.0.0.2', '10.0.0.3'];

interface Case {
  readonly from: number;
  readonly to: number;
  readonly sent: PathAttributes & { readonly nextHop?: string };
  readonly sender?: Partial<PeerConfig>;
  readonly receiver?: Partial<PeerConfig>;
}

/** On the way to us, where the sender of a route that is scoped already would keep it for itself. */
function adding(communities: readonly number[]): PolicySource {
  const set = { communitiesAdd: communities.map(formatCommunity) };
  const statements = [{ action: 'permit', match: { localPref: { ge: 0 } }, set }] as const;
  return { name: 'tag', defaultAction: 'permit', statements: communities.length === 0 ? [] : statements };
}

/** What the receiver of a route that a neighbor in AS `from` has sent to us gets; undefined: nothing. */
function exported({ from, to, sent, sender, receiver }: Case): PathAttributes | undefined {
  const network = createMemoryNetwork();
  const us = addNode(network, {
    address: '10.0.0.1',
    asn: LOCAL,
    peers: [
      { ...sender, address: SENDER, remoteAs: from },
      { ...receiver, address: RECEIVER, remoteAs: to },
    ],
  });
  const { nextHop = '192.0.2.7', communities = [], ...attributes } = sent;
  const toUs = { address: '10.0.0.1', remoteAs: LOCAL, exportChain: [adding(communities)] };
  const source = addNode(network, { address: SENDER, asn: from, peers: [toUs] });
  const sink = addNode(network, {
    address: RECEIVER,
    asn: to,
    peers: [{ address: '10.0.0.1', remoteAs: LOCAL, enforceFirstAs: false }],
  });
  source.speaker.inject({ family: IPV4_UNICAST, prefix: '198.51.100.0/24', nextHop: [nextHop], attributes, pathId: 0 });
  for (const { speaker } of [us, source, sink]) speaker.start();
  expect(network.runUntil(() => isUp(us, source, sink), 20_000)).toBe(true);
  network.runFor(1_000);
  const page = us.speaker.listRoutes({ table: 'advertised', peer: RECEIVER, family: IPV4_UNICAST, limit: 10 });
  return page.ok ? page.value.routes[0]?.attributes : undefined;
}

const path = (...asns: number[]) => [{ type: 'sequence', asns }] as const;

describe('what a route becomes on its way out', () => {
  it.each<[string, Case, Partial<PathAttributes> | undefined]>([
    [
      'external: own AS, own next hop, neither LOCAL_PREF nor MED (RFC 4271 §5.1)',
      { from: 65002, to: 65003, sent: { origin: 0, asPath: path(7), med: 5 } },
      { asPath: path(LOCAL, 65002, 7), nextHop: '10.0.0.1', origin: 0 },
    ],
    [
      'external from internal: reflection attributes stay inside (RFC 4456 §8)',
      {
        from: LOCAL,
        to: 65003,
        sent: { origin: 0, asPath: path(7), localPref: 200, med: 5, originatorId: '9.9.9.9', clusterList: ['8.8.8.8'] },
      },
      { asPath: path(LOCAL, 7), nextHop: '10.0.0.1', origin: 0 },
    ],
    [
      'internal: next hop kept, LOCAL_PREF added (RFC 4271 §5.1.5)',
      { from: 65002, to: LOCAL, sent: { origin: 0, asPath: path(7), med: 5 } },
      { asPath: path(65002, 7), nextHop: SENDER, localPref: 100, med: 5, origin: 0 },
    ],
    [
      'internal with next_hop_self',
      { from: 65002, to: LOCAL, receiver: { nextHopSelf: true }, sent: { origin: 0, asPath: path(7) } },
      { asPath: path(65002, 7), nextHop: '10.0.0.1', localPref: 100, origin: 0 },
    ],
    [
      'internal to internal: nothing without reflection (RFC 4271 §9.2)',
      { from: LOCAL, to: LOCAL, sent: { origin: 0, asPath: [] } },
      undefined,
    ],
    [
      'reflected from a client: ORIGINATOR_ID and CLUSTER_LIST (RFC 4456 §8)',
      {
        from: LOCAL,
        to: LOCAL,
        sender: { routeReflectorClient: true },
        sent: { origin: 0, asPath: [], localPref: 50 },
      },
      { asPath: [], nextHop: '192.0.2.7', localPref: 50, originatorId: SENDER, clusterList: ['10.0.0.1'], origin: 0 },
    ],
    [
      'route server client: path, next hop and MED untouched (RFC 7947 §2.2)',
      { from: 65002, to: 65003, receiver: { routeServerClient: true }, sent: { origin: 0, asPath: path(7), med: 5 } },
      { asPath: path(65002, 7), nextHop: SENDER, med: 5, origin: 0 },
    ],
    [
      'private AS numbers: remove keeps a mixed path',
      { from: 65002, to: 65003, receiver: { removePrivateAs: 'remove' }, sent: { origin: 0, asPath: path(7, 64512) } },
      { asPath: path(LOCAL, 65002, 7, 64512), nextHop: '10.0.0.1', origin: 0 },
    ],
    [
      'private AS numbers: all',
      { from: 65002, to: 65003, receiver: { removePrivateAs: 'all' }, sent: { origin: 0, asPath: path(7, 64512) } },
      { asPath: path(LOCAL, 7), nextHop: '10.0.0.1', origin: 0 },
    ],
    [
      'private AS numbers: replace',
      { from: 65002, to: 65003, receiver: { removePrivateAs: 'replace' }, sent: { origin: 0, asPath: path(7, 64512) } },
      { asPath: path(LOCAL, LOCAL, 7, LOCAL), nextHop: '10.0.0.1', origin: 0 },
    ],
    [
      'NO_EXPORT does not leave the AS (RFC 1997)',
      { from: 65002, to: 65003, sent: { origin: 0, asPath: path(7), communities: [NO_EXPORT] } },
      undefined,
    ],
    [
      'NO_EXPORT between clients of a route server is for them (RFC 7947 §2.2.4)',
      {
        from: 65002,
        to: 65003,
        sender: { routeServerClient: true },
        receiver: { routeServerClient: true },
        sent: { origin: 0, asPath: path(7), communities: [NO_EXPORT] },
      },
      { asPath: path(65002, 7), nextHop: SENDER, origin: 0, communities: [NO_EXPORT] },
    ],
    [
      'a non-transitive extended community does not cross the border of the AS (RFC 4360 §6)',
      { from: LOCAL, to: 65003, sent: { origin: 0, asPath: path(7), extendedCommunities: [BANDWIDTH, TARGET] } },
      { asPath: path(LOCAL, 7), nextHop: '10.0.0.1', origin: 0, extendedCommunities: [TARGET] },
    ],
    [
      'but it passes inside (RFC 4360 §6)',
      {
        from: LOCAL,
        to: LOCAL,
        sender: { routeReflectorClient: true },
        sent: { origin: 0, asPath: [], localPref: 50, extendedCommunities: [BANDWIDTH, TARGET] },
      },
      {
        asPath: [],
        nextHop: '192.0.2.7',
        localPref: 50,
        originatorId: SENDER,
        clusterList: ['10.0.0.1'],
        origin: 0,
        extendedCommunities: [BANDWIDTH, TARGET],
      },
    ],
    [
      'and a route server has no border between its clients (RFC 7947 §2.2.4)',
      {
        from: LOCAL,
        to: 65003,
        receiver: { routeServerClient: true },
        sent: { origin: 0, asPath: path(7), localPref: 50, extendedCommunities: [BANDWIDTH] },
      },
      { asPath: path(7), nextHop: '192.0.2.7', origin: 0, extendedCommunities: [BANDWIDTH] },
    ],
  ])('%s', (_rule, route, expected) => {
    expect(exported(route)).toEqual(expected);
  });
});

it('of two senders of one scoped route, the client of the route server is passed on and the other is not (RFC 7947 §2.2.4)', () => {
  const network = createMemoryNetwork();
  const toUs = { address: '10.0.0.1', remoteAs: LOCAL, enforceFirstAs: false, exportChain: [adding([NO_EXPORT])] };
  const us = addNode(network, {
    address: '10.0.0.1',
    asn: LOCAL,
    peers: [
      { address: SENDER, remoteAs: 65002 },
      { address: '10.0.0.4', remoteAs: 65004, routeServerClient: true, enforceFirstAs: false },
      { address: RECEIVER, remoteAs: 65003, routeServerClient: true },
    ],
  });
  const outsider = addNode(network, { address: SENDER, asn: 65002, peers: [toUs] });
  // A route server itself: what it passes on is the same, octet for octet.
  const client = addNode(network, { address: '10.0.0.4', asn: 65004, peers: [{ ...toUs, routeServerClient: true }] });
  const sink = addNode(network, { address: RECEIVER, asn: 65003, peers: [{ ...toUs, exportChain: [] }] });
  for (const { speaker } of [us, outsider, client, sink]) speaker.start();
  expect(network.runUntil(() => isUp(us, outsider, client, sink), 20_000)).toBe(true);
  const announce = ({ speaker }: Node, prefix: string, asns: readonly number[]) => {
    const attributes = { origin: 0, asPath: path(...asns) };
    expect(speaker.inject({ family: IPV4_UNICAST, pathId: 0, prefix, nextHop: [SENDER], attributes }).ok).toBe(true);
    network.runFor(1_000);
  };
  const atSink = () => {
    const page = us.speaker.listRoutes({ table: 'advertised', peer: RECEIVER, family: IPV4_UNICAST, limit: 10 });
    return page.ok ? page.value.routes.map(({ prefix }) => prefix) : [];
  };
  announce(outsider, '198.51.100.0/24', [7]);
  expect(atSink()).toEqual([]);
  announce(client, '203.0.113.0/24', [65002, 7]);
  const sent = us.speaker.listRoutes({ table: 'received', family: IPV4_UNICAST, limit: 10 });
  expect(sent.ok && sent.value.routes.map(({ attributes }) => attributes)).toEqual([
    expect.objectContaining({ asPath: path(65002, 7), nextHop: SENDER, communities: [NO_EXPORT] }),
    expect.objectContaining({ asPath: path(65002, 7), nextHop: SENDER, communities: [NO_EXPORT] }),
  ]);
  expect(atSink()).toEqual(['203.0.113.0/24']);
});

it("policy's verdicts are what the RIB's filters need", () => {
  type Accepted = Extract<Verdict, { readonly action: 'accept' }>;
  type Passing = Extract<FilterVerdict, { readonly accept: true }>;
  expectTypeOf<Accepted['by']>().toEqualTypeOf<Passing['by']>();
  expectTypeOf<NonNullable<Accepted['edit']>>().toEqualTypeOf<NonNullable<Passing['edit']>>();
});
