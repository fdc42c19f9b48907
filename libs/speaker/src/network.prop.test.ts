import { createMemoryNetwork, type MemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RouteRow, RouteTable } from './status.ts';
import { addNode, inject, isUp, type Node } from './testing/lab.ts';

const PREFIXES = ['198.51.100.0/24', '203.0.113.0/24', '192.0.2.0/25', '192.0.2.128/25', '10.64.0.0/10'] as const;
const DENY_ONE = [
  {
    name: 'deny-one',
    defaultAction: 'permit',
    statements: [{ action: 'deny', match: { prefixes: [{ prefix: PREFIXES[0] }] } }],
  },
] as const;
const PERMIT = [{ name: 'permit', defaultAction: 'permit', statements: [] }] as const;

type Step =
  | { readonly do: 'inject' | 'withdraw'; readonly node: number; readonly prefix: number }
  | { readonly do: 'cut' | 'reset' | 'soft-in' | 'filter' | 'unfilter'; readonly link: number }
  | { readonly do: 'wait'; readonly ms: number };

const topology = fc.integer({ min: 2, max: 5 }).chain((size) => {
  const pairs: [number, number][] = [];
  for (let a = 0; a < size; a++) for (let b = a + 1; b < size; b++) pairs.push([a, b]);
  return fc.record({
    size: fc.constant(size),
    links: fc.shuffledSubarray(pairs, { minLength: Math.min(pairs.length, size - 1) }),
  });
});

const index = fc.nat({ max: 99 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('inject', 'withdraw'), node: index, prefix: index }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('cut', 'reset', 'soft-in', 'filter', 'unfilter'), link: index }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_000 }) }) },
);

it('any network of external neighbors: tables agree along every session and paths are the shortest there are', () => {
  fc.assert(
    fc.property(topology, fc.array(step, { maxLength: 25 }), fc.nat(), ({ size, links }, steps, seed) => {
      const network = createMemoryNetwork({ seed, maxLatencyMs: 30, minChunkOctets: 1, maxChunkOctets: 200 });
      const nodes = buildNodes(network, size, links);
      const origins = new Map<string, Set<number>>(PREFIXES.map((prefix) => [prefix, new Set()]));
      /** `from>to`: the link's exporter keeps one prefix to itself. */
      const filtered = new Set<string>();
      for (const { speaker } of nodes) speaker.start();
      for (const each of steps) perform(network, nodes, links, origins, filtered, each);
      expect(network.runUntil(() => isUp(...nodes), 900_000)).toBe(true);
      network.runFor(120_000);

      for (const [from, to] of [...links, ...links.map(([a, b]) => [b, a] as const)]) {
        const sender = nodes[from]!;
        const receiver = nodes[to]!;
        const sent = rows(sender, 'advertised', receiver.address).filter((row) => !row.includes(` ${asn(to)} `));
        expect(rows(receiver, 'received', sender.address)).toEqual(sent);
      }
      for (const [prefix, at] of origins) {
        const expected = distances(size, links, at, prefix === PREFIXES[0] ? filtered : new Set());
        expect(nodes.map((node) => pathLength(node, prefix))).toEqual(expected);
      }
    }),
    { numRuns: 200 },
  );
});

const address = (node: number) => `10.0.0.${node + 1}`;
const asn = (node: number) => 65001 + node;

function buildNodes(network: MemoryNetwork, size: number, links: readonly (readonly [number, number])[]): Node[] {
  return Array.from({ length: size }, (_, node) => {
    const neighbors = links.flatMap(([a, b]) => (a === node ? [b] : b === node ? [a] : []));
    const peers = neighbors.map((at) => ({ address: address(at), remoteAs: asn(at) }));
    return addNode(network, { address: address(node), asn: asn(node), peers });
  });
}

function perform(
  network: MemoryNetwork,
  nodes: readonly Node[],
  links: readonly (readonly [number, number])[],
  origins: ReadonlyMap<string, Set<number>>,
  filtered: Set<string>,
  each: Step,
): void {
  if (each.do === 'wait') return network.runFor(each.ms);
  if ('node' in each) {
    const at = each.node % nodes.length;
    const prefix = PREFIXES[each.prefix % PREFIXES.length]!;
    if (each.do === 'inject') {
      inject(nodes[at]!, prefix);
      origins.get(prefix)?.add(at);
    } else {
      nodes[at]!.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
      origins.get(prefix)?.delete(at);
    }
    return;
  }
  const [a, b] = links[each.link % links.length]!;
  const { speaker } = nodes[a]!;
  switch (each.do) {
    case 'cut':
      network.cut(address(a), address(b));
      return;
    case 'reset':
      speaker.resetPeer(address(b), 'hard');
      return;
    case 'soft-in':
      speaker.resetPeer(address(b), 'soft-in');
      return;
    case 'filter':
      speaker.setPolicy(address(b), 'export', DENY_ONE);
      filtered.add(`${a}>${b}`);
      return;
    case 'unfilter':
      speaker.setPolicy(address(b), 'export', PERMIT);
      filtered.delete(`${a}>${b}`);
      return;
  }
}

function rows({ speaker }: Node, table: RouteTable, peer: string): string[] {
  const page = speaker.listRoutes({ table, peer, family: IPV4_UNICAST, limit: 1000 });
  if (!page.ok) throw new Error(page.error.message);
  return page.value.routes.map(rowText).sort();
}

function rowText({ prefix, nextHop, attributes }: RouteRow): string {
  const path = attributes.asPath?.flatMap(({ asns }) => asns).join(' ');
  return `${prefix} path ${path} next hop ${nextHop.join(' ')} origin ${attributes.origin} med ${attributes.med}`;
}

/** AS_PATH length of the best path; -1: none. */
function pathLength({ speaker }: Node, prefix: string): number {
  const page = speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, prefix, limit: 1 });
  const route = page.ok ? page.value.routes[0] : undefined;
  return route === undefined ? -1 : (route.attributes.asPath ?? []).reduce((sum, { asns }) => sum + asns.length, 0);
}

/** The oracle: how many links away the nearest origin is, over links that let the prefix through. */
function distances(
  size: number,
  links: readonly (readonly [number, number])[],
  origins: ReadonlySet<number>,
  filtered: ReadonlySet<string>,
): number[] {
  const found = new Array<number>(size).fill(-1);
  let frontier = [...origins];
  for (let distance = 0; frontier.length > 0; distance++) {
    const next: number[] = [];
    for (const node of frontier) {
      if (found[node] !== -1) continue;
      found[node] = distance;
      for (const [a, b] of links) {
        if (a === node && !filtered.has(`${a}>${b}`)) next.push(b);
        if (b === node && !filtered.has(`${b}>${a}`)) next.push(a);
      }
    }
    frontier = next;
  }
  return found;
}
