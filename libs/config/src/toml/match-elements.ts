import { haveSameIdentity } from './align.ts';
import { areEqual } from './equal.ts';
import { isTable } from './render-value.ts';

/**
 * For each element of `after` the position of the one in `before` that it comes from, or undefined for a new one. Elements may have
 * changed places: first the same value, then the same thing with other values, then the same place.
 */
export function matchElements(before: readonly unknown[], after: readonly unknown[]): (number | undefined)[] {
  const pairs: (number | undefined)[] = after.map(() => undefined);
  const free = new Set(before.keys());
  /** The one in the same place first, for elements that are there several times. */
  const found = (at: number, element: unknown, test: (old: unknown, element: unknown) => boolean) => {
    if (free.has(at) && test(before[at], element)) return at;
    for (const candidate of free) if (test(before[candidate], element)) return candidate;
    return undefined;
  };
  const pass = (test: (old: unknown, element: unknown) => boolean) => {
    after.forEach((element, at) => {
      if (pairs[at] !== undefined) return;
      const index = found(at, element, test);
      if (index === undefined) return;
      pairs[at] = index;
      free.delete(index);
    });
  };
  pass(areEqual);
  pass((old, element) => isTable(old) && isTable(element) && haveSameIdentity(old, element));
  after.forEach((_element, at) => {
    if (pairs[at] !== undefined) return;
    // Between the same neighbors it is the same element, changed.
    const place = (pairs[at - 1] ?? -1) + 1;
    const next = pairs[at + 1] ?? (at === after.length - 1 ? before.length : undefined);
    if (!free.has(place) || (next !== undefined && place >= next)) return;
    pairs[at] = place;
    free.delete(place);
  });
  return pairs;
}
