import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, pair, type Scenario } from '../scenario.ts';
import { M1_NETWORKS } from './m1.ts';

const config = (networks: readonly string[]) => `AS 65002
router-id 10.0.0.2
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
${networks.map((prefix) => `network ${prefix}`).join('\n')}
neighbor 10.0.0.1 {
  remote-as 65001
  holdtime 90
}
allow from any
allow to any
`;

interface OpenbgpdRib {
  readonly rib?: readonly { readonly prefix: string; readonly aspath?: string }[];
}

export const openbgpd: Scenario = {
  name: 'openbgpd',
  summary: 'routes in both directions with OpenBGPD, in the style of M1',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const peer = await Openbgpd.start(peerNode, config(M1_NETWORKS));
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: neighborToml('10.0.0.2', 65002) });
    await established(check, dut, '10.0.0.2', 120);
    await check.eventually('the three routes are received', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.received('10.0.0.2')), M1_NETWORKS);
    });
    await check.that('with ORIGIN IGP, AS_PATH 65002 and NEXT_HOP 10.0.0.2', async () => {
      for (const route of await dut.received('10.0.0.2')) {
        assert.equal(route.origin, undefined);
        assert.deepEqual(route.asPath, [65002]);
        assert.equal(route.nextHop, '10.0.0.2');
      }
    });
    const injected = { prefix: '203.0.113.0', prefixLength: 24 };
    const has = async () => {
      const { rib } = await peer.json<OpenbgpdRib>('show', 'rib', 'neighbor', '10.0.0.1');
      return (rib ?? []).map(({ prefix, aspath }) => `${prefix} ${aspath ?? ''}`.trim());
    };
    await dut.rpc('InjectionService/AddPath', { ...injected, nextHop: '10.0.0.1' });
    await check.eventually('an injected route arrives with path 65001', 30, async () => {
      assert.deepEqual(await has(), ['203.0.113.0/24 65001']);
    });
    await dut.rpc('InjectionService/DeletePath', injected);
    await check.eventually('deleted, it leaves OpenBGPD', 30, async () => assert.deepEqual(await has(), []));

    await peer.bgpctl('network', 'delete', '192.168.2.0/24');
    await check.eventually('a withdrawn route goes, the others stay', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.received('10.0.0.2')), ['10.10.0.0/16', '192.168.1.0/24']);
    });
    const before = (await dut.metric('bgp_session_established_total', { peer: '10.0.0.2' })) ?? 0;
    await peer.bgpctl('neighbor', '10.0.0.1', 'clear');
    await check.eventually('a cleared session comes back with its routes', 60, async () => {
      assert.equal(await dut.metric('bgp_session_established_total', { peer: '10.0.0.2' }), before + 1);
      assert.deepEqual(prefixesOf(await dut.received('10.0.0.2')), ['10.10.0.0/16', '192.168.1.0/24']);
    });
    await check.that('its Cease is counted', async () => {
      const ceases = await dut.metric('bgp_notifications_received_total', { peer: '10.0.0.2', code: '6' });
      assert.ok((ceases ?? 0) >= 1);
    });
  },
};
