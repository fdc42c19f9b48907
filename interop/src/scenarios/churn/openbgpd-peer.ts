import type { LabNode } from '../../lab/lab.ts';
import { Openbgpd, type OpenbgpdRoute } from '../../peers/openbgpd.ts';
import { communityOfName, type PathSeen } from './path-seen.ts';
import { type ChurnPeer, OUR_AS, type Place } from './peer.ts';

const config = (place: Place) => `AS ${place.asn}
router-id ${place.address}
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
neighbor ${place.us} {
  remote-as ${OUR_AS}
  announce IPv4 unicast
  announce IPv6 unicast
}
allow from any
allow to any
`;

export async function startOpenbgpd(node: LabNode, place: Place): Promise<ChurnPeer> {
  const openbgpd = await Openbgpd.start(node, config(place));
  const table = async (direction: 'in' | 'out') => {
    const { rib } = await openbgpd.json<{ rib?: readonly OpenbgpdRoute[] }>(
      ...['show', 'rib', 'detail', direction, 'neighbor', place.us],
    );
    return (rib ?? []).map(seen);
  };
  return {
    ...place,
    name: 'OpenBGPD',
    hasAddPath: false,
    tellsMedZero: false,
    remembersAnnouncements: false,
    announce: (route) =>
      openbgpd.bgpctl(
        ...['network', 'add', route.prefix],
        ...route.communities.flatMap((text) => ['community', text]),
        ...route.largeCommunities.flatMap((text) => ['large-community', text]),
        ...(route.med === undefined ? [] : ['med', `${route.med}`]),
        // It can put only itself in front of a network of its own.
        ...(route.behind.length === 0 ? [] : ['prepend-self', `${route.behind.length}`]),
      ),
    withdraw: ({ prefix }) => openbgpd.bgpctl('network', 'delete', prefix),
    received: () => table('in'),
    announced: () => table('out'),
    askAgain: () => openbgpd.bgpctl('neighbor', place.us, 'refresh'),
    reset: () => openbgpd.bgpctl('neighbor', place.us, 'clear'),
    kill: () => openbgpd.kill(),
    async revive() {
      openbgpd.launch();
    },
  };
}

function seen(route: OpenbgpdRoute): PathSeen {
  return {
    prefix: route.prefix,
    asPath: route.aspath ?? '',
    nextHop: route.exit_nexthop ?? '',
    origin: (route.origin ?? '').toLowerCase(),
    med: route.metric,
    communities: (route.communities ?? []).map(communityOfName),
    largeCommunities: route.large_communities ?? [],
  };
}
