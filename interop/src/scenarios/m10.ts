import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const IPV4 = ['10.10.0.0/16', '192.168.1.0/24'];
const IPV6 = ['2001:db8:1::/48', '2001:db8:2::/48'];

export const m10: Scenario = {
  name: 'M10',
  summary: 'IPv4 and IPv6 unicast over one IPv4 session with FRR, both directions',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab, { dut: 'fd00::1/64', peer: 'fd00::2/64' });
    const frr = await Frr.start(
      peerNode,
      frrConfig({
        as: 65002,
        routerId: '10.0.0.2',
        neighbor: '10.0.0.1',
        neighborAs: 65001,
        networks: IPV4,
        networks6: IPV6,
      }),
    );
    const families = ['families = ["ipv4_unicast", "ipv6_unicast"]', 'local_ipv6_nexthop = "fd00::1"'];
    const rest = neighborToml('10.0.0.2', 65002, families);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    await established(check, dut, '10.0.0.2', 90);
    await check.eventually('FRR has negotiated IPv6 unicast', 30, async () => {
      assert.ok('ipv6Unicast' in ((await frr.neighbor('10.0.0.1')).addressFamilyInfo ?? {}));
    });
    await check.eventually('both families are received', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.received('10.0.0.2')), [...IPV4, ...IPV6].sort());
    });
    await check.that('the IPv6 routes are best and have an IPv6 next hop', async () => {
      const routes = await dut.best('ADDRESS_FAMILY_IPV6_UNICAST');
      assert.deepEqual(prefixesOf(routes), IPV6);
      for (const { nextHop } of routes) assert.match(nextHop ?? '', /^(fd00::2|fe80::)/);
    });
    await frr.configure('router bgp 65002', 'address-family ipv6 unicast', 'no network 2001:db8:2::/48');
    await check.eventually('a withdrawn IPv6 route goes, everything else stays', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), [...IPV4, '2001:db8:1::/48'].sort());
    });
    const injected = { prefix: '2001:db8:ff::', prefixLength: 48 };
    await dut.rpc('InjectionService/AddPath', { ...injected, nextHop: 'fd00::1' });
    await check.eventually('an injected IPv6 route reaches FRR with path 65001', 30, async () => {
      assert.deepEqual(await frr.paths('2001:db8:ff::/48', 'ipv6'), ['65001']);
    });
    await dut.rpc('InjectionService/DeletePath', injected);
    await check.eventually('deleted, it leaves FRR and the table', 30, async () => {
      assert.deepEqual(await frr.paths('2001:db8:ff::/48', 'ipv6'), []);
      assert.ok(!prefixesOf(await dut.best()).includes('2001:db8:ff::/48'));
    });
    await check.that('no session dropped in between', async () => {
      assert.equal((await frr.neighbor('10.0.0.1')).connectionsDropped, 0);
    });
  },
};
