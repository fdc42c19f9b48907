import type { Verdict } from '@bgp/policy';
import type { FilterVerdict } from '@bgp/rib';
import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST, type PathAttributes } from '@bgp/wire';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { addNode, isUp } from './testing/lab.ts';

const LOCAL = 65001;
const [SENDER, RECEIVER] = ['10.0.0.2', '10.0.0.3'];

interface Case {
  readonly from: number;
  readonly to: number;
  readonly sent: PathAttributes & { readonly nextHop?: string };
  readonly sender?: Partial<PeerConfig>;
  readonly receiver?: Partial<PeerConfig>;
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
  const source = addNode(network, { address: SENDER, asn: from, peers: [{ address: '10.0.0.1', remoteAs: LOCAL }] });
  const sink = addNode(network, {
    address: RECEIVER,
    asn: to,
    peers: [{ address: '10.0.0.1', remoteAs: LOCAL, enforceFirstAs: false }],
  });
  const { nextHop = '192.0.2.7', ...attributes } = sent;
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
      { from: 65002, to: 65003, sent: { origin: 0, asPath: path(7), communities: [0xffffff01] } },
      undefined,
    ],
  ])('%s', (_rule, route, expected) => {
    expect(exported(route)).toEqual(expected);
  });
});

it("policy's verdicts are what the RIB's filters need", () => {
  type Accepted = Extract<Verdict, { readonly action: 'accept' }>;
  type Passing = Extract<FilterVerdict, { readonly accept: true }>;
  expectTypeOf<Accepted['by']>().toEqualTypeOf<Passing['by']>();
  expectTypeOf<NonNullable<Accepted['edit']>>().toEqualTypeOf<NonNullable<Passing['edit']>>();
});
