import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { EXTERNAL, policy, route } from './testing/routes.ts';
import type { PolicyMatch, PolicyStatement, TraceEntry } from './types.ts';

const ROUTE = route('10.9.0.0/16', {
  asPath: [{ type: 'sequence', asns: [65_002, 65_009] }],
  communities: [0xfde9_0064, 0xffff_ff01], // 65001:100, NO_EXPORT
  med: 7,
});

function entryOf(statement: PolicyStatement): TraceEntry | undefined {
  const compiled = compilePolicy(policy(statement));
  if (!compiled.ok) throw new Error(compiled.error[0]?.message);
  return compiled.value.trace(ROUTE, EXTERNAL).entries[0];
}

describe('a trace', () => {
  it.each<[string, PolicyMatch, string, string]>([
    [
      'the range of a list',
      { prefixes: [{ prefix: '192.0.2.0/24' }, { prefix: '10.0.0.0/8', le: 32 }] },
      '10.9.0.0/16',
      '10.0.0.0/8 le 32',
    ],
    ['the pattern', { asPath: '_65009$' }, '65002 65009', '_65009$'],
    [
      'the community of a list',
      { communities: ['65001:1', '65001:90-110', '*:*'] },
      '65001:100, NO_EXPORT',
      '65001:90-110',
    ],
    ['the bounds', { med: { ge: 5 } }, '7', 'at least 5'],
    ['a list of numbers', { originAs: [1, 65_009] }, '65009', '1, 65009'],
    ['not', { not: { communities: ['65001:9'] } }, 'communities 65001:100, NO_EXPORT', 'not (communities 65001:9)'],
    [
      'any',
      { any: [{ med: { ge: 9 } }, { asPathLength: { le: 2 } }] },
      'MED 7, AS path length 2',
      '(MED at least 9) or (AS path length at most 2)',
    ],
  ])('says by which condition a statement matched: %s', (_what, match, has, wanted) => {
    const entry = entryOf({ action: 'deny', match });
    expect(entry).toMatchObject({ outcome: 'deny', matched: [{ condition: Object.keys(match)[0], has, wanted }] });
    expect(entry?.failed).toBeUndefined();
  });

  it.each<[string, PolicyMatch, string, string]>([
    ['prefixes', { prefixes: [{ prefix: '192.0.2.0/24', ge: 25 }] }, '10.9.0.0/16', '192.0.2.0/24 ge 25'],
    ['not', { not: { communities: ['NO_EXPORT'] } }, 'communities 65001:100, NO_EXPORT', 'not (communities NO_EXPORT)'],
    [
      'all',
      { all: [{ med: { ge: 5 } }, { localPref: { ge: 101 } }] },
      'MED 7, LOCAL_PREF none, counted as 100',
      '(MED at least 5) and (LOCAL_PREF at least 101)',
    ],
  ])('says by which it did not: %s', (_what, match, has, wanted) => {
    const entry = entryOf({ action: 'deny', match });
    expect(entry).toMatchObject({ outcome: 'no-match', failed: { condition: Object.keys(match)[0], has, wanted } });
    expect(entry?.matched).toBeUndefined();
  });

  it('says which communities are removed, as they are written', () => {
    const set = { communitiesRemove: ['65000:*', 'LC:65000:1-9:*'], communitiesAdd: ['65000:1'] };
    expect(entryOf({ action: 'permit', match: { med: { ge: 5 } }, set })?.changes).toEqual([
      'remove 65000:*, LC:65000:1-9:*',
      'add 65000:1',
    ]);
  });

  it('names every condition of a statement that matched, and none of the default', () => {
    const statement = {
      action: 'next',
      match: { med: { ge: 5, le: 9 }, asPath: '^65002' },
      set: { localPref: 5 },
    } as const;
    const compiled = compilePolicy(policy(statement));
    expect(compiled.ok && compiled.value.trace(ROUTE, EXTERNAL).entries).toEqual([
      {
        policy: 'p',
        term: 'statement-1',
        outcome: 'next',
        matched: [
          { condition: 'med', has: '7', wanted: '5 to 9' },
          { condition: 'asPath', has: '65002 65009', wanted: '^65002' },
        ],
        changes: ['LOCAL_PREF = 5'],
      },
      { policy: 'p', term: 'default', outcome: 'deny' },
    ]);
  });
});
