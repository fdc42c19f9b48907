import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

export const m19: Scenario = {
  name: 'M19',
  summary: 'transparent route server: AS_PATH, next hop and MED pass unchanged between two clients',
  async run({ lab, check }) {
    const [dutNode, nodeA, nodeB] = [await lab.node('dut'), await lab.node('frr-a'), await lab.node('frr-b')];
    await lab.link(dutNode, ['10.0.0.1/24'], nodeA, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], nodeB, ['10.0.1.2/24']);
    await dutNode.exec(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    const client = (as: number, subnet: string, networks: readonly string[], other: string) => {
      const neighbor = `${subnet}.1`;
      const extra = [`no neighbor ${neighbor} enforce-first-as`];
      const family = [`neighbor ${neighbor} route-map MED out`];
      const bgp = frrConfig({ as, routerId: `${subnet}.2`, neighbor, neighborAs: 65001, networks, extra, family });
      return `ip route ${other}.0/24 ${neighbor}\nroute-map MED permit 10\n set metric 77\nexit\n${bgp}`;
    };
    const [a, b] = await Promise.all([
      Frr.start(nodeA, client(65002, '10.0.0', ['192.168.1.0/24', '192.168.2.0/24'], '10.0.1')),
      Frr.start(nodeB, client(65003, '10.0.1', ['192.168.3.0/24'], '10.0.0')),
    ]);
    const server = ['route_server_client = true'];
    const rest = neighborToml('10.0.0.2', 65002, server) + neighborToml('10.0.1.2', 65003, server);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    await established(check, dut, '10.0.0.2', 90);
    await established(check, dut, '10.0.1.2', 90);
    for (const [name, frr, prefix, path, nextHop] of [
      ['B', b, '192.168.1.0/24', '65002', '10.0.0.2'],
      ['B', b, '192.168.2.0/24', '65002', '10.0.0.2'],
      ['A', a, '192.168.3.0/24', '65003', '10.0.1.2'],
    ] as const) {
      await check.eventually(`${prefix} reaches ${name} with path ${path}, without our AS`, 30, async () => {
        assert.deepEqual(await frr.paths(prefix), [path]);
      });
      await check.that(`${prefix} keeps its next hop ${nextHop} and its MED`, async () => {
        const [route] = await frr.routes(prefix);
        assert.equal(route?.nexthops?.[0]?.ip, nextHop);
        assert.equal(route?.metric, 77);
      });
    }
  },
};
