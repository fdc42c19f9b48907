import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Dut, neighborToml } from '../dut.ts';
import { jsonLines } from '../lab/log-lines.ts';
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

    await check.required('NOTIFICATION 2/2 (Bad Peer AS) is sent', 30, async () => assert.ok((await refused()) >= 1));
    // FRR keeps what an accepted connection was told in its log only, not with the neighbor.
    await check.eventually('FRR received it', 30, () => {
      assert.match(frr.log(), /received from neighbor 10\.0\.0\.1 2\/2 \(OPEN Message Error\/Bad Peer AS\)/);
    });
    await check.eventually('the TCP connection is closed', 30, async () => {
      const { stdout } = await dutNode.exec(['ss', '-Htn', 'state', 'established', '( dport = :179 or sport = :179 )']);
      assert.equal(stdout.trim(), '');
    });
    await check.that('the neighbor shows the reason', async () => {
      assert.match((await dut.neighbor('10.0.0.2')).lastError ?? '', /AS|2\/2/);
    });
    await check.eventually('two more attempts follow', 60, async () => assert.ok((await refused()) >= 3));
    // By the daemon's own clock: this process may be late, and then two attempts look closer than they are.
    const sentAt = jsonLines<{ readonly time: string; readonly msg: string }>(join(dutNode.folder, 'log', 'tsbgpd.log'))
      .filter(({ msg }) => msg === 'notification sent')
      .map(({ time }) => Date.parse(time));
    await check.that('no hot loop: the retry interval is 5 s, and no two attempts are within 3 s', () => {
      assert.ok(sentAt.length >= 3);
      const waits = sentAt.slice(1).map((time, at) => (time - (sentAt[at] ?? 0)) / 1000);
      assert.ok(Math.min(...waits) >= 3, `waited ${waits.join(', ')} s`);
    });
    await check.that('the daemon is alive', () => assert.equal(dut.running, true));
  },
};
