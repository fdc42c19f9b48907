import type { LocalRole, PeerConfig } from '@bgp/speaker';
import type { SeededRandom } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from '@bgp/wire/flowspec';
import type { PlanBuilder, SessionOption } from './builder.ts';
import { POLICIES, POLICY_NAMES } from './policies.ts';
import type { NodePlan } from './types.ts';

/** One kind of neighborhood. A network has all of them, and some twice. */
export interface Ingredient {
  readonly name: string;
  /** Builds it and returns those who may have external neighbors elsewhere. */
  build(builder: PlanBuilder): readonly NodePlan[];
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

export const INGREDIENTS: readonly Ingredient[] = [
  {
    name: 'route server',
    build(builder) {
      const server = builder.addNode('rs', builder.newAs(), true, { injects: false });
      const clients = times(builder.random.between(4, 6), () => builder.addNode('rsc', builder.newAs(), true));
      const perClientBest = builder.random.next() < 0.5;
      const roles = builder.random.next() < 0.5;
      for (const client of clients) {
        builder.link(
          server,
          client,
          { routeServerClient: true, nextHopSelf: false, perClientBest, ...roleOf(roles, 'route-server') },
          // RFC 7947 §2.2.2: the server's AS is not in the path, so the client cannot insist on it.
          { enforceFirstAs: false, ...roleOf(roles, 'route-server-client') },
        );
      }
      // Some meet beside the server too.
      builder.link(clients[0]!, clients[1]!);
      return clients;
    },
  },
  {
    name: 'route reflectors',
    build(builder) {
      const asn = builder.newAs();
      const { random } = builder;
      const sharesCluster = random.next() < 0.5;
      const reflectors = times(random.between(1, 2), () => builder.addNode('rr', asn, false));
      if (sharesCluster) shareCluster(builder, reflectors);
      const clients = times(random.between(3, 4), () => builder.addNode('rrc', asn, false));
      const others = times(random.between(1, 2), () => builder.addNode('ibgp', asn, false));
      for (const reflector of reflectors) {
        for (const client of clients) builder.link(reflector, client, { routeReflectorClient: true });
      }
      mesh(builder, [...reflectors, ...others]);
      return [...clients, ...others];
    },
  },
  {
    name: 'internal mesh',
    build(builder) {
      const asn = builder.newAs();
      const nodes = times(builder.random.between(3, 4), () => builder.addNode('ibgp', asn, false));
      mesh(builder, nodes, { nextHopSelf: builder.random.next() < 0.5 });
      return nodes;
    },
  },
  {
    name: 'confederation',
    build(builder) {
      // A chain of member ASes: in a circle of them equal paths may prefer each other (RFC 5065 does not count their lengths).
      const { random } = builder;
      const id = builder.newAs();
      const asns = times(random.between(2, 3), () => builder.newAs());
      const members = asns.map((asn) => {
        const confederation = { id, members: asns.filter((other) => other !== asn) };
        const nodes = times(random.between(1, 2), () => builder.addNode('confed', asn, false, { confederation }));
        mesh(builder, nodes);
        return nodes;
      });
      for (const [at, nodes] of members.slice(1).entries()) builder.link(members[at]![0]!, nodes[0]!);
      return members.flat();
    },
  },
  {
    name: 'dynamic neighbors',
    build(builder) {
      const hub = builder.addNode('hub', builder.newAs(), true);
      const spokes = times(builder.random.between(2, 3), () => builder.addNode('spoke', builder.newAs(), true));
      for (const spoke of spokes) builder.link(hub, spoke, { peerGroup: 'spokes' }, { passive: false }, true);
      return [hub];
    },
  },
  {
    name: 'two sites of one AS',
    build(builder) {
      // They have no session with each other; providers in the middle make that possible in one of two ways.
      const { random } = builder;
      const isOverridden = random.next() < 0.5;
      const asn = builder.newAs();
      const providers = times(2, () => builder.addNode('ebgp', builder.newAs(), true));
      const sites = times(2, () => builder.addNode('site', asn, true, { sharesPaths: true }));
      builder.link(providers[0]!, providers[1]!);
      for (const [at, site] of sites.entries()) {
        builder.link(providers[at]!, site, { asOverride: isOverridden }, { allowOwnAs: isOverridden ? 0 : 1 });
      }
      return providers;
    },
  },
  {
    name: 'external mesh',
    build(builder) {
      const nodes = times(builder.random.between(4, 6), () => builder.addNode('ebgp', builder.newAs(), true));
      for (const [at, a] of nodes.entries()) {
        builder.link(a, nodes[(at + 1) % nodes.length]!);
        for (const b of nodes.slice(at + 2)) if (builder.random.next() < 0.4) builder.link(a, b);
      }
      return nodes;
    },
  },
];

/** What any session may have on top. A feature is one row. */
export const SESSION_OPTIONS: readonly SessionOption[] = [
  { name: 'short hold time', percent: 40, draw: (random) => same({ holdTime: random.pick([3, 9, 20]) }) },
  {
    name: 'different hold times',
    percent: 10,
    draw: (random) => [{ holdTime: random.pick([30, 180]) }, { holdTime: 45 }],
  },
  { name: 'passive', percent: 20, draw: (random) => oneSide(random, { passive: true }) },
  { name: 'delayed OPEN', percent: 10, draw: (random) => oneSide(random, { delayOpenTime: 2 }) },
  { name: 'quick retry', percent: 50, draw: () => same({ connectRetryTime: 1 }) },
  { name: 'prefix limit', percent: 20, draw: (random) => oneSide(random, { maxPrefixes: 50 }) },
  {
    name: 'prefix limit that warns',
    percent: 10,
    draw: (random) => oneSide(random, { maxPrefixes: 50, maxPrefixesAction: 'warn' }),
  },
  {
    name: 'prefix limits of each family, and a way back',
    percent: 15,
    draw: (random) =>
      oneSide(random, {
        maxPrefixesByFamily: [{ family: IPV4_UNICAST, max: 40 }],
        maxPrefixesWarning: 80,
        maxPrefixesRestartTime: random.pick([0, 10, 60]),
      }),
  },
  { name: 'limit of what is sent', percent: 8, draw: (random) => oneSide(random, { maxPrefixesOut: 6 }) },
  {
    name: 'ADD-PATH',
    percent: 25,
    // They count paths, of which there may be many without any flood.
    excludes: ['prefix limit', 'prefix limits of each family, and a way back'],
    draw: (random) => [
      { addPath: { receive: true, send: true, ...(random.next() < 0.5 ? { sendMax: 2 } : {}) } },
      { addPath: { receive: true, send: random.next() < 0.7 } },
    ],
  },
  { name: 'best path per client', percent: 8, draw: (random) => oneSide(random, { perClientBest: true }) },
  {
    name: 'roles',
    percent: 30,
    draw: (random, { isExternal }) => {
      if (!isExternal) return [{}, {}];
      return random.pick([
        [{ role: 'provider', strictRole: random.next() < 0.3 }, { role: 'customer' }],
        [{ role: 'customer' }, { role: 'provider' }],
        [{ role: 'peer', strictRole: true }, { role: 'peer' }],
        [{ role: 'provider' }, {}], // who has no role passes on what a customer must not
      ] as const);
    },
  },
  { name: 'no graceful restart', percent: 25, draw: (random) => oneSide(random, { gracefulRestart: false }) },
  {
    name: 'short graceful restart',
    percent: 50,
    draw: (random) => [
      { grRestartTime: random.between(5, 60), grStaleRoutesTime: random.between(20, 120) },
      { grRestartTime: random.between(5, 60), grStaleRoutesTime: random.between(20, 120) },
    ],
  },
  {
    name: 'long-lived graceful restart',
    percent: 30,
    draw: (random) => [{ llgrStaleTime: random.between(30, 120) }, { llgrStaleTime: random.between(0, 1) * 90 }],
  },
  {
    name: 'FlowSpec',
    percent: 50,
    draw: (random, { families }) => {
      const rules = families.map((family) => (family === IPV4_UNICAST ? IPV4_FLOWSPEC : IPV6_FLOWSPEC));
      const all = [...families, ...rules];
      return [
        { families: all, flowSpecValidation: random.next() < 0.5 },
        { families: all, flowSpecValidation: random.next() < 0.5 },
      ];
    },
  },
  {
    name: 'policies',
    percent: 40,
    draw: (random, { isExternal }) => (isExternal ? [policies(random), policies(random)] : [{}, {}]),
  },
];

const same = <T>(options: T): readonly [T, T] => [options, options];
const oneSide = <T extends object>(random: SeededRandom, options: T): readonly [T | object, T | object] =>
  random.next() < 0.5 ? [options, {}] : [{}, options];

function policies(random: SeededRandom) {
  const chain = () => POLICIES[random.pick(POLICY_NAMES.filter((name) => name !== 'deny'))]!;
  return {
    ...(random.next() < 0.6 ? { importChain: chain() } : {}),
    ...(random.next() < 0.6 ? { exportChain: chain() } : {}),
  };
}

function roleOf(hasRoles: boolean, role: LocalRole): Partial<PeerConfig> {
  return hasRoles ? { role, strictRole: true } : {};
}

function mesh(builder: PlanBuilder, nodes: readonly NodePlan[], options = {}): void {
  for (const [at, a] of nodes.entries()) for (const b of nodes.slice(at + 1)) builder.link(a, b, options, options);
}

/** RFC 4456 §7: reflectors of one cluster with one CLUSTER_ID. */
function shareCluster(builder: PlanBuilder, reflectors: NodePlan[]): void {
  for (const [at, reflector] of reflectors.entries()) {
    const shared = { ...reflector, speaker: { ...reflector.speaker, clusterId: '203.0.113.1' } };
    builder.nodes[reflector.id] = shared;
    reflectors[at] = shared;
  }
}
