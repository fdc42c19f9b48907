import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { pair, type Scenario } from '../scenario.ts';

export const badOpen: Scenario = {
  name: 'bad-open',
  summary: 'a peer with another AS than configured is refused with 2/2, without a hot reconnect loop',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    // FRR only waits, so that every attempt is ours and can be counted.
    const frr = await Frr.start(
      peerNode,
      frrConfig({
        as: 65002,
        routerId: '10.0.0.2',
        neighbor: '10.0.0.1',
        neighborAs: 65001,
        extra: ['neighbor 10.0.0.1 passive'],
      }),
    );
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: neighborToml('10.0.0.2', 65099) });
    const refused = async () =>
      (await dut.metric('bgp_notifications_sent_total', { peer: '10.0.0.2', code: '2', subcode: '2' })) ?? 0;

    await check.required('NOTIFICATION 2/2 (Bad Peer AS) is sent', 15, async () => assert.ok((await refused()) >= 1));
    const first = Date.now();
    // FRR keeps what an accepted connection was told in its log only, not with the neighbor.
    await check.eventually('FRR received it', 5, () => {
      assert.match(frr.log(), /received from neighbor 10\.0\.0\.1 2\/2 \(OPEN Message Error\/Bad Peer AS\)/);
    });
    await check.that('the TCP connection is closed', async () => {
      const { stdout } = await dutNode.exec(['ss', '-Htn', 'state', 'established', '( dport = :179 or sport = :179 )']);
      assert.equal(stdout.trim(), '');
    });
    await check.that('the neighbor shows the reason', async () => {
      assert.match((await dut.neighbor('10.0.0.2')).lastError ?? '', /AS|2\/2/);
    });
    await check.eventually('a second attempt follows', 20, async () => assert.ok((await refused()) >= 2));
    const waited = (Date.now() - first) / 1000;
    await check.that(`it came after a retry interval of 5 s and not before 3 s (after ${waited.toFixed(1)} s)`, () => {
      assert.ok(waited >= 3);
    });
    const before = await refused();
    await check.throughout('no hot loop: at most two more attempts in 10 s', 10, async () => {
      assert.ok((await refused()) - before <= 2);
    });
    await check.that('the daemon is alive', () => assert.equal(dut.running, true));
  },
};
