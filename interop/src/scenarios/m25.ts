import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const SECRET = 'interop-secret-m25';

export const m25: Scenario = {
  name: 'M25',
  summary: 'TCP MD5 with one FRR, GTSM with another; a wrong key stays down',
  async run({ lab, check }) {
    const [dutNode, nodeA, nodeB] = [await lab.node('dut'), await lab.node('frr-a'), await lab.node('frr-b')];
    await lab.link(dutNode, ['10.0.0.1/24'], nodeA, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], nodeB, ['10.0.1.2/24']);
    const [a, b] = await Promise.all([
      Frr.start(
        nodeA,
        frrConfig({
          as: 65002,
          routerId: '10.0.0.2',
          neighbor: '10.0.0.1',
          neighborAs: 65001,
          networks: ['192.168.1.0/24'],
          extra: [`neighbor 10.0.0.1 password ${SECRET}`],
        }),
      ),
      Frr.start(
        nodeB,
        frrConfig({
          as: 65003,
          routerId: '10.0.1.2',
          neighbor: '10.0.1.1',
          neighborAs: 65001,
          networks: ['172.16.0.0/16'],
          extra: ['neighbor 10.0.1.1 ttl-security hops 1'],
        }),
      ),
    ]);
    const rest =
      neighborToml('10.0.0.2', 65002, [`md5_password = "${SECRET}"`]) +
      neighborToml('10.0.1.2', 65003, ['ttl_security = true']);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    await established(check, dut, '10.0.0.2', 90);
    await established(check, dut, '10.0.1.2', 90);
    await check.eventually('a route over each', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), ['172.16.0.0/16', '192.168.1.0/24']);
    });
    await check.that('health counts two peers and two routes', async () => {
      const health = await dut.rpc<{ activePeers?: number; totalRoutes?: string }>('ControlService/GetHealth');
      assert.equal(health.activePeers, 2);
      assert.equal(Number(health.totalRoutes), 2);
    });
    await check.eventually('FRR agrees about both', 30, async () => {
      assert.equal((await a.neighbor('10.0.0.1')).bgpState, 'Established');
      assert.equal((await b.neighbor('10.0.1.1')).bgpState, 'Established');
    });
    await a.configure('router bgp 65002', 'neighbor 10.0.0.1 password wrong-key');
    await a.vtysh('clear bgp *');
    await check.eventually('with another key on one side the session goes down', 30, async () => {
      assert.notEqual((await dut.neighbor('10.0.0.2')).state, 'SESSION_STATE_ESTABLISHED');
    });
    await check.throughout('and stays down', 10, async () => {
      assert.notEqual((await dut.neighbor('10.0.0.2')).state, 'SESSION_STATE_ESTABLISHED');
    });
    await check.that('the other session never noticed', async () => {
      assert.equal((await b.neighbor('10.0.1.1')).connectionsDropped, 0);
    });
    await a.configure('router bgp 65002', `neighbor 10.0.0.1 password ${SECRET}`);
    await established(check, dut, '10.0.0.2', 60);
  },
};
