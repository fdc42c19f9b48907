import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { AspaTable, type LocalRole, type PathValidity } from './aspa-table.ts';

const ASES = [1, 2, 3, 4, 5];

/** Whether there is an apex: everything before it goes up, everything after it down, with at most one hop across (draft §5.1). */
function isLeakFree(
  path: readonly number[],
  mayGoDown: boolean,
  isProvider: (x: number, y: number) => boolean,
): boolean {
  const pairs = path.slice(1).map((as, at) => [path[at]!, as] as const); // one before each
  const goesUp = pairs.map(([customer, provider]) => isProvider(customer, provider));
  const goesDown = pairs.map(([provider, customer]) => isProvider(customer, provider));
  if (!mayGoDown) return goesUp.every(Boolean);
  return [...pairs.keys(), pairs.length].some(
    (apex) =>
      goesUp.slice(0, apex).every(Boolean) &&
      (goesDown.slice(apex).every(Boolean) || goesDown.slice(apex + 1).every(Boolean)),
  );
}

/**
 * In words: invalid is what would be a leak even if every AS without a record had just the providers that suit it, and valid what would be
 * none even if it had no provider at all.
 */
function expected(
  records: ReadonlyMap<number, readonly number[]>,
  fromOrigin: readonly number[],
  role: LocalRole,
): PathValidity {
  const mayGoDown = role === 'customer';
  const when = (unknown: boolean) => (x: number, y: number) => records.get(x)?.includes(y) ?? unknown;
  if (!isLeakFree(fromOrigin, mayGoDown, when(true))) return 'invalid';
  return isLeakFree(fromOrigin, mayGoDown, when(false)) ? 'valid' : 'unknown';
}

const records = fc
  .dictionary(fc.constantFrom(...ASES.map(String)), fc.subarray(ASES), { maxKeys: 5 })
  .map((fields) => new Map(Object.entries(fields).map(([as, providers]) => [Number(as), providers])));
const path = fc.array(fc.tuple(fc.constantFrom(...ASES), fc.integer({ min: 1, max: 3 })), {
  minLength: 1,
  maxLength: 7,
});
const role = fc.constantFrom<LocalRole>('provider', 'rs', 'rs-client', 'customer', 'peer');

test.prop([records, path, role], { numRuns: 5_000 })(
  'the ramps meet when there is an apex, whatever those without a record have (draft §5.1, §5.3)',
  (held, hops, ours) => {
    const table = new AspaTable();
    const announce = [...held].map(([customerAs, providerAses]) => ({ customerAs, providerAses }));
    table.apply({ announce, withdraw: [] });
    const asns = hops.flatMap(([as, times]) => new Array<number>(times).fill(as)); // prepending changes nothing
    const fromOrigin = asns.filter((as, at) => as !== asns[at - 1]).reverse();
    expect(table.verify([{ type: 'sequence', asns }], ours, asns[0]!)).toBe(expected(held, fromOrigin, ours)); // not empty
  },
);
