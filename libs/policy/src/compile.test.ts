import type { AttributeEdit, PathAttributes } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { compileChain, compilePolicy } from './compile.ts';
import { ACCEPT_ALL, REJECT_ALL } from './constants.ts';
import { EXTERNAL, policy, route } from './testing/routes.ts';
import type { Policy, PolicyActions, PolicyContext, PolicyMatch, PolicySource, PrefixRange } from './types.ts';

function compiled(...sources: readonly PolicySource[]): Policy {
  const result = compileChain(sources);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function matches(
  match: PolicyMatch,
  prefix: string,
  attributes?: PathAttributes,
  ctx: PolicyContext = EXTERNAL,
): boolean {
  return compiled(policy({ action: 'permit', match })).evaluate(route(prefix, attributes), ctx).action === 'accept';
}

describe('prefix match', () => {
  it.each<[string, PrefixRange, string, boolean]>([
    ['exactly its own', { prefix: '10.0.0.0/8' }, '10.0.0.0/8', true],
    ['not one inside it', { prefix: '10.0.0.0/8' }, '10.1.0.0/16', false],
    ['not one around it', { prefix: '10.0.0.0/8' }, '10.0.0.0/7', false],
    ['ge alone: up to the longest', { prefix: '10.0.0.0/8', ge: 16 }, '10.1.2.3/32', true],
    ['ge alone: not shorter', { prefix: '10.0.0.0/8', ge: 16 }, '10.0.0.0/15', false],
    ['le alone: from its own length', { prefix: '10.0.0.0/8', le: 16 }, '10.0.0.0/8', true],
    ['le alone: not longer', { prefix: '10.0.0.0/8', le: 16 }, '10.0.0.0/17', false],
    ['ge and le: between', { prefix: '10.0.0.0/8', ge: 12, le: 16 }, '10.16.0.0/12', true],
    ['ge and le: not its own length', { prefix: '10.0.0.0/8', ge: 12, le: 16 }, '10.0.0.0/8', false],
    ['outside the prefix', { prefix: '10.0.0.0/8', le: 32 }, '11.0.0.0/16', false],
    ['0.0.0.0/0 le 32 is all of IPv4', { prefix: '0.0.0.0/0', le: 32 }, '203.0.113.0/24', true],
    ['0.0.0.0/0 alone is the default route', { prefix: '0.0.0.0/0' }, '203.0.113.0/24', false],
    ['the default route', { prefix: '0.0.0.0/0' }, '0.0.0.0/0', true],
    ['IPv4 does not match IPv6', { prefix: '0.0.0.0/0', le: 32 }, '::/0', false],
    ['IPv6 does not match IPv4', { prefix: '::/0', le: 128 }, '0.0.0.0/0', false],
    ['IPv6 across a word', { prefix: '2001:db8::/33', le: 64 }, '2001:db8:7fff::/48', true],
    ['IPv6 across a word, other half', { prefix: '2001:db8::/33', le: 64 }, '2001:db8:8000::/48', false],
    ['IPv6 host route', { prefix: '2001:db8::1/128' }, '2001:db8::1/128', true],
    ['the highest address', { prefix: '255.255.255.255/32' }, '255.255.255.255/32', true],
  ])('%s', (_rule, range, prefix, expected) => {
    expect(matches({ prefixes: [range] }, prefix)).toBe(expected);
    // The same beside another condition, where it is not part of an index over statements.
    expect(matches({ prefixes: [range], routeType: 'external' }, prefix)).toBe(expected);
  });
});

const RT_2_OCTET = Uint8Array.of(0x00, 0x02, 0xfd, 0xea, 0, 0, 0, 100); // 65002:100
const RT_4_OCTET = Uint8Array.of(0x02, 0x02, 0, 0, 0xfd, 0xea, 0, 100);
const RT_IPV4 = Uint8Array.of(0x01, 0x02, 0, 0, 0xfd, 0xea, 0, 100);
const RO_2_OCTET = Uint8Array.of(0x00, 0x03, 0xfd, 0xea, 0, 0, 0, 100);
const NON_TRANSITIVE = Uint8Array.of(0x40, 0x02, 0xfd, 0xea, 0, 0, 0, 100);

describe('attribute match', () => {
  const extended = (octets: Uint8Array): PathAttributes => ({ extendedCommunities: [{ octets }] });
  it.each<[string, PolicyMatch, PathAttributes, boolean]>([
    ['a standard community', { communities: ['65000:1'] }, { communities: [0xfde8_0001] }, true],
    ['another value', { communities: ['65000:1'] }, { communities: [0xfde8_0002] }, false],
    ['any of several', { communities: ['1:1', '65000:1'] }, { communities: [0xfde8_0001] }, true],
    ['a well-known name', { communities: ['no_export'] }, { communities: [0xffff_ff01] }, true],
    ['a name with hyphens', { communities: ['graceful-shutdown'] }, { communities: [0xffff_0000] }, true],
    [
      'a large community',
      { communities: ['LC:4200000000:1:2'] },
      { largeCommunities: [{ globalAdministrator: 4_200_000_000, localData1: 1, localData2: 2 }] },
      true,
    ],
    [
      'a large community, other value',
      { communities: ['LC:1:1:2'] },
      { largeCommunities: [{ globalAdministrator: 1, localData1: 2, localData2: 2 }] },
      false,
    ],
    ['RT, 2-octet AS (RFC 4360 §3.1)', { communities: ['RT:65002:100'] }, extended(RT_2_OCTET), true],
    ['RT, 4-octet AS (RFC 5668 §2)', { communities: ['RT:65002:100'] }, extended(RT_4_OCTET), true],
    ['RT, IPv4 address (RFC 4360 §3.2)', { communities: ['RT:65002:100'] }, extended(RT_IPV4), true],
    ['RT written as an address', { communities: ['RT:0.0.253.234:100'] }, extended(RT_IPV4), true],
    ['any RT of an address', { communities: ['RT:0.0.253.234:*'] }, extended(RT_4_OCTET), true],
    ['any RT of another address', { communities: ['RT:0.0.253.235:*'] }, extended(RT_4_OCTET), false],
    ['RT is not RO', { communities: ['RO:65002:100'] }, extended(RT_2_OCTET), false],
    ['RO', { communities: ['RO:65002:100'] }, extended(RO_2_OCTET), true],
    ['a non-transitive type is no RT', { communities: ['RT:65002:100'] }, extended(NON_TRANSITIVE), false],
    ['LOCAL_PREF in range', { localPref: { ge: 150, le: 200 } }, { localPref: 150 }, true],
    ['LOCAL_PREF above', { localPref: { ge: 150, le: 200 } }, { localPref: 201 }, false],
    ['absent LOCAL_PREF is 100', { localPref: { ge: 100, le: 100 } }, {}, true],
    ['absent MED is 0', { med: { le: 0 } }, {}, true],
    ['MED', { med: { ge: 1 } }, { med: 1 }, true],
    ['AS path length', { asPathLength: { le: 2 } }, { asPath: [{ type: 'sequence', asns: [1, 2] }] }, true],
    ['AS path too long', { asPathLength: { le: 2 } }, { asPath: [{ type: 'sequence', asns: [1, 2, 3] }] }, false],
    [
      'an AS_SET counts 1 (RFC 4271 §9.1.2.2 (a))',
      { asPathLength: { ge: 2, le: 2 } },
      {
        asPath: [
          { type: 'sequence', asns: [1] },
          { type: 'set', asns: [2, 3] },
        ],
      },
      true,
    ],
    ['origin AS', { originAs: [3] }, { asPath: [{ type: 'sequence', asns: [1, 3] }] }, true],
    ['not the first AS', { originAs: [1] }, { asPath: [{ type: 'sequence', asns: [1, 3] }] }, false],
    ['next hop', { nextHop: '192.0.2.9' }, { nextHop: '192.0.2.9' }, true],
    ['another next hop', { nextHop: '192.0.2.9' }, { nextHop: '192.0.2.8' }, false],
    ['all conditions must hold', { nextHop: '192.0.2.9', med: { ge: 1 } }, { nextHop: '192.0.2.9' }, false],
  ])('%s', (_rule, match, attributes, expected) => {
    expect(matches(match, '203.0.113.0/24', attributes)).toBe(expected);
  });
});

describe('context match', () => {
  const ctx: PolicyContext = { neighbor: '192.0.2.1', neighborAs: 65_001, peerGroup: 'transit', routeType: 'internal' };
  it.each<[string, PolicyMatch, boolean]>([
    ['neighbor address', { neighbors: ['192.0.2.1'] }, true],
    ['another neighbor', { neighbors: ['192.0.2.2'] }, false],
    ['neighbor AS', { neighborAs: [65_001] }, true],
    ['another AS', { neighborAs: [65_002] }, false],
    ['route type', { routeType: 'internal' }, true],
    ['another type', { routeType: 'local' }, false],
    ['family', { families: [0x0001_01] }, true],
    ['another family', { families: [0x0002_01] }, false],
    ['set: address', { neighborSet: { addresses: ['192.0.2.1'], remoteAs: [9] } }, true],
    ['set: AS', { neighborSet: { addresses: ['192.0.2.9'], remoteAs: [65_001] } }, true],
    ['set: group', { neighborSet: { peerGroups: ['transit'] } }, true],
    ['set: none of them', { neighborSet: { addresses: ['192.0.2.9'], remoteAs: [9], peerGroups: ['ix'] } }, false],
  ])('%s', (_rule, match, expected) => {
    expect(matches(match, '203.0.113.0/24', {}, ctx)).toBe(expected);
  });

  it('a link-local neighbor has its interface', () => {
    const local = { ...ctx, neighbor: 'fe80::1%eth0' };
    expect(matches({ neighbors: ['fe80::1%eth0'] }, '203.0.113.0/24', {}, local)).toBe(true);
  });
});

/** `1:*` in octets. */
const ONE_ANY = {
  text: '1:*',
  forms: [
    [
      { start: 0, length: 2, least: 1, most: 1 },
      { start: 2, length: 2, least: 0, most: 0xffff },
    ],
  ],
};

function editOf(...sets: readonly PolicyActions[]): AttributeEdit | undefined {
  const sources = sets.map(
    (set, index): PolicySource => ({
      name: `p${index}`,
      defaultAction: 'permit',
      statements: [{ action: 'permit', match: { families: [0x0001_01] }, set }],
    }),
  );
  const verdict = compiled(...sources).evaluate(route('203.0.113.0/24'), EXTERNAL);
  return verdict.action === 'accept' ? verdict.edit : undefined;
}

describe('edits', () => {
  it.each<[string, readonly PolicyActions[], AttributeEdit]>([
    ['scalars', [{ localPref: 200, med: 5, origin: 2 }], { localPref: 200, med: 5, origin: 2 }],
    ['the last writer wins', [{ localPref: 200, med: 5 }, { localPref: 300 }], { localPref: 300, med: 5 }],
    ['prepend', [{ prepend: { as: 65_000, count: 3 } }], { prepend: [{ as: 65_000, count: 3 }] }],
    [
      'the last prepend wins',
      [{ prepend: { as: 1, count: 1 } }, { prepend: { as: 2, count: 2 } }],
      { prepend: [{ as: 2, count: 2 }] },
    ],
    ['next hop', [{ nextHop: '192.0.2.7' }], { nextHop: Uint8Array.of(192, 0, 2, 7) }],
    [
      'lists unite',
      [{ communitiesAdd: ['1:1'] }, { communitiesAdd: ['1:2', '1:1'] }],
      { communities: { remove: [], add: [0x1_0001, 0x1_0002] } },
    ],
    [
      'a remove cancels an add',
      [{ communitiesAdd: ['1:1'] }, { communitiesRemove: ['1:1'] }],
      { communities: { remove: [0x1_0001], add: [] } },
    ],
    [
      'an add cancels a remove',
      [{ communitiesRemove: ['1:1'] }, { communitiesAdd: ['1:1'] }],
      { communities: { remove: [], add: [0x1_0001] } },
    ],
    [
      'set forgets what came before',
      [{ communitiesAdd: ['1:1'] }, { communitiesSet: ['1:2'] }],
      { communities: { set: [0x1_0002], remove: [], add: [] } },
    ],
    [
      'set, then add',
      [{ communitiesSet: ['1:2'] }, { communitiesAdd: ['1:3'] }],
      { communities: { set: [0x1_0002], remove: [], add: [0x1_0003] } },
    ],
    ['set to nothing', [{ communitiesSet: [] }], { communities: { set: [], remove: [], add: [] } }],
    [
      'kinds are apart',
      [{ communitiesAdd: ['LC:1:2:3'], communitiesRemove: ['BLACKHOLE'] }],
      { communities: { remove: [0xffff_029a], add: [] }, largeCommunities: { remove: [], add: ['1:2:3'] } },
    ],
    [
      'RT:65002:100 as the seed writes it',
      [{ communitiesAdd: ['RT:65002:100'] }],
      { extendedCommunities: { remove: [], add: [842_131_417_596_004n] } },
    ],
    [
      'RT:65001:42 as the seed writes it',
      [{ communitiesAdd: ['RT:65001:42'] }],
      { extendedCommunities: { remove: [], add: [842_127_122_628_650n] } },
    ],
    [
      'removing an RT removes every encoding',
      [{ communitiesRemove: ['RT:65002:100'] }],
      {
        extendedCommunities: {
          remove: [0x0002_fdea_0000_0064n, 0x0102_0000_fdea_0064n, 0x0202_0000_fdea_0064n],
          add: [],
        },
      },
    ],
    [
      'a pattern, of which an add in the same statement is spared',
      [{ communitiesRemove: ['1:*', '1:2'], communitiesAdd: ['1:1'] }],
      { communities: { remove: [0x1_0002], removeMatching: [ONE_ANY], add: [0x1_0001] } },
    ],
    [
      'a pattern cancels earlier adds that it means, and no others',
      [{ communitiesAdd: ['1:1', '2:1'] }, { communitiesRemove: ['1:*'] }],
      { communities: { remove: [], removeMatching: [ONE_ANY], add: [0x2_0001] } },
    ],
    [
      'a later add stays; patterns unite',
      [{ communitiesRemove: ['1:*'] }, { communitiesRemove: ['1:*'], communitiesAdd: ['1:1'] }],
      { communities: { remove: [], removeMatching: [ONE_ANY], add: [0x1_0001] } },
    ],
    [
      'set forgets patterns',
      [{ communitiesRemove: ['1:*'] }, { communitiesSet: [] }],
      { communities: { set: [], remove: [], add: [] } },
    ],
  ])('%s', (_rule, sets, expected) => {
    expect(editOf(...sets)).toEqual(expected);
  });

  it('next hop self is left to the session', () => {
    const verdict = compiled(policy({ action: 'permit', match: { families: [0x0001_01] }, set: { nextHop: 'self' } }));
    expect(verdict.evaluate(route('203.0.113.0/24'), EXTERNAL)).toEqual({ action: 'accept', by: 0, nextHop: 'self' });
  });
});

describe('evaluation', () => {
  const everything = { families: [0x0001_01] };

  it('the first statement that matches decides', () => {
    const source = policy(
      { name: 'no', action: 'deny', match: { prefixes: [{ prefix: '10.0.0.0/8', le: 32 }] } },
      { name: 'yes', action: 'permit', match: { prefixes: [{ prefix: '10.1.0.0/16' }, { prefix: '11.0.0.0/8' }] } },
    );
    const subject = compiled(source);
    expect(subject.evaluate(route('10.1.0.0/16'), EXTERNAL)).toEqual({ action: 'reject', by: 0 });
    expect(subject.evaluate(route('11.0.0.0/8'), EXTERNAL)).toEqual({ action: 'accept', by: 1 });
    expect(subject.evaluate(route('12.0.0.0/8'), EXTERNAL)).toEqual({ action: 'reject', by: 2 });
    expect(subject.terms).toEqual(['p/no', 'p/yes', 'p/default']);
  });

  it.each([
    ['IPv4', '10.1.0.0/16', '10.0.0.0/8', 32],
    ['IPv6', '2001:db8:1::/48', '2001:db8::/32', 128],
  ])(
    'an earlier statement with a longer prefix decides before a later one around it (%s)',
    (_family, inner, outer, le) => {
      const source = policy(
        { action: 'deny', match: { prefixes: [{ prefix: inner }] } },
        { action: 'permit', match: { prefixes: [{ prefix: outer, le }] } },
      );
      expect(compiled(source).evaluate(route(inner), EXTERNAL)).toEqual({ action: 'reject', by: 0 });
    },
  );

  it('next keeps changes and goes on', () => {
    const subject = compiled(
      policy(
        { action: 'next', match: everything, set: { localPref: 200 } },
        { action: 'next', match: { prefixes: [{ prefix: '10.0.0.0/8' }] }, set: { med: 7 } },
        { action: 'permit', match: everything },
      ),
    );
    expect(subject.evaluate(route('10.0.0.0/8'), EXTERNAL)).toEqual({
      action: 'accept',
      by: 2,
      edit: { localPref: 200, med: 7 },
    });
    expect(subject.evaluate(route('11.0.0.0/8'), EXTERNAL)).toEqual({
      action: 'accept',
      by: 2,
      edit: { localPref: 200 },
    });
  });

  it('a chain goes on after accept, stops at reject, and matches the route as it came', () => {
    const first: PolicySource = {
      name: 'a',
      defaultAction: 'permit',
      statements: [{ action: 'permit', match: everything, set: { med: 9 } }],
    };
    const second: PolicySource = {
      name: 'b',
      defaultAction: 'permit',
      statements: [{ action: 'deny', match: { med: { ge: 9 } } }],
    };
    const subject = compiled(first, second);
    expect(subject.evaluate(route('10.0.0.0/8'), EXTERNAL)).toEqual({ action: 'accept', by: 3, edit: { med: 9 } });
    expect(subject.evaluate(route('10.0.0.0/8', { med: 9 }), EXTERNAL)).toEqual({ action: 'reject', by: 2 });
    expect(subject.terms).toEqual(['a/statement-1', 'a/default', 'b/statement-1', 'b/default']);
  });

  it('gives the same object for the same outcome', () => {
    const subject = compiled(policy({ action: 'permit', match: everything, set: { med: 9 } }));
    expect(subject.evaluate(route('10.0.0.0/8'), EXTERNAL)).toBe(subject.evaluate(route('11.0.0.0/8'), EXTERNAL));
  });

  it('an empty chain accepts', () => {
    expect(compiled().evaluate(route('10.0.0.0/8'), EXTERNAL)).toEqual({ action: 'accept', by: 0 });
  });

  it('the constants (RFC 8212 §3)', () => {
    expect(ACCEPT_ALL.evaluate(route('10.0.0.0/8'), EXTERNAL).action).toBe('accept');
    expect(REJECT_ALL.evaluate(route('10.0.0.0/8'), EXTERNAL).action).toBe('reject');
  });

  it.each<[string, PolicyMatch, readonly string[]]>([
    ['prefix', { prefixes: [{ prefix: '10.0.0.0/8' }] }, ['prefix']],
    ['attributes', { med: { ge: 1 } }, ['attributes']],
    ['peer', { neighborAs: [1] }, ['peer']],
    ['route type', { routeType: 'local' }, ['route-type']],
    ['family', { families: [1], communities: ['1:1'] }, ['family', 'attributes']],
    ['all of IPv4 is a family', { prefixes: [{ prefix: '0.0.0.0/0', le: 32 }] }, ['family']],
    [
      'beside another condition too',
      { prefixes: [{ prefix: '::/0', ge: 0 }], med: { ge: 1 } },
      ['attributes', 'family'],
    ],
    ['the default route is a prefix', { prefixes: [{ prefix: '0.0.0.0/0' }] }, ['prefix']],
  ])('reads: %s', (_case, match, reads) => {
    expect([...compiled(policy({ action: 'permit', match })).reads]).toEqual(reads);
  });
});

it('what reads only the family may be asked with any prefix', () => {
  const source = policy({ action: 'permit', match: { prefixes: [{ prefix: '0.0.0.0/0', le: 32 }] } });
  const stale = { ...route('10.0.0.0/8'), length: 64 };
  expect(compiled(source).evaluate(stale, EXTERNAL).action).toBe('accept');
});

it('the first of a whole family and a list decides', () => {
  const source = policy(
    { action: 'deny', match: { prefixes: [{ prefix: '10.0.0.0/8' }] } },
    { action: 'permit', match: { prefixes: [{ prefix: '0.0.0.0/0', le: 32 }] } },
    { action: 'deny', match: { prefixes: [{ prefix: '11.0.0.0/8' }] } },
  );
  expect(compiled(source).evaluate(route('10.0.0.0/8'), EXTERNAL)).toEqual({ action: 'reject', by: 0 });
  expect(compiled(source).evaluate(route('11.0.0.0/8'), EXTERNAL)).toEqual({ action: 'accept', by: 1 });
});

it('a prefix list of 100,000 entries compiles as one statement and as many', () => {
  const ranges = Array.from(
    { length: 100_000 },
    (_, index): PrefixRange => ({
      prefix: `${1 + (index >>> 16)}.${(index >>> 8) & 255}.${index & 255}.0/24`,
    }),
  );
  const one = compilePolicy(policy({ action: 'permit', match: { prefixes: ranges } }));
  const many = compilePolicy(
    policy(...ranges.map((range) => ({ action: 'permit' as const, match: { prefixes: [range] } }))),
  );
  if (!one.ok || !many.ok) throw new Error('does not compile');
  expect(one.value.evaluate(route('1.200.7.0/24'), EXTERNAL).action).toBe('accept');
  expect(one.value.evaluate(route('3.0.0.0/24'), EXTERNAL).action).toBe('reject');
  expect(many.value.evaluate(route('1.200.7.0/24'), EXTERNAL)).toEqual({ action: 'accept', by: 200 * 256 + 7 });
});
