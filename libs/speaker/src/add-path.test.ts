import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import type { RouteTable } from './status.ts';
import { addNode, best, eventsOf, inject, isUp, type Node } from './testing/lab.ts';

const PREFIX = '198.51.100.0/24';
const ONE_ONLY = [
  {
    name: 'not-from-65002',
    defaultAction: 'permit',
    statements: [{ action: 'deny', match: { communities: ['65002:1'] } }],
  },
] as const;

/** Two senders (65002, 65003) of one prefix, a route server (65001), a client (65004). */
function exchange(server: Partial<PeerConfig>, client: Partial<PeerConfig> = {}) {
  const network = createMemoryNetwork();
  const toServer = { address: '10.0.0.1', remoteAs: 65001, enforceFirstAs: false };
  const rs = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [
      { address: '10.0.0.2', remoteAs: 65002, routeServerClient: true, ...server },
      { address: '10.0.0.3', remoteAs: 65003, routeServerClient: true, ...server },
      { address: '10.0.0.4', remoteAs: 65004, routeServerClient: true, ...server },
    ],
  });
  const a = addNode(network, { address: '10.0.0.2', asn: 65002, peers: [toServer] });
  const b = addNode(network, { address: '10.0.0.3', asn: 65003, peers: [toServer] });
  const c = addNode(network, { address: '10.0.0.4', asn: 65004, peers: [{ ...toServer, ...client }] });
  for (const { speaker } of [rs, a, b, c]) speaker.start();
  inject(a, PREFIX);
  inject(b, PREFIX);
  network.runUntil(() => isUp(rs, a, b, c), 30_000);
  network.runFor(1_000);
  return { network, rs, a, b, c };
}

function rows({ speaker }: Node, table: RouteTable, peer: string): string[] {
  const page = speaker.listRoutes({ table, peer, family: IPV4_UNICAST, limit: 100 });
  if (!page.ok) throw new Error(page.error.message);
  return page.value.routes.map(
    ({ prefix, pathId, attributes }) => `${prefix} ${pathId} via ${attributes.asPath?.flatMap(({ asns }) => asns)}`,
  );
}

it('ADD-PATH: the client gets every path, and both ends list the same identifiers (RFC 7911)', () => {
  const { network, rs, a, c } = exchange(
    { addPath: { receive: false, send: true } },
    { addPath: { receive: true, send: false } },
  );
  const received = rows(c, 'received', '10.0.0.1');
  expect(received.sort()).toEqual([`${PREFIX} 1 via 65002`, `${PREFIX} 2 via 65003`].sort());
  expect(rows(rs, 'advertised', '10.0.0.4').sort()).toEqual(received.sort());
  expect(rs.speaker.peer('10.0.0.4')?.prefixes[0]?.sent).toBe(2);
  // The explanation knows about each of them, also towards a neighbor that gets one path, or none of its own.
  const sentTo = (to: string) => {
    const explained = rs.speaker.explainBest(IPV4_UNICAST, PREFIX, to);
    return [
      explained?.advertisedPathId,
      ...(explained?.candidates.map(({ advertisedPathId }) => advertisedPathId) ?? []),
    ];
  };
  expect(sentTo('10.0.0.4')).toEqual([1, 2]);
  expect(sentTo('10.0.0.3')).toEqual([0, undefined]);
  expect(sentTo('10.0.0.2')).toEqual([undefined, undefined]);
  a.speaker.withdrawInjected(IPV4_UNICAST, PREFIX, 0);
  network.runFor(100);
  expect(rows(c, 'received', '10.0.0.1')).toEqual([`${PREFIX} 2 via 65003`]);
});

it('send_max bounds it, and each client gets as many that are not its own', () => {
  const { rs, b, c } = exchange(
    { addPath: { receive: false, send: true, sendMax: 1 } },
    { addPath: { receive: true, send: false } },
  );
  expect(rows(c, 'received', '10.0.0.1')).toEqual([`${PREFIX} 1 via 65002`]);
  expect(rows(rs, 'advertised', '10.0.0.3')).toEqual([`${PREFIX} 0 via 65002`]); // it did not ask for ADD-PATH
  expect(rows(b, 'received', '10.0.0.1')).toEqual([`${PREFIX} 0 via 65002`]);
});

it('without path hiding: the sender of the best path gets the next one (RFC 7947 §2.3.2)', () => {
  const plain = exchange({});
  expect(rows(plain.a, 'received', '10.0.0.1')).toEqual([]); // its own path hides the other
  const { a, b, c } = exchange({ perClientBest: true });
  expect(rows(a, 'received', '10.0.0.1')).toEqual([`${PREFIX} 0 via 65003`]);
  expect(rows(b, 'received', '10.0.0.1')).toEqual([`${PREFIX} 0 via 65002`]);
  expect(rows(c, 'received', '10.0.0.1')).toEqual([`${PREFIX} 0 via 65002`]);
});

it('nor does policy towards one client hide a path from it', () => {
  const { network, rs, a, c } = exchange({ perClientBest: true });
  const tagged = { origin: 0, asPath: [], communities: [65002 * 65536 + 1] } as const;
  a.speaker.inject({ family: IPV4_UNICAST, prefix: PREFIX, nextHop: ['192.0.2.1'], attributes: tagged, pathId: 0 });
  network.runFor(100);
  expect(rows(c, 'received', '10.0.0.1')).toEqual([`${PREFIX} 0 via 65002`]);
  expect(rs.speaker.setPolicy('10.0.0.4', 'export', ONE_ONLY).ok).toBe(true);
  network.runFor(100);
  expect(rows(c, 'received', '10.0.0.1')).toEqual([`${PREFIX} 0 via 65003`]);
  expect(best(c)).toEqual([`${PREFIX} via 65003`]);
});

it('max_prefixes_out holds the rest back, says so, and lets it go when there is room', () => {
  const { network, a, c, rs } = exchange({ maxPrefixesOut: 2 });
  for (const third of [1, 2, 3]) inject(a, `203.0.113.${third * 32}/27`);
  network.runFor(100);
  expect(rows(c, 'received', '10.0.0.1')).toHaveLength(2);
  expect(eventsOf(rs, 'not-advertised').filter(({ peer }) => peer === '10.0.0.4')).toMatchObject([
    { reason: 'prefix-limit' },
  ]);
  a.speaker.withdrawInjected(IPV4_UNICAST, '203.0.113.32/27', 0);
  network.runFor(100);
  expect(rows(c, 'received', '10.0.0.1')).toHaveLength(2);
  expect(rs.speaker.peer('10.0.0.4')?.prefixes[0]?.sent).toBe(2);
});

it('max_prefixes_out: a place that the next in line may not take goes to the one behind it', () => {
  const { network, rs, a, c } = exchange({ maxPrefixesOut: 2 });
  expect(rs.speaker.setPolicy('10.0.0.4', 'export', ONE_ONLY).ok).toBe(true);
  network.runFor(100);
  inject(a, '203.0.113.32/27');
  network.runFor(100); // with the one that is there already, these are the two
  const attributes = { origin: 0, asPath: [], communities: [65002 * 65536 + 1] } as const;
  const denied = { family: IPV4_UNICAST, prefix: '203.0.113.64/27', nextHop: ['192.0.2.1'], attributes, pathId: 0 };
  expect(a.speaker.inject(denied).ok).toBe(true);
  network.runFor(100);
  inject(a, '203.0.113.96/27');
  network.runFor(100);
  a.speaker.withdrawInjected(IPV4_UNICAST, '203.0.113.32/27', 0);
  network.runFor(100);
  expect(rows(c, 'received', '10.0.0.1').map((row) => row.split(' ')[0])).toEqual([PREFIX, '203.0.113.96/27']);
});
