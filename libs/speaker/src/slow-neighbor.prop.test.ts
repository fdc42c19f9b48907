import type { PolicySource } from '@bgp/policy';
import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { addNode, type Node, prefixes } from './testing/lab.ts';

const CENTER = '10.0.0.1';
const SLOW = '10.0.0.3';
const ALL = prefixes(60);
/** A few hundred octets fill the socket, so that everything can happen while it is full. */
const SOCKET = { highWaterOctets: 300, minChunkOctets: 100, maxChunkOctets: 400 };

const POLICIES: readonly PolicySource[] = [
  { name: 'all', defaultAction: 'permit', statements: [] },
  {
    name: 'med',
    defaultAction: 'permit',
    statements: [{ action: 'next', match: { families: [IPV4_UNICAST] }, set: { med: 7 } }],
  },
  {
    name: 'few',
    defaultAction: 'permit',
    statements: [{ action: 'deny', match: { prefixes: ALL.slice(0, 20).map((prefix) => ({ prefix })) } }],
  },
];

type Step =
  | { readonly do: 'announce'; readonly start: number; readonly count: number; readonly variant: number }
  | { readonly do: 'withdraw'; readonly start: number; readonly count: number }
  | { readonly do: 'stop-reading' | 'read' | 'leaving' | 'staying' | 'refresh' | 'cut' }
  | { readonly do: 'policy'; readonly policy: number }
  | { readonly do: 'wait'; readonly ms: number };

const start = fc.nat(ALL.length - 1);
const count = fc.integer({ min: 1, max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('announce' as const), start, count, variant: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('withdraw' as const), start, count }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('stop-reading' as const, 'read' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('leaving' as const, 'staying' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('refresh' as const, 'cut' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('policy' as const), policy: fc.nat(POLICIES.length - 1) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 20, 150, 2_000) }) },
);

function rows({ speaker }: Node, table: 'advertised' | 'received', peer: string): string[] {
  const page = speaker.listRoutes({ table, peer, family: IPV4_UNICAST, limit: 1_000 });
  if (!page.ok) throw new Error(page.error.message);
  return page.value.routes.map(({ prefix, attributes }) => `${prefix} ${JSON.stringify(attributes)}`).sort();
}

describe('a neighbor that reads now and then, while routes and policies change', () => {
  test.prop([fc.boolean(), fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat()], { numRuns: 150 })(
    'has in the end what we say it has',
    (withAddPath, steps, seed) => {
      const network = createMemoryNetwork({ seed, ...SOCKET });
      const addPath = (side: 'send' | 'receive') =>
        withAddPath ? { addPath: { receive: side === 'receive', send: side === 'send' } } : {};
      const center = addNode(network, {
        address: CENTER,
        asn: 65001,
        peers: [
          { address: '10.0.0.2', remoteAs: 65002, ...addPath('send') },
          { address: SLOW, remoteAs: 65003, holdTime: 0, ...addPath('send') },
        ],
      });
      const member = (address: string, asn: number) =>
        addNode(network, {
          address,
          asn,
          peers: [{ address: CENTER, remoteAs: 65001, holdTime: 0, ...addPath('receive') }],
        });
      const others = [member('10.0.0.2', 65002), member(SLOW, 65003)];
      for (const { speaker } of [center, ...others]) speaker.start();
      network.runFor(5_000);
      for (const each of steps) perform(each);
      network.unblock(CENTER, SLOW);
      network.runFor(200_000);
      for (const node of others) {
        const told = rows(center, 'advertised', node.address);
        expect(rows(node, 'received', CENTER), node.address).toEqual(told);
        expect(center.speaker.peer(node.address)?.state).toBe('Established');
      }

      function perform(each: Step): void {
        const { speaker } = center;
        switch (each.do) {
          case 'announce':
          case 'withdraw':
            for (const [at, prefix] of ALL.slice(each.start, each.start + each.count).entries()) {
              if (each.do === 'withdraw') speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
              else
                speaker.inject({
                  family: IPV4_UNICAST,
                  prefix,
                  nextHop: ['192.0.2.1'],
                  // Few in one message.
                  attributes: { origin: 0, asPath: [], med: each.variant, communities: [at % 20] },
                  pathId: 0,
                });
            }
            return;
          case 'stop-reading':
            return network.block(CENTER, SLOW);
          case 'read':
            return network.unblock(CENTER, SLOW);
          case 'leaving':
          case 'staying':
            expect(speaker.setGracefulShutdown(SLOW, each.do === 'leaving').ok).toBe(true);
            return;
          case 'refresh':
            speaker.resetPeer(SLOW, 'soft-out');
            return;
          case 'cut':
            network.cut(CENTER, SLOW);
            return;
          case 'policy':
            expect(speaker.setPolicy(SLOW, 'export', [POLICIES[each.policy]!])).toEqual({ ok: true, value: undefined }); // there are as many
            return;
          case 'wait':
            return network.runFor(each.ms);
        }
      }
    },
  );
});
