import assert from 'node:assert/strict';
import { Dut, prefixesOf, refusedBy } from '../dut.ts';
import { exampleConfig } from '../example-config.ts';
import { Bird } from '../peers/bird.ts';
import { Frr } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const [EDGE, CUSTOMER, PROVIDER] = ['10.255.0.1', '192.0.2.22', '192.0.2.33'];
const DISCARD = '192.0.2.1';

/** As the file asks of every edge router: the discard address leads to nowhere. */
const EDGE_FRR = `ip route ${DISCARD}/32 Null0
ipv6 route 100::1/128 Null0
ip route 198.51.100.0/24 Null0
router bgp 64500
 bgp router-id ${EDGE}
 no bgp default ipv4-unicast
 neighbor 10.255.0.9 remote-as 64500
 neighbor 10.255.0.9 timers connect 5
 address-family ipv4 unicast
  network 198.51.100.0/24
  neighbor 10.255.0.9 activate
 exit-address-family
 address-family ipv6 unicast
  neighbor 10.255.0.9 activate
 exit-address-family
 address-family ipv4 flowspec
  neighbor 10.255.0.9 activate
 exit-address-family
exit`;

interface OutsideOptions {
  readonly as: number;
  readonly address: string;
  readonly us: string;
  readonly role: string;
  /** Prefix and BIRD's code for its attributes. */
  readonly routes: readonly (readonly [prefix: string, code: string])[];
}

const BLACKHOLE = 'bgp_community.add((65535, 666));';

const bird = ({ as, address, us, role, routes }: OutsideOptions) => `router id ${address};
log stderr all;
protocol device {}
protocol static {
  ipv4;
${routes.map(([prefix]) => `  route ${prefix} blackhole;`).join('\n')}
}
protocol bgp dut {
  local ${address} as ${as};
  neighbor ${us} as 64500;
  local role ${role};
  ttl security on;
  connect delay time 1;
  ipv4 {
    import all;
    export filter {
      if source != RTS_STATIC then reject;
${routes.map(([prefix, code]) => `      if net = ${prefix} then { ${code} }`).join('\n')}
      accept;
    };
  };
}
`;

/** Only the first is what the customer may ask for: a host of its own, marked, originated by itself. */
const OF_CUSTOMER: OutsideOptions['routes'] = [
  ['203.0.113.5/32', BLACKHOLE],
  ['203.0.113.6/32', ''],
  ['203.0.113.128/25', BLACKHOLE],
  ['198.51.100.9/32', BLACKHOLE],
  ['203.0.113.7/32', `${BLACKHOLE} bgp_path.prepend(64511); bgp_path.prepend(64510);`],
];

export const exampleDdosMitigation: Scenario = {
  name: 'example-ddos-mitigation',
  summary: 'examples/config/ddos-mitigation.toml: only marked host routes of ours and of their owner reach the edge',
  async run({ lab, check }) {
    const [dutNode, edgeNode, customerNode, providerNode] = [
      await lab.node('dut'),
      await lab.node('edge'),
      await lab.node('customer'),
      await lab.node('provider'),
    ];
    await lab.link(dutNode, ['10.255.0.9/24'], edgeNode, [`${EDGE}/24`]);
    await lab.link(dutNode, ['192.0.2.21/30'], customerNode, [`${CUSTOMER}/30`]);
    await lab.link(dutNode, ['192.0.2.34/30'], providerNode, [`${PROVIDER}/30`]);
    const dut = await Dut.startWithFile(dutNode, exampleConfig('config/ddos-mitigation.toml', dutNode));

    const [edge, customer, provider] = await Promise.all([
      Frr.start(edgeNode, EDGE_FRR),
      Bird.start(
        customerNode,
        bird({ as: 64510, address: CUSTOMER, us: '192.0.2.21', role: 'customer', routes: OF_CUSTOMER }),
      ),
      Bird.start(
        providerNode,
        bird({
          as: 64496,
          address: PROVIDER,
          us: '192.0.2.34',
          role: 'provider',
          routes: [['198.51.100.77/32', BLACKHOLE]],
        }),
      ),
    ]);
    await Promise.all([EDGE, CUSTOMER, PROVIDER].map((peer) => established(check, dut, peer, 60)));

    const atEdge = async () =>
      Object.keys((await edge.json<{ routes: Record<string, unknown> }>('show bgp ipv4 unicast')).routes)
        .filter((prefix) => prefix !== '198.51.100.0/24')
        .sort();
    const atProvider = async (prefix: string) => provider.routes(prefix, 'protocol dut');
    await check.eventually("of the customer's five routes one is at the edge", 30, async () => {
      assert.deepEqual(await atEdge(), ['203.0.113.5/32']);
    });
    await check.that('with the discard address as next hop, BLACKHOLE and NO_EXPORT, preferred', async () => {
      const [route] = await edge.routes('203.0.113.5/32');
      assert.equal(route?.nexthops?.[0]?.ip, DISCARD);
      assert.equal(route?.community?.string, 'blackhole no-export');
      assert.equal(route?.locPrf, 1000);
    });
    await check.eventually('and FRR drops what goes there', 30, async () => {
      const route = await edge.vtysh('show ip route 203.0.113.5/32');
      assert.match(route, /Routing entry for 203\.0\.113\.5\/32/);
      assert.match(route, /Known via "bgp", .*best/);
      assert.match(route, /\*\s+unreachable \(blackhole\)/);
    });
    await check.eventually('the provider has it too, from us, and must keep it', 30, async () => {
      const [route] = await atProvider('203.0.113.5/32');
      assert.equal(route?.attributes.path, '64500 64510');
      assert.equal(route?.attributes.next_hop, '192.0.2.34');
      assert.equal(route?.attributes.community, '(65535,666) (65535,65281)');
    });
    await check.eventually('the four others are refused', 30, async () => {
      const routes = await dut.received(CUSTOMER);
      for (const [prefix] of OF_CUSTOMER.slice(1))
        assert.equal(refusedBy(routes, prefix), 'from-64510/default', prefix);
    });
    await check.eventually("and the provider's is, and the edge's", 30, async () => {
      assert.equal(refusedBy(await dut.received(PROVIDER), '198.51.100.77/32'), 'nothing/default');
      assert.equal(refusedBy(await dut.received(EDGE), '198.51.100.0/24'), 'nothing/default');
    });

    const inject = (prefix: string, ...more: string[]) => dut.ctl('rib', 'add', prefix, '--nexthop', DISCARD, ...more);
    const marked = ['--communities', 'BLACKHOLE'];
    // A foreign host, a whole network of ours, one of ours without the mark; and one as it should be, last.
    await inject('11.0.0.1/32', ...marked);
    await inject('198.51.100.0/25', ...marked);
    await inject('198.51.100.65/32');
    await inject('198.51.100.66/32', ...marked);
    await dut.ctl('rib', 'add', '2001:db8:100::66/128', '--nexthop', '100::1', ...marked);
    await check.eventually('of four injected routes only the marked host of ours leaves', 30, async () => {
      assert.deepEqual(await atEdge(), ['198.51.100.66/32', '203.0.113.5/32']);
      assert.equal((await atProvider('198.51.100.66/32')).length, 1);
    });
    await check.throughout('and stays the only one', 2, async () => {
      assert.deepEqual(await atEdge(), ['198.51.100.66/32', '203.0.113.5/32']);
      assert.deepEqual(prefixesOf(await dut.advertised(PROVIDER)), ['198.51.100.66/32', '203.0.113.5/32']);
    });
    await check.eventually('IPv6 has its own discard address', 30, async () => {
      const [route] = await edge.routes('2001:db8:100::66/128', 'ipv6');
      assert.equal(route?.nexthops?.[0]?.ip, '100::1');
    });

    const rule = ['-a', 'ipv4_flowspec', '--match', 'dst 198.51.100.66/32 proto udp port 123'];
    const rules = async () => (await edge.vtysh('show bgp ipv4 flowspec detail')).replaceAll(/\s+/g, ' ');
    await dut.ctl('flowspec', 'add', ...rule, '--action', 'drop');
    await check.eventually('a rule that was injected is at the edge', 30, async () => {
      assert.match(
        await rules(),
        /Destination Address 198\.51\.100\.66\/32 IP Protocol = 17 Port = 123 .*FS:rate 0\.0/,
      );
    });
    await dut.ctl('flowspec', 'delete', ...rule);
    await dut.ctl('rib', 'delete', '198.51.100.66/32');
    await check.eventually('rule and route go when the attack is over', 30, async () => {
      assert.doesNotMatch(await rules(), /Destination Address/);
      assert.deepEqual(await atEdge(), ['203.0.113.5/32']);
      assert.deepEqual(await atProvider('198.51.100.66/32'), []);
    });
    await customer.birdc('disable dut');
    await check.eventually("the customer's goes with its session", 30, async () => {
      assert.deepEqual(await atEdge(), []);
      assert.deepEqual(await atProvider('203.0.113.5/32'), []);
    });
    await check.that('the other sessions have not flapped', async () => {
      for (const peer of [EDGE, PROVIDER]) assert.equal((await dut.neighbor(peer)).flapCount ?? '0', '0');
    });
  },
};
