import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { jsonLines } from '../lab/log-lines.ts';
import { pause } from '../lab/shell.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';
import { M1_NETWORKS } from './m1.ts';

/** Each from an address of its own, so that one's idle hold time does not keep the next one out. */
const MODES = [
  { mode: 'garbage', rule: 'what is no BGP gets 1/1 (RFC 4271 §6.1)', answer: 'NOTIFICATION 1/1' },
  { mode: 'hold-time-1', rule: 'hold time 1 gets 2/6 (RFC 4271 §6.2)', answer: 'NOTIFICATION 2/6' },
  { mode: 'wrong-as', rule: 'another AS gets 2/2 (RFC 4271 §6.2)', answer: 'NOTIFICATION 2/2' },
  { mode: 'stall', rule: 'silence gets 4/0 after the hold time (RFC 4271 §6.5)', answer: 'NOTIFICATION 4/0' },
  { mode: 'half-message', rule: 'a reset in the middle of a message ends that session', answer: 'KEEPALIVE' },
  {
    mode: 'flood',
    rule: '100,000 malformed UPDATEs are withdrawals, the session lives (RFC 7606 §7.1)',
    answer: 'KEEPALIVE',
  },
].map((row, index) => ({ ...row, address: `10.0.1.${index + 2}`, as: 65100 + index }));

interface Answer {
  readonly answers: readonly string[];
  readonly how: string;
}

export const hostile: Scenario = {
  name: 'hostile',
  summary: 'peers that send garbage, stall, reset or flood get the standard answer; an FRR beside them never notices',
  async run({ lab, check }) {
    const [dutNode, frrNode, badNode] = [await lab.node('dut'), await lab.node('frr'), await lab.node('bad')];
    await lab.link(dutNode, ['10.0.0.1/24'], frrNode, ['10.0.0.2/24']);
    await lab.link(
      dutNode,
      ['10.0.1.1/24'],
      badNode,
      MODES.map(({ address }) => `${address}/24`),
    );
    const frr = await Frr.start(
      frrNode,
      frrConfig({ as: 65002, routerId: '10.0.0.2', neighbor: '10.0.0.1', neighborAs: 65001, networks: M1_NETWORKS }),
    );
    const bad = MODES.map(({ address, as }) => neighborToml(address, as, ['passive = true'])).join('');
    const rest = neighborToml('10.0.0.2', 65002) + bad;
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    await established(check, dut, '10.0.0.2', 90);

    const program = join(import.meta.dirname, '../peers/hostile-main.ts');
    const attack = async ({ mode, address, as }: (typeof MODES)[number]): Promise<Answer> => {
      const argv = [process.execPath, '--conditions=@bgp/source', program, mode, address, '10.0.1.1', String(as)];
      const attacker = badNode.spawn(mode, argv);
      const ended = new Promise<void>((done) => attacker.once('close', () => done()));
      if (mode === 'flood') {
        await check.eventually('the flood arrives: 100,000 UPDATEs are counted', 60, async () => {
          const received = await dut.metric('bgp_messages_received_total', { peer: address, type: 'update' });
          assert.equal(received, 100_000);
        });
        attacker.kill('SIGTERM');
      }
      await Promise.race([ended, pause(120_000)]);
      const [answer] = jsonLines<Answer>(join(badNode.folder, 'log', `${mode}.log`));
      return answer ?? { answers: [], how: 'it said nothing, its log may say why' };
    };
    const outcomes = await Promise.all(MODES.map(async (row) => ({ ...row, ...(await attack(row)) })));
    for (const { mode, rule, answer, answers, how } of outcomes) {
      await check.that(`${mode}: ${rule}`, () => {
        assert.ok(answers.includes(answer), `answered ${answers.join(', ') || 'nothing'}; ${how}`);
        if (mode === 'flood') assert.equal(how, 'still up');
      });
    }
    await check.that('the flood left no route', async () => {
      assert.deepEqual(prefixesOf(await dut.best()), M1_NETWORKS);
    });
    await check.that('the FRR beside them never noticed', async () => {
      assert.equal((await frr.neighbor('10.0.0.1')).connectionsDropped, 0);
      assert.equal(await dut.metric('bgp_session_flaps_total', { peer: '10.0.0.2' }), 0);
    });
    await check.that('the daemon is healthy', async () => {
      assert.equal((await dut.rpc<{ healthy?: boolean }>('ControlService/GetHealth')).healthy, true);
    });
  },
};
