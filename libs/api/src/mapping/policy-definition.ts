import {
  type PolicyDefinition,
  PolicyDefinitionSchema,
  type PolicyStatement,
  PolicyStatementSchema,
} from '@bgp/api-proto';
import { parseToml, renderToml } from '@bgp/config';
import { ok, type Result } from '@bgp/wire';
import { create, toJson } from '@bufbuild/protobuf';
import { type RequestError, requestError } from '../errors.ts';

type Table = Readonly<Record<string, unknown>>;

/** The request as a `[policy.definitions.NAME]` table. What its values may be is checked where the file's are. */
export function toDefinitionTable(definition: PolicyDefinition | undefined): Result<Table, RequestError> {
  if (definition === undefined) return requestError('missing', 'definition', 'the policy is needed');
  const { defaultAction, statements, toml } = definition;
  if (toml !== '') {
    if (defaultAction !== '' || statements.length > 0) {
      return requestError('combination-invalid', 'definition.toml', 'give the text or the other fields, not both');
    }
    return withoutHeader(parseTable(toml, 'definition.toml'));
  }
  return ok({
    ...(defaultAction === '' ? {} : { default_action: defaultAction }),
    statements: statements.map(toStatementTable),
  });
}

/** A piece cut out of a file has the header that the request's name stands for. */
function withoutHeader(table: Result<Table, RequestError>): Result<Table, RequestError> {
  if (!table.ok || !Object.hasOwn(table.value, 'policy')) return table;
  const { definitions } = (table.value.policy ?? {}) as { readonly definitions?: Table };
  const header = `[policy.definitions.${Object.keys(definitions ?? {})[0] ?? 'NAME'}]`;
  const message = `leave the header ${header} out, and write [[statements]] below it; policy show prints it so`;
  return requestError('toml-invalid', 'definition.toml', message);
}

export function parseTable(toml: string, field: string): Result<Table, RequestError> {
  const parsed = parseToml(toml, field);
  if (parsed.ok) return parsed;
  const [first] = parsed.error;
  return requestError('toml-invalid', field, `line ${first?.line ?? 1}: ${first?.message ?? 'not TOML'}`);
}

/** The fields of the message are named as the keys of the file. */
export function toStatementTable(statement: PolicyStatement): Table {
  const json = toJson(PolicyStatementSchema, statement, { useProtoFieldName: true });
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {};
}

export function toPolicyDefinition(table: Table): PolicyDefinition {
  const statements: unknown[] = Array.isArray(table.statements) ? table.statements : [];
  return create(PolicyDefinitionSchema, {
    defaultAction: typeof table.default_action === 'string' ? table.default_action : 'permit',
    statements: statements.map((statement) => toPolicyStatement(statement as Table)),
    toml: renderToml(table),
  });
}

/** The keys that have a field; `toml` beside it has them all. */
export function toPolicyStatement(table: Table): PolicyStatement {
  const fields = Object.fromEntries(
    PolicyStatementSchema.fields.flatMap((field) => {
      const value = table[field.name];
      return value === undefined ? [] : [[field.localName, value]];
    }),
  );
  return create(PolicyStatementSchema, fields);
}
