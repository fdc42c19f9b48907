import assert from 'node:assert/strict';
import { Dut, type RouteJson, refusedBy } from '../dut.ts';
import { exampleConfig } from '../example-config.ts';
import { Bird } from '../peers/bird.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { Stayrtr } from '../peers/stayrtr.ts';
import { established, type Scenario } from '../scenario.ts';

const [SERVER, FIRST, SECOND] = ['192.0.2.1', '192.0.2.11', '192.0.2.12'];
const [SERVER6, SECOND6] = ['2001:db8:1::1', '2001:db8:1::12'];
/** Registered by both members, by the second alone, and in IPv6. */
const [SHARED, OWN, OWN6] = ['198.51.100.0/24', '203.0.113.0/24', '2001:db8:6402::/48'];
const MED = 77;
const VALIDATOR = '192.0.2.250';

/** What the second member announces besides, and what each is refused by. */
const REFUSED: readonly (readonly [prefix: string, by: string])[] = [
  ['0.0.0.0/0', 'sane/bogon'],
  ['10.1.0.0/16', 'sane/bogon'],
  ['192.0.2.0/24', 'sane/bogon'],
  ['203.0.113.128/25', 'sane/too-long'],
  ['11.0.0.0/16', 'from-64502/default'],
];
const REFUSED6: readonly (readonly [prefix: string, by: string])[] = [
  ['fc00:1::/32', 'sane/not-global'],
  ['2001:db8:1::/64', 'sane/bogon'],
  ['2001:db8:6402:1::/64', 'sane/too-long'],
  ['2001:db8:6401::/48', 'from-64502/default'],
];

/** The first member: routes to the shared prefix with MED 77; `wish` is a community on them. */
function firstMember(): string {
  const bgp = frrConfig({
    as: 64501,
    routerId: FIRST,
    neighbor: SERVER,
    neighborAs: 64500,
    networks: [SHARED],
    extra: [
      `neighbor ${SERVER} ttl-security hops 1`,
      `neighbor ${SERVER} local-role rs-client`,
      `no neighbor ${SERVER} enforce-first-as`,
    ],
    family: [`neighbor ${SERVER} route-map OUT out`],
  });
  return `route-map OUT permit 10\n set metric ${MED}\nexit\n${bgp}`;
}

/** `own` is BIRD's filter code for the prefix that only this member has. */
function secondMember(own = ''): string {
  const routes = (prefixes: readonly string[]) => prefixes.map((prefix) => `  route ${prefix} blackhole;`).join('\n');
  const session = (name: string, us: string, them: string, channel: string) => `protocol bgp ${name} {
  local ${us} as 64502;
  neighbor ${them} as 64500;
  local role rs_client;
  ttl security on;
  connect delay time 1;
  error wait time 1, 2;
  enforce first as off;
  ${channel}
}`;
  return `router id ${SECOND};
log stderr all;
protocol device {}
protocol static {
  ipv4;
${routes([SHARED, OWN, ...REFUSED.map(([prefix]) => prefix)])}
}
protocol static static6 {
  ipv6;
${routes([OWN6, ...REFUSED6.map(([prefix]) => prefix)])}
}
${session('dut', SECOND, SERVER, `ipv4 { import all; export filter { if source != RTS_STATIC then reject; if net = ${OWN} then { ${own} } accept; }; };`)}
${session('dut6', SECOND6, SERVER6, 'ipv6 { import all; export where source = RTS_STATIC; };')}
`;
}

export const exampleRouteServer: Scenario = {
  name: 'example-route-server',
  summary: 'examples/config/route-server.toml: transparent, registered prefixes and own next hops only, wishes obeyed',
  async run({ lab, check }) {
    const [dutNode, firstNode, secondNode] = [await lab.node('dut'), await lab.node('first'), await lab.node('second')];
    const validator = await lab.node('validator');
    await lab.lan('exchange', [
      [dutNode, [`${SERVER}/24`, `${SERVER6}/64`]],
      [firstNode, [`${FIRST}/24`, '2001:db8:1::11/64']],
      [secondNode, [`${SECOND}/24`, `${SECOND6}/64`]],
      [validator, [`${VALIDATOR}/24`]],
    ]);
    await Stayrtr.start(validator, VALIDATOR, [
      { prefix: SHARED, maxLength: 24, asn: 64501 },
      { prefix: SHARED, maxLength: 24, asn: 64502 },
      { prefix: OWN, maxLength: 24, asn: 64502 },
    ]);
    const dut = await Dut.startWithFile(dutNode, exampleConfig('config/route-server.toml', dutNode));
    const [first, second] = await Promise.all([
      Frr.start(firstNode, firstMember()),
      Bird.start(secondNode, secondMember()),
    ]);
    await Promise.all([FIRST, SECOND, SECOND6].map((peer) => established(check, dut, peer, 60)));

    await check.eventually(`${OWN} reaches the first member: path 64502, next hop of the second`, 30, async () => {
      const [route] = await first.routes(OWN);
      assert.equal(route?.aspath?.string, '64502');
      assert.equal(route?.nexthops?.[0]?.ip, SECOND);
    });
    await check.eventually(`${SHARED}, which both have, reaches each from the other`, 30, async () => {
      const ofFirst = (await first.routes(SHARED)).map(({ aspath }) => aspath?.string);
      assert.ok(ofFirst.includes('64502'), `FRR has ${ofFirst.join(', ')}`);
      const [route] = await second.routes(SHARED, 'protocol dut');
      assert.equal(route?.attributes.path, '64501');
      assert.equal(route?.attributes.next_hop, FIRST);
      assert.equal(route?.attributes.med, String(MED));
    });
    for (const [peer, rows] of [
      [SECOND, REFUSED],
      [SECOND6, REFUSED6],
    ] as const) {
      const by = async (prefix: string) => refusedBy(await dut.received(peer), prefix);
      for (const [prefix, reason] of rows) {
        await check.eventually(`${prefix} is refused: ${reason}`, 30, async () =>
          assert.equal(await by(prefix), reason),
        );
      }
    }
    await check.eventually(
      'the IPv6 prefix of the second member is used, with its address as next hop',
      30,
      async () => {
        const routes = await dut.best('ADDRESS_FAMILY_IPV6_UNICAST');
        assert.deepEqual(
          routes.map(({ prefix, nextHop }) => [prefix, nextHop]),
          [['2001:db8:6402::', SECOND6]],
        );
      },
    );
    await check.that('nothing but what is registered goes to the first member', async () => {
      const sent = (await dut.advertised(FIRST)).map(({ prefix }: RouteJson) => prefix).sort();
      assert.deepEqual(sent, ['198.51.100.0', '203.0.113.0']);
    });

    const announce = async (code: string) => {
      secondNode.write('etc/bird/bird.conf', secondMember(code));
      await second.birdc('configure');
    };
    await announce('bgp_community.add((0, 64501));');
    await check.eventually(`with 0:64501 it does not go to AS 64501`, 30, async () => {
      assert.deepEqual(await first.routes(OWN), []);
    });
    await announce(
      'bgp_community.add((0, 64500)); bgp_community.add((64500, 64501)); bgp_community.add((0, 64503)); bgp_community.add((64502, 7));',
    );
    await check.eventually(
      'with 0:64500 and 64500:64501 it does, with the communities that are not for us',
      30,
      async () => {
        const [route] = await first.routes(OWN);
        assert.equal(route?.community?.string, '64502:7');
      },
    );
    await announce('bgp_community.add((0, 64500));');
    await check.eventually('with 0:64500 alone it goes nowhere', 30, async () => {
      assert.deepEqual(await first.routes(OWN), []);
    });
    await announce(`bgp_next_hop = ${FIRST};`);
    await check.eventually('with the next hop of another member it is refused', 30, async () => {
      assert.equal(refusedBy(await dut.received(SECOND), OWN), 'from-64502/default');
    });
    await announce('bgp_path.prepend(64499);');
    await check.eventually('originated by an AS that its holder has not named it is refused', 30, async () => {
      assert.equal(refusedBy(await dut.received(SECOND), OWN), 'sane/rpki-invalid');
    });
    await announce('');
    await check.eventually('as before, it is back', 30, async () => {
      assert.deepEqual(await first.paths(OWN), ['64502']);
    });
    await check.that('no session has flapped', async () => {
      for (const peer of [FIRST, SECOND, SECOND6]) assert.equal((await dut.neighbor(peer)).flapCount ?? '0', '0');
    });
  },
};
