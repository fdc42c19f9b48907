import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { expect, it } from 'vitest';
import { formatDiagnostics } from './diagnostics.ts';
import { configJsonSchema } from './json-schema.ts';
import { loadConfig } from './load.ts';

const example = readFileSync(new URL('../../../examples/config/edge.toml', import.meta.url), 'utf8');

/** Whatever comes out: every place lies in the text, and it can be rendered. */
function checkOutcome(text: string): void {
  const config = loadConfig(text, 'f.toml');
  if (config.ok) return;
  expect(config.error.length).toBeGreaterThan(0);
  const lines = text.split('\n');
  for (const { line, column, width } of config.error) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
    expect(width).toBeGreaterThanOrEqual(1);
  }
  expect(formatDiagnostics(config.error, text)).toContain('error');
}

it('a real file with a stretch replaced by anything', () => {
  fc.assert(
    fc.property(fc.nat(example.length), fc.nat(30), fc.string({ maxLength: 8 }), (at, length, inserted) => {
      checkOutcome(example.slice(0, at) + inserted + example.slice(at + length));
    }),
    { numRuns: 1500 },
  );
});

/** Every key name of the schema, so that random documents reach every table. */
const names = [
  ...new Set(
    JSON.stringify(configJsonSchema())
      .match(/"[a-z_]+":\{/g)
      ?.map((name) => name.slice(1, -3)) ?? [],
  ),
];
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(0, 1, 65_001, -1, 1.5, true, '', '10.0.0.1', '2001:db8::1', 'permit', 'x', new Date(0)),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

it('documents of known keys with any values', () => {
  const tables = [
    'global',
    'neighbors',
    'peer_groups',
    'policy',
    'dynamic_neighbors',
    'rpki',
    'bmp',
    'fib_tables',
    'evpn_instances',
    'ethernet_segments',
    'security',
  ];
  const document = fc.dictionary(fc.constantFrom(...tables), value, { noNullPrototype: true });
  fc.assert(
    fc.property(document, (root) => {
      checkOutcome(stringify(root));
    }),
    { numRuns: 1500 },
  );
});
