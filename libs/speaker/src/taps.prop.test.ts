import { createMemoryNetwork, type MemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addNode, inject, isUp, type Node, prefixes } from './testing/lab.ts';
import { TapStation } from './testing/tap-station.ts';

/** A hub with three neighbors, watched by stations that come and go: what a station knows in the end is what is there. */
const PREFIXES = ['198.51.100.0/24', '203.0.113.0/24', '192.0.2.0/25', '192.0.2.128/25', '10.64.0.0/10'] as const;
const MANY = [...PREFIXES, ...prefixes(40)];
const POLICIES = [
  [{ name: 'all', defaultAction: 'permit', statements: [] }],
  [
    {
      name: 'deny-one',
      defaultAction: 'permit',
      statements: [{ action: 'deny', match: { prefixes: [{ prefix: PREFIXES[0] }] } }],
    },
  ],
  [
    {
      name: 'med',
      defaultAction: 'permit',
      statements: [{ action: 'permit', match: { prefixes: [{ prefix: PREFIXES[1] }] }, set: { med: 7 } }],
    },
  ],
] as const;
/** Little at a time, so that stations come in the middle of everything. */
const PACE = { routesPerRound: 1, rounds: 1, ms: 3 };
const HUB = '10.0.0.1';
const LEAVES = ['10.0.0.2', '10.0.0.3', '10.0.0.4'] as const;

const index = fc.nat({ max: 99 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('inject' as const, 'withdraw' as const),
      at: index,
      prefix: index,
      count: fc.constantFrom(1, 40),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'cut' as const,
        'reset' as const,
        'soft-in' as const,
        'refresh-in' as const,
        'soft-out' as const,
      ),
      at: index,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('import' as const, 'export' as const), at: index, policy: index }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('connect' as const, 'close' as const),
      patience: fc.integer({ min: 1, max: 400 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('stop-reading' as const, 'read' as const), at: index }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 3_000 })),
    }),
  },
);

it('a station that heard of a speaker by taps alone has its tables, whenever it came', () => {
  let longest = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), fc.nat(), (steps, seed) => {
      const network = createMemoryNetwork({
        seed,
        maxLatencyMs: 30,
        minChunkOctets: 1,
        maxChunkOctets: 200,
        highWaterOctets: 150,
      });
      const [hub, ...leaves] = buildNodes(network);
      if (hub === undefined) throw new Error('there is a hub');
      for (const { speaker } of [hub, ...leaves]) speaker.start();
      const stations = [new TapStation(hub.speaker)];
      for (const now of steps) {
        const leaf = leaves['at' in now ? now.at % leaves.length : 0]!;
        switch (now.do) {
          case 'inject':
          case 'withdraw': {
            const node = [hub, ...leaves][now.at % 4]!;
            const start = now.prefix % MANY.length;
            for (const prefix of MANY.slice(start, start + now.count)) {
              if (now.do === 'inject') inject(node, prefix, `192.0.2.${1 + (now.prefix % 3)}`);
              else node.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
            }
            break;
          }
          case 'cut':
            network.cut(HUB, leaf.address);
            break;
          case 'reset':
            hub.speaker.resetPeer(leaf.address, 'hard');
            break;
          case 'soft-in':
          case 'refresh-in':
          case 'soft-out':
            hub.speaker.resetPeer(leaf.address, now.do);
            break;
          case 'import':
          case 'export':
            hub.speaker.setPolicy(leaf.address, now.do, POLICIES[now.policy % POLICIES.length]);
            break;
          case 'stop-reading':
            network.block(HUB, leaf.address);
            break;
          case 'read':
            network.unblock(HUB, leaf.address);
            break;
          case 'connect':
            stations.push(new TapStation(hub.speaker, undefined, now.patience));
            break;
          case 'close':
            if (stations.length > 1) stations.shift()?.close();
            break;
          case 'wait':
            network.runFor(now.ms);
            for (const station of stations) station.resume();
        }
      }
      longest = Math.max(longest, stations.length);
      for (const { address } of leaves) network.unblock(HUB, address);
      expect(network.runUntil(() => isUp(hub, ...leaves), 900_000)).toBe(true);
      network.runFor(400_000); // whatever was kept over a restart has been said again, or is gone
      for (let turns = 0; turns < 5_000 && stations.some(({ isWalked }) => !isWalked); turns++) {
        for (const station of stations) station.resume();
        network.runFor(10);
      }
      for (const { station, errors, isWalked } of stations) {
        expect({ errors, isWalked }).toEqual({ errors: [], isWalked: true });
        expect(station.locRib()?.fingerprint(IPV4_UNICAST)).toEqual(hub.speaker.fingerprint('best', IPV4_UNICAST));
        for (const leaf of leaves) {
          const table = (kind: 'adj-rib-in-pre' | 'adj-rib-in-post' | 'adj-rib-out-post') =>
            station.table(leaf.address, kind);
          expect(table('adj-rib-in-pre')?.fingerprint(IPV4_UNICAST)).toEqual(
            hub.speaker.fingerprint('received', IPV4_UNICAST, leaf.address),
          );
          expect(
            [...table('adj-rib-in-post')!.routes(IPV4_UNICAST)]
              .map(({ prefix, attributes }) => text(prefix, attributes))
              .sort(),
          ).toEqual(rows(hub, 'received', leaf.address));
          expect(
            [...table('adj-rib-out-post')!.routes(IPV4_UNICAST)]
              .map(({ prefix, attributes }) => text(prefix, attributes))
              .sort(),
          ).toEqual(rows(hub, 'advertised', leaf.address));
          expect(table('adj-rib-in-pre')?.hasEnded(IPV4_UNICAST)).toBe(true);
        }
      }
    }),
    { numRuns: 150 },
  );
  expect(longest).toBeGreaterThan(2);
});

function buildNodes(network: MemoryNetwork): Node[] {
  const hub = addNode(network, {
    address: HUB,
    asn: 65000,
    pace: PACE,
    peers: LEAVES.map((address, at) => ({ address, remoteAs: 65002 + at, addPath: addPathOf(at) })),
  });
  const leaves = LEAVES.map((address, at) =>
    addNode(network, {
      address,
      asn: 65002 + at,
      peers: [{ address: HUB, remoteAs: 65000, addPath: addPathOf(at) }],
    }),
  );
  return [hub, ...leaves];
}

/** One of the sessions has path identifiers in both directions. */
function addPathOf(leaf: number) {
  return { receive: leaf === 1, send: leaf === 1 };
}

function rows({ speaker }: Node, table: 'received' | 'advertised', peer: string): string[] {
  const page = speaker.listRoutes({ table, peer, family: IPV4_UNICAST, limit: 1000 });
  if (!page.ok) throw new Error(page.error.message);
  const accepted = page.value.routes.filter(({ rejectedBy }) => rejectedBy === undefined);
  return accepted.map(({ prefix, attributes }) => text(prefix, attributes)).sort();
}

function text(prefix: string, attributes: object): string {
  return `${prefix} ${JSON.stringify(attributes)}`;
}
