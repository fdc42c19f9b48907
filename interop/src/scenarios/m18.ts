import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const [IPV4, IPV6] = [['192.168.1.0/24', '192.168.2.0/24'], ['2001:db8:1::/48']];

export const m18: Scenario = {
  name: 'M18',
  summary: 'extended next hop: IPv4 routes with an IPv6 next hop over an IPv6-only session with FRR (RFC 8950)',
  async run({ lab, check }) {
    const [dutNode, peerNode] = [await lab.node('dut'), await lab.node('peer')];
    await lab.link(dutNode, ['fd00::1/64'], peerNode, ['fd00::2/64']);
    const frr = await Frr.start(
      peerNode,
      frrConfig({
        as: 65002,
        routerId: '10.0.0.2',
        neighbor: 'fd00::1',
        neighborAs: 65001,
        networks: IPV4,
        networks6: IPV6,
        extra: ['neighbor fd00::1 capability extended-nexthop'],
        family: ['neighbor fd00::1 activate'],
      }),
    );
    const families = ['families = ["ipv4_unicast", "ipv6_unicast"]'];
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest: neighborToml('fd00::2', 65002, families),
    });
    await established(check, dut, 'fd00::2', 90);
    await check.eventually('both sides have negotiated the capability', 30, async () => {
      assert.match(JSON.stringify(await frr.neighbor('fd00::1')), /"extendedNexthop":"advertisedAndReceived"/);
    });
    await check.eventually('routes of both families are received', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.received('fd00::2')), [...IPV4, ...IPV6].sort());
    });
    await check.that('the IPv4 routes have an IPv6 next hop', async () => {
      const routes = (await dut.received('fd00::2')).filter(({ prefix }) => !prefix.includes(':'));
      for (const { nextHop } of routes) assert.match(nextHop ?? '', /^(fd00::2|fe80::)/);
    });
    await dut.rpc('InjectionService/AddPath', { prefix: '10.99.0.0', prefixLength: 24, nextHop: '10.0.0.1' });
    await check.eventually('an injected IPv4 route reaches FRR with path 65001 and next hop fd00::1', 30, async () => {
      const [route] = await frr.routes('10.99.0.0/24');
      assert.equal(route?.aspath?.string, '65001');
      assert.ok(route?.nexthops?.some(({ ip }) => ip === 'fd00::1'));
    });
  },
};
