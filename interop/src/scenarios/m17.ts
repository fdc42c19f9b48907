import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const SHARED = '192.168.10.0/24';
const [ONLY_A, ONLY_B] = ['192.168.1.0/24', '192.168.2.0/24'];
const CLIENT = '10.0.2.2';

export const m17: Scenario = {
  name: 'M17',
  summary: 'Add-Path: a client gets both paths of a prefix that two neighbors have, and loses the right one',
  async run({ lab, check }) {
    const [dutNode, nodeA, nodeB, nodeC] = [
      await lab.node('dut'),
      await lab.node('frr-a'),
      await lab.node('frr-b'),
      await lab.node('client'),
    ];
    const sides = [
      { node: nodeA, as: 65002, networks: [SHARED, ONLY_A] },
      { node: nodeB, as: 65003, networks: [SHARED, ONLY_B] },
      { node: nodeC, as: 65004, networks: [] },
    ];
    for (const [link, { node }] of sides.entries()) {
      await lab.link(dutNode, [`10.0.${link}.1/24`], node, [`10.0.${link}.2/24`]);
    }
    const [a, , client] = (await Promise.all(
      sides.map(({ node, as, networks }, link) =>
        Frr.start(
          node,
          frrConfig({ as, routerId: `10.0.${link}.2`, neighbor: `10.0.${link}.1`, neighborAs: 65001, networks }),
        ),
      ),
    )) as [Frr, Frr, Frr];
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest:
        neighborToml('10.0.0.2', 65002) +
        neighborToml('10.0.1.2', 65003) +
        neighborToml(CLIENT, 65004, ['add_path = { receive = true, send = true, send_max = 4 }']),
    });
    for (const peer of ['10.0.0.2', '10.0.1.2', CLIENT]) await established(check, dut, peer, 90);

    await check.required('four routes are here', 30, async () => {
      const received = [...(await dut.received('10.0.0.2')), ...(await dut.received('10.0.1.2'))];
      assert.deepEqual(prefixesOf(received), [ONLY_A, SHARED, SHARED, ONLY_B].sort());
    });
    await check.eventually('the client has both paths of the shared prefix', 30, async () => {
      assert.deepEqual((await client.paths(SHARED)).sort(), ['65001 65002', '65001 65003']);
    });
    await check.that('with different path identifiers, none of them 0', async () => {
      const ids = (await client.routes(SHARED)).map(({ addpathRxId = 0 }) => addpathRxId);
      assert.equal(new Set(ids).size, 2);
      assert.ok(!ids.includes(0));
    });
    await check.that('both through us', async () => {
      const nextHops = (await client.routes(SHARED)).map(({ nexthops }) => nexthops?.[0]?.ip);
      assert.deepEqual(nextHops, ['10.0.2.1', '10.0.2.1']);
    });
    await check.eventually('and what each of the two has alone', 30, async () => {
      assert.deepEqual(await client.paths(ONLY_A), ['65001 65002']);
      assert.deepEqual(await client.paths(ONLY_B), ['65001 65003']);
    });
    await check.that('what we say that we send is what the client has', async () => {
      const sent = (await dut.advertised(CLIENT)).filter(({ prefix }) => prefix === '192.168.10.0');
      const atClient = (await client.routes(SHARED)).map(
        ({ addpathRxId, aspath }) => `${addpathRxId} ${aspath?.string}`,
      );
      assert.deepEqual(sent.map(({ pathId, asPath = [] }) => `${pathId} ${asPath.join(' ')}`).sort(), atClient.sort());
      assert.equal((await dut.advertised(CLIENT)).length, 4);
    });
    await check.that('without Add-Path the others have one path: of what is not their own', async () => {
      assert.deepEqual(prefixesOf(await dut.advertised('10.0.0.2')), [ONLY_B]);
      for (const { pathId } of await dut.advertised('10.0.0.2')) assert.equal(pathId, undefined);
    });

    await a.configure('router bgp 65002', 'address-family ipv4 unicast', `no network ${SHARED}`);
    await check.eventually('A withdraws its path: the client keeps the other one', 30, async () => {
      assert.deepEqual(await client.paths(SHARED), ['65001 65003']);
    });
    await a.configure('router bgp 65002', 'address-family ipv4 unicast', `network ${SHARED}`);
    await check.eventually('A announces it again: both are back', 30, async () => {
      assert.deepEqual((await client.paths(SHARED)).sort(), ['65001 65002', '65001 65003']);
    });
    await check.that('the session with the client never dropped', async () => {
      assert.equal((await client.neighbor('10.0.2.1')).connectionsDropped, 0);
    });
  },
};
