import { expect, it } from 'vitest';
import { LagHistogram } from './loop-lag.ts';

it('counts each lag in its bucket and all above it', () => {
  const lags = new LagHistogram();
  for (const lag of [-0.001, 0, 0.001, 0.0011, 0.3, 2, 10]) lags.add(lag);
  const { buckets, count, sumSeconds } = lags.read();
  expect(Object.fromEntries(buckets.map(({ atMostSeconds, count }) => [atMostSeconds, count]))).toEqual({
    0.001: 3,
    0.005: 4,
    0.01: 4,
    0.025: 4,
    0.05: 4,
    0.1: 4,
    0.25: 4,
    0.5: 5,
    1: 5,
    3: 6,
  });
  expect(count).toBe(7);
  expect(sumSeconds).toBeCloseTo(12.3021, 6);
});
