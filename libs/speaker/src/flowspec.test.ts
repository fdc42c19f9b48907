import { createMemoryNetwork, type MemoryNetwork } from '@bgp/testkit';
import { type Family, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { type FlowSpecAction, IPV4_FLOWSPEC, IPV6_FLOWSPEC, parseFlowSpecText } from '@bgp/wire/flowspec';
import { describe, expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { addNode, inject, isUp, type Node } from './testing/lab.ts';

const DROP: FlowSpecAction = { type: 'traffic-rate-bytes', id: 0, rate: 0 };
const FAMILIES = [IPV4_UNICAST, IPV4_FLOWSPEC];

function injectRule(
  { speaker }: Node,
  text: string,
  actions: readonly FlowSpecAction[] = [DROP],
  family: Family = IPV4_FLOWSPEC,
): void {
  const rule = parseFlowSpecText(text, family);
  if (!rule.ok) throw new Error(rule.error.code);
  const done = speaker.injectRule({ rule: rule.value, actions, attributes: { origin: 0, asPath: [] } });
  if (!done.ok) throw new Error(done.error.message);
}

function rules({ speaker }: Node, table: 'best' | 'received' = 'best'): string[] {
  const page = speaker.listRoutes({ table, family: IPV4_FLOWSPEC, limit: 1000 });
  if (!page.ok) throw new Error(page.error.message);
  return page.value.routes
    .map(({ prefix, rejectedBy }) => (rejectedBy === undefined ? prefix : `${prefix}: ${rejectedBy}`))
    .sort();
}

/** 65001 in the middle of 65002 and 65003. */
function line(middle: Partial<PeerConfig> = {}, outer: Partial<PeerConfig> = {}) {
  const network = createMemoryNetwork();
  const both = { families: FAMILIES, ...middle };
  const a = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [
      { address: '10.0.0.2', remoteAs: 65002, ...both },
      { address: '10.0.0.3', remoteAs: 65003, ...both },
    ],
  });
  const toA = { address: '10.0.0.1', remoteAs: 65001, families: FAMILIES, flowSpecValidation: false, ...outer };
  const b = addNode(network, { address: '10.0.0.2', asn: 65002, peers: [toA] });
  const c = addNode(network, { address: '10.0.0.3', asn: 65003, peers: [toA] });
  for (const { speaker } of [a, b, c]) speaker.start();
  network.runUntil(() => isUp(a, b, c), 30_000);
  network.runFor(1_000);
  return { network, a, b, c };
}

/** 65001 with an internal neighbor and an external one. */
function domain() {
  const network = createMemoryNetwork();
  const a = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [
      { address: '10.0.0.2', remoteAs: 65001, families: FAMILIES },
      { address: '10.0.0.3', remoteAs: 65003, families: FAMILIES },
    ],
  });
  const toA = { address: '10.0.0.1', remoteAs: 65001, families: FAMILIES };
  const b = addNode(network, { address: '10.0.0.2', asn: 65001, peers: [toA] });
  const c = addNode(network, { address: '10.0.0.3', asn: 65003, peers: [toA] });
  for (const { speaker } of [a, b, c]) speaker.start();
  network.runUntil(() => isUp(a, b, c), 30_000);
  network.runFor(1_000);
  return { network, a, b, c };
}

function pairOf(network: MemoryNetwork, ofA: Partial<PeerConfig>, ofB: Partial<PeerConfig>): [Node, Node] {
  const a = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [{ address: '10.0.0.2', remoteAs: 65002, ...ofA }],
  });
  const b = addNode(network, {
    address: '10.0.0.2',
    asn: 65002,
    peers: [{ address: '10.0.0.1', remoteAs: 65001, ...ofB }],
  });
  for (const { speaker } of [a, b]) speaker.start();
  network.runUntil(() => isUp(a, b), 30_000);
  return [a, b];
}

function inject6({ speaker }: Node, prefix: string): void {
  const route = {
    family: IPV6_UNICAST,
    prefix,
    nextHop: ['2001:db8::9'],
    attributes: { origin: 0, asPath: [] },
    pathId: 0,
  };
  const done = speaker.inject(route);
  if (!done.ok) throw new Error(done.error.message);
}

const HTTP = 'dst 198.51.100.0/24 proto tcp port 80';

it('a rule travels with its actions, is not sent back, and goes when it is withdrawn', () => {
  const { network, a, b, c } = line({ flowSpecValidation: false });
  injectRule(b, HTTP);
  network.runFor(100);
  expect(rules(c)).toEqual([HTTP]);
  const page = c.speaker.listRoutes({ table: 'best', family: IPV4_FLOWSPEC, limit: 1 });
  expect(page.ok && page.value.routes[0]).toMatchObject({
    actions: [DROP],
    nextHop: [],
    attributes: { asPath: [{ asns: [65001, 65002] }] },
  });
  expect(a.speaker.peer('10.0.0.2')?.prefixes).toContainEqual(
    expect.objectContaining({ family: IPV4_FLOWSPEC, received: 1, sent: 0 }),
  );
  const rule = parseFlowSpecText(HTTP, IPV4_FLOWSPEC);
  expect(rule.ok && b.speaker.withdrawInjectedRule(rule.value).ok).toBe(true);
  network.runFor(100);
  expect([rules(a), rules(c)]).toEqual([[], []]);
  expect(rule.ok && b.speaker.withdrawInjectedRule(rule.value)).toMatchObject({ error: { code: 'route-not-found' } });
});

it('rules of more than 239 octets pass whole; a table of them packs into messages (RFC 8955 §4.1)', () => {
  const { network, b, c } = line({ flowSpecValidation: false });
  const ports = Array.from({ length: 150 }, (_, index) => String(2000 + index)).join(',');
  const long = `dst 198.51.100.0/24 port ${ports}`;
  injectRule(b, long);
  for (let port = 1; port <= 300; port++) injectRule(b, `dst 198.51.100.0/24 proto udp port ${port}`);
  network.runFor(1_000);
  expect(rules(c)).toHaveLength(301);
  expect(rules(c)).toEqual(rules(b));
});

it('stale rules outlive their session like routes (RFC 4724)', () => {
  const { network, a, b } = line({ flowSpecValidation: false });
  injectRule(b, HTTP);
  network.runFor(100);
  network.block(a.address, b.address);
  network.cut(a.address, b.address);
  network.runFor(1_000);
  expect(rules(a)).toEqual([HTTP]);
  network.runFor(200_000);
  expect(rules(a)).toEqual([]);
});

describe('validation (RFC 8955 §6)', () => {
  const INFEASIBLE = `${HTTP}: flowspec_not_feasible`;

  it('a rule counts only from whoever the best route to its destination comes from, and follows that route', () => {
    const { network, a, b, c } = line();
    injectRule(b, HTTP);
    network.runFor(5_000);
    expect(rules(a)).toEqual([]);
    expect(rules(a, 'received')).toEqual([INFEASIBLE]);
    inject(b, '198.51.0.0/16');
    network.runFor(5_000);
    expect(rules(a)).toEqual([HTTP]);
    expect(rules(c)).toEqual([HTTP]);
    b.speaker.withdrawInjected(IPV4_UNICAST, '198.51.0.0/16', 0);
    network.runFor(5_000);
    expect(rules(a)).toEqual([]);
  });

  it('not from the neighbor of somebody else', () => {
    const { network, a, b, c } = line();
    injectRule(c, HTTP);
    inject(b, '198.51.0.0/16');
    network.runFor(5_000);
    expect(rules(a)).toEqual([]);
  });

  it('not when something more specific comes from another neighboring AS', () => {
    const { network, a, b, c } = line();
    injectRule(b, HTTP);
    inject(b, '198.51.100.0/24');
    network.runFor(5_000);
    expect(rules(a)).toEqual([HTTP]);
    inject(c, '198.51.100.128/25');
    network.runFor(5_000);
    expect(rules(a)).toEqual([]);
    c.speaker.withdrawInjected(IPV4_UNICAST, '198.51.100.128/25', 0);
    network.runFor(5_000);
    expect(rules(a)).toEqual([HTTP]);
  });

  it('not without a destination', () => {
    const { network, a, b } = line();
    injectRule(b, 'proto tcp port 80');
    inject(b, '0.0.0.0/0');
    network.runFor(5_000);
    expect(rules(a, 'received')).toEqual(['proto tcp port 80: flowspec_not_feasible']);
  });

  it('a pattern in the middle of an IPv6 address is no destination (RFC 8956 §5)', () => {
    const network = createMemoryNetwork();
    const both = { families: [IPV6_UNICAST, IPV6_FLOWSPEC] };
    const [a, b] = pairOf(network, both, { ...both, localIpv6NextHop: '2001:db8::2' });
    const pattern = 'dst ::1234:5678:9800:0/64-101 proto tcp';
    injectRule(b, pattern, [DROP], IPV6_FLOWSPEC);
    injectRule(b, 'dst 2001:db8:1::/48 proto tcp', [DROP], IPV6_FLOWSPEC);
    // All of IPv6 is behind the neighbor: were the pattern a prefix, it would be its to filter.
    for (const prefix of ['::/0', '2001:db8::/32']) inject6(b, prefix);
    network.runFor(5_000);
    const page = a.speaker.listRoutes({ table: 'received', family: IPV6_FLOWSPEC, limit: 10 });
    expect(page.ok && page.value.routes.map(({ rejectedBy }) => rejectedBy).sort()).toEqual([
      'flowspec_not_feasible',
      undefined,
    ]);
  });

  it('rules of our own need nobody', () => {
    const { network, a, b } = line();
    injectRule(a, HTTP);
    network.runFor(1_000);
    expect(rules(a)).toEqual([HTTP]);
    expect(rules(b)).toEqual([HTTP]);
  });

  describe('a rule without an AS in its path', () => {
    /** Our AS has made it, somewhere else. */
    function inside(
      sent: readonly string[],
      routes: readonly (readonly [Node, string])[],
      nodes: ReturnType<typeof domain>,
    ) {
      for (const text of sent) injectRule(nodes.b, text);
      for (const [node, prefix] of routes) inject(node, prefix);
      nodes.network.runFor(5_000);
      return rules(nodes.a, 'received');
    }

    it.each<[string, string, (nodes: ReturnType<typeof domain>) => readonly (readonly [Node, string])[], string]>([
      ['counts wherever its destination is (RFC 9117 §4.1 b.2)', HTTP, ({ c }) => [[c, '198.51.0.0/16']], HTTP],
      ['counts when nobody has its destination', HTTP, () => [], HTTP],
      ['has to have a destination (RFC 8955 §6 a)', 'proto tcp', () => [], 'proto tcp: flowspec_not_feasible'],
      [
        'is not for what is inside and comes from another neighboring AS (RFC 8955 §6 c)',
        HTTP,
        ({ a, c }) => [
          [a, '198.51.100.0/24'],
          [c, '198.51.100.128/25'],
        ],
        INFEASIBLE,
      ],
    ])('%s', (_rule, text, routes, expected) => {
      const nodes = domain();
      expect(inside([text], routes(nodes), nodes)).toEqual([expected]);
    });

    it('is nobody’s when an external neighbor sends it, whatever we let it leave out of its paths (RFC 9117 §4.2)', () => {
      const { network, a, b } = line({ enforceFirstAs: false }, { routeServerClient: true });
      injectRule(b, HTTP);
      inject(b, '198.51.0.0/16');
      network.runFor(5_000);
      expect(rules(a, 'received')).toEqual([INFEASIBLE]);
    });
  });
});

it('next-hop-self on an internal session leaves a rule without a next hop', () => {
  const network = createMemoryNetwork();
  const peer = { families: FAMILIES, flowSpecValidation: false };
  const outside = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [{ address: '10.0.0.2', remoteAs: 65002, ...peer }],
  });
  const border = addNode(network, {
    address: '10.0.0.2',
    asn: 65002,
    peers: [
      { address: '10.0.0.1', remoteAs: 65001, ...peer },
      { address: '10.0.0.3', remoteAs: 65002, ...peer, nextHopSelf: true },
    ],
  });
  const inside = addNode(network, {
    address: '10.0.0.3',
    asn: 65002,
    peers: [{ address: '10.0.0.2', remoteAs: 65002, ...peer }],
  });
  for (const { speaker } of [outside, border, inside]) speaker.start();
  network.runUntil(() => isUp(outside, border, inside), 30_000);
  injectRule(outside, HTTP);
  network.runFor(1_000);
  const query = { table: 'advertised', peer: '10.0.0.3', family: IPV4_FLOWSPEC, limit: 10 } as const;
  const page = border.speaker.listRoutes(query);
  expect(page.ok && page.value.routes.map(({ prefix, nextHop }) => ({ prefix, nextHop }))).toEqual([
    { prefix: HTTP, nextHop: [] },
  ]);
  expect(border.speaker.fingerprint('advertised', IPV4_FLOWSPEC, '10.0.0.3')).toEqual(
    inside.speaker.fingerprint('received', IPV4_FLOWSPEC, '10.0.0.2'),
  );
});

it('ADD-PATH: a neighbor that wants them gets every path of a rule (RFC 7911 §3)', () => {
  const network = createMemoryNetwork();
  const families = [IPV4_FLOWSPEC];
  const shared = { families, flowSpecValidation: false, addPath: { receive: true, send: true, families } };
  const toServer = { ...shared, address: '10.0.0.1', remoteAs: 65001 };
  const nodes = [2, 3, 4].map((last) =>
    addNode(network, { address: `10.0.0.${last}`, asn: 65000 + last, peers: [toServer] }),
  );
  const server = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [2, 3, 4].map((last) => ({ ...shared, address: `10.0.0.${last}`, remoteAs: 65000 + last })),
  });
  for (const { speaker } of [server, ...nodes]) speaker.start();
  network.runUntil(() => isUp(server, ...nodes), 30_000);
  const [b, c, d] = nodes;
  if (b === undefined || c === undefined || d === undefined) throw new Error('three nodes');
  injectRule(b, HTTP);
  injectRule(c, HTTP);
  network.runFor(1_000);
  const paths = () => {
    const page = d.speaker.listRoutes({ table: 'received', family: IPV4_FLOWSPEC, limit: 10 });
    return page.ok ? page.value.routes.map(({ attributes }) => attributes.asPath?.[0]?.asns.join(' ')).sort() : [];
  };
  expect(paths()).toEqual(['65001 65002', '65001 65003']);
  const rule = parseFlowSpecText(HTTP, IPV4_FLOWSPEC);
  if (rule.ok) b.speaker.withdrawInjectedRule(rule.value);
  network.runFor(1_000);
  expect(paths()).toEqual(['65001 65003']);
});
