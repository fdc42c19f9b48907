import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, type Scenario } from '../scenario.ts';

const [SHARED, ALONE] = ['192.168.1.0/24', '192.168.2.0/24'];
/** 65535:6, RFC 9494 §4.4. */
const LLGR_STALE = 0xffff_0006;
/** Seconds, as in the seed but for the second: it comes back before its end. */
const FIRST = { restart: 15, longLived: 300 };
/** Then it does not come back, and we wait for both. */
const SECOND = { restart: 5, longLived: 15 };

/** Has the shared prefix too, on a longer path; knows long-lived graceful restart. */
const BIRD = `router id 10.0.1.2;
protocol device {}
protocol static { ipv4; route ${SHARED} blackhole; }
protocol bgp dut {
  local 10.0.1.2 as 65003;
  neighbor 10.0.1.1 as 65001;
  long lived graceful restart on;
  ipv4 {
    import all;
    export filter {
      if source != RTS_STATIC then reject;
      bgp_path.prepend(65003);
      bgp_path.prepend(65003);
      accept;
    };
  };
}
`;

/** Does not know it. */
const OPENBGPD = `AS 65004
router-id 10.0.2.2
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
neighbor 10.0.2.1 {
  remote-as 65001
}
allow from any
`;

export const m16: Scenario = {
  name: 'M16',
  summary: 'long-lived graceful restart: tagged, last choice, kept from those who do not know it, then gone',
  async run({ lab, check }) {
    const dutNode = await lab.node('dut');
    const [frrNode, birdNode, openbgpdNode] = [
      await lab.node('frr'),
      await lab.node('bird'),
      await lab.node('openbgpd'),
    ];
    await lab.link(dutNode, ['10.0.0.1/24'], frrNode, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], birdNode, ['10.0.1.2/24']);
    await lab.link(dutNode, ['10.0.2.1/24'], openbgpdNode, ['10.0.2.2/24']);
    const config = ({ restart, longLived }: typeof FIRST) =>
      frrConfig({
        as: 65002,
        routerId: '10.0.0.2',
        neighbor: '10.0.0.1',
        neighborAs: 65001,
        networks: [SHARED, ALONE],
        extra: [
          'bgp graceful-restart',
          `bgp graceful-restart restart-time ${restart}`,
          `bgp long-lived-graceful-restart stale-time ${longLived}`,
          'timers bgp 10 30',
        ],
      });
    const [frr, bird, openbgpd] = await Promise.all([
      Frr.start(frrNode, config(FIRST)),
      Bird.start(birdNode, BIRD),
      Openbgpd.start(openbgpdNode, OPENBGPD),
    ]);
    const llgr = ['gr_restart_time = 15', 'gr_stale_routes_time = 120', 'llgr_stale_time = 600'];
    const rest = [
      neighborToml('10.0.0.2', 65002, llgr),
      neighborToml('10.0.1.2', 65003, llgr),
      neighborToml('10.0.2.2', 65004, llgr),
    ].join('');
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    for (const peer of ['10.0.0.2', '10.0.1.2', '10.0.2.2']) await established(check, dut, peer, 90);

    const best = async () =>
      (await dut.best()).map(({ prefix, peerAddress, communities = [], isStale = false }) => ({
        prefix: `${prefix}/24`,
        peerAddress,
        isTagged: communities.includes(LLGR_STALE),
        isStale,
      }));
    const fromFrr = async () =>
      (await dut.received('10.0.0.2')).map(({ communities = [] }) => communities.includes(LLGR_STALE));
    const stale = () => dut.metric('bgp_gr_stale_routes', { peer: '10.0.0.2' });
    const fresh = { peerAddress: '10.0.0.2', isTagged: false, isStale: false };
    const openbgpdPaths = async (prefix: string) =>
      (await openbgpd.routesFrom('10.0.2.1', prefix)).map(({ aspath }) => aspath);
    const birdCommunities = async (prefix: string) =>
      (await bird.routes(prefix, 'protocol dut')).map(({ attributes }) => attributes.community ?? '');

    await check.required("FRR's two routes are the best, on their shorter path", 30, async () => {
      assert.equal((await dut.received('10.0.1.2')).length, 1);
      assert.deepEqual(await best(), [
        { prefix: SHARED, ...fresh },
        { prefix: ALONE, ...fresh },
      ]);
    });
    await check.required('and are at both other neighbors', 30, async () => {
      assert.deepEqual(await openbgpdPaths(SHARED), ['65001 65002']);
      assert.deepEqual(await openbgpdPaths(ALONE), ['65001 65002']);
      assert.deepEqual(await birdCommunities(ALONE), ['']);
    });

    await frr.killForGood();
    await check.eventually(
      'bgpd and its watchdog die: both routes are stale, untagged, and still preferred',
      30,
      async () => {
        assert.deepEqual(await best(), [
          { prefix: SHARED, ...fresh, isStale: true },
          { prefix: ALONE, ...fresh, isStale: true },
        ]);
        assert.equal(await stale(), 2);
      },
    );
    await check.eventually('after the restart time they carry LLGR_STALE', FIRST.restart + 15, async () => {
      assert.deepEqual(await fromFrr(), [true, true]);
    });
    await check.eventually('the fresh alternative on the longer path wins; what has none stays', 30, async () => {
      assert.deepEqual(await best(), [
        { prefix: SHARED, peerAddress: '10.0.1.2', isTagged: false, isStale: false },
        { prefix: ALONE, peerAddress: '10.0.0.2', isTagged: true, isStale: true },
      ]);
    });
    await check.eventually('BIRD, which knows it, has the route with the tag', 30, async () => {
      assert.deepEqual(await birdCommunities(ALONE), ['(65535,6)']);
    });
    await check.eventually('OpenBGPD, which does not, lost it and has the alternative of the other', 30, async () => {
      assert.deepEqual(await openbgpdPaths(ALONE), []);
      assert.deepEqual(await openbgpdPaths(SHARED), ['65001 65003 65003 65003']);
    });

    frr.configureNext(config(SECOND));
    await frr.resurrect();
    await check.required('bgpd comes back before the end of the long-lived time', 60, async () => {
      assert.equal((await dut.neighbor('10.0.0.2')).state, 'SESSION_STATE_ESTABLISHED');
    });
    await check.eventually('its routes are fresh, untagged and preferred again', 30, async () => {
      assert.deepEqual(await best(), [
        { prefix: SHARED, ...fresh },
        { prefix: ALONE, ...fresh },
      ]);
      assert.equal(await stale(), 0);
      assert.equal(await dut.metric('bgp_gr_active_peers', { peer: '10.0.0.2' }), 0);
    });
    await check.eventually('at the others too', 30, async () => {
      assert.deepEqual(await openbgpdPaths(ALONE), ['65001 65002']);
      assert.deepEqual(await openbgpdPaths(SHARED), ['65001 65002']);
      assert.deepEqual(await birdCommunities(ALONE), ['']);
    });

    const killedAt = Date.now();
    await frr.killForGood();
    await check.eventually(
      'killed again, it goes through both phases',
      SECOND.restart + SECOND.longLived / 2,
      async () => {
        assert.deepEqual(await fromFrr(), [true, true]);
      },
    );
    const deadline = killedAt + (SECOND.restart + SECOND.longLived - 2) * 1000;
    await check.until("its routes stay for FRR's long-lived time, which is shorter than ours", deadline, async () => {
      assert.deepEqual(await fromFrr(), [true, true]);
    });
    await check.eventually('and then go', 30, async () => {
      assert.deepEqual(await dut.received('10.0.0.2'), []);
      assert.deepEqual(prefixesOf(await dut.best()), [SHARED]);
      assert.deepEqual(await birdCommunities(ALONE), []);
    });
    await check.that('the end is counted and nothing is stale', async () => {
      assert.ok(((await dut.metric('bgp_gr_timer_expired_total', { peer: '10.0.0.2' })) ?? 0) >= 1);
      assert.equal(await stale(), 0);
    });
    await check.that('FRR was dead all the time', async () => assert.equal(await frr.isRunning(), false));
  },
};
