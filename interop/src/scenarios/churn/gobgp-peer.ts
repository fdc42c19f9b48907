import type { LabNode } from '../../lab/lab.ts';
import { Gobgp, type GobgpAttribute, type GobgpPath } from '../../peers/gobgp.ts';
import { communityText, originText, type PathSeen } from './path-seen.ts';
import { type ChurnPeer, FAMILIES, OUR_AS, ownNextHop, type Place } from './peer.ts';

const config = (place: Place) => `[global.config]
  as = ${place.asn}
  router-id = "${place.address}"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${place.us}"
    peer-as = ${OUR_AS}
  [neighbors.timers.config]
    connect-retry = 5
    idle-hold-time-after-reset = 2
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = 60
${FAMILIES.map((family) => `  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n      afi-safi-name = "${family}-unicast"\n    [neighbors.afi-safis.mp-graceful-restart.config]\n      enabled = true\n`).join('')}`;

export async function startGobgp(node: LabNode, place: Place): Promise<ChurnPeer> {
  const gobgp = await Gobgp.start(node, config(place));
  const table = async (direction: 'adj-in' | 'adj-out') => {
    const tables = await Promise.all(FAMILIES.map((family) => gobgp.neighborPaths(place.us, direction, family)));
    return tables.flat().map(seen);
  };
  const neighbor = (command: string) => gobgp.gobgp('neighbor', place.us, command);
  return {
    ...place,
    name: 'GoBGP',
    hasAddPath: false,
    tellsMedZero: true,
    remembersAnnouncements: false,
    announce: (route) =>
      gobgp.gobgp(
        ...['global', 'rib', 'add', '-a', route.family, route.prefix],
        ...['nexthop', ownNextHop(place, route.family), 'origin', 'igp'],
        ...(route.med === undefined ? [] : ['med', `${route.med}`]),
        ...(route.communities.length === 0 ? [] : ['community', route.communities.join(',')]),
        ...(route.largeCommunities.length === 0 ? [] : ['large-community', route.largeCommunities.join(',')]),
        ...(route.behind.length === 0 ? [] : ['aspath', route.behind.join(' ')]),
      ),
    withdraw: ({ prefix, family }) => gobgp.gobgp('global', 'rib', 'del', '-a', family, prefix),
    received: () => table('adj-in'),
    announced: () => table('adj-out'),
    askAgain: () => neighbor('softresetin'),
    sendAgain: () => neighbor('softresetout'),
    reset: () => neighbor('reset'),
    kill: () => gobgp.kill(),
    async revive() {
      gobgp.launch();
    },
  };
}

function seen({ nlri: { prefix }, attrs }: GobgpPath): PathSeen {
  const of = (...codes: readonly number[]): GobgpAttribute | undefined =>
    attrs.find(({ type }) => codes.includes(type));
  const large = (of(32)?.value ?? []) as readonly Readonly<Record<string, number>>[];
  return {
    prefix,
    asPath: (of(2)?.as_paths ?? []).flatMap(({ asns }) => asns).join(' '),
    nextHop: of(3, 14)?.nexthop ?? '',
    origin: originText(Number(of(1)?.value ?? 0)),
    med: of(4)?.metric,
    communities: (of(8)?.communities ?? []).map(communityText),
    largeCommunities: large.map(({ ASN, LocalData1, LocalData2 }) => `${ASN}:${LocalData1}:${LocalData2}`),
  };
}
