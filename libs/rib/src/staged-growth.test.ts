import { describe, expect, it } from 'vitest';
import { StagedGrowth } from './staged-growth.ts';

function tableOf(columns: number, capacity: number) {
  const lengths = new Array<number>(columns).fill(capacity);
  const growColumns = lengths.map((_, at) => (table: number[], length: number) => {
    table[at] = length;
  });
  return { lengths, growth: new StagedGrowth(lengths, growColumns, capacity) };
}

describe('growth in stages', () => {
  it.each([
    [1, 64],
    [7, 64],
    [12, 64],
    [40, 64],
    [12, 4096],
  ])('%i columns of %i rows: every row has room, and at most doubles it', (columns, capacity) => {
    const { lengths, growth } = tableOf(columns, capacity);
    for (let row = 0; row < capacity * 40; row++) {
      if (row >= growth.at) growth.grow(row);
      expect(Math.min(...lengths)).toBeGreaterThan(row);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(Math.max(capacity, 2 * Math.min(...lengths)));
      // Nothing grows before it must, but for the last rows.
      if (Math.max(...lengths) > capacity)
        expect(row).toBeGreaterThanOrEqual((Math.max(...lengths) / 2) * (31 / 32) - 1);
    }
  });

  it('in a large table one column at a time, with hundreds of rows in between', () => {
    const { lengths, growth } = tableOf(12, 131_072);
    const steps: number[] = [];
    for (let row = 120_000; row < 132_000; row++) {
      if (row < growth.at) continue;
      const before = lengths.filter((length) => length > 131_072).length;
      growth.grow(row);
      expect(lengths.filter((length) => length > 131_072).length).toBe(before + 1);
      steps.push(row);
    }
    expect(steps).toHaveLength(12);
    for (const [at, step] of steps.entries()) if (at > 0) expect(step - steps[at - 1]!).toBeGreaterThan(300);
  });

  it('a row far beyond the end gets room as well', () => {
    const { lengths, growth } = tableOf(3, 64);
    growth.grow(1_000);
    expect(Math.min(...lengths)).toBeGreaterThan(1_000);
  });
});
