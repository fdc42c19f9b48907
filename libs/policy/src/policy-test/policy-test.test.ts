import { toFamily } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile.ts';
import { EXTERNAL } from '../testing/routes.ts';
import type { PolicySource } from '../types.ts';
import { type PolicyTest, runPolicyTest } from './policy-test.ts';

const CUSTOMER: PolicySource = {
  name: 'customer',
  defaultAction: 'deny',
  statements: [
    { name: 'mark', action: 'next', match: { families: [toFamily(1, 1)] }, set: { communitiesAdd: ['65001:1'] } },
    { name: 'long', action: 'deny', match: { prefixes: [{ prefix: '0.0.0.0/0', ge: 25 }] } },
    {
      name: 'own',
      action: 'permit',
      match: { asPath: '^65002+$' },
      set: {
        localPref: 200,
        medAdd: 5,
        nextHop: 'self',
        communitiesAdd: ['RT:65001:7', 'LC:65001:1:2'],
        prependFirstAs: 1,
      },
    },
  ],
};
const OWN = { prefix: '192.0.2.0/24', asPath: '65002', med: 10, communities: ['65002:9'] };

function run(test: Partial<PolicyTest> & Pick<PolicyTest, 'expect'>, hits?: Float64Array) {
  const policy = compilePolicy(CUSTOMER);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return runPolicyTest(policy.value, { route: OWN, context: EXTERNAL, ...test }, hits);
}
const failures = (...args: Parameters<typeof run>) => {
  const result = run(...args);
  return result.ok ? result.value.failures : result.error;
};

describe('a policy test', () => {
  it('passes when everything that it names is so', () => {
    const result = {
      asPath: '65002 65002',
      nextHop: 'self',
      localPref: 200,
      med: 15,
      origin: 0,
      communities: ['LC:65001:1:2', '65001:1', 'RT:65001:7', '65002:9'],
    };
    expect(failures({ expect: { action: 'permit', by: 'own', result } })).toEqual([]);
  });

  it.each([
    [{ action: 'deny' as const }, ['expected deny, but customer/own says permit']],
    [{ action: 'permit' as const, by: 'mark' }, ['expected mark to decide, but customer/own did']],
    [{ action: 'permit' as const, result: { localPref: 100 } }, ['LOCAL_PREF is 200, expected 100']],
    [{ action: 'permit' as const, result: { med: 10 } }, ['MED is 15, expected 10']],
    [{ action: 'permit' as const, result: { origin: 2 } }, ['ORIGIN is 0, expected 2']],
    [{ action: 'permit' as const, result: { asPath: '65002' } }, ['AS_PATH is 65002 65002, expected 65002']],
    [{ action: 'permit' as const, result: { nextHop: '192.0.2.1' } }, ['next hop is self, expected 192.0.2.1']],
    [
      { action: 'permit' as const, result: { communities: ['65001:1', '65001:2'] } },
      ['communities lack 65001:2', 'communities have 65002:9, RT:65001:7, LC:65001:1:2 besides'],
    ],
  ])('says what differs: %j', (expected, sentences) => {
    expect(failures({ expect: expected })).toEqual(sentences);
  });

  it('compares what comes out only of a route that passes', () => {
    const route = { ...OWN, prefix: '192.0.2.0/25' };
    expect(failures({ route, expect: { action: 'deny', by: 'customer/long', result: { localPref: 1 } } })).toEqual([]);
    expect(failures({ route, expect: { action: 'permit', result: { localPref: 1 } } })).toEqual([
      'expected permit, but customer/long says deny',
    ]);
  });

  it('counts the terms that matched, next and default too', () => {
    const hits = new Float64Array(4);
    run({ expect: { action: 'permit' } }, hits);
    expect([...hits]).toEqual([1, 0, 1, 0]);
    run({ route: { prefix: '10.0.0.0/8' }, expect: { action: 'deny' } }, hits);
    expect([...hits]).toEqual([2, 0, 1, 1]);
  });

  it('names every mistake of the test with its place', () => {
    const result = run({
      route: { prefix: '192.0.2.1/24', asPath: '{', communities: ['1:2', 'nonsense:'], nextHop: 'self', med: -1 },
      expect: { action: 'permit', result: { communities: ['NOEXPORT'] } },
    });
    expect(result.ok ? [] : result.error.map(({ code, path }) => `${path.join('.')} ${code}`)).toEqual([
      'route.prefix prefix-host-bits',
      'route.asPath as-path-invalid',
      'route.med value-out-of-range',
      'route.communities.1 community-invalid',
      'route.nextHop next-hop-invalid',
      'expect.result.communities.0 community-unknown',
    ]);
  });
});
