import type { LabNode } from '../../lab/lab.ts';
import { Bird, type BirdRoute } from '../../peers/bird.ts';
import type { PathSeen } from './path-seen.ts';
import { type Announcement, type ChurnPeer, FAMILIES, keyOf, OUR_AS, ownNextHop, type Place } from './peer.ts';

/** One static protocol for each path of a prefix. */
const SLOTS = [0, 1];

/** With ADD-PATH in both directions, and a restart that keeps its routes at its neighbors. */
export async function startBird(node: LabNode, place: Place): Promise<ChurnPeer> {
  const routes = new Map<string, Announcement>();
  const write = () => node.write('etc/bird/bird.conf', config(place, [...routes.values()]));
  const bird = await Bird.start(node, config(place, []));
  const reconfigure = async () => {
    write();
    await bird.birdc('configure');
  };
  const reload = (direction: 'in' | 'out') => bird.birdc(`reload bgp ${direction} dut`);
  return {
    ...place,
    name: 'BIRD',
    hasAddPath: true,
    tellsMedZero: true,
    remembersAnnouncements: true,
    announce(route) {
      routes.set(keyOf(route), route);
      return reconfigure();
    },
    withdraw(route) {
      routes.delete(keyOf(route));
      return reconfigure();
    },
    received: async () =>
      (await bird.routes('', 'protocol dut')).map((route) =>
        seen(route, route.attributes.path ?? '', (route.attributes.next_hop ?? '').split(' ')[0] ?? ''),
      ),
    // Filtered for us, but its AS and next hop come later.
    announced: async () =>
      (await bird.routes('', 'export dut')).map((route) => {
        const nextHop = ownNextHop(place, route.prefix.includes(':') ? 'ipv6' : 'ipv4');
        return seen(route, `${place.asn} ${route.attributes.path ?? ''}`.trim(), nextHop);
      }),
    askAgain: () => reload('in'),
    sendAgain: () => reload('out'),
    reset: () => bird.birdc('restart dut'),
    kill: () => bird.kill(),
    async revive() {
      bird.launch('-R');
    },
  };
}

function config(place: Place, routes: readonly Announcement[]): string {
  const statics = FAMILIES.flatMap((family) =>
    SLOTS.map((slot) => {
      const own = routes.filter((route) => route.family === family && route.slot === slot).map(staticRoute);
      return `protocol static own_${family}_${slot} { ${family} { preference ${200 - slot}; };\n${own.join('\n')}\n}`;
    }),
  );
  return `router id ${place.address};
log stderr all;
protocol device {}
${statics.join('\n')}
filter own {
  if source != RTS_STATIC then reject;
  # BIRD sends no MED to an external neighbor unless its export filter has set it.
  if defined(bgp_med) then bgp_med = bgp_med;
  accept;
}
protocol bgp dut {
  local ${place.address} as ${place.asn};
  neighbor ${place.us} as ${OUR_AS};
  connect delay time 1;
  connect retry time 3;
  error wait time 1, 2;
  graceful restart on;
  ipv4 { add paths on; import all; export filter own; };
  ipv6 { add paths on; import all; export filter own; next hop address ${place.address6}; };
}
`;
}

function staticRoute({ prefix, med, communities, largeCommunities, behind }: Announcement): string {
  const tuple = (text: string) => `(${text.replaceAll(':', ',')})`;
  const attributes = [
    ...(med === undefined ? [] : [`bgp_med = ${med};`]),
    ...communities.map((text) => `bgp_community.add(${tuple(text)});`),
    ...largeCommunities.map((text) => `bgp_large_community.add(${tuple(text)});`),
    ...behind.toReversed().map((asn) => `bgp_path.prepend(${asn});`),
  ];
  return `  route ${prefix} blackhole { ${attributes.join(' ')} };`;
}

/** `(64512,9) (64512, 1, 2)`. */
const tuples = (text = ''): string[] =>
  [...text.matchAll(/\(([\d, ]+)\)/g)].map(([, inside]) => (inside ?? '').replaceAll(/, */g, ':'));

function seen({ prefix, attributes }: BirdRoute, asPath: string, nextHop: string): PathSeen {
  return {
    prefix,
    asPath,
    nextHop,
    // A static route has none before it is sent; it is IGP then.
    origin: (attributes.origin ?? 'IGP').toLowerCase(),
    med: attributes.med === undefined ? undefined : Number(attributes.med),
    communities: tuples(attributes.community),
    largeCommunities: tuples(attributes.large_community),
  };
}
