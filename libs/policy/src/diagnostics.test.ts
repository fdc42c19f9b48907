import { describe, expect, it } from 'vitest';
import { compileChain, compilePolicy } from './compile.ts';
import { findShadowed } from './shadowed.ts';
import { policy } from './testing/routes.ts';
import type { PolicyActions, PolicyDiagnosticCode, PolicyMatch, PolicyStatement } from './types.ts';

const FAMILY = { families: [0x0001_01] };

function diagnose(statement: PolicyStatement) {
  const result = compilePolicy(policy(statement));
  return result.ok ? [] : result.error;
}

describe('conditions that exclude each other', () => {
  it.each<[PolicyMatch, RegExp]>([
    [{ families: [0x0002_01], prefixes: [{ prefix: '10.0.0.0/8' }] }, /none of the prefixes is of one of the families/],
    [{ families: [0x0002_01], nextHop: '192.0.2.1' }, /no IPv4 next hop/],
    [{ originAs: [1], asPathLength: { le: 0 } }, /an empty AS path has no origin/],
    [{ med: { ge: 5 }, all: [{ med: { le: 4 } }] }, /two ranges of MED do not overlap/],
    [{ routeType: 'local', all: [{ routeType: 'external' }] }, /asked to be local and external/],
    [{ originAs: [1, 2], all: [{ originAs: [3] }] }, /origin AS have nothing in common/],
    [
      { prefixes: [{ prefix: '10.0.0.0/8', le: 24 }], all: [{ prefixes: [{ prefix: '10.1.0.0/16', ge: 25 }] }] },
      /prefixes have nothing in common/,
    ],
    [
      { prefixes: [{ prefix: '10.0.0.0/8', le: 24 }], all: [{ prefixes: [{ prefix: '11.0.0.0/8', le: 24 }] }] },
      /prefixes have nothing in common/,
    ],
    [{ communities: ['1:1'], not: { communities: ['1:1', '1:2'] } }, /communities asked for and excluded/],
    [{ asPath: '_1_', all: [{ med: { ge: 1 }, not: { asPath: '_1_' } }] }, /AS path asked for and excluded/],
    [{ med: { ge: 5 }, any: [{ med: { ge: 5 } }, { med: { le: 4 } }] }, /two ranges of MED/],
  ])('%j', (match, message) => {
    const [found, ...more] = diagnose({ action: 'deny', match });
    expect(more).toEqual([]);
    expect(found?.code).toBe('never-matches');
    expect(found?.message).toMatch(message);
  });

  it.each<PolicyMatch>([
    { families: [0x0001_01], nextHop: '2001:db8::1' },
    { families: [0x0002_01, 0x0001_01], prefixes: [{ prefix: '10.0.0.0/8' }] },
    { communities: ['1:1'], all: [{ communities: ['1:2'] }] },
    { communities: ['1:1', '1:3'], not: { communities: ['1:1'] } },
    { communities: ['1:1'], not: { communities: ['1:1'], med: { ge: 1 } } },
    { prefixes: [{ prefix: '10.0.0.0/8', le: 24 }], all: [{ prefixes: [{ prefix: '10.1.0.0/16', ge: 24 }] }] },
    { med: { ge: 5 }, all: [{ med: { le: 5 } }] },
  ])('%j can match', (match) => {
    expect(diagnose({ action: 'deny', match })).toEqual([]);
  });
});

describe('statements that an earlier one shadows', () => {
  const shadowed = (...statements: readonly PolicyStatement[]) =>
    findShadowed(policy(...statements)).map(({ path, message }) => `${path.join('.')} ${message}`);
  const wide: PolicyStatement = { name: 'wide', action: 'deny', match: { communities: ['1:1', '1:2'] } };
  const narrow: PolicyStatement = { action: 'permit', match: { communities: ['1:2'], med: { ge: 5 } } };

  it('are named with the one that decides before them', () => {
    expect(shadowed(wide, narrow)).toEqual([
      'statements.1 never reached: "wide" before it decides every route that matches here',
    ]);
  });

  it.each([
    ['the earlier is narrower', [narrow, wide]],
    ['the earlier goes on to the next', [{ ...wide, action: 'next' as const }, narrow]],
    ['they ask for different things', [{ ...wide, match: { med: { ge: 6 } } }, narrow]],
  ])('not when %s', (_when, statements) => {
    expect(shadowed(...statements)).toEqual([]);
  });

  it('of very many only literal repetitions are found', () => {
    const many = Array.from(
      { length: 400 },
      (_, at): PolicyStatement => ({ action: 'deny', match: { originAs: [at + 1] } }),
    );
    expect(shadowed(...many, many[7]!)).toEqual([
      'statements.400 never reached: "statement-8" before it decides every route that matches here',
    ]);
  });
});

describe('match', () => {
  it.each<[PolicyMatch, PolicyDiagnosticCode, string, RegExp]>([
    [{}, 'match-empty', 'statements.0.match', /must have at least one match condition/],
    [{ prefixes: [] }, 'list-empty', 'statements.0.match.prefixes', /never match/],
    [{ prefixes: [{ prefix: '10.0.0/8' }] }, 'prefix-invalid', 'statements.0.match.prefixes.0.prefix', /10\.0\.0\/8/],
    [{ prefixes: [{ prefix: '10.0.0.0/33' }] }, 'prefix-invalid', 'statements.0.match.prefixes.0.prefix', /33/],
    [
      { prefixes: [{ prefix: '10.1.0.0/8' }] },
      'prefix-host-bits',
      'statements.0.match.prefixes.0.prefix',
      /past its length.*10\.0\.0\.0\/8/,
    ],
    [
      { prefixes: [{ prefix: '2001:db8::1/64' }] },
      'prefix-host-bits',
      'statements.0.match.prefixes.0.prefix',
      /2001:db8::\/64/,
    ],
    [
      { prefixes: [{ prefix: '10.0.0.0/8', ge: 7 }] },
      'range-invalid',
      'statements.0.match.prefixes.0.ge',
      /ge 7 is outside 8–32/,
    ],
    [{ prefixes: [{ prefix: '10.0.0.0/8', le: 33 }] }, 'range-invalid', 'statements.0.match.prefixes.0.le', /le 33/],
    [
      { prefixes: [{ prefix: '10.0.0.0/8', ge: 24, le: 16 }] },
      'range-invalid',
      'statements.0.match.prefixes.0.ge',
      /ge must be <= le/,
    ],
    [{ prefixes: [{ prefix: '10.0.0.0/8', le: 8.5 }] }, 'range-invalid', 'statements.0.match.prefixes.0.le', /8\.5/],
    [
      { communities: ['NO_EXPROT'] },
      'community-unknown',
      'statements.0.match.communities.0',
      /did you mean NO_EXPORT\?/,
    ],
    [{ communities: ['65536:1'] }, 'community-invalid', 'statements.0.match.communities.0', /LC:A:B:C/],
    [{ communities: ['1:2:3'] }, 'community-invalid', 'statements.0.match.communities.0', /1:2:3/],
    [{ communities: ['LC:1:2'] }, 'community-invalid', 'statements.0.match.communities.0', /LC:A:B:C/],
    [{ communities: ['RT:70000:65536'] }, 'community-invalid', 'statements.0.match.communities.0', /0–65535/],
    [{ communities: ['1:1', 'RT:1'] }, 'community-invalid', 'statements.0.match.communities.1', /RT:1/],
    [{ localPref: { ge: 5, le: 4 } }, 'range-invalid', 'statements.0.match.localPref.ge', /ge must be <= le/],
    [{ med: {} }, 'range-empty', 'statements.0.match.med', /ge, le or both/],
    [{ med: { ge: -1 } }, 'value-out-of-range', 'statements.0.match.med.ge', /-1/],
    [{ nextHop: 'self' }, 'next-hop-invalid', 'statements.0.match.nextHop', /self/],
    [{ originAs: [0] }, 'asn-invalid', 'statements.0.match.originAs.0', /AS number/],
    [{ neighborAs: [] }, 'list-empty', 'statements.0.match.neighborAs', /never match/],
    [{ neighbors: ['10.0.0'] }, 'neighbor-invalid', 'statements.0.match.neighbors.0', /10\.0\.0/],
    [{ neighborSet: {} }, 'list-empty', 'statements.0.match.neighborSet', /at least one/],
    [{ families: [] }, 'list-empty', 'statements.0.match.families', /never match/],
  ])('%j is %s', (match, code, path, text) => {
    const found = diagnose({ action: 'permit', match });
    expect(found.map((one) => [one.code, one.path.join('.')])).toEqual([[code, path]]);
    expect(`${found[0]?.message} ${found[0]?.hint ?? ''}`).toMatch(text);
  });
});

describe('set', () => {
  it.each<[PolicyActions, PolicyDiagnosticCode, string, RegExp]>([
    [{ localPref: 2 ** 32 }, 'value-out-of-range', 'localPref', /4294967296/],
    [{ med: -1 }, 'value-out-of-range', 'med', /-1/],
    [{ origin: 3 }, 'value-out-of-range', 'origin', /0–2/],
    [{ nextHop: 'me' }, 'next-hop-invalid', 'nextHop', /write self/],
    [{ nextHop: '224.0.0.1' }, 'next-hop-invalid', 'nextHop', /unicast/],
    [{ nextHop: '::' }, 'next-hop-invalid', 'nextHop', /unicast/],
    [{ prepend: { as: 65_000, count: 0 } }, 'count-invalid', 'prepend.count', /count must be 1-10/],
    [{ prepend: { as: 65_000, count: 11 } }, 'count-invalid', 'prepend.count', /count must be 1-10/],
    [{ prepend: { as: 0, count: 1 } }, 'asn-invalid', 'prepend.as', /AS number/],
    [{ communitiesSet: ['BLACK_HOLE'] }, 'community-unknown', 'communitiesSet.0', /did you mean BLACKHOLE\?/],
    [{ communitiesRemove: ['1:1', '1:9-2'] }, 'community-invalid', 'communitiesRemove.1', /a range such as 100-199/],
    [{ communitiesRemove: ['65536:*'] }, 'community-invalid', 'communitiesRemove.0', /"65536:\*" is not/],
    [{ communitiesRemove: ['LC:1:*'] }, 'community-invalid', 'communitiesRemove.0', /LC:65000:1-9:\*/],
    // Regular expressions, as other routers have them: say what there is instead.
    [{ communitiesRemove: ['^65000:.*$'] }, 'community-invalid', 'communitiesRemove.0', /or \*; as in 65000:\*/],
    [{ communitiesRemove: ['65000:\\d+'] }, 'community-invalid', 'communitiesRemove.0', /or \*; as in 65000:\*/],
    [{ communitiesAdd: ['1:*'] }, 'community-invalid', 'communitiesAdd.0', /a single community/],
    [{ communitiesSet: ['LC:1:2-3:4'] }, 'community-invalid', 'communitiesSet.0', /a single community/],
    [{ communitiesAdd: ['1:1'], communitiesRemove: ['1:1'] }, 'community-contradiction', 'communitiesAdd.0', /both/],
  ])('%j is %s', (set, code, path, text) => {
    const found = diagnose({ action: 'permit', match: FAMILY, set });
    expect(found.map((one) => [one.code, one.path.join('.')])).toEqual([[code, `statements.0.set.${path}`]]);
    expect(`${found[0]?.message} ${found[0]?.hint ?? ''}`).toMatch(text);
  });

  it('set with deny', () => {
    const [found] = diagnose({ action: 'deny', match: FAMILY, set: { med: 1 } });
    expect(found?.code).toBe('set-with-deny');
    expect(found?.message).toContain('set_* fields cannot be used with action = "deny"');
  });

  it('an empty set with deny is no mistake', () => {
    expect(diagnose({ action: 'deny', match: FAMILY, set: {} })).toEqual([]);
  });
});

it('every mistake is reported, with its policy in a chain', () => {
  const bad = policy({ action: 'permit', match: {} }, { action: 'permit', match: { med: {}, originAs: [0] } });
  const result = compileChain([policy(), bad]);
  expect(result.ok ? [] : result.error.map((one) => one.path.join('.'))).toEqual([
    '1.statements.0.match',
    '1.statements.1.match.med',
    '1.statements.1.match.originAs.0',
  ]);
});

it('a policy needs a name and actions that exist', () => {
  const statements = [{ action: 'allow' as 'permit', match: FAMILY }];
  const result = compilePolicy({ name: '', defaultAction: 'reject' as 'deny', statements });
  expect(result.ok ? [] : result.error.map((one) => one.code)).toEqual([
    'name-empty',
    'action-invalid',
    'action-invalid',
  ]);
});
