import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { expect, it } from 'vitest';
import type { LocalRole, PeerConfig } from './config.ts';
import { addNode, isUp } from './testing/lab.ts';

const PREFIX = '198.51.100.0/24';
const [US, SENDER, RECEIVER] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const COUNTERPART = {
  provider: 'customer',
  customer: 'provider',
  'route-server': 'route-server-client',
  'route-server-client': 'route-server',
  peer: 'peer',
} as const satisfies Record<LocalRole, LocalRole>;

interface Case {
  /** Ours on the session with the sender, in AS 65002; absent: neither side has a role there. */
  readonly from?: LocalRole;
  readonly to?: LocalRole;
  /** As the sender sends it. */
  readonly otc?: number;
  readonly communities?: readonly number[];
  readonly receiver?: Partial<PeerConfig>;
}

/** `received` and `sent`: the route's OTC in our tables, `none` without one, or why there is no route. */
function run({ from, to, otc, communities, receiver }: Case) {
  const network = createMemoryNetwork();
  const role = (value: LocalRole | undefined) => (value === undefined ? {} : { role: value });
  const us = addNode(network, {
    address: US,
    asn: 65001,
    peers: [
      { ...role(from), address: SENDER, remoteAs: 65002 },
      { ...role(to), ...receiver, address: RECEIVER, remoteAs: 65003 },
    ],
  });
  // The sender has no role, so that it sends what it is told to: absence of the capability is not a mismatch.
  const source = addNode(network, { address: SENDER, asn: 65002, peers: [{ address: US, remoteAs: 65001 }] });
  const sink = addNode(network, {
    address: RECEIVER,
    asn: 65003,
    peers: [{ ...role(to && COUNTERPART[to]), address: US, remoteAs: 65001, enforceFirstAs: false }],
  });
  const attributes = {
    origin: 0,
    asPath: [],
    ...(otc === undefined ? {} : { otc }),
    ...(communities === undefined ? {} : { communities }),
  };
  source.speaker.inject({ family: IPV4_UNICAST, prefix: PREFIX, nextHop: ['192.0.2.7'], attributes, pathId: 0 });
  for (const { speaker } of [us, source, sink]) speaker.start();
  expect(network.runUntil(() => isUp(us, source, sink), 20_000)).toBe(true);
  network.runFor(1_000);
  const row = (table: 'received' | 'best' | 'advertised', peer?: string) => {
    const query = { table, family: IPV4_UNICAST, limit: 10, ...(peer === undefined ? {} : { peer }) };
    const page = us.speaker.listRoutes(query);
    return page.ok ? page.value.routes[0] : undefined;
  };
  const otcIn = (route: ReturnType<typeof row>) => (route === undefined ? undefined : (route.attributes.otc ?? 'none'));
  const refused = row('received', SENDER)?.rejectedBy;
  return { received: refused ?? otcIn(row('best')), sent: otcIn(row('advertised', RECEIVER)) };
}

it.each<[string, Case, { received: number | string; sent: number | string | undefined }]>([
  // RFC 9234 §5, ingress 1
  [
    'from a customer with OTC: a leak',
    { from: 'provider', otc: 65002 },
    { received: 'otc_route_leak', sent: undefined },
  ],
  [
    'from an RS-client with OTC: a leak',
    { from: 'route-server', otc: 9 },
    { received: 'otc_route_leak', sent: undefined },
  ],
  ['from a customer without', { from: 'provider' }, { received: 'none', sent: 'none' }],
  ['from an RS-client without', { from: 'route-server' }, { received: 'none', sent: 'none' }],
  // ingress 2
  ["from a peer with another's OTC: a leak", { from: 'peer', otc: 9 }, { received: 'otc_route_leak', sent: undefined }],
  ['from a peer with its own OTC', { from: 'peer', otc: 65002 }, { received: 65002, sent: 65002 }],
  // ingress 3
  ['from a peer without: added', { from: 'peer' }, { received: 65002, sent: 65002 }],
  ['from a provider without: added', { from: 'customer' }, { received: 65002, sent: 65002 }],
  ['from an RS without: added', { from: 'route-server-client' }, { received: 65002, sent: 65002 }],
  ['from a provider with one: unchanged', { from: 'customer', otc: 9 }, { received: 9, sent: 9 }],
  ['from an RS with one: unchanged', { from: 'route-server-client', otc: 9 }, { received: 9, sent: 9 }],
  // egress 1
  ['to a customer: added', { to: 'provider' }, { received: 'none', sent: 65001 }],
  ['to a peer: added', { to: 'peer' }, { received: 'none', sent: 65001 }],
  ['to an RS-client: added', { to: 'route-server' }, { received: 'none', sent: 65001 }],
  [
    'to an RS-client by a transparent server: added',
    { to: 'route-server', receiver: { routeServerClient: true } },
    { received: 'none', sent: 65001 },
  ],
  ['to a customer with one: unchanged', { to: 'provider', otc: 9 }, { received: 9, sent: 9 }],
  ['to an RS-client with one: unchanged', { to: 'route-server', otc: 9 }, { received: 9, sent: 9 }],
  ['to a provider without: passes unmarked', { to: 'customer' }, { received: 'none', sent: 'none' }],
  ['to an RS without: passes unmarked', { to: 'route-server-client' }, { received: 'none', sent: 'none' }],
  // egress 2
  ['to a provider with one: never', { to: 'customer', otc: 9 }, { received: 9, sent: undefined }],
  ['to a peer with one: never', { to: 'peer', otc: 9 }, { received: 9, sent: undefined }],
  ['to an RS with one: never', { to: 'route-server-client', otc: 9 }, { received: 9, sent: undefined }],
  // both
  ['from provider to provider: never', { from: 'customer', to: 'customer' }, { received: 65002, sent: undefined }],
  ['from provider to customer', { from: 'customer', to: 'provider' }, { received: 65002, sent: 65002 }],
  ['without roles it passes as it is', { otc: 9 }, { received: 9, sent: 9 }],
  // RFC 3765
  ['NO_PEER to a peer: not', { to: 'peer', communities: [0xffff_ff04] }, { received: 'none', sent: undefined }],
  ['NO_PEER to a provider', { to: 'customer', communities: [0xffff_ff04] }, { received: 'none', sent: 'none' }],
  ['NO_PEER without a role', { communities: [0xffff_ff04] }, { received: 'none', sent: 'none' }],
])('%s', (_rule, route, expected) => {
  expect(run(route)).toEqual(expected);
});

it('a set that has OTC does not decide for those that have none', () => {
  const network = createMemoryNetwork();
  const a = addNode(network, {
    address: US,
    asn: 65001,
    peers: [{ role: 'provider', address: SENDER, remoteAs: 65002 }],
  });
  const b = addNode(network, {
    address: SENDER,
    asn: 65002,
    peers: [{ role: 'customer', address: US, remoteAs: 65001 }],
  });
  for (const [prefix, otc] of [
    [PREFIX, { otc: 9 }],
    ['203.0.113.0/24', {}],
  ] as const) {
    const attributes = { origin: 0, asPath: [], ...otc };
    a.speaker.inject({ family: IPV4_UNICAST, prefix, nextHop: ['192.0.2.7'], attributes, pathId: 0 });
  }
  for (const { speaker } of [a, b]) speaker.start();
  expect(network.runUntil(() => isUp(a, b), 20_000)).toBe(true);
  network.runFor(1_000);
  const page = b.speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 10 });
  expect(
    page.ok ? page.value.routes.map(({ prefix, attributes }) => `${prefix} ${attributes.otc}`).sort() : [],
  ).toEqual(['198.51.100.0/24 9', '203.0.113.0/24 65001']);
});

it.each<[string, Partial<PeerConfig>, Partial<PeerConfig>, string | undefined]>([
  ['roles that do not go together', { role: 'provider' }, { role: 'provider' }, 'Role Mismatch'],
  ['no role where one is required', { role: 'peer', strictRole: true }, {}, 'Role Mismatch'],
  ['agreement', { role: 'route-server', strictRole: true }, { role: 'route-server-client' }, undefined],
])('%s', (_rule, ours, theirs, error) => {
  const network = createMemoryNetwork();
  const a = addNode(network, { address: US, asn: 65001, peers: [{ ...ours, address: SENDER, remoteAs: 65002 }] });
  const b = addNode(network, { address: SENDER, asn: 65002, peers: [{ ...theirs, address: US, remoteAs: 65001 }] });
  for (const { speaker } of [a, b]) speaker.start();
  expect(network.runUntil(() => isUp(a, b), 20_000)).toBe(error === undefined);
  const sent = a.host.events.some((event) => event.type === 'notification' && event.code === 2 && event.subcode === 11);
  expect(sent).toBe(error !== undefined);
});
