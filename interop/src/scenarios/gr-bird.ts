import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const PEER = '10.0.0.2';
const LLGR_STALE = 0xffff_0006;
/** Seconds. First it comes back long before the end of its time; then it does not, and we wait for both. */
const LONG_RESTART_TIME = 300;
const [RESTART_TIME, LLGR_TIME] = [8, 12];
const [KEPT, GONE, NEW, NO_LLGR] = ['192.168.1.0/24', '192.168.2.0/24', '192.168.3.0/24', '192.168.4.0/24'];

const config = (restartTime: number, networks: readonly string[]) => `router id ${PEER};
protocol device {}
protocol static {
  ipv4;
${networks.map((prefix) => `  route ${prefix} blackhole;`).join('\n')}
}
protocol bgp dut {
  local ${PEER} as 65002;
  neighbor 10.0.0.1 as 65001;
  connect delay time 1;
  graceful restart on;
  graceful restart time ${restartTime};
  long lived graceful restart on;
  long lived stale time ${LLGR_TIME};
  ipv4 {
    import all;
    export filter {
      if source != RTS_STATIC then reject;
      if net = ${NO_LLGR} then bgp_community.add((65535, 7));
      accept;
    };
  };
}
`;

export const grBird: Scenario = {
  name: 'gr-bird',
  summary: 'graceful and long-lived graceful restart of BIRD: swept by End-of-RIB; NO_LLGR; expiry',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const bird = await Bird.start(peerNode, config(LONG_RESTART_TIME, [KEPT, GONE, NO_LLGR]));
    const rest = neighborToml(PEER, 65002, ['llgr_stale_time = 600']);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    const stale = () => dut.metric('bgp_gr_stale_routes', { peer: PEER });
    const active = () => dut.metric('bgp_gr_active_peers', { peer: PEER });
    await established(check, dut, PEER, 60);
    await check.required('three routes are here', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), [KEPT, GONE, NO_LLGR]);
    });

    await bird.kill();
    await check.required('BIRD is killed: all three stay, stale', 30, async () => {
      assert.equal(await stale(), 3);
      assert.deepEqual(prefixesOf(await dut.best()), [KEPT, GONE, NO_LLGR]);
    });
    bird.node.write('etc/bird/bird.conf', config(RESTART_TIME, [KEPT, NEW, NO_LLGR]));
    bird.launch('-R');
    let wasAway = false;
    await check.eventually('it restarts with -R: what it has no more goes, what is new comes', 60, async () => {
      const prefixes = prefixesOf(await dut.best());
      wasAway ||= !prefixes.includes(KEPT);
      assert.deepEqual(prefixes, [KEPT, NEW, NO_LLGR]);
      assert.equal(await stale(), 0);
    });
    await check.that('what it still has was never away', () => assert.equal(wasAway, false));
    await check.that('no timer ran out for that', async () => {
      assert.equal((await dut.metric('bgp_gr_timer_expired_total', { peer: PEER })) ?? 0, 0);
      assert.equal(await active(), 0);
    });

    const killedAt = Date.now();
    const since = () => (Date.now() - killedAt) / 1000;
    await bird.kill();
    await check.eventually(
      'it is killed for good: after its restart time LLGR_STALE is on its routes',
      RESTART_TIME + LLGR_TIME / 2,
      async () => {
        const routes = await dut.received(PEER);
        assert.ok(routes.length > 0);
        for (const { communities = [] } of routes) assert.ok(communities.includes(LLGR_STALE));
      },
    );
    await check.that('not before its restart time', () => assert.ok(since() > RESTART_TIME - 1));
    await check.that('a route with NO_LLGR is not kept that long', async () => {
      assert.deepEqual(prefixesOf(await dut.received(PEER)), [KEPT, NEW]);
    });
    const deadline = killedAt + (RESTART_TIME + LLGR_TIME - 2) * 1000;
    await check.until('the others stay', deadline, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), [KEPT, NEW]);
    });
    await check.eventually('until its long-lived time ends', 30, async () => {
      assert.deepEqual(await dut.received(PEER), []);
      assert.equal(await stale(), 0);
      assert.equal(await active(), 0);
      assert.ok(((await dut.metric('bgp_gr_timer_expired_total', { peer: PEER })) ?? 0) >= 1);
    });
  },
};
