import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';
import { M1_NETWORKS } from './m1.ts';

export const m3: Scenario = {
  name: 'M3',
  summary: "FRR-A's routes reach FRR-B through us, injected ones reach both, withdrawals follow",
  async run({ lab, check }) {
    const [dutNode, nodeA, nodeB] = [await lab.node('dut'), await lab.node('frr-a'), await lab.node('frr-b')];
    await lab.link(dutNode, ['10.0.0.1/24'], nodeA, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], nodeB, ['10.0.1.2/24']);
    const [a, b] = await Promise.all([
      Frr.start(
        nodeA,
        frrConfig({ as: 65002, routerId: '10.0.0.2', neighbor: '10.0.0.1', neighborAs: 65001, networks: M1_NETWORKS }),
      ),
      Frr.start(nodeB, frrConfig({ as: 65003, routerId: '10.0.1.2', neighbor: '10.0.1.1', neighborAs: 65001 })),
    ]);
    const rest = neighborToml('10.0.0.2', 65002) + neighborToml('10.0.1.2', 65003);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    await established(check, dut, '10.0.0.2', 90);
    await established(check, dut, '10.0.1.2', 90);

    for (const prefix of M1_NETWORKS) {
      await check.eventually(`test 1: ${prefix} reaches B with path 65001 65002`, 30, async () => {
        assert.deepEqual(await b.paths(prefix), ['65001 65002']);
      });
    }
    await check.that('test 2: A gets nothing of its own back', async () => {
      assert.deepEqual(await dut.advertised('10.0.0.2'), []);
    });
    await check.that('test 2: nor did A have to drop any for its own AS', async () => {
      assert.equal((await a.neighbor('10.0.0.1')).prefixStats?.aspathLoop, 0);
    });
    await check.that('test 2: what B is said to get is what it got', async () => {
      assert.deepEqual(prefixesOf(await dut.advertised('10.0.1.2')), M1_NETWORKS);
    });

    await dut.rpc('InjectionService/AddPath', {
      prefix: '10.99.0.0',
      prefixLength: 24,
      nextHop: '10.0.0.1',
      origin: 0,
    });
    for (const [name, frr] of [
      ['A', a],
      ['B', b],
    ] as const) {
      await check.eventually(`test 3: an injected route reaches ${name} with path 65001`, 30, async () => {
        assert.deepEqual(await frr.paths('10.99.0.0/24'), ['65001']);
      });
    }
    await check.that('test 3: it is in the Loc-RIB', async () => {
      assert.ok(prefixesOf(await dut.best()).includes('10.99.0.0/24'));
    });

    await a.configure('router bgp 65002', 'address-family ipv4 unicast', 'no network 192.168.2.0/24');
    await check.eventually('test 4: what A withdraws leaves B', 30, async () => {
      assert.deepEqual(await b.paths('192.168.2.0/24'), []);
      assert.deepEqual(await b.paths('192.168.1.0/24'), ['65001 65002']);
    });

    await dut.rpc('InjectionService/DeletePath', { prefix: '10.99.0.0', prefixLength: 24 });
    await check.eventually('test 5: a deleted injected route leaves A and B', 30, async () => {
      assert.deepEqual([await a.paths('10.99.0.0/24'), await b.paths('10.99.0.0/24')], [[], []]);
    });
    await check.that('test 5: deleting it again is refused', async () => {
      const again = dut.rpc('InjectionService/DeletePath', { prefix: '10.99.0.0', prefixLength: 24 });
      await assert.rejects(again, { code: 'not_found' });
    });
    await check.that('no session dropped in between', async () => {
      for (const [frr, us] of [
        [a, '10.0.0.1'],
        [b, '10.0.1.1'],
      ] as const) {
        assert.equal((await frr.neighbor(us)).connectionsDropped, 0);
      }
    });
  },
};
