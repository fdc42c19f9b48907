import type * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { type Report, valueAt } from './report.ts';
import type { ConfigPath } from './toml/path.ts';

type Issue = z.core.$ZodIssue;

/** Turns what the schema found into diagnostics: all of them, each with its place. */
export function reportIssues(
  report: Report,
  schema: z.core.$ZodType,
  document: unknown,
  issues: readonly Issue[],
  base: ConfigPath = [],
): void {
  const seen = new Set<string>();
  for (const found of issues) {
    const path = found.path.filter((part) => typeof part !== 'symbol');
    const issue = meantIssue(found, valueAt(document, path));
    // One value, one complaint: a string that is no address is not also "not unicast".
    const place = JSON.stringify(path);
    if (issue.code !== 'unrecognized_keys' && seen.has(place)) continue;
    if (issue.code !== 'unrecognized_keys') seen.add(place);
    reportIssue(report, schema, document, issue, path, [...base, ...path]);
  }
}

/**
 * Of a value that may be of several types, what is wrong with it as the one that it looks like: a number in quotes was meant as a number, and
 * a word as one of the words.
 */
function meantIssue(issue: Issue, value: unknown): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors.flatMap((errors) => errors.slice(0, 1));
  const isNumber = typeof value === 'string' && /^\d+$/.test(value);
  const meant = isNumber ? branches[0] : (branches.find(({ code }) => code !== 'invalid_type') ?? branches[0]);
  return meant ?? issue; // of single values, so that the place is the same
}

function reportIssue(
  report: Report,
  schema: z.core.$ZodType,
  document: unknown,
  issue: Issue,
  path: ConfigPath,
  fullPath: ConfigPath,
): void {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) reportUnknownKey(report, schema, path, fullPath, key);
    return;
  }
  const key = lastKey(fullPath);
  if (valueAt(document, path) === undefined) {
    report.error('missing-key', fullPath, `missing required key \`${key}\``, {
      on: 'key',
      hint: meaningOf(schema, path),
    });
    return;
  }
  const shown = report.valueText(fullPath) ?? '';
  if (issue.code === 'invalid_type') {
    const wanted = TYPE_NAMES[issue.expected] ?? issue.expected;
    report.error('wrong-type', fullPath, `invalid ${key} ${shown}: must be ${wanted}`, {
      hint: typeHint(issue.expected, shown),
    });
    return;
  }
  const rule = issue.code === 'invalid_value' ? `must be ${oneOf(issue.values)}` : issue.message;
  report.error('invalid-value', fullPath, `invalid ${key} ${shown}: ${rule}`, { hint: hintOf(issue, shown) });
}

function reportUnknownKey(
  report: Report,
  schema: z.core.$ZodType,
  path: ConfigPath,
  fullPath: ConfigPath,
  key: string,
): void {
  const known = keysAt(schema, path);
  const meant = didYouMean(key, known);
  const elsewhere = meant === undefined ? tableWithKey(schema, key) : undefined;
  const hint =
    meant !== undefined
      ? `did you mean \`${meant}\`?`
      : elsewhere !== undefined
        ? `\`${key}\` belongs in ${elsewhere}`
        : `known keys here: ${known.join(', ')}`;
  report.error('unknown-key', [...fullPath, key], `unknown key \`${key}\``, { on: 'key', hint });
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'a table',
  record: 'a table',
};

function typeHint(expected: string, shown: string): string | undefined {
  if (expected === 'string') return 'put it in quotes';
  if ((expected === 'number' || expected === 'int') && /^"\d+"$/.test(shown)) return 'without quotes';
  if (expected === 'boolean' && /^"(true|false|yes|no)"$/.test(shown)) return 'true or false, without quotes';
  return undefined;
}

function hintOf(issue: Issue, shown: string): string | undefined {
  if (issue.code === 'custom') return typeof issue.params?.hint === 'string' ? issue.params.hint : undefined;
  if (issue.code !== 'invalid_value') return undefined;
  const meant = didYouMean(shown.replaceAll('"', ''), issue.values.map(String));
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length === 1 ? String(shown[0]) : `one of ${shown.join(', ')}`;
}

function lastKey(path: ConfigPath): string {
  return String(path.findLast((part) => typeof part === 'string') ?? '');
}

/** The parts of zod's definitions that lead from a table to its keys. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
}

function definition(schema: z.core.$ZodType): Definition {
  const own = schema._zod.def as Definition; // zod's own data, read as far as this file needs it
  return own.innerType === undefined ? own : definition(own.innerType);
}

function schemaAt(schema: z.core.$ZodType, path: ConfigPath): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = schema;
  for (const part of path) {
    if (at === undefined) return undefined;
    const here = definition(at);
    at = here.shape?.[String(part)] ?? here.element ?? here.valueType;
  }
  return at;
}

function keysAt(schema: z.core.$ZodType, path: ConfigPath): string[] {
  const at = schemaAt(schema, path);
  return at === undefined ? [] : Object.keys(definition(at).shape ?? {});
}

/** Another table that has this key, e.g. `[[neighbors]]`; the first in the order of the schema. */
function tableWithKey(schema: z.core.$ZodType, key: string, name: readonly string[] = []): string | undefined {
  const { shape } = definition(schema);
  if (shape === undefined) return undefined;
  if (name.length > 0 && Object.hasOwn(shape, key)) return `[${name.join('.')}]`;
  for (const [child, childSchema] of Object.entries(shape)) {
    const inner = definition(childSchema);
    const table = inner.element ?? inner.valueType ?? childSchema;
    const found = tableWithKey(table, key, [...name, child]);
    if (found !== undefined)
      return inner.type === 'array' && found === `[${[...name, child].join('.')}]` ? `[${found}]` : found;
  }
  return undefined;
}

/** What the reference says about the key, as the hint of a missing one. */
function meaningOf(schema: z.core.$ZodType, path: ConfigPath): string | undefined {
  const at = schemaAt(schema, path) as { meta?: () => { description?: string } | undefined } | undefined;
  return at?.meta?.()?.description;
}
