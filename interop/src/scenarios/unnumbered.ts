import assert from 'node:assert/strict';
import { Dut, prefixesOf } from '../dut.ts';
import type { LabNode } from '../lab/lab.ts';
import { must } from '../lab/shell.ts';
import { Bird } from '../peers/bird.ts';
import { Frr } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const [IPV4, IPV6] = ['192.168.1.0/24', '2001:db8:1::/48'];
const BIRD_IPV4 = '192.168.3.0/24';
const PEER = 'eth1';
const OTHER_PEER = 'eth2';

/** Nothing on the link but `interface`: as in a fabric where every cable is configured alike. */
const FRR = `ip route ${IPV4} Null0
ipv6 route ${IPV6} Null0
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 bgp log-neighbor-changes
 neighbor eth1 interface remote-as external
 neighbor eth1 timers connect 5
 address-family ipv4 unicast
  network ${IPV4}
 exit-address-family
 address-family ipv6 unicast
  neighbor eth1 activate
  network ${IPV6}
 exit-address-family
exit`;

/** BIRD takes whoever connects, and lets itself be found by its own Router Advertisements. */
const BIRD = `log stderr all;
router id 10.0.0.3;
protocol device {}
protocol radv { interface "eth1" { min ra interval 3; max ra interval 10; default lifetime 0; }; }
protocol static { ipv4; route ${BIRD_IPV4} blackhole; }
protocol bgp {
  local as 65003;
  neighbor range fe80::/10 external;
  interface "eth1";
  dynamic name "dut";
  hold time 90;
  ipv4 { extended next hop yes; import all; export where source = RTS_STATIC; };
  ipv6 { import all; export none; };
}
`;

const DUT = `[[neighbors]]
interface = "eth1"
remote_asn = "external"

[[neighbors]]
interface = "eth2"
remote_asn = 65003
`;

async function linkLocalOf(node: LabNode, link = 'eth1'): Promise<string> {
  const shown = await must(['ip', '-n', node.namespace, '-6', '-o', 'address', 'show', 'dev', link, 'scope', 'link']);
  const address = /inet6 (fe80:[^/]+)\//.exec(shown)?.[1];
  if (address === undefined) throw new Error(`no link-local address: ${shown}`);
  return address;
}

const setLink = (node: LabNode, state: 'up' | 'down') =>
  must(['ip', '-n', node.namespace, 'link', 'set', 'eth1', state]);

export const unnumbered: Scenario = {
  name: 'unnumbered',
  summary: 'FRR, BIRD and the daemon know interfaces only: found by Router Advertisements, IPv4 over IPv6, link flaps',
  async run({ lab, check }) {
    const [dutNode, peerNode, birdNode] = [await lab.node('dut'), await lab.node('peer'), await lab.node('bird')];
    await lab.link(dutNode, [], peerNode, []);
    await lab.link(dutNode, [], birdNode, []);
    const [frr, bird] = await Promise.all([Frr.start(peerNode, FRR), Bird.start(birdNode, BIRD)]);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: DUT });
    await established(check, dut, PEER, 60);
    const [ours, theirs] = [await linkLocalOf(dutNode), await linkLocalOf(peerNode)];
    await check.that('it is the router on the interface, and the file still has no address', async () => {
      const { config, foundAddress } = await dut.neighbor(PEER);
      assert.deepEqual([config?.address, config?.remoteAsn, foundAddress], [PEER, 65002, theirs]);
      assert.match(await dut.ctl('neighbor', PEER), new RegExp(`Found At: +${theirs}`));
    });
    await check.eventually('FRR has the session on its interface, with extended next hops', 30, async () => {
      const neighbor = await frr.neighbor(PEER);
      assert.equal(neighbor.bgpState, 'Established');
      assert.match(JSON.stringify(neighbor), /"extendedNexthop":"advertisedAndReceived"/);
    });
    const hasItsRoutes = async () => assert.deepEqual(prefixesOf(await dut.received(PEER)), [IPV4, IPV6]);
    await check.eventually('routes of both families are received', 30, hasItsRoutes);
    await check.that('their next hops are its link-local address', async () => {
      for (const { nextHop, linkLocalNextHop } of await dut.received(PEER)) {
        assert.deepEqual([nextHop, linkLocalNextHop], [theirs, theirs]);
      }
    });
    await dut.rpc('InjectionService/AddPath', { prefix: '10.99.0.0', prefixLength: 24, nextHop: '10.0.0.1' });
    await dut.rpc('InjectionService/AddPath', { prefix: '2001:db8:99::', prefixLength: 48, nextHop: '2001:db8::1' });
    const isThere = async (prefix: string, family: 'ipv4' | 'ipv6') => {
      const [route] = await frr.routes(prefix, family);
      assert.equal(route?.aspath?.string, '65001');
      assert.ok(
        route?.nexthops?.some(({ ip, afi }) => ip === ours && afi === 'ipv6'),
        JSON.stringify(route?.nexthops),
      );
    };
    await check.eventually('an injected IPv4 route reaches FRR with our link-local next hop (RFC 8950)', 30, () =>
      isThere('10.99.0.0/24', 'ipv4'),
    );
    await check.eventually('and an IPv6 route', 30, () => isThere('2001:db8:99::/48', 'ipv6'));
    await check.eventually('FRR puts the IPv4 route into its kernel, through the interface', 30, async () => {
      const route = await must(['ip', '-n', peerNode.namespace, 'route', 'show', '10.99.0.0/24']);
      assert.match(route, new RegExp(`via inet6 ${ours} dev eth1`));
    });

    await established(check, dut, OTHER_PEER, 60);
    await check.eventually(
      'BIRD on another interface, found the same way, has the route of FRR from us',
      30,
      async () => {
        const [route] = await bird.routes(IPV4);
        assert.equal(route?.attributes.path, '65001 65002');
        assert.equal(route?.attributes.next_hop, `:: ${await linkLocalOf(dutNode, OTHER_PEER)}`);
      },
    );
    await check.eventually('and FRR the one of BIRD', 30, async () => {
      assert.deepEqual(await frr.paths(BIRD_IPV4), ['65001 65003']);
    });

    dut.reload(DUT.replace('"external"', '"external"\ndescription = "leaf 1"'));
    await check.eventually('a reload changes the neighbor, not its session', 30, async () => {
      const { config, foundAddress } = await dut.neighbor(PEER);
      assert.deepEqual([config?.description, foundAddress], ['leaf 1', theirs]);
      assert.equal(await dut.metric('bgp_session_established_total', { peer: PEER }), 1);
    });
    await dut.ctl('neighbor', 'delete', OTHER_PEER);
    await check.eventually(
      'deleted by the name of its interface, its session ends and its route goes',
      30,
      async () => {
        assert.deepEqual(await frr.paths(BIRD_IPV4), []);
        assert.deepEqual(
          (await dut.neighbors()).map(({ config }) => config?.address),
          [PEER],
        );
      },
    );
    await dut.ctl('neighbor', 'add', OTHER_PEER, '--asn', '65003');
    await established(check, dut, OTHER_PEER, 60);
    await check.eventually('and added again, it is found again', 30, async () => {
      assert.deepEqual(await frr.paths(BIRD_IPV4), ['65001 65003']);
    });

    for (const [whose, node] of [
      ['ours', dutNode],
      ['theirs', peerNode],
    ] as const) {
      await setLink(node, 'down');
      await check.eventually(`the link goes down at one end (${whose}): the session ends at once`, 20, async () => {
        const { state, foundAddress } = await dut.neighbor(PEER);
        assert.deepEqual([state, foundAddress ?? ''], ['SESSION_STATE_IDLE', '']);
      });
      await setLink(node, 'up');
      await established(check, dut, PEER, 60);
      await check.eventually('up again, it comes back with its routes', 30, async () => {
        await hasItsRoutes();
        await isThere('10.99.0.0/24', 'ipv4');
      });
    }

    await must(['ip', '-n', peerNode.namespace, 'link', 'set', 'eth1', 'address', '02:00:00:00:00:77']);
    await setLink(peerNode, 'down');
    await setLink(peerNode, 'up');
    await check.eventually('with another address, as after a change of the card, it is found anew', 90, async () => {
      const { state, foundAddress } = await dut.neighbor(PEER);
      assert.deepEqual([state, foundAddress], ['SESSION_STATE_ESTABLISHED', 'fe80::ff:fe00:77']);
    });
    await check.that('the neighbor on the other interface has noticed nothing of all that', async () => {
      assert.equal(await dut.metric('bgp_session_established_total', { peer: OTHER_PEER }), 1);
    });
    await check.that('the daemon is no default router: hosts on the link take no route from it', async () => {
      const routes = await must(['ip', '-n', peerNode.namespace, '-6', 'route', 'show', 'default']);
      assert.doesNotMatch(routes, new RegExp(ours));
    });
  },
};
