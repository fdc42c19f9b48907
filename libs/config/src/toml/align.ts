import { areEqual } from './equal.ts';

type Table = Readonly<Record<string, unknown>>;

/**
 * What tells elements of the configuration's arrays apart: neighbors, profiles and tables by name, ranges of neighbors. Statements of a
 * policy have no more than their place.
 */
const IDENTITIES: readonly { readonly has: readonly string[]; readonly keys: readonly string[] }[] = [
  { has: ['address'], keys: ['address', 'interface'] },
  { has: ['interface'], keys: ['interface'] },
  { has: ['name'], keys: ['name'] },
  { has: ['prefix', 'peer_group'], keys: ['prefix'] },
];

/**
 * For each element of `after` the position of the one in `before` that it comes from, or undefined for a new one. Undefined as a
 * whole: elements have changed places.
 */
export function alignElements(before: readonly Table[], after: readonly Table[]): (number | undefined)[] | undefined {
  const pairs: (number | undefined)[] = after.map(() => undefined);
  const free = new Set(before.keys());
  const pair = (at: number, index: number) => {
    pairs[at] = index;
    free.delete(index);
  };
  const isSame = (element: Table, at: number) => areEqual(before[at], element);
  for (const test of [isSame, (element: Table, at: number) => haveSameIdentity(before[at]!, element)]) {
    after.forEach((element, at) => {
      if (pairs[at] !== undefined) return;
      const index = [...free].find((candidate) => test(element, candidate));
      if (index !== undefined) pair(at, index);
    });
  }
  const known = pairs.filter((index) => index !== undefined);
  if (known.some((index, at) => at > 0 && index < known[at - 1]!)) return undefined;
  // What is left between two known ones is the same element, changed.
  let previous = -1;
  after.forEach((element, at) => {
    const index = pairs[at];
    if (index !== undefined) {
      previous = index;
      return;
    }
    const next = pairs.slice(at).find((one) => one !== undefined) ?? before.length;
    const candidate = [...free].find((one) => one > previous && one < next);
    if (candidate === undefined || !isSameChanged(before[candidate]!, element)) return;
    pair(at, candidate);
    previous = candidate;
  });
  return pairs;
}

export function haveSameIdentity(a: Table, b: Table): boolean {
  const identity = identityOf(a);
  return identity !== undefined && identity === identityOf(b);
}

/** Without names only the place can tell; otherwise it has another name, or none, and all the rest is the same. */
function isSameChanged(before: Table, after: Table): boolean {
  if (identityOf(before) === undefined && identityOf(after) === undefined) return true;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.filter((key) => !areEqual(before[key], after[key])).length <= 1;
}

function identityOf(element: Table): string | undefined {
  const identity = IDENTITIES.find(({ has }) => has.every((key) => key in element));
  return identity && JSON.stringify(identity.keys.map((key) => element[key] ?? null));
}
