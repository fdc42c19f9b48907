import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isUp, type Node, pair } from './testing/lab.ts';

/*
 * Two neighbors that dial each other, and connections that break at any moment of the exchange. Whatever has happened, nothing may
 * be left behind that keeps the session down: not now, and not the next time that it goes down.
 */

const side = fc.constantFrom('a' as const, 'b' as const);
/** Most waits are as short as the steps of the exchange, so that faults fall into the middle of it. */
const wait = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 20 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 6_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 130_000 }) },
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: wait }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('reset', 'disable', 'enable', 'block', 'unblock'), side }) },
);
/** Equal ones make both sides' dials meet. */
const latency = fc.constantFrom(
  { minLatencyMs: 5, maxLatencyMs: 5 },
  { minLatencyMs: 5, maxLatencyMs: 6 },
  { minLatencyMs: 1, maxLatencyMs: 15 },
);
const settings = fc.record({
  passive: fc.constantFrom(false, false, false, true),
  delayOpenTime: fc.constantFrom(0, 0, 0, 1),
  gracefulRestart: fc.boolean(),
  holdTime: fc.constantFrom(9, 90),
});

it('two neighbors come up, however connections broke before, and again after that', () => {
  fc.assert(
    fc.property(
      settings,
      settings,
      latency,
      fc.array(step, { maxLength: 30 }),
      fc.nat(),
      (ofA, ofB, ms, steps, seed) => {
        const { network, a, b } = pair({
          seed,
          ...ms,
          a: ofA,
          b: { ...ofB, passive: ofB.passive && !ofA.passive }, // two who wait for each other wait for ever
        });
        const nodes = { a, b };
        const other = (node: Node) => (node === a ? b : a);
        a.speaker.start();
        b.speaker.start();
        for (const now of steps) {
          if (now.do === 'wait') network.runFor(now.ms);
          else if (now.do === 'cut') network.cut(a.address, b.address);
          else {
            const node = nodes[now.side];
            const { address } = other(node);
            if (now.do === 'block') network.block(node.address, address);
            else if (now.do === 'unblock') network.unblock(node.address, address);
            else if (now.do === 'reset') node.speaker.resetPeer(address, 'hard');
            else if (now.do === 'disable') node.speaker.disablePeer(address);
            else node.speaker.enablePeer(address);
          }
        }
        for (const node of [a, b]) {
          network.unblock(node.address, other(node).address);
          node.speaker.enablePeer(other(node).address);
        }
        for (let time = 0; time < 3; time++) {
          expect(network.runUntil(() => isUp(a, b), 1_200_000)).toBe(true);
          network.runFor(120_000);
          expect(isUp(a, b)).toBe(true);
          network.cut(a.address, b.address);
          network.runFor(100);
          expect(isUp(a, b)).toBe(false);
        }
      },
    ),
    { numRuns: 300 },
  );
});
