import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const PEER = '10.0.0.2';
const [TAGGED, PLAIN] = ['192.168.1.0/24', '192.168.2.0/24'];
/** 65535:0, RFC 8326 §4. */
const GRACEFUL_SHUTDOWN = 0xffff_0000;

export const m35: Scenario = {
  name: 'M35',
  summary: 'graceful shutdown: FRR announces its own, ours is switched on and off without touching the routes',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const config = frrConfig({
      as: 65002,
      routerId: PEER,
      neighbor: '10.0.0.1',
      neighborAs: 65001,
      networks: [TAGGED, PLAIN],
      family: ['neighbor 10.0.0.1 route-map GSHUT out'],
    });
    const frr = await Frr.start(
      peerNode,
      `ip prefix-list TAGGED permit ${TAGGED}
route-map GSHUT permit 10
 match ip address prefix-list TAGGED
 set community 65535:0
exit
route-map GSHUT permit 20
exit
${config}`,
    );
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      global: 'honor_graceful_shutdown = true',
      rest: neighborToml(PEER, 65002),
    });
    await established(check, dut, PEER, 90);
    await check.required('two routes are here', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), [TAGGED, PLAIN]);
    });
    const best = async (network: string) => (await dut.best()).find(({ prefix }) => `${prefix}/24` === network);
    await check.that('the one with GRACEFUL_SHUTDOWN has LOCAL_PREF 0', async () => {
      const route = await best(TAGGED);
      assert.deepEqual(route?.communities, [GRACEFUL_SHUTDOWN]);
      assert.equal(route?.localPrefAttr, 0);
      assert.equal(route?.localPref ?? 0, 0);
    });
    await check.that('the other has neither', async () => {
      const route = await best(PLAIN);
      assert.equal(route?.communities, undefined);
      assert.equal(route?.localPrefAttr, undefined);
    });

    const injected = { prefix: '172.16.0.0', prefixLength: 16 };
    const atFrr = async () => (await frr.routes('172.16.0.0/16')).map(({ community }) => community?.list ?? []);
    await dut.rpc('InjectionService/AddPath', { ...injected, nextHop: '10.0.0.1', communities: [65001 * 65536 + 7] });
    await check.required('an injected route is at FRR with its own community', 30, async () => {
      assert.deepEqual(await atFrr(), [['65001:7']]);
    });
    await dut.rpc('NeighborService/SetGracefulShutdown', { address: PEER, enabled: true });
    await check.eventually('switched on: FRR has it with GRACEFUL_SHUTDOWN too', 30, async () => {
      assert.deepEqual(
        (await atFrr()).map((list) => [...list].sort()),
        [['65001:7', 'gracefulShutdown']],
      );
    });
    await check.eventually(
      "and what comes over the session gives way to others' routes (RFC 8326 §4.2)",
      30,
      async () => {
        assert.equal((await best(PLAIN))?.localPrefAttr, 0);
      },
    );
    await dut.rpc('InjectionService/AddPath', { prefix: '172.17.0.0', prefixLength: 16, nextHop: '10.0.0.1' });
    await check.eventually('a route that comes now has it as well', 30, async () => {
      const lists = (await frr.routes('172.17.0.0/16')).map(({ community }) => community?.list);
      assert.deepEqual(lists, [['gracefulShutdown']]);
    });
    await dut.rpc('NeighborService/SetGracefulShutdown', { address: PEER, enabled: false });
    await check.eventually('switched off: it is gone, the other community is not', 30, async () => {
      assert.deepEqual(await atFrr(), [['65001:7']]);
      assert.deepEqual(
        (await frr.routes('172.17.0.0/16')).map(({ community }) => community),
        [undefined],
      );
      assert.equal((await best(PLAIN))?.localPrefAttr, undefined);
    });
    await dut.rpc('NeighborService/SetGracefulShutdown', { enabled: true });
    await check.eventually('without an address it is for all neighbors', 30, async () => {
      assert.ok((await atFrr())[0]?.includes('gracefulShutdown'));
    });
    await check.that('the session never dropped over it', async () => {
      assert.equal((await frr.neighbor('10.0.0.1')).connectionsDropped, 0);
    });
  },
};
