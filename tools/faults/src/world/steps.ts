import type { LinkShape } from '@bgp/testkit';
import { type Family, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { UNIVERSE } from '../plan/plan-network.ts';
import { POLICIES, POLICY_NAMES } from '../plan/policies.ts';
import { FLOWSPEC_STEPS } from './flowspec-steps.ts';
import { labelOf } from './label.ts';
import { boot, disturb, FLOOD, holdMs, stopForRestart, unblock, withdrawFlood } from './operations.ts';
import type { StepRow, StepTarget } from './step.ts';
import type { WorldNode } from './world.ts';

/** How slow a link may get: a keepalive must still get through in the shortest hold time. */
const SLOW: readonly Partial<LinkShape>[] = [
  { minLatencyMs: 100, maxLatencyMs: 400 },
  { minLatencyMs: 0, maxLatencyMs: 6, minChunkOctets: 1, maxChunkOctets: 3 },
  { minLatencyMs: 10, maxLatencyMs: 40, minChunkOctets: 20, maxChunkOctets: 60, highWaterOctets: 64 },
  { minLatencyMs: 0, maxLatencyMs: 200, minChunkOctets: 30, maxChunkOctets: 900, highWaterOctets: 512 },
];

/** Everything that can happen to a network. A feature adds its row. */
export const STEPS: readonly StepRow[] = [
  ...FLOWSPEC_STEPS,
  { name: 'inject', weight: 20, run: (target) => inject(target) },
  { name: 'withdraw', weight: 10, run: (target) => withdraw(target) },
  {
    name: 'flood',
    weight: 2,
    run({ world, node }) {
      if (!node.plan.injects || node.injected.has(`${IPV4_UNICAST} ${FLOOD[0]}`)) return undefined;
      // Limits are exceeded wherever the flood comes by, for as long as it lasts and some time after.
      for (const { link, self, name } of world.sides) {
        const { maxPrefixes, maxPrefixesByFamily } = self.peers.get(name) ?? {};
        if (maxPrefixes !== undefined || maxPrefixesByFamily !== undefined)
          world.explanations.cease(link.id, 1, Number.POSITIVE_INFINITY);
      }
      for (const prefix of FLOOD) world.inject(node, routeFor(node, IPV4_UNICAST, prefix));
      return `${FLOOD.length} routes from ${labelOf(node)}`;
    },
  },
  {
    name: 'end of the flood',
    weight: 2,
    run: ({ world, random }) => {
      const at = world.nodes.filter((node) => node.injected.has(`${IPV4_UNICAST} ${FLOOD[0]}`));
      if (at.length === 0) return undefined;
      const node = random.pick(at);
      withdrawFlood(world, node);
      return `at ${labelOf(node)}`;
    },
  },
  {
    name: 'cut',
    weight: 6,
    run({ world, link, side }) {
      disturb(world, link);
      const [a, b] = world.addressesOf(link);
      return world.network.cut(a, b) === 0 ? undefined : labelOf(side);
    },
  },
  {
    name: 'silence',
    weight: 5,
    run({ world, link, side }) {
      world.block(link);
      return labelOf(side);
    },
  },
  {
    name: 'half-open',
    weight: 6,
    run({ world, link, side }) {
      world.block(link, side.at);
      return `nothing gets from ${labelOf(side)}`;
    },
  },
  { name: 'heal', weight: 8, run: (target) => heal(target) },
  {
    name: 'slow link',
    weight: 5,
    run({ world, link, side, random }) {
      const shape = random.pick(SLOW);
      world.reshape(link, shape);
      return `${labelOf(side)} ${JSON.stringify(shape)}`;
    },
  },
  {
    name: 'normal link',
    weight: 3,
    run({ world, link, side }) {
      world.reshape(link);
      return labelOf(side);
    },
  },
  {
    name: 'reset',
    weight: 4,
    run({ world, link, side }) {
      world.explanations.cease(link.id, 4, holdMs(link));
      return side.self.life?.speaker.resetPeer(side.name, 'hard').ok === true ? labelOf(side) : undefined;
    },
  },
  {
    name: 'soft-in',
    weight: 3,
    run: ({ side }) =>
      side.self.life?.speaker.resetPeer(side.name, 'soft-in').ok === true ? labelOf(side) : undefined,
  },
  {
    name: 'soft-out',
    weight: 3,
    run: ({ side }) =>
      side.self.life?.speaker.resetPeer(side.name, 'soft-out').ok === true ? labelOf(side) : undefined,
  },
  {
    name: 'refresh-in',
    weight: 3,
    run: ({ side }) =>
      side.self.life?.speaker.resetPeer(side.name, 'refresh-in').ok === true ? labelOf(side) : undefined,
  },
  {
    name: 'graceful shutdown',
    needsConfiguration: true,
    weight: 4,
    run({ world, side }) {
      const isOn = world.leaving === undefined;
      const at = world.leaving ?? side;
      if (at.self.life?.speaker.setGracefulShutdown(at.name, isOn).ok !== true) return undefined;
      world.leaving = isOn ? at : undefined;
      return `${isOn ? 'on' : 'off'} at ${labelOf(at)}`;
    },
  },
  { name: 'policy', needsConfiguration: true, weight: 12, run: (target) => changePolicy(target) },
  {
    name: 'disable',
    needsConfiguration: true,
    weight: 3,
    run({ world, link, side }) {
      world.explanations.cease(link.id, 2, holdMs(link));
      const config = side.self.peers.get(side.name);
      if (config === undefined || side.self.life === undefined) return undefined;
      side.self.peers.set(side.name, { ...config, enabled: false });
      side.self.life.speaker.disablePeer(side.name, 'maintenance');
      return labelOf(side);
    },
  },
  {
    name: 'enable',
    weight: 4,
    run({ world, random }) {
      const off = world.sides.filter(
        ({ self, name }) => self.life !== undefined && self.peers.get(name)?.enabled === false,
      );
      if (off.length === 0) return undefined;
      const side = random.pick(off);
      side.self.peers.set(side.name, { ...side.self.peers.get(side.name)!, enabled: true }); // it is in `off`
      side.self.life?.speaker.enablePeer(side.name);
      return labelOf(side);
    },
  },
  {
    name: 'remove neighbor',
    needsConfiguration: true,
    weight: 2,
    run({ world, link, side }) {
      if (side.self.life === undefined || !side.self.peers.delete(side.name)) return undefined;
      world.explanations.cease(link.id, 3, holdMs(link));
      disturb(world, link); // what still arrives finds nobody
      side.self.life.speaker.removePeer(side.name);
      if (world.leaving === side) world.leaving = undefined;
      return labelOf(side);
    },
  },
  {
    name: 'add neighbor',
    weight: 4,
    run({ world, random }) {
      const missing = world.sides.filter(({ self, name }) => self.life !== undefined && !self.peers.has(name));
      if (missing.length === 0) return undefined;
      const side = random.pick(missing);
      const config = side.link.ends[side.at].peer;
      side.self.peers.set(side.name, config);
      const added = side.self.life?.speaker.addPeer(config);
      if (added?.ok === false) throw new Error(added.error.message);
      return labelOf(side);
    },
  },
  {
    name: 'crash',
    weight: 3,
    run({ world, node, random }) {
      if (node.life === undefined) return undefined;
      const what = random.pick(['process', 'power'] as const);
      for (const side of world.sides) if (side.self === node) disturb(world, side.link);
      world.crash(node, what);
      if (random.next() < 0.6) boot(world, node, false);
      return `${what} of ${labelOf(node)}${node.life === undefined ? '' : ', back at once'}`;
    },
  },
  {
    name: 'planned restart',
    weight: 3,
    run: ({ world, node }) => (stopForRestart(world, node) ? labelOf(node) : undefined),
  },
  {
    name: 'start',
    weight: 6,
    run({ world, random }) {
      const down = world.nodes.filter(({ life }) => life === undefined);
      if (down.length === 0) return undefined;
      const node = random.pick(down);
      const isRestart = random.next() < 0.5;
      boot(world, node, isRestart);
      return `${labelOf(node)}${isRestart ? ' as one that was expected back' : ''}`;
    },
  },
];

function inject({ world, node, random }: StepTarget): string | undefined {
  if (!node.plan.injects) return undefined;
  const { family, prefix } = random.pick(UNIVERSE.prefixes);
  const base = routeFor(node, family, prefix);
  const communities = [0xfde7_0001, 0xfde7_0003, 0xffff_ff01, 0xffff_ff02].filter(() => random.next() < 0.12);
  world.inject(node, {
    ...base,
    attributes: {
      ...base.attributes,
      origin: random.between(0, 2),
      ...(random.next() < 0.3 ? { med: random.between(0, 3) * 10 } : {}),
      ...(communities.length === 0 ? {} : { communities }),
    },
  });
  return `${prefix} at ${labelOf(node)}`;
}

function withdraw({ world, node, random }: StepTarget): string | undefined {
  const routes = [...node.injected.values()].filter(({ prefix }) => !FLOOD.includes(prefix));
  if (routes.length === 0) return undefined;
  const { family, prefix } = random.pick(routes);
  world.withdraw(node, family, prefix);
  return `${prefix} at ${labelOf(node)}`;
}

function heal({ world, random }: StepTarget): string | undefined {
  const silent = world.links.filter((link) => world.isBlocked(link));
  if (silent.length === 0) return undefined;
  const link = random.pick(silent);
  unblock(world, link);
  return labelOf(world.sidesOf(link)[0]);
}

function changePolicy({ side, random }: StepTarget): string | undefined {
  const config = side.self.peers.get(side.name);
  if (config === undefined || side.self.life === undefined) return undefined;
  const direction = random.pick(['import', 'export'] as const);
  const name = random.pick(POLICY_NAMES);
  const chain = POLICIES[name]!; // one of its keys
  side.self.peers.set(side.name, { ...config, [`${direction}Chain`]: chain });
  const done = side.self.life.speaker.setPolicy(side.name, direction, chain);
  if (!done.ok) throw new Error(done.error.message);
  return `${direction} ${name} at ${labelOf(side)}`;
}

/** As the node itself would announce it. */
export function routeFor({ plan }: WorldNode, family: Family, prefix: string) {
  const nextHop = family === IPV6_UNICAST ? plan.ipv6 : plan.ipv4;
  return { family, prefix, nextHop: [nextHop], attributes: { origin: 0, asPath: [] } };
}
