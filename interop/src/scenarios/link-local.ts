import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { established, type Scenario } from '../scenario.ts';

interface Leaf {
  readonly asn: number;
  readonly routerId: string;
  readonly networks: readonly [ipv4: string, ipv6: string];
  readonly session: string;
}

const A: Leaf = {
  asn: 65002,
  routerId: '10.0.0.2',
  networks: ['192.168.1.0/24', '2001:db8:1::/48'],
  session: '',
};
/** It only waits, so that the daemon has to dial. */
const B: Leaf = {
  asn: 65003,
  routerId: '10.0.0.3',
  networks: ['192.168.2.0/24', '2001:db8:2::/48'],
  session: 'passive yes; ttl security yes;',
};
/** One for both: the kernel has one key for an address, whatever the interface. */
const PASSWORD = 'of-every-link';
const ON_ETH1 = 'fe80::1%eth1';
const ON_ETH2 = 'fe80::1%eth2';

const birdConfig = ({ asn, routerId, networks: [ipv4, ipv6], session }: Leaf): string => `log stderr all;
router id ${routerId};
protocol device {}
protocol static { ipv4; route ${ipv4} blackhole; }
protocol static { ipv6; route ${ipv6} blackhole; }
protocol bgp dut {
  local fe80::1 as ${asn};
  neighbor fe80::ff%'eth1' as 65001;
  hold time 90;
  connect retry time 5;
  connect delay time 1;
  error wait time 1, 5;
  password "${PASSWORD}";
  ${session}
  ipv4 { extended next hop yes; import all; export where source = RTS_STATIC; };
  ipv6 { import all; export where source = RTS_STATIC; };
}
`;

export const linkLocal: Scenario = {
  name: 'link-local',
  summary:
    'two BIRDs that both are fe80::1, each on its own interface: sessions, both halves of the next hop, IPv4 over them, MD5 and GTSM',
  async run({ lab, check }) {
    const [dutNode, nodeA, nodeB] = [await lab.node('dut'), await lab.node('a'), await lab.node('b')];
    // Only the addresses below, so that nobody has a choice.
    for (const node of [dutNode, nodeA, nodeB])
      await node.exec(['sysctl', '-qw', 'net.ipv6.conf.default.addr_gen_mode=1']);
    await lab.link(dutNode, ['fe80::ff/64'], nodeA, ['fe80::1/64']);
    await lab.link(dutNode, ['fe80::ff/64', '2001:db8:ff::1/64'], nodeB, ['fe80::1/64', '2001:db8:ff::2/64']);
    const [a, b] = await Promise.all([Bird.start(nodeA, birdConfig(A)), Bird.start(nodeB, birdConfig(B))]);
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest:
        // The one that dials us is the second, so that its address alone would find the other one.
        neighborToml('fe80::1', B.asn, [
          'interface = "eth2"',
          'ttl_security = true',
          `md5_password = "${PASSWORD}"`,
          'local_ipv6_nexthop = "2001:db8:ff::1"',
        ]) + neighborToml('fe80::1', A.asn, ['interface = "eth1"', 'passive = true', `md5_password = "${PASSWORD}"`]),
    });
    await established(check, dut, ON_ETH1, 60);
    await established(check, dut, ON_ETH2, 60);
    await check.that('each session is with the router on its own interface', async () => {
      const remotes = (await dut.neighbors()).map(({ config }) => [config?.address, config?.remoteAsn]);
      assert.deepEqual(remotes.sort(), [
        [ON_ETH1, A.asn],
        [ON_ETH2, B.asn],
      ]);
    });
    await check.that('tsbgpctl shows address and interface', async () => {
      const listing = await dut.ctl('neighbor');
      assert.match(listing, /fe80::1%eth1 .*Established/);
      assert.match(listing, /fe80::1%eth2 .*Established/);
      assert.match(await dut.ctl('neighbor', ON_ETH2), /\[fe80::1%eth2\]:179/);
    });
    await check.eventually('routes of both families come in over each', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.received(ON_ETH1)), [...A.networks].sort());
      assert.deepEqual(prefixesOf(await dut.received(ON_ETH2)), [...B.networks].sort());
    });
    await check.that('with both halves of the next hop as BIRD has sent them', async () => {
      for (const route of await dut.received(ON_ETH1)) {
        assert.deepEqual([route.nextHop, route.linkLocalNextHop], ['::', 'fe80::1']);
      }
    });
    const nextHopAt = async (bird: Bird, prefix: string) => (await bird.routes(prefix))[0]?.attributes.next_hop;
    for (const prefix of B.networks) {
      await check.eventually(
        `${prefix} reaches the other BIRD, our link-local address its only next hop`,
        30,
        async () => {
          assert.equal(await nextHopAt(a, prefix), ':: fe80::ff');
        },
      );
    }
    for (const prefix of A.networks) {
      await check.eventually(`${prefix} does with a global and a link-local half`, 30, async () => {
        assert.equal(await nextHopAt(b, prefix), '2001:db8:ff::1 fe80::ff');
      });
    }
    await check.that('they are usable there, through the interface', async () => {
      const route = await a.birdc(`show route ${B.networks[0]}`);
      assert.match(route, /via fe80::ff on eth1/);
    });
    await check.that('both connections have the MD5 key, the one that came in and the one that we dialed', async () => {
      const filter = '( sport = :179 or dport = :179 )';
      const { stdout } = await dutNode.exec(['ss', '-6tniH', 'state', 'established', filter]);
      assert.equal(stdout.match(/md5keys:fe80::1/g)?.length, 2, stdout);
    });
    await a.birdc('restart dut');
    await check.eventually('a session that was restarted over there comes back to the same neighbor', 30, async () => {
      assert.equal(await dut.metric('bgp_session_established_total', { peer: ON_ETH1 }), 2);
      assert.deepEqual(prefixesOf(await dut.received(ON_ETH1)), [...A.networks].sort());
    });
    await check.that('the other one has noticed nothing', async () => {
      assert.equal(await dut.metric('bgp_session_established_total', { peer: ON_ETH2 }), 1);
    });
  },
};
