import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const NETWORKS = ['10.10.0.0/16', '192.168.1.0/24', '192.168.2.0/24'];

const config = (statements: string, more: readonly string[] = []) => `
[policy]
import_chain = ["edge"]

[policy.definitions.edge]
default_action = "permit"
${statements}
${neighborToml('10.0.0.2', 65002, more)}`;

const DENY = `
[[policy.definitions.edge.statements]]
action = "deny"
prefix = "192.168.1.0/24"
`;

export const m34: Scenario = {
  name: 'M34',
  summary: 'SIGHUP: a policy that denies a route takes it away, and the session never flaps',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(
      peerNode,
      frrConfig({ as: 65002, routerId: '10.0.0.2', neighbor: '10.0.0.1', neighborAs: 65001, networks: NETWORKS }),
    );
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: config('') });
    await established(check, dut, '10.0.0.2', 90);
    const has = async (expected: readonly string[]) => assert.deepEqual(prefixesOf(await dut.best()), expected);
    await check.required('three routes are here', 30, () => has(NETWORKS));
    const upSince = async () => (await frr.neighbor('10.0.0.1')).bgpTimerUpEstablishedEpoch;
    const before = await upSince();
    assert.ok(before !== undefined && before > 0, 'FRR tells since when the session is up');
    dut.reload(config(DENY));
    await check.eventually('the denied route is gone, the others stay', 30, () =>
      has(['10.10.0.0/16', '192.168.2.0/24']),
    );
    dut.reload(`${config(DENY)}hold_tiem = 9`);
    await check.throughout('a mistake in the file changes nothing', 2, () => has(['10.10.0.0/16', '192.168.2.0/24']));
    dut.reload(config('', ['description = "edge of the lab"']));
    await check.eventually('allowed again, it is back: it was kept all along', 30, () => has(NETWORKS));
    await check.that('the session never flapped, says FRR', async () => {
      assert.ok(Math.abs(Number(await upSince()) - before) <= 2, 'FRR works the time out anew in whole seconds');
    });
    await check.that('nor do we say so', async () => {
      const { state, flapCount = '0' } = await dut.neighbor('10.0.0.2');
      assert.deepEqual([state, flapCount], ['SESSION_STATE_ESTABLISHED', '0']);
    });
    dut.reload(config('', ['gr_restart_time = 30']));
    await check.eventually('what the OPEN says needs a new session, and gets one', 60, async () => {
      const { flapCount = '0', state } = await dut.neighbor('10.0.0.2');
      assert.deepEqual([state, flapCount], ['SESSION_STATE_ESTABLISHED', '1']);
      assert.ok(Number(await upSince()) > before + 2);
      await has(NETWORKS);
    });
  },
};
