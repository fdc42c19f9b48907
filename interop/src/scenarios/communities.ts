import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, type Scenario } from '../scenario.ts';

const FROM_BIRD = '192.168.1.0/24';
const FROM_OPENBGPD = '192.168.2.0/24';

const BIRD = `router id 10.0.0.2;
protocol device {}
protocol static {
  ipv4;
  route ${FROM_BIRD} blackhole;
  route 192.168.3.0/24 blackhole;
  route 192.168.4.0/24 blackhole;
}
protocol bgp dut {
  local 10.0.0.2 as 65002;
  neighbor 10.0.0.1 as 65001;
  ipv4 {
    import all;
    export filter {
      if source != RTS_STATIC then reject;
      if net = ${FROM_BIRD} then {
        bgp_community.add((65002, 7));
        bgp_large_community.add((65002, 1, 4294967295));
        bgp_large_community.add((4200000000, 2, 3));
        bgp_ext_community.add((rt, 65002, 100));
        bgp_ext_community.add((ro, 10.0.0.2, 9));
      }
      if net = 192.168.3.0/24 then bgp_community.add((65535, 65281));
      if net = 192.168.4.0/24 then bgp_community.add((65535, 65282));
      accept;
    };
  };
}
`;

const OPENBGPD = `AS 65003
router-id 10.0.1.2
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
network ${FROM_OPENBGPD} set { community 65003:9 large-community 65003:5:6 ext-community rt 65003:200 }
neighbor 10.0.1.1 {
  remote-as 65001
}
allow from any
allow to any
`;

const community = (high: number, low: number) => high * 65536 + low;
/** RT:65001:42 as the API's 64-bit number. */
const RT_OURS = '842127122628650';

export const communities: Scenario = {
  name: 'communities',
  summary:
    'standard, extended and large communities from BIRD through us to OpenBGPD and back; removed by pattern; NO_EXPORT, NO_ADVERTISE',
  async run({ lab, check }) {
    const [dutNode, birdNode, openbgpdNode] = [
      await lab.node('dut'),
      await lab.node('bird'),
      await lab.node('openbgpd'),
    ];
    await lab.link(dutNode, ['10.0.0.1/24'], birdNode, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], openbgpdNode, ['10.0.1.2/24']);
    const [bird, openbgpd] = await Promise.all([Bird.start(birdNode, BIRD), Openbgpd.start(openbgpdNode, OPENBGPD)]);
    const rest = neighborToml('10.0.0.2', 65002) + neighborToml('10.0.1.2', 65003);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    await established(check, dut, '10.0.0.2', 90);
    await established(check, dut, '10.0.1.2', 90);

    const received = async (peer: string, prefix: string) =>
      (await dut.received(peer)).find((route) => `${route.prefix}/${route.prefixLength}` === prefix);
    const at = {
      openbgpd: async (prefix: string) => {
        const [route] = await openbgpd.routesFrom('10.0.1.1', prefix);
        assert.ok(route, `OpenBGPD has no ${prefix}`);
        const { communities: standard, large_communities: large, extended_communities: extended } = route;
        return { standard, large, extended };
      },
      bird: async (prefix: string) => {
        const [route] = await bird.routes(prefix, 'protocol dut');
        assert.ok(route, `BIRD has no ${prefix}`);
        const { community: standard, large_community: large, ext_community: extended } = route.attributes;
        return { standard, large, extended };
      },
    };

    await check.eventually("BIRD's communities of all three kinds are received", 30, async () => {
      const route = await received('10.0.0.2', FROM_BIRD);
      assert.deepEqual(route?.communities, [community(65002, 7)]);
      assert.deepEqual(route?.largeCommunities, ['65002:1:4294967295', '4200000000:2:3']);
      // RT, AS-specific: 0x0002 65002 100; RO, address-specific: 0x0103 10.0.0.2 9.
      assert.deepEqual(route?.extendedCommunities, ['842131417596004', String(0x0103_0a00_0002_0009n)]);
    });
    await check.eventually('and reach OpenBGPD unchanged', 30, async () => {
      assert.deepEqual(await at.openbgpd(FROM_BIRD), {
        standard: ['65002:7'],
        large: ['65002:1:4294967295', '4200000000:2:3'],
        extended: ['rt 65002:100', 'soo 10.0.0.2:9'],
      });
    });
    await check.eventually("OpenBGPD's reach BIRD unchanged", 30, async () => {
      assert.deepEqual(await at.bird(FROM_OPENBGPD), {
        standard: '(65003,9)',
        large: '(65003, 5, 6)',
        extended: '(rt, 65003, 200)',
      });
    });

    const definition = {
      statements: [
        {
          action: 'permit',
          matchCommunity: ['LC:65002:*:*'],
          setCommunityRemove: ['65002:*', 'LC:65002:0-1:*', 'RT:65002:*'],
          setCommunityAdd: ['65002:8'],
        },
      ],
    };
    await dut.rpc('PolicyService/SetPolicy', { name: 'clean', definition });
    await dut.rpc('PolicyService/SetNeighborExportChain', { address: '10.0.1.2', policyNames: ['clean'] });
    await check.eventually("with a policy that removes BIRD's by pattern, OpenBGPD has the others", 30, async () => {
      assert.deepEqual(await at.openbgpd(FROM_BIRD), {
        standard: ['65002:8'],
        large: ['4200000000:2:3'],
        extended: ['soo 10.0.0.2:9'],
      });
    });

    const injected = { prefix: '203.0.113.0', prefixLength: 24 };
    await dut.rpc('InjectionService/AddPath', {
      ...injected,
      nextHop: '10.0.0.1',
      communities: [community(65001, 1)],
      extendedCommunities: [RT_OURS],
      largeCommunities: ['65001:7:8', '4200000001:0:0'],
    });
    await check.eventually('ours reach BIRD', 30, async () => {
      assert.deepEqual(await at.bird('203.0.113.0/24'), {
        standard: '(65001,1)',
        large: '(65001, 7, 8) (4200000001, 0, 0)',
        extended: '(rt, 65001, 42)',
      });
    });
    await check.eventually('and OpenBGPD', 30, async () => {
      assert.deepEqual(await at.openbgpd('203.0.113.0/24'), {
        standard: ['65001:1'],
        large: ['65001:7:8', '4200000001:0:0'],
        extended: ['rt 65001:42'],
      });
    });
    await check.that('NO_EXPORT and NO_ADVERTISE are here', async () => {
      assert.deepEqual(prefixesOf(await dut.received('10.0.0.2')), [FROM_BIRD, '192.168.3.0/24', '192.168.4.0/24']);
    });
    await check.throughout('and go no further', 2, async () => {
      assert.deepEqual(await openbgpd.routesFrom('10.0.1.1', '192.168.3.0/24'), []);
      assert.deepEqual(await openbgpd.routesFrom('10.0.1.1', '192.168.4.0/24'), []);
    });
  },
};
