import { configSchemaTree } from './json-schema.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const INTRODUCTION = `# Configuration reference

Every table and key of the configuration file, made from the schema that checks it (\`libs/config/src/schema\`; a test keeps
this page current). The file is TOML. Keys that are not listed here are errors.

\`tsbgpd --check FILE\` checks a file without starting anything. Editors that know JSON Schema can use
\`libs/config/schema.json\`: with a TOML extension, put \`#:schema PATH\` on the first line.

- A neighbor's value wins over its group's, key by key; an empty list counts as not set.
- A direction's policy comes from the nearest place that has one: the neighbor's chain, its statements, the group's chain, its
  statements, the global chain, the global statements. That place counts as a whole, nothing is merged.
- An external neighbor without a policy exchanges nothing in that direction (RFC 8212), unless \`ebgp_requires_policy\` is false.
- Tables of functions that this version does not have yet are checked and lead to a warning. Where ignoring one would weaken
  protection or a filter, the file is refused.
`;

/** The reference page, as Markdown. */
export function configReference(): string {
  const root = configSchemaTree() as Schema; // made by z.toJSONSchema; only the parts above are read
  return `${INTRODUCTION}\n${sections(root, [], new Map()).join('\n')}`;
}

/** @param shown the rows of each section so far and its heading, so that statements are not listed six times. */
function sections(schema: Schema, path: readonly string[], shown: Map<string, string>, isArray = false): string[] {
  const inner: string[] = [];
  const rows: string[] = [];
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const table = tableOf(child);
    if (table !== undefined && path.length < 4)
      inner.push(...sections(table.schema, [...path, key, ...table.suffix], shown, table.isArray));
    const isRequired = schema.required?.includes(key) ?? false;
    rows.push(
      `| \`${key}\` | ${typeName(child)} | ${isRequired ? '**required**' : defaultText(child)} | ${cell(child.description ?? '')} |`,
    );
  }
  const name = path.join('.');
  const title = path.length === 0 ? 'The file' : `\`${isArray ? `[[${name}]]` : `[${name}]`}\``;
  const heading = `## ${title}`;
  const same = shown.get(rows.join());
  if (same !== undefined) return [`${heading}\n\nThe keys of ${same}.\n`];
  shown.set(rows.join(), title);
  return [`${heading}\n\n| key | type | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`, ...inner];
}

function tableOf(
  schema: Schema,
): { readonly schema: Schema; readonly suffix: readonly string[]; readonly isArray: boolean } | undefined {
  if (schema.properties !== undefined) return { schema, suffix: [], isArray: false };
  if (schema.items?.properties !== undefined) return { schema: schema.items, suffix: [], isArray: true };
  const values = schema.additionalProperties;
  if (typeof values === 'object' && values.properties !== undefined)
    return { schema: values, suffix: ['NAME'], isArray: false };
  return undefined;
}

function typeName(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeName).join(', ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`"${String(value)}"\``).join(', ');
  if (schema.items !== undefined) return `array of ${typeName(schema.items)}`;
  if (schema.type === 'integer') return integerName(schema);
  if (schema.type === 'object') return typeof schema.additionalProperties === 'object' ? 'table of names' : 'table';
  return schema.type ?? 'any';
}

function integerName({ minimum, maximum }: Schema): string {
  const from = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (from === undefined && to === undefined) return 'integer';
  return to === undefined ? `integer from ${from}` : `integer ${from ?? ''}–${to}`;
}

function defaultText(schema: Schema): string {
  return schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
