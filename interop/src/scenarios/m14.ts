import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

export const m14: Scenario = {
  name: 'M14',
  summary: 'route reflection between two internal clients, with ORIGINATOR_ID and CLUSTER_LIST',
  async run({ lab, check }) {
    const [dutNode, node1, node2] = [await lab.node('dut'), await lab.node('client-1'), await lab.node('client-2')];
    await lab.link(dutNode, ['10.0.0.1/24'], node1, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], node2, ['10.0.1.2/24']);
    const [networks1, networks2] = [['192.168.10.0/24', '192.168.11.0/24'], ['192.168.20.0/24']];
    const client = (routerId: string, neighbor: string, networks: readonly string[], reach: string) =>
      `ip route ${reach} ${neighbor}\n${frrConfig({ as: 65001, routerId, neighbor, neighborAs: 65001, networks })}`;
    const [client1, client2] = await Promise.all([
      Frr.start(node1, client('10.0.0.2', '10.0.0.1', networks1, '10.0.1.0/24')),
      Frr.start(node2, client('10.0.1.2', '10.0.1.1', networks2, '10.0.0.0/24')),
    ]);
    const reflector = ['route_reflector_client = true'];
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      global: 'cluster_id = "10.0.0.1"',
      rest: neighborToml('10.0.0.2', 65001, reflector) + neighborToml('10.0.1.2', 65001, reflector),
    });
    await established(check, dut, '10.0.0.2', 90);
    await established(check, dut, '10.0.1.2', 90);
    await check.eventually('the Loc-RIB has all three', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), [...networks1, ...networks2]);
    });
    for (const [name, frr, prefix, originator] of [
      ['client 2', client2, '192.168.10.0/24', '10.0.0.2'],
      ['client 2', client2, '192.168.11.0/24', '10.0.0.2'],
      ['client 1', client1, '192.168.20.0/24', '10.0.1.2'],
    ] as const) {
      await check.eventually(`${prefix} is reflected to ${name}`, 30, async () => {
        assert.equal((await frr.routes(prefix)).length, 1);
      });
      await check.that(
        `${prefix} names its originator ${originator} and our cluster, its next hop unchanged`,
        async () => {
          const [route] = await frr.routes(prefix);
          assert.equal(route?.originatorId, originator);
          assert.deepEqual(route?.clusterList?.list, ['10.0.0.1']);
          assert.equal(route?.nexthops?.[0]?.ip, originator);
        },
      );
    }
    await check.that('no client gets its own routes back', async () => {
      assert.deepEqual(prefixesOf(await dut.advertised('10.0.0.2')), networks2);
      assert.deepEqual(prefixesOf(await dut.advertised('10.0.1.2')), networks1);
    });
    await client1.configure('router bgp 65001', 'address-family ipv4 unicast', 'no network 192.168.11.0/24');
    await check.eventually('a withdrawal is reflected', 30, async () => {
      assert.deepEqual(await client2.routes('192.168.11.0/24'), []);
      assert.equal((await client2.routes('192.168.10.0/24')).length, 1);
    });
  },
};
