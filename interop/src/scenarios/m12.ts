import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf, type RouteJson } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const NETWORKS = ['192.168.1.0/24', '192.168.2.0/24'];
/** RT:65002:100 and RT:65001:42 as the API's 64-bit numbers. */
const [RT_FRR, RT_OURS] = ['842131417596004', '842127122628650'];

export const m12: Scenario = {
  name: 'M12',
  summary: 'extended communities in both directions: route targets from FRR and on an injected route',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const config = frrConfig({
      as: 65002,
      routerId: '10.0.0.2',
      neighbor: '10.0.0.1',
      neighborAs: 65001,
      networks: NETWORKS,
      family: ['neighbor 10.0.0.1 route-map TAG out'],
    });
    const frr = await Frr.start(peerNode, `route-map TAG permit 10\n set extcommunity rt 65002:100\nexit\n${config}`);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: neighborToml('10.0.0.2', 65002) });
    await established(check, dut, '10.0.0.2', 90);
    const extended = (routes: readonly RouteJson[]) => routes.map((route) => route.extendedCommunities ?? []);
    await check.eventually('both routes carry RT 65002:100 as 842131417596004', 30, async () => {
      const routes = await dut.received('10.0.0.2');
      assert.deepEqual(prefixesOf(routes), NETWORKS);
      assert.deepEqual(extended(routes), [[RT_FRR], [RT_FRR]]);
    });
    await check.eventually('also as best routes', 30, async () => {
      assert.deepEqual(extended(await dut.best()), [[RT_FRR], [RT_FRR]]);
    });
    const injected = { prefix: '10.99.0.0', prefixLength: 24 };
    await dut.rpc('InjectionService/AddPath', { ...injected, nextHop: '10.0.0.1', extendedCommunities: [RT_OURS] });
    await check.eventually('an injected route has RT 65001:42 in the Loc-RIB', 30, async () => {
      const route = (await dut.best()).find(({ prefix }) => prefix === '10.99.0.0');
      assert.deepEqual(route?.extendedCommunities, [RT_OURS]);
    });
    await check.eventually('and at FRR', 30, async () => {
      const [route] = await frr.routes('10.99.0.0/24');
      assert.match(route?.extendedCommunity?.string ?? '', /RT:65001:42/);
    });
    await dut.rpc('InjectionService/DeletePath', injected);
    await check.eventually('deleting it leaves the others', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), NETWORKS);
      assert.deepEqual(await frr.paths('10.99.0.0/24'), []);
    });
  },
};
