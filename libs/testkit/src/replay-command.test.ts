import fc from 'fast-check';
import { expect, it } from 'vitest';

it("a failing property says how it is replayed (and 'so')", () => {
  const failing = fc.property(fc.constant(7), (value) => {
    expect(value).toBe(8);
  });
  const command =
    /^Replay: PROPERTY_SEED=-?\d+ PROPERTY_PATH=0 .*npx vitest run libs\/testkit\/src\/replay-command\.test\.ts -t 'a failing property says how it is replayed \\\(and '\\''so'\\''\\\)'$/m;
  expect(() => fc.assert(failing, { numRuns: 10 })).toThrow(command);
  expect(() => fc.assert(failing)).toThrow(/Counterexample: \[7\]/);
});
