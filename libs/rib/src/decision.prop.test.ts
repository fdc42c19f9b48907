import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DECISION_STEPS, type DecisionInput, eliminate, multipathSet, selectBest } from './decision.ts';
import { decisionInput } from './decision-fixture.ts';
import { type OraclePath, selectBestPath } from './decision-oracle.ts';

/** Few values per field, so that most sets tie up to the late steps: the generator decides what a property can find. */
const path: fc.Arbitrary<OraclePath> = fc.record({
  isLongLivedStale: fc.constantFrom(false, false, true),
  originRank: fc.constantFrom(1, 1, 0, 2),
  pathRank: fc.constantFrom(1, 1, 0, 2),
  localPref: fc.constantFrom(100, 100, 200),
  asPathLength: fc.constantFrom(2, 2, 3),
  origin: fc.constantFrom(0, 0, 2),
  med: fc.nat(2),
  neighborAs: fc.constantFrom(1, 2, 3),
  isExternal: fc.boolean(),
  interiorCost: fc.constantFrom(0, 0, 5),
  originatorId: fc.constantFrom(undefined, undefined, 1, 3),
  bgpIdentifier: fc.constantFrom(1, 2, 3),
  clusterListLength: fc.nat(1),
  peerAddress: fc.nat(6),
  pathId: fc.nat(1),
});
/** Two paths of one peer with one identifier do not exist. */
const paths = fc.uniqueArray(path, { minLength: 1, maxLength: 6, selector: (p) => `${p.peerAddress}/${p.pathId}` });
const med = fc.boolean();

it('columns choose what the object-level elimination chooses, for the same reasons', () => {
  fc.assert(
    fc.property(paths, med, (candidates, alwaysCompareMed) => {
      const input = decisionInput(candidates, alwaysCompareMed);
      const rows = candidates.map((_, index) => index + 1);
      const oracle = selectBestPath(candidates, alwaysCompareMed);
      expect(selectBest(input, Uint32Array.from(rows), rows.length)).toBe(oracle.best + 1);
      const { best, removedBy } = eliminate(input, rows);
      expect(best).toBe(oracle.best + 1);
      for (const [index, by] of oracle.removedBy) expect(removedBy.get(index + 1)).toBe(by);
      expect(removedBy.size).toBe(candidates.length - 1);
    }),
    { numRuns: 3_000 },
  );
});

it('arrival order does not matter, with MED as well', () => {
  const shuffled = paths.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, med, ([list, other], alwaysCompareMed) => {
      const best = (order: readonly OraclePath[]) => {
        const rows = Uint32Array.from(order, (_, index) => index + 1);
        return order[selectBest(decisionInput(order, alwaysCompareMed), rows, rows.length) - 1];
      };
      expect(best(other)).toBe(best(list));
    }),
    { numRuns: 2_000 },
  );
});

it('the best path is in its multipath set, and the set ties with it up to interior cost', () => {
  const late = DECISION_STEPS.filter(({ multipath }) => !multipath).map(({ id }) => id as string);
  fc.assert(
    fc.property(paths, (candidates) => {
      const input: DecisionInput = decisionInput(candidates, false);
      const rows = candidates.map((_, index) => index + 1);
      const { best, removedBy } = eliminate(input, rows);
      const expected = rows.filter((row) => row === best || late.includes(removedBy.get(row)!));
      expect([...multipathSet(input, rows)].sort()).toEqual(expected.sort());
    }),
  );
});
