import { applyEdit, decodeAttributes, type PathAttributes } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileChain } from './compile.ts';
import { EXTERNAL, policy, route } from './testing/routes.ts';
import type { PolicyActions, PolicyMatch } from './types.ts';

const PREFIX = '192.0.2.0/24';
const EVERYTHING: PolicyMatch = { families: [0x0001_01] };

function verdictOf(match: PolicyMatch, attributes: PathAttributes, ...sets: readonly PolicyActions[]) {
  const chain = compileChain(sets.map((set) => policy({ action: 'permit', match, set })));
  if (!chain.ok) throw new Error(JSON.stringify(chain.error));
  return chain.value.evaluate(route(PREFIX, attributes), EXTERNAL);
}

function edited(attributes: PathAttributes, ...sets: readonly PolicyActions[]): PathAttributes {
  const verdict = verdictOf(EVERYTHING, attributes, ...sets);
  const { octets, start, end } = route(PREFIX, attributes).attributes;
  if (verdict.action === 'reject' || verdict.edit === undefined) throw new Error('not edited');
  return decodeAttributes(applyEdit(octets.subarray(start, end), verdict.edit));
}

/** Each community as the attributes of a route that has only this one. */
function apart({ communities, extendedCommunities, largeCommunities }: PathAttributes): PathAttributes[] {
  return [
    ...(communities ?? []).map((one) => ({ communities: [one] })),
    ...(extendedCommunities ?? []).map((one) => ({ extendedCommunities: [one] })),
    ...(largeCommunities ?? []).map((one) => ({ largeCommunities: [one] })),
  ];
}

const sorted = (lists: readonly PathAttributes[]): string[] => lists.map((one) => JSON.stringify(one)).sort();

// Few values each, so that patterns and routes meet.
const low = fc.constantFrom(0, 1, 2, 3, 0xffff);
const high = fc.oneof(low, fc.constantFrom(0x1_0000, 0x1_0001, 0xffff_ffff));
const span = fc.tuple(high, high).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const lowSpan = fc.tuple(low, low).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const part = fc.oneof(fc.constant('*'), span, high.map(String));
const lowPart = fc.oneof(fc.constant('*'), lowSpan, low.map(String));

const pattern = fc.oneof(
  fc.tuple(lowPart, lowPart).map((parts) => parts.join(':')),
  fc.tuple(part, part, part).map((parts) => `LC:${parts.join(':')}`),
  fc
    .tuple(fc.constantFrom('RT', 'RO', 'rt'), fc.oneof(part, fc.constant('0.1.0.1')), fc.oneof(lowPart, lowSpan))
    .map((parts) => parts.join(':')),
);

const single = fc.oneof(
  fc.tuple(low, low).map((parts) => parts.join(':')),
  fc.tuple(high, high, high).map((parts) => `LC:${parts.join(':')}`),
  fc
    .tuple(fc.constantFrom('RT', 'RO'), fc.oneof(high.map(String), fc.constant('0.1.0.1')), low)
    .map((parts) => parts.join(':')),
);

/** Every type that holds an RT or RO, and some that do not. */
const extended = fc
  .tuple(fc.constantFrom(0, 1, 2, 0x40), fc.constantFrom(2, 3, 4), high, low)
  .map(([type, subtype, global, local]) => {
    const octets = Uint8Array.of(type, subtype, 0, 0, 0, 0, 0, 0);
    const view = new DataView(octets.buffer);
    if (type === 0) {
      view.setUint16(2, global);
      view.setUint32(4, local);
    } else {
      view.setUint32(2, global);
      view.setUint16(6, local);
    }
    return { octets };
  });

const attributes: fc.Arbitrary<PathAttributes> = fc.record(
  {
    communities: fc.array(
      fc.tuple(low, low).map(([a, b]) => a * 0x1_0000 + b),
      { minLength: 1, maxLength: 5 },
    ),
    extendedCommunities: fc.array(extended, { minLength: 1, maxLength: 5 }),
    largeCommunities: fc.array(fc.record({ globalAdministrator: high, localData1: high, localData2: high }), {
      minLength: 1,
      maxLength: 5,
    }),
  },
  { requiredKeys: [] },
);

const removal = fc.array(fc.oneof(pattern, single), { minLength: 1, maxLength: 2 });

it('removing takes away what matching finds: of a route as it came, and of what an earlier policy added', () => {
  let taken = 0;
  fc.assert(
    fc.property(attributes, fc.array(single, { maxLength: 3 }), removal, removal, (received, added, first, second) => {
      const add = { localPref: 1, communitiesAdd: added };
      const before = apart(edited(received, add));
      const match = { communities: [...first, ...second] };
      const kept = before.filter((one) => verdictOf(match, one, {}).action === 'reject');
      taken += before.length - kept.length;
      const after = edited(received, add, { communitiesRemove: first }, { communitiesRemove: second });
      // A list that is edited has each value once; another is left as it is.
      expect(new Set(sorted(apart(after)))).toEqual(new Set(sorted(kept)));
    }),
    { numRuns: 2_000 },
  );
  expect(taken).toBeGreaterThan(1_000);
});
