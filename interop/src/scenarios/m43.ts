import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { pair, type Scenario } from '../scenario.ts';

const key = (secret: string, send: number, receive: number) =>
  `tcp_ao = { key = "${secret}", send_id = ${send}, recv_id = ${receive}, algorithm = "hmac(sha256)" }`;
const MISSING = 'this kernel has no TCP-AO';

/** No peer of the lab speaks TCP-AO, so both ends are ours; the kernel does the signing. */
export const m43: Scenario = {
  name: 'M43',
  summary: 'TCP-AO between two of ours; without it in the kernel both stay down and say why',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const ours = neighborToml('10.0.0.2', 65002, [key('interop-secret-m43', 61, 62)]);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: ours });
    const theirs = neighborToml('10.0.0.1', 65001, [key('interop-secret-m43', 62, 61)]);
    const peer = await Dut.start(peerNode, { asn: 65002, routerId: '10.0.0.2', rest: theirs });
    const isUp = async () => (await dut.neighbor('10.0.0.2')).state === 'SESSION_STATE_ESTABLISHED';
    const lastError = async () => (await dut.neighbor('10.0.0.2')).lastError ?? '';
    await check.required('the session comes up, or says what is missing', 30, async () => {
      assert.ok((await isUp()) || (await lastError()).includes(MISSING), await lastError());
    });
    if (await isUp()) {
      await peer.end('SIGTERM');
      const wrong = neighborToml('10.0.0.1', 65001, [key('another secret', 62, 61)]);
      await Dut.start(peerNode, { asn: 65002, routerId: '10.0.0.2', rest: wrong });
      await check.throughout('another key stays down', 12, async () => assert.ok(!(await isUp())));
      return;
    }
    check.skip('a session that is signed', 'the kernel has no CONFIG_TCP_AO');
    await check.throughout('nothing comes up unsigned, from either side', 8, async () => assert.ok(!(await isUp())));
    await peer.end('SIGTERM');
    const plain = neighborToml('10.0.0.1', 65001, []);
    await Dut.start(peerNode, { asn: 65002, routerId: '10.0.0.2', rest: plain });
    await check.throughout('nor with a neighbor that has no key', 12, async () => assert.ok(!(await isUp())));
    await check.that('the secret is in no answer', async () => {
      assert.ok(!JSON.stringify(await dut.neighbor('10.0.0.2')).includes('interop-secret'));
    });
  },
};
