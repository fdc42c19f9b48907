import { describe, expect, it } from 'vitest';
import { Portion } from './portion.ts';

describe('Portion', () => {
  it.each([
    ['is the most at first', 1024, [], 1024],
    ['is halved by what takes too long', 1024, [4.5, 13], 256],
    ['stays where it takes what it may', 1024, [13, 2, 4], 512],
    ['grows again, to the most', 1024, [13, 13, 1.5, 1.5, 1.5], 1024],
    ['is not too small to get anywhere', 1024, new Array<number>(20).fill(50), 256],
    ['is no more than the most, however little that is', 5, [50, 50], 5],
    ['does not change on a clock that stands still', 7, [0, 0], 7],
  ])('%s', (_rule, most, times, expected) => {
    const portion = new Portion(most);
    for (const ms of times) portion.took(ms);
    expect(portion.size).toBe(expected);
  });
});
