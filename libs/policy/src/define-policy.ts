import type { PolicyActions, PolicyMatch, PolicySource, PolicyStatement } from './types.ts';

/** Refuses what has no meaning while it is written: a rejected route has no attributes to set. */
export type StatementInit =
  | { readonly permit: string; readonly when: PolicyMatch; readonly set?: PolicyActions }
  | { readonly next: string; readonly when: PolicyMatch; readonly set: PolicyActions }
  | { readonly deny: string; readonly when: PolicyMatch; readonly set?: never };

/**
 * A policy as a program writes it: each statement is named behind what it does. The result is plain data, the same that
 * configuration and API make, so that `compilePolicy` finds the same mistakes and gives the same program.
 *
 * @param otherwise what happens to a route that no statement decided.
 *
 * @example
 * ```ts
 * const customer = definePolicy('customer', { otherwise: 'deny' }, [
 *   { deny: 'too-long', when: { prefixes: [{ prefix: '0.0.0.0/0', ge: 25 }] } },
 *   { permit: 'own-routes', when: { asPath: '^65002$' }, set: { localPref: 200 } },
 * ]);
 * customer.statements.length; // => 2
 * ```
 */
export function definePolicy(
  name: string,
  { otherwise }: { readonly otherwise: PolicySource['defaultAction'] },
  statements: readonly StatementInit[],
): PolicySource {
  return { name, defaultAction: otherwise, statements: statements.map(toStatement) };
}

function toStatement(init: StatementInit): PolicyStatement {
  const { when: match, set } = init;
  const rest = { match, ...(set === undefined ? {} : { set }) };
  if ('permit' in init) return { name: init.permit, action: 'permit', ...rest };
  if ('next' in init) return { name: init.next, action: 'next', ...rest };
  return { name: init.deny, action: 'deny', ...rest };
}
