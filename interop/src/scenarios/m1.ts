import assert from 'node:assert/strict';
import type { Checks } from '../check.ts';
import { Dut, neighborToml, prefixesOf, type RouteJson, type RoutesJson } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario, type ScenarioContext } from '../scenario.ts';

export const M1_NETWORKS = ['10.10.0.0/16', '192.168.1.0/24', '192.168.2.0/24'];

async function startM1({ lab }: ScenarioContext) {
  const { dutNode, peerNode } = await pair(lab);
  const frr = await Frr.start(
    peerNode,
    frrConfig({ as: 65002, routerId: '10.0.0.2', neighbor: '10.0.0.1', neighborAs: 65001, networks: M1_NETWORKS }),
  );
  const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: neighborToml('10.0.0.2', 65002) });
  return { frr, dut };
}

async function m1Checks(check: Checks, dut: Dut, frr: Frr): Promise<void> {
  const all = async () => assert.deepEqual(prefixesOf(await dut.received('10.0.0.2')), M1_NETWORKS);
  await established(check, dut, '10.0.0.2', 90);
  await check.required('the three routes are received', 30, all);
  await check.that('totalCount is 3', async () => {
    assert.equal(Number((await dut.rpc<RoutesJson>('RibService/ListReceivedRoutes')).totalCount), 3);
  });
  const each = (name: string, probe: (route: RouteJson) => void) =>
    check.that(name, async () => {
      const routes = await dut.received('10.0.0.2');
      assert.equal(routes.length, 3);
      routes.forEach(probe);
    });
  await each('ORIGIN is IGP: zero, so absent in JSON', (route) => assert.equal(route.origin, undefined));
  await each('AS_PATH is 65002', (route) => assert.deepEqual(route.asPath, [65002]));
  await each('NEXT_HOP is 10.0.0.2', (route) => assert.equal(route.nextHop, '10.0.0.2'));
  await each('peer is 10.0.0.2', (route) => assert.equal(route.peerAddress, '10.0.0.2'));

  await frr.configure('router bgp 65002', 'address-family ipv4 unicast', 'no network 192.168.2.0/24');
  await check.eventually('a withdrawn route goes, the others stay', 30, async () => {
    assert.deepEqual(prefixesOf(await dut.received('10.0.0.2')), ['10.10.0.0/16', '192.168.1.0/24']);
  });
  await frr.configure('router bgp 65002', 'address-family ipv4 unicast', 'network 192.168.2.0/24');
  await check.eventually('announced again, it is back', 30, all);

  await frr.killForGood();
  await check.eventually('a dead peer empties the RIB', 30, async () => {
    // FRR is only a graceful-restart helper here and names no family, so nothing may be kept.
    assert.equal(Number((await dut.rpc<RoutesJson>('RibService/ListReceivedRoutes')).totalCount ?? 0), 0);
    assert.equal((await dut.best()).length, 0);
  });
  await frr.resurrect();
  await check.eventually('a restarted peer fills it again', 60, all);
  await check.that('the daemon is healthy', async () => {
    assert.equal((await dut.rpc<{ healthy?: boolean }>('ControlService/GetHealth')).healthy, true);
  });
  await check.that('tsbgpctl shows the neighbor as established', async () => {
    const output = await dut.ctl('neighbor', '--json');
    assert.match(output, /"10\.0\.0\.2"/);
    assert.match(output, /established/i);
  });
  await check.that('SIGTERM: the daemon ends with 0', async () => assert.equal(await dut.end('SIGTERM'), 0));
  await check.eventually('and has told FRR (Cease, administrative shutdown)', 30, async () => {
    assert.match((await frr.neighbor('10.0.0.1')).lastNotificationReason ?? '', /Cease\/Administrative Shutdown/i);
  });
}

export const m1: Scenario = {
  name: 'M1',
  summary: 'three routes from FRR with the right attributes; withdrawal, peer death, recovery',
  async run(context) {
    const { dut, frr } = await startM1(context);
    await m1Checks(context.check, dut, frr);
  },
};

export const m2: Scenario = {
  name: 'M2',
  summary: 'best routes and pages of the listing; M1 holds as before',
  async run(context) {
    const { check } = context;
    const { dut, frr } = await startM1(context);
    await established(check, dut, '10.0.0.2', 90);
    await check.required('three best routes', 30, async () =>
      assert.deepEqual(prefixesOf(await dut.best()), M1_NETWORKS),
    );
    await check.that('each is best, from 10.0.0.2, path 65002, next hop 10.0.0.2', async () => {
      for (const route of await dut.best()) {
        assert.equal(route.best, true);
        assert.equal(route.peerAddress, '10.0.0.2');
        assert.deepEqual(route.asPath, [65002]);
        assert.equal(route.nextHop, '10.0.0.2');
      }
    });
    const page = (request: object) => dut.rpc<RoutesJson>('RibService/ListBestRoutes', request);
    await check.that('page_size 2: two rows and token "2"; then one row and no token', async () => {
      const first = await page({ pageSize: 2 });
      assert.equal(first.routes?.length, 2);
      assert.equal(first.nextPageToken, '2');
      const second = await page({ pageSize: 2, pageToken: '2' });
      assert.equal(second.routes?.length, 1);
      assert.equal(second.nextPageToken, undefined);
      assert.deepEqual(prefixesOf([...first.routes, ...second.routes]), M1_NETWORKS);
    });
    await check.that('a token that nobody gave out is refused', async () => {
      await assert.rejects(page({ pageSize: 2, pageToken: 'nonsense' }), { code: 'invalid_argument' });
    });
    await m1Checks(check, dut, frr);
  },
};
