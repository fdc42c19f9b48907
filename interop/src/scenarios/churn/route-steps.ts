import type { Action } from './action.ts';
import { type Announcement, FAMILIES, type FamilyName, keyOf } from './peer.ts';
import type { World } from './world.ts';

/** Prefixes that everybody may announce, and three of each peer's own; `who` counts from 1. */
const SHARED = {
  ipv4: ['192.168.1.0/24', '192.168.2.0/24', '192.168.3.0/24'],
  ipv6: ['2001:db8:f001::/48', '2001:db8:f002::/48'],
};
const OWN: Readonly<Record<FamilyName, (who: number) => readonly string[]>> = {
  ipv4: (who) => [`10.10${who}.0.0/16`, `10.10${who}.1.0/24`, `10.10${who}.128.0/17`],
  ipv6: (who) => [`2001:db8:f${who}00::/40`, `2001:db8:f${who}aa::/48`],
};
/** None, more often than others. */
const MEDS: readonly (readonly number[])[] = [[], [], [0], [5], [50]];
const COMMUNITIES = ['64512:1', '64512:2', '64512:3'];
/** The last is with NO_EXPORT. FRR and BIRD do not even send such routes of their own (RFC 1997), so nobody else has it. */
const INJECTED_COMMUNITIES = [[], [64512 * 65536 + 1], [64512 * 65536 + 2, 64512 * 65536 + 3], [0xffff_ff01]];
const LARGE = ['64512:1:1', '64512:2:4294967295'];
/** Private ones and one of four octets that is not; none is a peer's, which would refuse the path as a loop. */
const BEHIND = [[], [], [64601], [64601, 4200000001], [65550], [64602, 65550, 65550]];

export function announce(world: World): Action | undefined {
  const { random } = world;
  const neighbor = world.pickNeighbor();
  if (neighbor === undefined) return undefined;
  const family = random.pick(FAMILIES);
  const own = OWN[family](world.neighbors.indexOf(neighbor) + 1);
  const route: Announcement = {
    family,
    prefix: random.pick([...SHARED[family], ...own]),
    slot: neighbor.peer.hasAddPath ? random.between(0, 1) : 0,
    med: random.pick(MEDS)[0],
    communities: world.pickSome(COMMUNITIES, 2),
    largeCommunities: world.pickSome(LARGE, 1),
    behind: random.pick(BEHIND),
  };
  neighbor.announced.set(keyOf(route), route);
  return { text: `${neighbor.peer.name} announces ${describe(route)}`, run: () => neighbor.peer.announce(route) };
}

function describe({ prefix, slot, med, communities, largeCommunities, behind }: Announcement): string {
  const words = [...communities, ...largeCommunities, ...(med === undefined ? [] : [`MED ${med}`])];
  return [
    prefix,
    ...(slot === 0 ? [] : ['(second path)']),
    ...words,
    ...(behind.length > 0 ? [`behind ${behind.join(' ')}`] : []),
  ].join(' ');
}

export function withdraw(world: World): Action | undefined {
  const neighbor = world.pickNeighbor(({ announced }) => announced.size > 0);
  if (neighbor === undefined) return undefined;
  const route = world.random.pick([...neighbor.announced.values()]);
  neighbor.announced.delete(keyOf(route));
  return { text: `${neighbor.peer.name} withdraws ${describe(route)}`, run: () => neighbor.peer.withdraw(route) };
}

export function inject(world: World): Action {
  const { random, dut } = world;
  const family = random.pick(FAMILIES);
  const prefix = random.pick([...SHARED[family], ...OWN[family](9)]);
  const [med] = random.pick(MEDS);
  const route = {
    prefix,
    nextHop: family === 'ipv4' ? '10.0.9.9' : '2001:db8:9::9',
    ...(med === undefined ? {} : { med }),
    origin: random.between(0, 2),
    asPath: random.pick(BEHIND),
    communities: random.pick(INJECTED_COMMUNITIES),
    largeCommunities: world.pickSome(LARGE, 1),
  };
  world.injected.set(prefix, route);
  return { text: `we inject ${JSON.stringify(route)}`, run: () => dut.rpc('InjectionService/AddPath', route) };
}

/** Many with the same attributes, which share messages; and the same ones again replace them. */
export function injectMany(world: World): Action {
  const { random, dut } = world;
  const [count, [med]] = [random.between(10, 40), random.pick(MEDS)];
  const prefixes = Array.from({ length: count }, (_, at) => `10.200.${at}.0/24`);
  const route = { nextHop: '10.0.9.9', ...(med === undefined ? {} : { med }), asPath: random.pick(BEHIND) };
  for (const prefix of prefixes) world.injected.set(prefix, { ...route, prefix });
  return {
    text: `we inject ${prefixes[0]} to ${prefixes.at(-1)} with ${JSON.stringify(route)}`,
    run: () => Promise.all(prefixes.map((prefix) => dut.rpc('InjectionService/AddPath', { ...route, prefix }))),
  };
}

/** Half of them. */
export function deleteMany(world: World): Action | undefined {
  if (world.injected.size < 10) return undefined;
  const prefixes = [...world.injected.keys()].filter(() => world.random.pick([true, false]));
  for (const prefix of prefixes) world.injected.delete(prefix);
  return {
    text: `we delete ${prefixes.join(' ')}`,
    run: () => Promise.all(prefixes.map((prefix) => world.dut.rpc('InjectionService/DeletePath', { prefix }))),
  };
}

export function deleteInjected(world: World): Action | undefined {
  if (world.injected.size === 0) return undefined;
  const prefix = world.random.pick([...world.injected.keys()]);
  world.injected.delete(prefix);
  return { text: `we delete ${prefix}`, run: () => world.dut.rpc('InjectionService/DeletePath', { prefix }) };
}
