import { type Document, tableAt, usersOf, withValue } from '@bgp/lifecycle';
import { Code } from '@connectrpc/connect';
import type { ApiLifecycle } from '../dependencies.ts';
import { changeOrThrow, requestError, valueOrThrow, withDetail } from '../errors.ts';

type Kind = Parameters<typeof usersOf>[1];

const WORDS: Readonly<Record<Kind, string>> = {
  policy: 'policy',
  'neighbor-set': 'neighbor set',
  'peer-group': 'peer group',
};

/** Tables below a path of the configuration, such as `[policy.definitions.NAME]`, by name. */
export function tablesBelow(document: Document, path: readonly string[]): [name: string, table: Document][] {
  return Object.entries(tableAt(document, ...path) ?? {}) as [string, Document][]; // the schema has records of tables here
}

export function namedOrThrow(document: Document, path: readonly string[], name: string, kind: Kind): Document {
  const table = tableAt(document, ...path, name);
  if (table !== undefined) return table;
  throw withDetail(Code.NotFound, `there is no ${WORDS[kind]} "${name}"`, 'name-unknown', 'name');
}

export function requireName(name: string): void {
  if (name.trim() === '') valueOrThrow(requestError('missing', 'name', 'a name is needed'));
}

/** Whoever uses it would be left with nothing, so they are named instead. */
export function deleteUnused(lifecycle: ApiLifecycle, path: readonly string[], name: string, kind: Kind) {
  namedOrThrow(lifecycle.document, path, name, kind);
  const users = usersOf(lifecycle.document, kind, name);
  if (users.length > 0) {
    const message = `${WORDS[kind]} "${name}" is used by ${users.join(', ')}; change these first`;
    throw withDetail(Code.FailedPrecondition, message, 'in-use', 'name');
  }
  const applied = changeOrThrow(
    lifecycle.change((document) => withValue(document, [...path, name], undefined), `${WORDS[kind]} ${name} deleted`),
  );
  return { revision: BigInt(applied.revision) };
}
