import { createMemoryNetwork } from '@bgp/testkit';
import { encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST, type Message, type PathAttributes } from '@bgp/wire';
import { expect, it } from 'vitest';
import { addNode, openMessage, RawPeer } from './testing/lab.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const FOUR = { ...INITIAL_CONTEXT, fourOctetAs: true };
const DENY = [
  {
    name: 'deny',
    defaultAction: 'permit',
    statements: [{ action: 'deny', match: { prefixes: [{ prefix: '203.0.113.0/24' }] } }],
  },
] as const;

function announce(prefixes: readonly string[], change: PathAttributes = {}): Uint8Array {
  const attributes = { origin: 0, asPath: [{ type: 'sequence' as const, asns: [65000] }], nextHop: B, ...change };
  return frame({ announced: [{ family: IPV4_UNICAST, nlri: prefixes.map((prefix) => ({ prefix })) }], attributes });
}

function frame(change: object): Uint8Array {
  const update = { type: 'UPDATE', withdrawn: [], announced: [], attributes: {}, errors: [], ...change } as Message;
  const encoded = encodeMessage(update, FOUR);
  if (!encoded.ok) throw new Error(encoded.error.code);
  return encoded.value;
}

/** ORIGIN with a value that there is not. */
function spoiled(octets: Uint8Array): Uint8Array {
  const copy = octets.slice();
  copy[copy.indexOf(0x40) + 3] = 9;
  return copy;
}

const ONE = ['198.51.100.0/24'];
const TWO = ['198.51.100.0/24', '192.0.2.0/24'];
const withdraw = frame({ withdrawn: [{ family: IPV4_UNICAST, nlri: [{ prefix: ONE[0] }] }] });

/** RFC 7854 §4.8. The neighbor is internal, so that it may reflect. */
it.each([
  ['nothing unusual', [announce(TWO), withdraw], {}],
  ['the same again', [announce(TWO), announce(TWO)], { duplicateAnnouncements: 2, duplicateUpdates: 1 }],
  ['the same and something new', [announce(ONE), announce(TWO)], { duplicateAnnouncements: 1 }],
  ['other attributes', [announce(ONE), announce(ONE, { med: 1 })], {}],
  ['withdrawn twice', [announce(ONE), withdraw, withdraw], { duplicateWithdrawals: 1 }],
  ['refused by policy', [announce(['203.0.113.0/24', ...ONE])], { rejectedByPolicy: 1 }],
  ['our AS in the path', [announce(TWO, { asPath: [{ type: 'sequence', asns: [65001] }] })], { asPathLoops: 2 }],
  ['our identifier as ORIGINATOR_ID', [announce(ONE, { originatorId: A })], { originatorIdLoops: 1 }],
  ['our cluster', [announce(ONE, { originatorId: B, clusterList: [A] })], { clusterListLoops: 1 }],
  ['malformed', [spoiled(announce(TWO))], { treatedUpdates: 1, treatedRoutes: 2 }],
  ['malformed, of what was there', [announce(ONE), spoiled(announce(ONE))], { treatedUpdates: 1, treatedRoutes: 1 }],
])('%s', (_what, frames, expected) => {
  const network = createMemoryNetwork({});
  const a = addNode(network, {
    address: A,
    asn: 65001,
    peers: [{ address: B, remoteAs: 65001, passive: true, importChain: DENY }],
  });
  const host = network.addHost({ addresses: [B] });
  a.speaker.start();
  const raw = new RawPeer();
  raw.handle = host.ports.tcp.connect({ address: A, port: 179, security: {} }, raw);
  network.runFor(100);
  raw.send(openMessage(65001, B));
  raw.send({ type: 'KEEPALIVE' });
  network.runFor(100);
  for (const octets of frames) raw.sendOctets(octets);
  network.runFor(100);
  const judged = a.speaker.peer(B)?.counters.judged;
  expect(Object.fromEntries(Object.entries(judged ?? {}).filter(([, count]) => count > 0))).toEqual(expected);
});
