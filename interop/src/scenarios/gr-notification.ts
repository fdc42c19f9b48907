import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const PEER = '10.0.0.2';
const NETWORKS = ['192.168.1.0/24', '192.168.2.0/24'];

export const grNotification: Scenario = {
  name: 'gr-notif',
  summary: 'graceful restart over NOTIFICATIONs: FRR resets softly, falls silent, and resets hard',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(
      peerNode,
      frrConfig({
        as: 65002,
        routerId: PEER,
        neighbor: '10.0.0.1',
        neighborAs: 65001,
        networks: NETWORKS,
        extra: [
          'bgp graceful-restart',
          'bgp graceful-restart preserve-fw-state',
          'bgp graceful-restart notification',
          'no bgp hard-administrative-reset',
          'timers bgp 2 6',
        ],
      }),
    );
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: neighborToml(PEER, 65002) });
    await established(check, dut, PEER, 60);
    await check.required('two routes are here', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), NETWORKS);
    });
    const notifications = async (direction: 'sent' | 'received', code: string, subcode: string) =>
      (await dut.metric(`bgp_notifications_${direction}_total`, { peer: PEER, code, subcode })) ?? 0;
    const stale = () => dut.metric('bgp_gr_stale_routes', { peer: PEER });
    const fresh = async () => {
      assert.deepEqual(prefixesOf(await dut.best()), NETWORKS);
      assert.equal(await stale(), 0);
      assert.equal((await dut.neighbor(PEER)).state, 'SESSION_STATE_ESTABLISHED');
    };

    await frr.vtysh('clear bgp *');
    await check.required('a Cease that is no Hard Reset comes: the routes stay, stale', 30, async () => {
      assert.equal(await notifications('received', '6', '4'), 1);
      assert.equal(await stale(), 2);
      assert.equal((await dut.best()).length, 2);
    });
    await check.required('and are fresh when the session is back', 30, fresh);

    await frr.freeze(true);
    await check.required('FRR falls silent: our Hold Timer Expired (4/0) keeps the routes as well', 30, async () => {
      assert.equal(await notifications('sent', '4', '0'), 1);
      assert.equal(await stale(), 2);
      assert.equal((await dut.best()).length, 2);
    });
    await frr.freeze(false);
    await check.required('it wakes up, the routes are fresh again', 40, fresh);

    await frr.configure('router bgp 65002', 'bgp hard-administrative-reset');
    await frr.vtysh('clear bgp *');
    await check.eventually('a Hard Reset comes: nothing is kept', 30, async () => {
      assert.deepEqual(await dut.best(), []);
      assert.equal(await stale(), 0);
    });
    await check.eventually('the session comes back with its routes', 40, fresh);

    await dut.rpc('NeighborService/DisableNeighbor', { address: PEER });
    await check.eventually(
      'our operator disables it: a Hard Reset leaves, none of its routes is left',
      30,
      async () => {
        assert.deepEqual(await dut.best(), []);
        const { lastNotificationReason, lastNotificationHardReset } = await frr.neighbor('10.0.0.1');
        assert.equal(lastNotificationReason, 'Cease/Administrative Shutdown');
        assert.equal(lastNotificationHardReset, true);
      },
    );
  },
};
