import assert from 'node:assert/strict';
import { Dut, prefixesOf } from '../dut.ts';
import { exampleConfig } from '../example-config.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';
import { M1_NETWORKS } from './m1.ts';

const PEER = '10.0.0.2';

export const exampleMinimal: Scenario = {
  name: 'example-minimal',
  summary: 'examples/config/minimal.toml with FRR: everything passes in both directions, and a stop is announced',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(
      peerNode,
      frrConfig({ as: 65002, routerId: PEER, neighbor: '10.0.0.1', neighborAs: 65001, networks: M1_NETWORKS }),
    );
    const dut = await Dut.startWithFile(dutNode, exampleConfig('config/minimal.toml', dutNode));
    await established(check, dut, PEER, 60);
    await check.eventually('without any policy its routes are used', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), M1_NETWORKS);
    });
    await dut.ctl('rib', 'add', '203.0.113.0/24', '--nexthop', '10.0.0.1');
    await check.eventually('and a route of ours reaches FRR', 30, async () => {
      const [route] = await frr.routes('203.0.113.0/24');
      assert.equal(route?.aspath?.string, '65001');
      assert.equal(route?.nexthops?.[0]?.ip, '10.0.0.1');
    });
    await dut.ctl('rib', 'delete', '203.0.113.0/24');
    await check.eventually('until it is withdrawn', 30, async () => {
      assert.deepEqual(await frr.routes('203.0.113.0/24'), []);
    });
    await check.that('SIGTERM ends the daemon with 0', async () => assert.equal(await dut.end('SIGTERM'), 0));
    await check.eventually('and FRR knows that it was meant', 30, async () => {
      assert.match((await frr.neighbor('10.0.0.1')).lastNotificationReason ?? '', /Cease\/Administrative Shutdown/i);
    });
  },
};
