import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ReadTurns, type TurnReader } from './read-turns.ts';

/** Hands over pieces that take two milliseconds each, on a clock of its own. */
function world() {
  let nowMs = 0;
  const log: string[] = [];
  const turns = new ReadTurns(() => nowMs);
  const reader = (name: string, pieces: number): TurnReader => {
    let left = pieces;
    const self: TurnReader = {
      readOn() {
        while (left > 0) {
          if (!turns.hasTime()) {
            turns.wait(self);
            return;
          }
          log.push(name);
          nowMs += 2;
          left -= 1;
        }
      },
    };
    return self;
  };
  return { log, turns, reader };
}

describe('ReadTurns', () => {
  it('ends a turn after its time, and goes on in the next one', async () => {
    const { log, turns, reader } = world();
    reader('a', 5).readOn();
    expect(log).toEqual(['a', 'a', 'a']); // 0, 2 and 4 ms are before the end at 5 ms
    await turn();
    expect(log).toHaveLength(5);
    expect(turns.hasTime()).toBe(true);
  });

  it('every reader gets on while another has more than a turn', async () => {
    const { log, turns, reader } = world();
    turns.wait(reader('a', 9));
    turns.wait(reader('b', 3));
    await turn();
    expect(log.join('')).toBe('aaa');
    await turn();
    expect(log.join('')).toBe('aaabbb');
    await turn();
    expect(log.join('')).toBe('aaabbbaaa');
  });

  it('pieces are as large as what was handed over was quick', async () => {
    let nowMs = 0;
    const turns = new ReadTurns(() => nowMs);
    const after = (ms: number) => {
      nowMs += ms;
      turns.hasTime();
      return turns.pieceOctets;
    };
    expect([0, 0.1, 0.1, 0.1, 0.1].map(after)).toEqual([1_024, 2_048, 4_096, 8_192, 8_192]);
    expect([1.5, 2.5].map(after)).toEqual([8_192, 4_096]);
    await turn();
    expect([1_000, 20, 20, 20, 20].map(after)).toEqual([4_096, 2_048, 1_024, 1_024, 1_024]); // what is between two turns does not count
  });

  it('forgets a reader', async () => {
    const { log, turns, reader } = world();
    const gone = reader('a', 1);
    turns.wait(gone);
    turns.forget(gone);
    await turn();
    expect(log).toEqual([]);
  });
});
