import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addNode, inject, isUp } from './testing/lab.ts';

const ID = 100;
const address = (node: number) => `10.0.0.${node + 1}`;
const prefix = (node: number) => `198.51.${node}.0/24`;

/** Nodes below `members` are member ASes of AS 100, the others are on their own; a chain keeps everyone reachable. */
const network = fc.integer({ min: 2, max: 6 }).chain((size) => {
  const pairs: [number, number][] = [];
  for (let a = 0; a < size; a++) for (let b = a + 2; b < size; b++) pairs.push([a, b]);
  return fc.record({
    size: fc.constant(size),
    members: fc.integer({ min: 1, max: size }),
    extra: fc.subarray(pairs),
    seed: fc.nat(),
  });
});

it('in any network with a confederation, its inside is not seen from outside, and everyone reaches everyone', () => {
  fc.assert(
    fc.property(network, ({ size, members, extra, seed }) => {
      const isMember = (node: number) => node < members;
      const asn = (node: number) => (isMember(node) ? 65001 + node : 1000 + node);
      const links = [...Array.from({ length: size - 1 }, (_, node) => [node, node + 1] as const), ...extra];
      const confederation = { id: ID, members: Array.from({ length: members }, (_, node) => asn(node)) };
      const world = createMemoryNetwork({ seed, maxLatencyMs: 30 });
      const nodes = Array.from({ length: size }, (_, node) =>
        addNode(world, {
          address: address(node),
          asn: asn(node),
          ...(isMember(node) ? { confederation } : {}),
          peers: links
            .flatMap(([a, b]) => (a === node ? [b] : b === node ? [a] : []))
            .map((at) => ({
              address: address(at),
              remoteAs: isMember(at) && !isMember(node) ? ID : asn(at),
            })),
        }),
      );
      for (const [node, each] of nodes.entries()) inject(each, prefix(node));
      for (const { speaker } of nodes) speaker.start();
      expect(world.runUntil(() => isUp(...nodes), 100_000)).toBe(true);
      world.runFor(60_000);
      for (const [node, { speaker }] of nodes.entries()) {
        const page = speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 100 });
        const routes = page.ok ? page.value.routes : [];
        expect(routes.map((route) => route.prefix).sort()).toEqual(nodes.map((_, at) => prefix(at)).sort());
        for (const { attributes, peer } of routes) {
          const segments = attributes.asPath ?? [];
          const plain = segments.filter(({ type }) => !type.startsWith('confed')).flatMap(({ asns }) => asns);
          expect(plain.filter((as) => as > 65000)).toEqual([]); // members stand in confederation segments only
          if (!isMember(node)) expect(segments.every(({ type }) => type === 'sequence')).toBe(true);
          else if (peer !== 'local') expect(plain).not.toContain(ID);
          const all = segments.flatMap(({ asns }) => asns);
          expect(new Set(all).size).toBe(all.length); // no loop
        }
      }
    }),
    { numRuns: 150 },
  );
});
