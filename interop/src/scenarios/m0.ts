import assert from 'node:assert/strict';
import type { Checks } from '../check.ts';
import type { Dut } from '../dut.ts';
import { pause } from '../lab/shell.ts';

const PATH_TO_ESTABLISHED = ['idle', 'connect', 'open_sent', 'open_confirm', 'established'] as const;

/** How a peer is brought down and up again in the five tests that FRR and BIRD share. */
export interface M0Peer {
  readonly address: string;
  /** Its own view of the session. */
  isEstablished(): Promise<boolean>;
  /** Goes away; gives the Cease subcode with which it says so, or undefined for a crash that says nothing. */
  crash(): Promise<number | undefined>;
  restart(): Promise<void>;
  /** Resets the session with a Cease; gives the subcode it uses. */
  reset(): Promise<number>;
}

/** Five tests: comes up, metrics tell the story, survives a dead peer, survives a Cease, totals agree. */
export async function m0Tests(check: Checks, dut: Dut, peer: M0Peer, soakMinutes: number): Promise<void> {
  const labels = { peer: peer.address };
  const count = async (name: string, more: Record<string, string> = {}) =>
    (await dut.metric(name, { ...labels, ...more })) ?? 0;
  const up = async (times: number) => {
    assert.equal((await dut.neighbor(peer.address)).state, 'SESSION_STATE_ESTABLISHED');
    assert.equal(await peer.isEstablished(), true, 'the peer does not call it Established');
    assert.equal(await count('bgp_session_established_total'), times);
  };

  await check.required('test 1: Established within 10 s on both sides', 10, () => up(1));

  for (const [index, to] of PATH_TO_ESTABLISHED.entries()) {
    if (index === 0) continue;
    await check.that(`test 2: the transitions metric shows a way into ${to}`, async () => {
      const from = PATH_TO_ESTABLISHED.slice(0, index);
      // A connection that the peer opened may lead from active to open_sent.
      const ways = await Promise.all(
        [...from, 'active'].map((state) => count('bgp_session_state_transitions_total', { from: state, to })),
      );
      assert.ok(ways.some((times) => times >= 1));
    });
  }

  await check.that('test 2: the metrics are served over HTTP in Prometheus text format', async () => {
    const text = await dut.scrape();
    assert.match(text, /^# TYPE bgp_session_established_total counter$/m);
    assert.match(text, new RegExp(`^bgp_session_established_total\\{[^}]*peer="${peer.address}"[^}]*\\} 1$`, 'm'));
  });
  await check.that('test 2: nothing was objected to: no NOTIFICATION was sent', async () => {
    // Both may have dialed: then one connection is closed with Cease/7, which is no objection (RFC 4271 §6.8).
    const collisions = await count('bgp_notifications_sent_total', { code: '6', subcode: '7' });
    assert.equal(Number((await dut.neighbor(peer.address)).notificationsSent ?? 0), collisions);
  });

  const said = await peer.crash();
  await check.eventually('test 3: the session is down after the peer has gone', 30, async () => {
    assert.notEqual((await dut.neighbor(peer.address)).state, 'SESSION_STATE_ESTABLISHED');
  });
  if (said !== undefined) {
    await check.that(`test 3: its Cease/${said} is counted`, async () => {
      assert.equal(await count('bgp_notifications_received_total', { code: '6', subcode: String(said) }), 1);
    });
  }
  await peer.restart();
  await check.required('test 3: it recovers by itself', 60, () => up(2));

  const subcode = await peer.reset();
  await check.eventually(`test 4: the Cease/${subcode} of a reset is counted`, 30, async () => {
    assert.equal(await count('bgp_notifications_received_total', { code: '6', subcode: String(subcode) }), 1);
  });
  await check.required('test 4: it recovers by itself', 60, () => up(3));

  await check.that('test 5: three times established, two flaps', async () => {
    assert.equal(await count('bgp_session_established_total'), 3);
    assert.equal(await count('bgp_session_flaps_total'), 2);
  });
  for (const direction of ['sent', 'received'] as const) {
    for (const type of ['open', 'keepalive'] as const) {
      await check.that(`test 5: ${type} messages ${direction} are counted`, async () => {
        assert.ok((await count(`bgp_messages_${direction}_total`, { type })) >= 3);
      });
    }
  }
  await check.that('test 5: the counts of the API agree with the metrics', async () => {
    const neighbor = await dut.neighbor(peer.address);
    assert.equal(Number(neighbor.flapCount), await count('bgp_session_flaps_total'));
  });

  for (let minute = 1; minute <= soakMinutes; minute++) {
    await pause(60_000);
    await check.that(`soak: still up after ${minute} min`, () => up(3));
  }
}
