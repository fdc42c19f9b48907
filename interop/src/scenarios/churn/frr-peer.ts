import type { LabNode } from '../../lab/lab.ts';
import { Frr, type FrrRoute, frrConfig } from '../../peers/frr.ts';
import { communityOfName, type PathSeen } from './path-seen.ts';
import {
  type Announcement,
  type ChurnPeer,
  FAMILIES,
  type FamilyName,
  OUR_AS,
  ownNextHop,
  type Place,
} from './peer.ts';

export async function startFrr(node: LabNode, place: Place): Promise<ChurnPeer> {
  const base = frrConfig({
    as: place.asn,
    routerId: place.address,
    neighbor: place.us,
    neighborAs: OUR_AS,
    networks6: [],
    // A network is announced without a route of the kernel behind it.
    extra: ['no bgp network import-check'],
  });
  const frr = await Frr.start(node, base);
  const paths = async (family: FamilyName) => {
    const { routes = {} } = await frr.json<{ routes?: Readonly<Record<string, readonly FrrRoute[]>> }>(
      `show bgp ${family} unicast detail`,
    );
    return Object.entries(routes).flatMap(([prefix, list]) => list.map((route) => ({ prefix, route, family })));
  };
  const all = async () => (await Promise.all(FAMILIES.map(paths))).flat();
  const network = (family: FamilyName, ...lines: string[]) =>
    frr.configure(
      ...lines.slice(0, -1),
      `router bgp ${place.asn}`,
      `address-family ${family} unicast`,
      lines.at(-1) ?? '',
    );
  let maps = 0;
  return {
    ...place,
    name: 'FRR',
    hasAddPath: false,
    tellsMedZero: true,
    remembersAnnouncements: false,
    announce(route) {
      maps++;
      return network(
        route.family,
        ...routeMap(`churn-${maps}`, route),
        `network ${route.prefix} route-map churn-${maps}`,
      );
    },
    withdraw: ({ prefix, family }) => network(family, `no network ${prefix}`),
    received: async () =>
      (await all())
        .filter(({ route }) => route.peer?.peerId === place.us)
        .map(({ prefix, route }) => seen(prefix, route, asesOf(route).join(' '), globalNextHop(route))),
    // FRR shows them as they are before it sends them.
    announced: async () =>
      (await all())
        .filter(({ route }) => route.sourced === true)
        .map(({ prefix, route, family }) =>
          seen(prefix, route, [place.asn, ...asesOf(route)].join(' '), ownNextHop(place, family)),
        ),
    async askAgain() {
      for (const family of FAMILIES) await frr.vtysh(`clear bgp ${family} unicast ${place.us} soft in`);
    },
    async sendAgain() {
      for (const family of FAMILIES) await frr.vtysh(`clear bgp ${family} unicast ${place.us} soft out`);
    },
    reset: () => frr.vtysh(`clear bgp ${place.us}`),
    kill: () => frr.killForGood(),
    revive: () => frr.resurrect(),
  };
}

function routeMap(name: string, route: Announcement): string[] {
  return [
    `route-map ${name} permit 10`,
    ...(route.med === undefined ? [] : [`set metric ${route.med}`]),
    ...(route.communities.length === 0 ? [] : [`set community ${route.communities.join(' ')}`]),
    ...(route.largeCommunities.length === 0 ? [] : [`set large-community ${route.largeCommunities.join(' ')}`]),
    ...(route.behind.length === 0 ? [] : [`set as-path prepend ${route.behind.join(' ')}`]),
    'exit',
  ];
}

/** FRR writes an empty path as `Local`. */
const asesOf = ({ aspath }: FrrRoute): string[] => aspath?.string?.match(/\d+/g) ?? [];

const globalNextHop = ({ nexthops = [] }: FrrRoute): string =>
  nexthops.find(({ scope }) => scope !== 'link-local')?.ip ?? '';

function seen(prefix: string, route: FrrRoute, asPath: string, nextHop: string): PathSeen {
  return {
    prefix,
    asPath,
    nextHop,
    origin: (route.origin ?? '').toLowerCase(),
    med: route.metric,
    communities: (route.community?.list ?? []).map(communityOfName),
    largeCommunities: route.largeCommunity?.list ?? [],
  };
}
