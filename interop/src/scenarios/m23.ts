import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Gobgp } from '../peers/gobgp.ts';
import { established, pair, type Scenario } from '../scenario.ts';
import { M1_NETWORKS } from './m1.ts';

const GOBGP_CONFIG = `[global.config]
  as = 65002
  router-id = "10.0.0.2"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "10.0.0.1"
    peer-as = 65001
  [neighbors.timers.config]
    connect-retry = 5
    hold-time = 90
    keepalive-interval = 30
`;

export const m23: Scenario = {
  name: 'M23',
  summary: 'routes in both directions with GoBGP, and their withdrawals',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const gobgp = await Gobgp.start(peerNode, GOBGP_CONFIG);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: neighborToml('10.0.0.2', 65002) });
    await established(check, dut, '10.0.0.2', 90);
    await check.eventually('GoBGP calls it Established too', 30, async () => {
      assert.match(await gobgp.gobgp('neighbor'), /10\.0\.0\.1\s+65001\s+\S+\s+Establ/);
    });
    for (const prefix of M1_NETWORKS) await gobgp.gobgp('global', 'rib', 'add', prefix);
    await check.eventually('its three routes arrive', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.received('10.0.0.2')), M1_NETWORKS);
    });
    await check.that('with path 65002 and next hop 10.0.0.2', async () => {
      for (const route of await dut.received('10.0.0.2')) {
        assert.deepEqual(route.asPath, [65002]);
        assert.equal(route.nextHop, '10.0.0.2');
      }
    });
    await check.eventually('they are best', 30, async () =>
      assert.deepEqual(prefixesOf(await dut.best()), M1_NETWORKS),
    );

    const injected = { prefix: '203.0.113.0', prefixLength: 24 };
    await dut.rpc('InjectionService/AddPath', { ...injected, nextHop: '10.0.0.1' });
    await check.eventually('an injected route arrives at GoBGP', 30, async () => {
      assert.ok((await gobgp.prefixes()).includes('203.0.113.0/24'));
    });
    await check.that('with path 65001', async () => {
      assert.match(await gobgp.gobgp('global', 'rib', '203.0.113.0/24'), /\b65001\b/);
    });
    await gobgp.gobgp('global', 'rib', 'del', '192.168.2.0/24');
    await check.eventually('what GoBGP withdraws goes, the others stay', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.received('10.0.0.2')), ['10.10.0.0/16', '192.168.1.0/24']);
    });
    await dut.rpc('InjectionService/DeletePath', injected);
    await check.eventually('what we delete leaves GoBGP', 30, async () => {
      assert.ok(!(await gobgp.prefixes()).includes('203.0.113.0/24'));
    });
    await check.that('the session never flapped', async () => {
      assert.equal(await dut.metric('bgp_session_flaps_total', { peer: '10.0.0.2' }), 0);
    });
  },
};
