import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Capture, hex } from '../lab/capture.ts';
import { Bird } from '../peers/bird.ts';
import { Gobgp } from '../peers/gobgp.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, type Scenario } from '../scenario.ts';
import { FLOWSPEC6_FAMILY, rulesOf } from './flowspec-rules.ts';

/** Each has a network and a rule about it; BIRD also one about a network that is nobody's. */
const BIRD = `router id 10.0.0.2;
flow4 table flowtab4;
flow6 table flowtab6;
protocol device {}
protocol static { ipv4; route 192.168.1.0/24 blackhole; }
protocol static late { disabled; ipv4; route 192.168.9.0/24 blackhole; }
protocol static rules {
  flow4 { table flowtab4; };
  route flow4 { dst 192.168.1.0/24; proto = 17; dport = 53 || 5353..5400; } {
    bgp_ext_community.add((generic, 0x80060000, 0x0));
  };
  route flow4 { dst 192.168.9.0/24; proto = 17; } {
    bgp_ext_community.add((generic, 0x80060000, 0x0));
  };
}
protocol bgp dut {
  local 10.0.0.2 as 65002;
  neighbor 10.0.0.1 as 65001;
  ipv4 { import all; export where source = RTS_STATIC; };
  flow4 { table flowtab4; import all; export where source = RTS_STATIC; };
  flow6 { table flowtab6; import all; export where source = RTS_STATIC; };
}
`;

const OPENBGPD = `AS 65003
router-id 10.0.1.2
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
network 192.168.2.0/24
flowspec inet proto 6 from any to 192.168.2.0/24 port { 80 443 } set { ext-community flow-rate 65003:0 }
neighbor 10.0.1.1 {
  remote-as 65001
  announce IPv4 unicast
  announce IPv4 flowspec
}
allow from any
allow to any
`;

const GOBGP = `[global.config]
  as = 65004
  router-id = "10.0.2.2"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "10.0.2.1"
    peer-as = 65001
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-flowspec"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-flowspec"
`;

const MP_REACH_NLRI = 14;
/** AFI 1, SAFI 133, no next hop, reserved. */
const FLOWSPEC_HEADER = '0001850000';
/** RFC 8955 §4: the length, then each component's type and values. */
const OF_BIRD = ['11', '01 18 c0a801', '03 81 11', '05 01 35 13 14e9 d5 1518'].join('').replaceAll(' ', '');
const OF_OPENBGPD = ['0b', '01 18 c0a802', '05 01 50 91 01bb'].join('').replaceAll(' ', '');
const OF_GOBGP = ['08', '01 18 c0a803', '03 81 01'].join('').replaceAll(' ', '');

export const flowspecMixed: Scenario = {
  name: 'flowspec',
  summary: 'FlowSpec among BIRD, OpenBGPD and GoBGP: relayed, and only what its destination allows (RFC 8955 §6)',
  async run({ lab, check }) {
    const [dutNode, birdNode, openbgpdNode, gobgpNode] = [
      await lab.node('dut'),
      await lab.node('bird'),
      await lab.node('openbgpd'),
      await lab.node('gobgp'),
    ];
    for (const [link, node] of [birdNode, openbgpdNode, gobgpNode].entries()) {
      await lab.link(dutNode, [`10.0.${link}.1/24`], node, [`10.0.${link}.2/24`]);
    }
    const [bird, gobgp] = await Promise.all([
      Bird.start(birdNode, BIRD),
      Gobgp.start(gobgpNode, GOBGP),
      Openbgpd.start(openbgpdNode, OPENBGPD),
    ]);
    const families = (...more: readonly string[]) => [
      `families = [${['ipv4_unicast', 'ipv4_flowspec', ...more].map((name) => `"${name}"`).join(', ')}]`,
    ];
    // bgpctl shows no rules of neighbors: what reaches OpenBGPD is seen on its wire.
    const wire = await Capture.start(openbgpdNode, 'eth1');
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest:
        neighborToml('10.0.0.2', 65002, families('ipv6_flowspec')) +
        neighborToml('10.0.1.2', 65003, families()) +
        neighborToml('10.0.2.2', 65004, families('ipv6_flowspec')),
    });
    for (const peer of ['10.0.0.2', '10.0.1.2', '10.0.2.2']) await established(check, dut, peer, 60);
    await gobgp.gobgp('global', 'rib', 'add', '192.168.3.0/24');
    const match = 'match destination 192.168.3.0/24 protocol ==icmp then rate-limit 9600'.split(' ');
    await gobgp.gobgp('global', 'rib', '-a', 'ipv4-flowspec', 'add', ...match);

    const destinations = async () =>
      (await rulesOf(dut)).map(({ components, peerAddress }) => `${components?.[0]?.prefix} ${peerAddress}`).sort();
    const three = ['192.168.1.0/24 10.0.0.2', '192.168.2.0/24 10.0.1.2', '192.168.3.0/24 10.0.2.2'];
    await check.eventually(
      "the rule of each is here, but for the one about a network that is nobody's",
      30,
      async () => {
        assert.deepEqual(prefixesOf(await dut.best()), ['192.168.1.0/24', '192.168.2.0/24', '192.168.3.0/24']);
        assert.deepEqual(await destinations(), three);
      },
    );

    const atBird = async (table = 'flowtab4') => {
      const text = await bird.birdc(`show route table ${table} protocol dut`);
      return [...text.matchAll(/flow\d \{ (.*?) \}/g)].map(([, rule]) => rule).sort();
    };
    const atGobgp = async () => {
      const table = await gobgp.gobgp('neighbor', '10.0.2.1', 'adj-in', '-a', 'ipv4-flowspec', '-j');
      return Object.keys(JSON.parse(table) as object).sort();
    };
    const nlriFrom = (address: string) =>
      wire
        .updates(address)
        .map(({ attributes }) => hex(attributes.get(MP_REACH_NLRI)))
        .filter((value) => value.startsWith(FLOWSPEC_HEADER))
        .map((value) => value.slice(FLOWSPEC_HEADER.length))
        .sort();
    await check.eventually('BIRD has those of the others', 30, async () => {
      assert.deepEqual(await atBird(), ['dst 192.168.2.0/24; dport 80,443;', 'dst 192.168.3.0/24; proto 1;']);
    });
    await check.eventually('OpenBGPD itself had left out the protocol', 30, () =>
      assert.deepEqual(nlriFrom('10.0.1.2'), [OF_OPENBGPD]),
    );
    await check.eventually('GoBGP too', 30, async () => {
      assert.deepEqual(await atGobgp(), [
        '[destination: 192.168.1.0/24][protocol: ==udp][destination-port: ==53 >=5353&<=5400]',
        '[destination: 192.168.2.0/24][destination-port: ==80 ==443]',
      ]);
    });
    await check.eventually('OpenBGPD as well, octet for octet as they were made', 30, () =>
      assert.deepEqual(nlriFrom('10.0.1.1'), [OF_GOBGP, OF_BIRD].sort()),
    );
    await check.that('BIRD sees the rate limit of GoBGP', async () => {
      const [route] = await bird.routes('', 'table flowtab4 protocol dut where net.dst = 192.168.3.0/24');
      assert.equal(route?.attributes.ext_community, '(generic, 0x80060000, 0x46160000)'); // 9600 as a float
    });

    await bird.birdc('enable late');
    await check.eventually(
      'BIRD gets the network of its other rule: the rule becomes one that may be used',
      30,
      async () => {
        assert.deepEqual(await destinations(), [...three, '192.168.9.0/24 10.0.0.2']);
        assert.equal((await atGobgp()).length, 3);
      },
    );
    await bird.birdc('disable late');
    await check.eventually('and loses it with the network', 30, async () => {
      assert.deepEqual(await destinations(), three);
      assert.equal((await atGobgp()).length, 2);
    });
    await gobgp.gobgp('global', 'rib', '-a', 'ipv4-flowspec', 'del', ...match);
    await check.eventually('GoBGP withdraws its rule: BIRD loses it', 30, async () => {
      assert.deepEqual(await atBird(), ['dst 192.168.2.0/24; dport 80,443;']);
    });

    await dut.rpc('InjectionService/AddFlowSpec', {
      afiSafi: FLOWSPEC6_FAMILY,
      components: [
        { type: 1, prefix: '2001:db8:1::/48' },
        { type: 3, value: '=6' },
      ],
      actions: [{ trafficRate: { rate: 0 } }],
    });
    await check.eventually('an IPv6 rule of ours reaches BIRD', 30, async () => {
      assert.deepEqual(await atBird('flowtab6'), ['dst 2001:db8:1::/48; next header 6;']);
    });
    wire.stop();
    await check.that('no session was lost over it', async () => {
      for (const peer of ['10.0.0.2', '10.0.1.2', '10.0.2.2']) {
        assert.equal((await dut.neighbor(peer)).flapCount, undefined);
      }
    });
  },
};
