import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '@bgp/testkit';
import { Dut } from '../dut.ts';
import type { LabNode } from '../lab/lab.ts';
import { pause } from '../lab/shell.ts';
import { established, type Scenario } from '../scenario.ts';
import { advertisedTables, isAsBefore, startAfresh, withoutHistory } from './churn/afresh.ts';
import { startBird } from './churn/bird-peer.ts';
import { compareFlaps, compareTables, hasNoComplaint, isQuiet } from './churn/comparison.ts';
import { startFrr } from './churn/frr-peer.ts';
import { startGobgp } from './churn/gobgp-peer.ts';
import { startOpenbgpd } from './churn/openbgpd-peer.ts';
import { type ChurnPeer, OUR_AS, type Place } from './churn/peer.ts';
import { drawAction } from './churn/steps.ts';
import { firstConfig, World } from './churn/world.ts';

const ROUNDS = 4;
const STEPS_PER_ROUND = 15;
/** Between two steps: some overlap with what the one before has set off. */
const LONGEST_PAUSE_MS = 200;

/**
 * Most are up after five to ten. OpenBGPD doubles its idle hold time of 30 s with each loss, and while it runs takes no connection after the
 * second one (`errcnt` in its session.c), until a session has lasted for as long. Its OPEN twice (see the README's notes) is such a loss.
 */
const UP_SECONDS = 120;

const PEERS: readonly (readonly [node: string, start: (node: LabNode, place: Place) => Promise<ChurnPeer>])[] = [
  ['frr', startFrr],
  ['bird', startBird],
  ['gobgp', startGobgp],
  ['openbgpd', startOpenbgpd],
];

export const churn: Scenario = {
  name: 'churn',
  summary:
    'random announcements, changes, resets and crashes among FRR, BIRD, GoBGP and OpenBGPD: all agree about the rest',
  async run({ lab, check, seed }) {
    const dutNode = await lab.node('dut');
    const starting = [];
    for (const [at, [name, start]] of PEERS.entries()) {
      const [net, net6] = [`10.0.${at + 1}`, `2001:db8:${at + 1}:`];
      const node = await lab.node(name);
      await lab.link(dutNode, [`${net}.1/24`, `${net6}:1/64`], node, [`${net}.2/24`, `${net6}:2/64`]);
      const place = { asn: 64496 + at, address: `${net}.2`, address6: `${net6}:2`, us: `${net}.1` };
      starting.push(start(node, place).then((peer) => [peer, `${net6}:1`] as const));
    }
    const peers = await Promise.all(starting);
    const dut = await Dut.start(dutNode, { asn: OUR_AS, routerId: '10.0.0.1', rest: firstConfig(peers) });
    for (const [peer] of peers) await established(check, dut, peer.address, 90);

    const random = new SeededRandom(seed);
    const pauses = random.fork();
    const world = new World(random, dut, peers);
    const again = `again with: npm run interop -- churn --seed ${seed}`;
    const story: string[] = [];
    /** What a failure of `probe` says, after the steps of the round that led to it. */
    const told = (probe: () => Promise<void>) => async () => {
      try {
        await probe();
      } catch (error) {
        throw new Error(`${again}\n${(error as Error).message}\n${story.join('\n')}`, { cause: error });
      }
    };
    const settled = async () => {
      await check.required(
        'all sessions are up, and quiet',
        UP_SECONDS,
        told(() => isQuiet(world)),
      );
      await check.eventually(
        'what each peer has from us, and we from it, is what was sent',
        10,
        told(() => compareTables(world)),
      );
      await check.that(
        'no session was lost but those that a step has ended',
        told(() => compareFlaps(world)),
      );
      await check.that(
        'no error in the log, nothing for the doctor',
        told(() => hasNoComplaint(world)),
      );
    };
    for (let round = 1; round <= ROUNDS; round++) {
      const first = (round - 1) * STEPS_PER_ROUND + 1;
      const last = round * STEPS_PER_ROUND;
      story.length = 0;
      await check.required(
        `steps ${first} to ${last} of seed ${seed} are done`,
        0,
        told(async () => {
          for (let step = first; step <= last; step++) {
            const action = drawAction(world);
            story.push(`step ${step}: ${action.text}`);
            appendFileSync(join(dutNode.folder, 'log', 'churn.log'), `${new Date().toISOString()} ${story.at(-1)}\n`);
            await action.run();
            await pause(pauses.between(0, LONGEST_PAUSE_MS));
          }
        }),
      );
      for (const { peer } of world.neighbors.filter(({ isAlive }) => !isAlive)) await peer.revive();
      await settled();
      for (const neighbor of world.neighbors) {
        neighbor.isAlive = true;
        neighbor.wasReset = false;
      }
    }

    await withoutHistory(world);
    await settled();
    const before = await advertisedTables(world);
    await startAfresh(world);
    await settled();
    await check.eventually(
      'our daemon, started anew with what the steps have led to, tells everybody the same as before',
      30,
      told(() => isAsBefore(world, before)),
    );
  },
};
