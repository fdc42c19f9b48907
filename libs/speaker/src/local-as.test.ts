import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST, type PathAttributes } from '@bgp/wire';
import { expect, it } from 'vitest';
import type { LocalAs, PeerConfig } from './config.ts';
import { addNode, isUp } from './testing/lab.ts';

const [US, SENDER, RECEIVER] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const OURS = 65001;

interface Case {
  readonly path: readonly number[];
  readonly sender?: Partial<PeerConfig>;
  readonly receiver?: Partial<PeerConfig>;
}

/** The path in our Loc-RIB and as the receiver (AS 65003) is sent it, with the sender in AS 65002. */
function run({ path, sender, receiver }: Case) {
  const network = createMemoryNetwork();
  const us = addNode(network, {
    address: US,
    asn: OURS,
    peers: [
      { ...sender, address: SENDER, remoteAs: 65002 },
      { ...receiver, address: RECEIVER, remoteAs: 65003 },
    ],
  });
  const source = addNode(network, {
    address: SENDER,
    asn: 65002,
    peers: [{ address: US, remoteAs: sender?.localAs?.as ?? OURS }],
  });
  const sink = addNode(network, {
    address: RECEIVER,
    asn: 65003,
    peers: [{ address: US, remoteAs: receiver?.localAs?.as ?? OURS }],
  });
  const attributes: PathAttributes = { origin: 0, asPath: [{ type: 'sequence', asns: path }] };
  source.speaker.inject({
    family: IPV4_UNICAST,
    prefix: '198.51.100.0/24',
    nextHop: ['192.0.2.7'],
    attributes,
    pathId: 0,
  });
  for (const { speaker } of [us, source, sink]) speaker.start();
  expect(network.runUntil(() => isUp(us, source, sink), 20_000)).toBe(true);
  network.runFor(1_000);
  const show = (table: 'best' | 'advertised', peer?: string) => {
    const query = { table, family: IPV4_UNICAST, limit: 10, ...(peer === undefined ? {} : { peer }) };
    const page = us.speaker.listRoutes(query);
    return page.ok ? page.value.routes[0]?.attributes.asPath?.flatMap(({ asns }) => asns).join(' ') : undefined;
  };
  return [show('best'), show('advertised', RECEIVER)];
}

const localAs = (more: Partial<LocalAs> = {}): Partial<PeerConfig> => ({
  localAs: { as: 64999, prependInbound: true, replaceAs: false, ...more },
});

it.each<[string, Case, [string | undefined, string | undefined]]>([
  ['a loop (RFC 4271 §9.1.2)', { path: [7, OURS] }, [undefined, undefined]],
  ['allow-own-as 1: once', { path: [7, OURS], sender: { allowOwnAs: 1 } }, ['65002 7 65001', '65001 65002 7 65001']],
  ['allow-own-as 1: not twice', { path: [OURS, 7, OURS], sender: { allowOwnAs: 1 } }, [undefined, undefined]],
  [
    'allow-own-as 2',
    { path: [OURS, 7, OURS], sender: { allowOwnAs: 2 } },
    ['65002 65001 7 65001', '65001 65002 65001 7 65001'],
  ],
  ["allow-own-as is the sender's only", { path: [OURS], receiver: { allowOwnAs: 1 } }, [undefined, undefined]],
  [
    'as-override: ours for the receiver, each time',
    { path: [65003, 7, 65003], receiver: { asOverride: true } },
    ['65002 65003 7 65003', '65001 65002 65001 7 65001'],
  ],
  ['without as-override it stays', { path: [65003] }, ['65002 65003', '65001 65002 65003']],
  [
    'local-as of the sender stands in front',
    { path: [7], sender: localAs() },
    ['64999 65002 7', '65001 64999 65002 7'],
  ],
  [
    'local-as of the sender without prepend',
    { path: [7], sender: localAs({ prependInbound: false }) },
    ['65002 7', '65001 65002 7'],
  ],
  ['local-as of the receiver: both', { path: [7], receiver: localAs() }, ['65002 7', '64999 65001 65002 7']],
  [
    'local-as of the receiver alone',
    { path: [7], receiver: localAs({ replaceAs: true }) },
    ['65002 7', '64999 65002 7'],
  ],
  ["local-as in its neighbor's path: a loop", { path: [64999], sender: localAs() }, [undefined, undefined]],
  [
    'one that stood in for ours, seen elsewhere: a loop',
    { path: [64999], receiver: localAs({ replaceAs: true }) },
    [undefined, undefined],
  ],
  [
    'as-override puts the local-as there',
    { path: [65003], receiver: { ...localAs(), asOverride: true } },
    ['65002 65003', '64999 65001 65002 64999'],
  ],
])('%s', (_rule, route, expected) => {
  expect(run(route)).toEqual(expected);
});
