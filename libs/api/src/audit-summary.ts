import { isSecretKey, REDACTED } from '@bgp/config';
import { type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf';

/** What one record of the audit log may hold of a request. */
const MAX_CHARACTERS = 1_000;
/** Texts whose size says enough, and which may hold secrets in a form of their own. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['toml', 'candidate_toml']);

/** What a call asks for, on one line: fields as in the proto files, without secrets. */
export function auditSummary<S extends DescMessage>(schema: S, message: MessageShape<S>): string {
  const text = JSON.stringify(shown(toJson(schema, message, { useProtoFieldName: true })));
  if (text.length <= MAX_CHARACTERS) return text;
  return `${text.slice(0, MAX_CHARACTERS)}… (${text.length - MAX_CHARACTERS} more characters)`;
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (typeof one !== 'string') return [key, shown(one)];
      if (isSecretKey(key)) return [key, REDACTED];
      return [key, TEXT_FIELDS.has(key) ? `<${one.length} characters>` : one];
    }),
  );
}
