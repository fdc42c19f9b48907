import { attributeEdit, pathAttributes } from '@bgp/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extendedCommunityFromBigint, extendedCommunityToBigint } from '../net/extended-community.ts';
import { formatIpAddress, formatIpv4 } from '../net/ip-address.ts';
import { formatLargeCommunity, parseLargeCommunity } from '../net/large-community.ts';
import { applyEdit } from './apply-edit.ts';
import type { MutablePathAttributes } from './codec.ts';
import type { AttributeEdit, ListEdit, UnitPattern } from './edit.ts';
import { decodeAttributes, encodeAttributes } from './object-codec.ts';
import type { AsPathSegment, PathAttributes } from './types.ts';

function canonicalOf(attributes: PathAttributes): Uint8Array {
  const encoded = encodeAttributes(attributes);
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
  return encoded.value;
}

/** The same edit, said with objects and array methods: slow, and plain to see. */
function editObject(before: PathAttributes, edit: AttributeEdit): PathAttributes {
  const after: MutablePathAttributes = { ...before };
  if (edit.origin !== undefined) after.origin = edit.origin;
  if (edit.localPref === null) delete after.localPref;
  else if (edit.localPref !== undefined) after.localPref = edit.localPref;
  if (edit.med === null) delete after.med;
  else if (edit.med !== undefined) after.med = edit.med;
  if (edit.medDelta !== undefined) after.med = Math.max(0, Math.min(0xffff_ffff, (after.med ?? 0) + edit.medDelta));
  const pathFields = [
    'asPath',
    'removePrivateAs',
    'removeConfederation',
    'replaceAs',
    'prepend',
    'repeatFirstAs',
    'prependConfederation',
  ] as const;
  if (pathFields.some((field) => edit[field] !== undefined)) after.asPath = editPath(after.asPath ?? [], edit);
  after.communities = editList(after.communities, edit.communities, String, Number, (value) => toHex(value, 4));
  if (edit.removeNonTransitive === true) {
    const crosses = (octets: Uint8Array) => ((octets[0] ?? 0) & 0x40) === 0;
    after.extendedCommunities = (after.extendedCommunities ?? []).filter(({ octets }) => crosses(octets));
    after.ipv6ExtendedCommunities = (after.ipv6ExtendedCommunities ?? []).filter(crosses);
  }
  after.extendedCommunities = editList(
    after.extendedCommunities,
    edit.extendedCommunities === undefined ? undefined : mapEdit(edit.extendedCommunities, extendedCommunityFromBigint),
    (community) => String(extendedCommunityToBigint(community)),
    (text) => extendedCommunityFromBigint(BigInt(text)),
    (community) => toHex(extendedCommunityToBigint(community), 8),
  );
  const toLarge = (text: string) => {
    const parsed = parseLargeCommunity(text);
    if (!parsed.ok) throw new Error(text);
    return parsed.value;
  };
  after.largeCommunities = editList(
    after.largeCommunities,
    edit.largeCommunities === undefined ? undefined : mapEdit(edit.largeCommunities, toLarge),
    formatLargeCommunity,
    toLarge,
    ({ globalAdministrator, localData1, localData2 }) =>
      [globalAdministrator, localData1, localData2].map((word) => toHex(word, 4)).join(''),
  );
  for (const code of edit.remove ?? []) {
    const field = FIELDS[code];
    if (field !== undefined) delete after[field];
    else after.unknown = (after.unknown ?? []).filter((attribute) => attribute.code !== code);
  }
  if (edit.forwardUnknown === true && after.unknown !== undefined) {
    after.unknown = after.unknown
      .filter(({ flags }) => (flags & 0x40) !== 0)
      .map((attribute) => ({ ...attribute, flags: attribute.flags | 0x20 }));
  }
  if (edit.originatorIdIfAbsent !== undefined) after.originatorId ??= formatIpv4(edit.originatorIdIfAbsent);
  if (edit.prependClusterId !== undefined)
    after.clusterList = [formatIpv4(edit.prependClusterId), ...(after.clusterList ?? [])];
  if (edit.nextHop !== undefined) {
    after.nextHop = formatIpAddress(edit.nextHop, 0, edit.nextHop.length === 4 ? 4 : 16);
    if (edit.nextHop.length === 32) after.linkLocalNextHop = formatIpAddress(edit.nextHop, 16, 16);
    else delete after.linkLocalNextHop;
  }
  if (edit.otcIfAbsent !== undefined) after.otc ??= edit.otcIfAbsent;
  const isEmpty = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);
  // An empty AS_PATH is a value, an empty list of anything else is no attribute.
  return Object.fromEntries(Object.entries(after).filter(([field, value]) => field === 'asPath' || !isEmpty(value)));
}

const FIELDS: Readonly<Record<number, keyof PathAttributes>> = {
  1: 'origin',
  2: 'asPath',
  3: 'nextHop',
  4: 'med',
  5: 'localPref',
  6: 'atomicAggregate',
  7: 'aggregator',
  8: 'communities',
  9: 'originatorId',
  10: 'clusterList',
  16: 'extendedCommunities',
  25: 'ipv6ExtendedCommunities',
  26: 'aigp',
  32: 'largeCommunities',
  35: 'otc',
};

function mapEdit<A, B>({ set, remove, add, ...rest }: ListEdit<A>, map: (value: A) => B): ListEdit<B> {
  return {
    ...rest,
    ...(set === undefined ? {} : { set: set.map(map) }),
    ...(remove === undefined ? {} : { remove: remove.map(map) }),
    ...(add === undefined ? {} : { add: add.map(map) }),
  };
}

function editList<T>(
  list: readonly T[] | undefined,
  edit: ListEdit<T> | undefined,
  toKey: (value: T) => string,
  fromKey: (key: string) => T,
  toOctets: (value: T) => string,
): T[] {
  if (edit === undefined) return [...(list ?? [])];
  const keys = new Set((edit.set ?? list ?? []).map(toKey));
  for (const value of edit.remove ?? []) keys.delete(toKey(value));
  for (const key of [...keys]) {
    const hex = toOctets(fromKey(key));
    const isMeant = ({ forms }: UnitPattern) =>
      forms.some((fields) =>
        fields.every(({ start, length, least, most }) => {
          const value = Number.parseInt(hex.slice(start * 2, (start + length) * 2), 16);
          return value >= least && value <= most;
        }),
      );
    if (edit.removeMatching?.some(isMeant) === true) keys.delete(key);
  }
  for (const value of edit.add ?? []) keys.add(toKey(value));
  return [...keys].map(fromKey);
}

const toHex = (value: number | bigint, octets: number): string => value.toString(16).padStart(octets * 2, '0');

const isPrivate = (as: number): boolean => (as >= 64512 && as <= 65534) || (as >= 4_200_000_000 && as <= 4_294_967_294);

function editPath(path: readonly AsPathSegment[], edit: AttributeEdit): AsPathSegment[] {
  let segments = edit.asPath === undefined ? [...path] : [{ type: 'sequence' as const, asns: edit.asPath }];
  const removal = edit.removePrivateAs;
  const visible = segments.filter(({ type }) => type === 'set' || type === 'sequence').flatMap(({ asns }) => asns);
  if (removal !== undefined && (removal.mode !== 'remove' || visible.every(isPrivate))) {
    segments = segments.map(({ type, asns }) => {
      if (type.startsWith('confed')) return { type, asns };
      if (removal.mode === 'replace')
        return { type, asns: asns.map((as) => (isPrivate(as) ? removal.replaceWith : as)) };
      return { type, asns: asns.filter((as) => !isPrivate(as)) };
    });
  }
  if (edit.removeConfederation) segments = segments.filter(({ type }) => !type.startsWith('confed'));
  const { replaceAs } = edit;
  if (replaceAs !== undefined) {
    segments = segments.map(({ type, asns }) =>
      type.startsWith('confed')
        ? { type, asns }
        : { type, asns: asns.map((as) => (as === replaceAs.as ? replaceAs.by : as)) },
    );
  }
  const [leftmost] = edit.asPath === undefined ? path : [{ type: 'sequence', asns: edit.asPath }];
  const repeated =
    leftmost?.type === 'sequence' ? new Array<number>(edit.repeatFirstAs ?? 0).fill(leftmost.asns[0]!) : [];
  segments = [{ type: 'sequence', asns: leftmost?.asns.length === 0 ? [] : repeated }, ...segments];
  const front = (edit.prepend ?? []).toReversed().flatMap(({ as, count }) => new Array<number>(count).fill(as));
  segments = [{ type: 'sequence', asns: front }, ...segments];
  const member = edit.prependConfederation;
  if (member !== undefined) segments = [{ type: 'confed-sequence', asns: [member] }, ...segments];
  // Neighboring sequences are one.
  const joined: { type: AsPathSegment['type']; asns: number[] }[] = [];
  for (const { type, asns } of segments.filter((segment) => segment.asns.length > 0)) {
    const last = joined.at(-1);
    if (last?.type === type && type.endsWith('sequence')) last.asns.push(...asns);
    else joined.push({ type, asns: [...asns] });
  }
  return joined;
}

describe('AS_PATH edits', () => {
  const confed = (...asns: number[]) => ({ type: 'confed-sequence', asns }) as const;
  const sequence = (...asns: number[]) => ({ type: 'sequence', asns }) as const;

  it.each<[rule: string, before: AsPathSegment[], edit: AttributeEdit, after: AsPathSegment[]]>([
    ['RFC 5065 §4.1 (b) 1', [confed(2), sequence(7)], { prependConfederation: 1 }, [confed(1, 2), sequence(7)]],
    [
      'the first AS again',
      [sequence(7, 8)],
      { repeatFirstAs: 2, prepend: [{ as: 9, count: 1 }] },
      [sequence(9, 7, 7, 7, 8)],
    ],
    ['no first AS', [{ type: 'set', asns: [1, 2] }], { repeatFirstAs: 2 }, [{ type: 'set', asns: [1, 2] }]],
    ['no path', [], { repeatFirstAs: 2 }, []],
    ['RFC 5065 §4.1 (b) 2', [sequence(7)], { prependConfederation: 1 }, [confed(1), sequence(7)]],
    ['RFC 5065 §4.1 (b) 3', [], { prependConfederation: 1 }, [confed(1)]],
    [
      'RFC 5065 §4.1 (b) 1: 255 ASes are full',
      [confed(...new Array<number>(255).fill(2))],
      { prependConfederation: 1 },
      [confed(1, ...new Array<number>(255).fill(2))],
    ],
    [
      'RFC 5065 §4.1 (c) 1, 2',
      [confed(2, 3), { type: 'confed-set', asns: [4] }, sequence(7)],
      { removeConfederation: true, prepend: [{ as: 9, count: 1 }] },
      [sequence(9, 7)],
    ],
    [
      'RFC 5065 §4.1 (c) 3',
      [confed(2), { type: 'set', asns: [7] }],
      { removeConfederation: true, prepend: [{ as: 9, count: 1 }] },
      [sequence(9), { type: 'set', asns: [7] }],
    ],
    ['RFC 5065 §4.1 (c) 4', [confed(2)], { removeConfederation: true, prepend: [{ as: 9, count: 1 }] }, [sequence(9)]],
    [
      'another AS in place of one, but not of what is prepended',
      [sequence(5, 7, 5), { type: 'set', asns: [5, 8] }],
      { replaceAs: { as: 5, by: 1 }, prepend: [{ as: 5, count: 1 }] },
      [sequence(5, 1, 7, 1), { type: 'set', asns: [1, 8] }],
    ],
  ])('%s', (_rule, before, edit, after) => {
    const edited = applyEdit(canonicalOf({ origin: 0, asPath: before }), edit);
    expect(decodeAttributes(edited).asPath).toEqual(after);
  });
});

describe('applyEdit', () => {
  it('does to octets what the same edit does to an object', () => {
    fc.assert(
      fc.property(pathAttributes({ confederation: true }), attributeEdit(), (attributes, edit) => {
        const edited = applyEdit(canonicalOf(attributes), edit);
        const expected = editObject(attributes, edit);
        expect(decodeAttributes(edited)).toEqual(expected);
        expect(edited).toEqual(canonicalOf(expected)); // canonical again
      }),
      { numRuns: 1_000 },
    );
  });

  it('an empty edit changes nothing, and the input is never written to', () => {
    fc.assert(
      fc.property(pathAttributes({ confederation: true }), attributeEdit(), (attributes, edit) => {
        const canonical = canonicalOf(attributes);
        const before = canonical.slice();
        expect(applyEdit(canonical, {})).toEqual(before);
        applyEdit(canonical, edit);
        expect(canonical).toEqual(before);
      }),
    );
  });

  it.each<[name: string, edit: AttributeEdit]>([
    ['a negative LOCAL_PREF', { localPref: -1 }],
    ['a MED of 33 bits', { med: 2 ** 32 }],
    ['AS 0 (RFC 7607 §2)', { prepend: [{ as: 0, count: 1 }] }],
    ['AS 0 as a member', { prependConfederation: 0 }],
    ['ORIGIN 3', { origin: 3 }],
    ['a community of 33 bits', { communities: { add: [2 ** 32] } }],
    ['half a large community', { largeCommunities: { add: ['1:2'] } }],
  ])('refuses %s', (_name, edit) => {
    expect(() => applyEdit(canonicalOf({ origin: 0 }), edit)).toThrow(RangeError);
  });
});
