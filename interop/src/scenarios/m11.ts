import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';
import { M1_NETWORKS } from './m1.ts';

const PEER = '10.0.0.2';
/** Seconds. The first half comes back long before the end of its time, the second waits for it; the seed takes 30. */
const [LONG_RESTART_TIME, RESTART_TIME] = [300, 18];

export const m11: Scenario = {
  name: 'M11',
  summary: "graceful restart: a killed bgpd's routes stay until it is back, and go when it does not come back",
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const config = (restartTime: number) =>
      frrConfig({
        as: 65002,
        routerId: PEER,
        neighbor: '10.0.0.1',
        neighborAs: 65001,
        networks: M1_NETWORKS,
        extra: [
          'bgp graceful-restart',
          'bgp graceful-restart preserve-fw-state',
          `bgp graceful-restart restart-time ${restartTime}`,
          'timers bgp 10 30',
        ],
      });
    const frr = await Frr.start(peerNode, config(LONG_RESTART_TIME));
    const rest = neighborToml(PEER, 65002, ['gr_restart_time = 30', 'gr_stale_routes_time = 120']);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    const gauges = async () => ({
      active: await dut.metric('bgp_gr_active_peers', { peer: PEER }),
      stale: await dut.metric('bgp_gr_stale_routes', { peer: PEER }),
      expired: (await dut.metric('bgp_gr_timer_expired_total', { peer: PEER })) ?? 0,
    });
    await established(check, dut, PEER, 90);
    await check.eventually('FRR has said and heard the graceful restart capability', 30, async () => {
      const capability = (await frr.neighbor('10.0.0.1')).neighborCapabilities?.gracefulRestart;
      assert.equal(capability, 'advertisedAndReceived');
    });
    await check.required('the three routes are here', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), M1_NETWORKS);
    });
    await check.that('none is stale, no neighbor restarts', async () => {
      assert.deepEqual(await gauges(), { active: 0, stale: 0, expired: 0 });
      for (const route of await dut.best()) assert.equal(route.isStale, undefined);
    });

    const leaves = async () => assert.notEqual((await dut.neighbor(PEER)).state, 'SESSION_STATE_ESTABLISHED');
    let fewest = M1_NETWORKS.length;
    await frr.killForGood();
    await check.required('bgpd dies, the session with it', 30, leaves);
    await check.eventually('one neighbor restarts, three routes are stale', 30, async () => {
      assert.deepEqual(await gauges(), { active: 1, stale: 3, expired: 0 });
    });
    await check.that('all three are still the best routes, marked as stale', async () => {
      const routes = await dut.best();
      assert.deepEqual(prefixesOf(routes), M1_NETWORKS);
      for (const route of routes) assert.equal(route.isStale, true);
    });
    frr.configureNext(config(RESTART_TIME));
    await frr.resurrect();
    await check.required('watchfrr starts bgpd, the session comes back', 60, async () => {
      fewest = Math.min(fewest, (await dut.best()).length);
      assert.equal((await dut.neighbor(PEER)).state, 'SESSION_STATE_ESTABLISHED');
    });
    await check.eventually(
      'its End-of-RIB ends it: nothing is stale, nobody restarts, no timer ran out',
      30,
      async () => {
        fewest = Math.min(fewest, (await dut.best()).length);
        assert.deepEqual(await gauges(), { active: 0, stale: 0, expired: 0 });
      },
    );
    await check.that('the three routes are fresh', async () => {
      const routes = await dut.best();
      assert.deepEqual(prefixesOf(routes), M1_NETWORKS);
      for (const route of routes) assert.equal(route.isStale, undefined);
    });
    await check.that('and were never away', () => assert.equal(fewest, M1_NETWORKS.length));

    const killedAt = Date.now();
    await frr.killForGood();
    await check.required('watchfrr and bgpd die, the session with them', 30, leaves);
    await check.eventually('three routes are stale again', 30, async () => {
      assert.deepEqual(await gauges(), { active: 1, stale: 3, expired: 0 });
    });
    const deadline = killedAt + (RESTART_TIME - 2) * 1000;
    await check.until(`they stay for nearly ${RESTART_TIME} s`, deadline, async () => {
      assert.equal((await dut.best()).length, 3);
    });
    await check.eventually('then they go', 30, async () => {
      assert.deepEqual(await dut.best(), []);
      assert.deepEqual(await dut.received(PEER), []);
    });
    await check.that('the end is counted, nothing is stale, nobody restarts', async () => {
      const { active, stale, expired } = await gauges();
      assert.deepEqual({ active, stale }, { active: 0, stale: 0 });
      assert.ok(expired >= 1);
    });
    await check.that('FRR was dead all the time', async () => assert.equal(await frr.isRunning(), false));
  },
};
