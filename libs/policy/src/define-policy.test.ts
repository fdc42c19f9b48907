import { expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { definePolicy } from './define-policy.ts';
import { EXTERNAL, route } from './testing/routes.ts';

const EDGE = definePolicy('edge', { otherwise: 'deny' }, [
  { deny: 'too-long', when: { prefixes: [{ prefix: '0.0.0.0/0', ge: 25 }] } },
  { next: 'mark', when: { families: [0x0001_01] }, set: { communitiesAdd: ['65001:1'] } },
  { permit: 'own', when: { originAs: [65002] }, set: { localPref: 200 } },
  { permit: 'plain', when: { originAs: [65003] } },
]);

it('is the plain data that configuration makes', () => {
  expect(EDGE).toEqual({
    name: 'edge',
    defaultAction: 'deny',
    statements: [
      { name: 'too-long', action: 'deny', match: { prefixes: [{ prefix: '0.0.0.0/0', ge: 25 }] } },
      { name: 'mark', action: 'next', match: { families: [0x0001_01] }, set: { communitiesAdd: ['65001:1'] } },
      { name: 'own', action: 'permit', match: { originAs: [65002] }, set: { localPref: 200 } },
      { name: 'plain', action: 'permit', match: { originAs: [65003] } },
    ],
  });
});

it('compiles to the same program', () => {
  const policy = compilePolicy(EDGE);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  const asPath = [{ type: 'sequence' as const, asns: [65002] }];
  const verdict = policy.value.evaluate(route('192.0.2.0/24', { asPath }), EXTERNAL);
  expect([policy.value.terms[verdict.by], verdict]).toMatchObject([
    'edge/own',
    { action: 'accept', edit: { localPref: 200 } },
  ]);
});

it('leaves mistakes to the compiler, and what has no meaning to the type checker', () => {
  // @ts-expect-error A rejected route has no attributes to set.
  const wrong = definePolicy('x', { otherwise: 'permit' }, [{ deny: 'a', when: { med: {} }, set: { med: 1 } }]);
  const policy = compilePolicy(wrong);
  expect(policy.ok ? [] : policy.error.map(({ code }) => code)).toEqual(['set-with-deny', 'range-empty']);
});
