import { createMemoryNetwork } from '@bgp/testkit';
import { formatAsPath, IPV4_UNICAST, type PathAttributes } from '@bgp/wire';
import { expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { addNode, isUp } from './testing/lab.ts';

/** We are member AS 65001 of AS 100; 65002 and 65003 are members too, 200 and 300 are not. */
const CONFEDERATION = { id: 100, members: [65001, 65002, 65003] };
const [US, SENDER, RECEIVER] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];

interface Case {
  readonly from: number;
  readonly to: number;
  readonly sent: PathAttributes & { readonly nextHop?: string };
  readonly receiver?: Partial<PeerConfig>;
}

function run({ from, to, sent, receiver }: Case): Record<string, unknown> | undefined {
  const network = createMemoryNetwork();
  const inside = (as: number) => CONFEDERATION.members.includes(as);
  const us = addNode(network, {
    address: US,
    asn: 65001,
    confederation: CONFEDERATION,
    peers: [
      { address: SENDER, remoteAs: from },
      { ...receiver, address: RECEIVER, remoteAs: to },
    ],
  });
  const neighbor = (address: string, asn: number) =>
    addNode(network, {
      address,
      asn,
      ...(inside(asn) ? { confederation: CONFEDERATION } : {}),
      peers: [{ address: US, remoteAs: inside(asn) ? 65001 : 100 }],
    });
  const source = neighbor(SENDER, from);
  const sink = neighbor(RECEIVER, to);
  const { nextHop = '192.0.2.7', ...attributes } = sent;
  const prefix = '198.51.100.0/24';
  source.speaker.inject({ family: IPV4_UNICAST, prefix, nextHop: [nextHop], attributes, pathId: 0 });
  for (const { speaker } of [us, source, sink]) speaker.start();
  expect(network.runUntil(() => isUp(us, source, sink), 20_000)).toBe(true);
  network.runFor(1_000);
  // What the receiver really has: its decoder refuses what its kind of session must not bring.
  const page = sink.speaker.listRoutes({ table: 'received', peer: US, family: IPV4_UNICAST, limit: 10 });
  const route = page.ok ? page.value.routes[0] : undefined;
  if (route === undefined) return undefined;
  const { asPath = [], nextHop: via, localPref, med } = route.attributes;
  return { path: formatAsPath(asPath), via, localPref, med };
}

const path = (...asns: number[]) => [{ type: 'sequence', asns }] as const;
const KEPT = { localPref: 300, med: 5 } as const;

it.each<[string, Case, Record<string, unknown> | undefined]>([
  [
    'from outside to a member: AS_CONFED_SEQUENCE in front, next hop and MED kept (§4.1 (b) 2, §5.1)',
    { from: 200, to: 65002, sent: { origin: 0, asPath: [], med: 5, nextHop: SENDER } },
    { path: '(65001) 200', via: SENDER, localPref: 100, med: 5 },
  ],
  [
    'from member to member: LOCAL_PREF, MED and next hop kept (§4.1 (b) 1, §5.1)',
    { from: 65002, to: 65003, sent: { origin: 0, asPath: path(7), ...KEPT } },
    { path: '(65001 65002) 7', via: '192.0.2.7', ...KEPT },
  ],
  [
    'from our own member AS to another, path empty (§4.1 (b) 3)',
    { from: 65001, to: 65002, sent: { origin: 0, asPath: [], ...KEPT } },
    { path: '(65001)', via: '192.0.2.7', ...KEPT },
  ],
  [
    'from a member to our own member AS: path unchanged (§4.1 (a))',
    { from: 65002, to: 65001, sent: { origin: 0, asPath: path(7), ...KEPT } },
    { path: '(65002) 7', via: '192.0.2.7', ...KEPT },
  ],
  [
    'from a member to the outside: segments gone, the identifier in front (§4.1 (c) 1, 2)',
    { from: 65002, to: 300, sent: { origin: 0, asPath: path(7), ...KEPT } },
    { path: '100 7', via: US, localPref: undefined, med: undefined },
  ],
  [
    'of a member to the outside, nothing else in the path (§4.1 (c) 4)',
    { from: 65002, to: 300, sent: { origin: 0, asPath: [], ...KEPT } },
    { path: '100', via: US, localPref: undefined, med: undefined },
  ],
  [
    'from the outside to the outside',
    { from: 200, to: 300, sent: { origin: 0, asPath: path(7) } },
    { path: '100 200 7', via: US, localPref: undefined, med: undefined },
  ],
  [
    'next_hop_self towards a member',
    { from: 65002, to: 65003, receiver: { nextHopSelf: true }, sent: { origin: 0, asPath: path(7), ...KEPT } },
    { path: '(65001 65002) 7', via: US, ...KEPT },
  ],
  [
    'the identifier in a path from outside: a loop (§4)',
    { from: 200, to: 300, sent: { origin: 0, asPath: path(100) } },
    undefined,
  ],
  [
    'our member number in a path from outside: somebody else (§4)',
    { from: 200, to: 300, sent: { origin: 0, asPath: path(65001) } },
    { path: '100 200 65001', via: US, localPref: undefined, med: undefined },
  ],
  [
    'our member number in a confederation segment: a loop (§4)',
    { from: 65002, to: 300, sent: { origin: 0, asPath: [{ type: 'confed-sequence', asns: [65003, 65001] }] } },
    undefined,
  ],
  [
    'NO_EXPORT stays in the confederation (RFC 1997)',
    { from: 65002, to: 300, sent: { origin: 0, asPath: path(7), communities: [0xffff_ff01] } },
    undefined,
  ],
  [
    'NO_EXPORT passes between members (RFC 1997)',
    { from: 65002, to: 65003, sent: { origin: 0, asPath: path(7), communities: [0xffff_ff01], ...KEPT } },
    { path: '(65001 65002) 7', via: '192.0.2.7', ...KEPT },
  ],
  [
    'NO_EXPORT_SUBCONFED stays in the member AS (RFC 1997)',
    { from: 65001, to: 65002, sent: { origin: 0, asPath: [], communities: [0xffff_ff03], ...KEPT } },
    undefined,
  ],
])('%s', (_rule, route, expected) => {
  expect(run(route)).toEqual(expected);
});
