import { describe, expect, it } from 'vitest';
import { configJsonSchema } from './json-schema.ts';
import { configReference } from './reference.ts';

/** JSON laid out as the repository's formatter does it: an array goes on one line where it fits. */
function layout(schema: unknown): string {
  const oneLine = (whole: string, indent: string, key: string, inner: string): string => {
    const joined = `${indent}${key}[${inner.trim().replaceAll(/,\s+/g, ', ')}]`;
    return joined.length < 120 ? joined : whole;
  };
  const text = JSON.stringify(schema, null, 2);
  return `${text.replaceAll(/^( *)("[^"]+": )\[([^[\]{}]*)\]/gm, oneLine)}\n`;
}

// Both files are written by `npx vitest run libs/config/src/generated.test.ts -u`.
describe('what is made from the schema is current', () => {
  it('libs/config/schema.json', async () => {
    await expect(layout(configJsonSchema())).toMatchFileSnapshot('../schema.json');
  });

  it('docs/operations/configuration.md', async () => {
    await expect(configReference()).toMatchFileSnapshot('../../../docs/operations/configuration.md');
  });
});

describe('the JSON Schema', () => {
  it('marks what must not be shown, and closes every table', () => {
    const text = JSON.stringify(configJsonSchema());
    // The MD5 password, which neighbors and groups have, and the key of TCP-AO.
    expect(text.match(/"writeOnly":true/g)).toHaveLength(2);
    expect(text).not.toContain('"additionalProperties":true');
  });

  it('refers to nothing that it does not have', () => {
    const schema = configJsonSchema() as { $defs: Readonly<Record<string, unknown>> }; // there are repeated parts
    const names = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !(name in schema.$defs))).toEqual([]);
  });
});
