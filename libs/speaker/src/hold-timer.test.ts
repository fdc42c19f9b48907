import { VirtualClock } from '@bgp/testkit';
import { expect, it } from 'vitest';
import { HoldTimer } from './hold-timer.ts';

function timer() {
  const clock = new VirtualClock();
  const expired: number[] = [];
  return { clock, expired, hold: new HoldTimer(clock, () => expired.push(clock.nowMs())) };
}

it.each([
  ['once after its time', [[0, 90]], [90]],
  [
    're-armed, after the last time',
    [
      [0, 90],
      [60, 90],
      [80, 90],
    ],
    [170],
  ],
  [
    'a shorter time than before counts from now',
    [
      [0, 240],
      [10, 9],
    ],
    [19],
  ],
  [
    'a longer time than before',
    [
      [0, 9],
      [5, 90],
    ],
    [95],
  ],
])('expires: %s', (_case, starts, expected) => {
  const { clock, expired, hold } = timer();
  for (const [at = 0, delay = 0] of starts) clock.after(at, () => hold.start(delay));
  clock.runFor(1_000);
  expect(expired).toEqual(expected);
});

it('stopped: never, and starts anew', () => {
  const { clock, expired, hold } = timer();
  hold.start(50);
  hold.stop();
  clock.runFor(100);
  hold.start(50);
  clock.runFor(100);
  expect(expired).toEqual([150]);
});
