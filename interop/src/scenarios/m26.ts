import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { pair, type Scenario } from '../scenario.ts';
import { M1_NETWORKS } from './m1.ts';

export const m26: Scenario = {
  name: 'M26',
  summary: 'a neighbor that sends more than max_prefixes is told Cease/1 and its routes go',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(
      peerNode,
      frrConfig({ as: 65002, routerId: '10.0.0.2', neighbor: '10.0.0.1', neighborAs: 65001, networks: M1_NETWORKS }),
    );
    const rest = neighborToml('10.0.0.2', 65002, ['max_prefixes = 2']);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    const count = async (name: string, labels: Record<string, string> = {}) =>
      (await dut.metric(name, { peer: '10.0.0.2', ...labels })) ?? 0;
    await check.required('the limit is exceeded and counted', 60, async () => {
      assert.ok((await count('bgp_max_prefix_exceeded_total')) >= 1);
    });
    await check.eventually('Cease/1 left', 30, async () => {
      assert.ok((await count('bgp_notifications_sent_total', { code: '6', subcode: '1' })) >= 1);
    });
    await check.eventually('FRR names the reason', 30, async () => {
      assert.match((await frr.neighbor('10.0.0.1')).lastNotificationReason ?? '', /Cease.*Maximum Number of Prefixes/i);
    });
    await check.that('the session counts as flapped', async () =>
      assert.ok((await count('bgp_session_flaps_total')) >= 1),
    );
    await check.eventually('none of its routes is left', 30, async () => {
      const { state } = await dut.neighbor('10.0.0.2');
      if (state !== 'SESSION_STATE_ESTABLISHED') assert.deepEqual(await dut.best(), []);
    });
    await frr.configure(
      'router bgp 65002',
      'address-family ipv4 unicast',
      'no network 192.168.2.0/24',
      'no network 10.10.0.0/16',
    );
    await check.eventually('within the limit the session comes back and stays', 60, async () => {
      assert.equal((await dut.neighbor('10.0.0.2')).state, 'SESSION_STATE_ESTABLISHED');
      assert.equal((await dut.best()).length, 1);
    });
  },
};
