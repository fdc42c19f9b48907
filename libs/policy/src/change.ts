import { type AttributeEdit, type ListEdit, matchesUnit, type UnitPattern } from '@bgp/wire';

/** What statements ask for, before it becomes an edit: `self` is still a word. */
export interface Change {
  readonly origin?: number;
  readonly localPref?: number;
  readonly med?: number;
  readonly medDelta?: number;
  readonly prepend?: { readonly as: number; readonly count: number };
  readonly repeatFirstAs?: number;
  readonly replaceAs?: { readonly as: number; readonly by: number };
  readonly communities?: ListEdit<number>;
  readonly extendedCommunities?: ListEdit<bigint>;
  readonly largeCommunities?: ListEdit<string>;
  /** 4 or 16 octets. */
  readonly nextHop?: Uint8Array | 'self' | 'unchanged';
}

/**
 * One change after another, as one change. Of scalars (a prepend is one) the later wins. Lists unite, and for each value
 * the later word counts: an add takes back an earlier remove of the same value, and the other way round.
 */
export function mergeChanges(earlier: Change, later: Change): Change {
  const { medDelta, ...rest } = earlier;
  return {
    ...rest,
    // A MED that is set later is set, whatever was to be added before.
    ...present('medDelta', later.med === undefined ? medDelta : undefined),
    ...later,
    ...present('communities', mergeLists(earlier.communities, later.communities)),
    ...present('extendedCommunities', mergeLists(earlier.extendedCommunities, later.extendedCommunities)),
    ...present('largeCommunities', mergeLists(earlier.largeCommunities, later.largeCommunities)),
  };
}

function mergeLists<T extends ListValue>(
  earlier: ListEdit<T> | undefined,
  later: ListEdit<T> | undefined,
): ListEdit<T> | undefined {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  if (later.set !== undefined) return later; // replacing the list leaves nothing of earlier words
  const added = later.add ?? [];
  const removed = later.remove ?? [];
  const patterns = new Map([...patternsOf(earlier), ...patternsOf(later)].map((one) => [one.text, one]));
  const stillAdded = (earlier.add ?? []).filter((value) => !patternsOf(later).some((one) => isMeant(value, one)));
  return {
    ...present('set', earlier.set),
    remove: union(without(earlier.remove ?? [], added), removed),
    ...present('removeMatching', patterns.size === 0 ? undefined : [...patterns.values()]),
    add: union(without(stillAdded, removed), added),
  };
}

/** A community of each kind, as edits have them. */
type ListValue = number | bigint | string;

function patternsOf<T>(list: ListEdit<T>): readonly UnitPattern[] {
  return list.removeMatching ?? [];
}

function isMeant(value: ListValue, pattern: UnitPattern): boolean {
  return matchesUnit(octetsOf(value), 0, pattern);
}

/** A standard community is a number, an extended one a bigint, a large one `a:b:c`. */
function octetsOf(value: ListValue): Uint8Array {
  const octets = new Uint8Array(typeof value === 'number' ? 4 : typeof value === 'bigint' ? 8 : 12);
  const view = new DataView(octets.buffer);
  if (typeof value === 'number') view.setUint32(0, value);
  else if (typeof value === 'bigint') view.setBigUint64(0, value);
  else for (const [index, part] of value.split(':').entries()) view.setUint32(index * 4, Number(part));
  return octets;
}

function union<T>(a: readonly T[], b: readonly T[]): readonly T[] {
  return [...new Set([...a, ...b])];
}

function without<T>(values: readonly T[], taken: readonly T[]): readonly T[] {
  return values.filter((value) => !taken.includes(value));
}

/** `exactOptionalPropertyTypes`: an absent value must not appear as a key. */
function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V }); // computed keys widen to string
}

/** Equal text for changes that do the same to every route. */
export function changeKey(change: Change): string {
  const { nextHop, communities, extendedCommunities, largeCommunities, prepend } = change;
  return [
    change.origin,
    change.localPref,
    change.med,
    change.medDelta,
    change.repeatFirstAs,
    change.replaceAs && `${change.replaceAs.as}>${change.replaceAs.by}`,
    prepend && `${prepend.as}x${prepend.count}`,
    listKey(communities),
    listKey(extendedCommunities),
    listKey(largeCommunities),
    nextHop,
  ].join('|');
}

function listKey(list: ListEdit<ListValue> | undefined): string {
  if (list === undefined) return '';
  const set = list.set === undefined ? '' : `=${sortedText(list.set)}`;
  const patterns = patternsOf(list).map(({ text }) => text);
  return `${set}-${sortedText(list.remove)}~${sortedText(patterns)}+${sortedText(list.add)}`;
}

function sortedText(values: readonly ListValue[] | undefined): string {
  return [...(values ?? [])].map(String).sort().join(',');
}

/** The edit that makes the change; undefined when there is none to make, but a word about the next hop perhaps. */
export function toEdit(change: Change): AttributeEdit | undefined {
  const { nextHop, prepend, ...rest } = change;
  const edit: AttributeEdit = {
    ...rest,
    ...present('prepend', prepend && [prepend]),
    ...present('nextHop', typeof nextHop === 'string' ? undefined : nextHop),
  };
  return Object.keys(edit).length === 0 ? undefined : edit;
}
