import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import type { ConfigPath } from './path.ts';
import { PositionIndex } from './position-index.ts';
import { isTable } from './render-value.ts';
import { rewriteToml } from './rewrite.ts';

const folder = new URL('../../../../examples/config/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.toml'))
  .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const);

/** Paths of every value that has no others inside. */
function scalars(value: unknown, path: ConfigPath = []): ConfigPath[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => scalars(one, [...path, at]));
  if (!isTable(value)) return [path];
  return Object.entries(value).flatMap(([name, one]) => scalars(one, [...path, name]));
}

// biome-ignore lint/suspicious/noExplicitAny: walks into any document
function at(document: any, path: ConfigPath): any {
  return path.reduce((inner, part) => inner[part], document);
}

function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${String(value)}x`;
}

function lines(text: string): string[] {
  return text.split('\n');
}

describe.each(files)('examples/config/%s', (_name, text) => {
  const document = parse(text);
  const index = new PositionIndex(text);

  it('one value changed: its line is another, every other one the same', () => {
    for (const path of scalars(document)) {
      const after = structuredClone(document);
      const parent = at(after, path.slice(0, -1));
      parent[path.at(-1)!] = other(parent[path.at(-1)!]);
      const result = rewriteToml(text, after);
      if (!result.ok) throw new Error(`${path.join('.')}: ${result.error.message}`);
      const place = index.find(path);
      if (place === undefined) throw new Error(`${path.join('.')} has no place`);
      const line = index.lineAndColumn(place.value.start).line - 1;
      const expected = lines(text).with(line, lines(result.value)[line] ?? '');
      expect(lines(result.value), path.join('.')).toEqual(expected);
    }
  });

  it('one key or element less: its lines go, every other one is the same', () => {
    for (const path of scalars(document)) {
      const after = structuredClone(document);
      const parent = at(after, path.slice(0, -1));
      if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1);
      else delete parent[path.at(-1)!];
      const result = rewriteToml(text, after);
      if (!result.ok) throw new Error(`${path.join('.')}: ${result.error.message}`);
      const changed = differing(lines(text), lines(result.value));
      expect(changed, path.join('.')).toBeLessThanOrEqual(1);
    }
  });

  it('a key more in any table with a header: one line more, every other one the same', () => {
    for (const path of tables(document)) {
      const after = structuredClone(document);
      at(after, path).zz_new = 1;
      const result = rewriteToml(text, after);
      if (!result.ok) throw new Error(`${path.join('.')}: ${result.error.message}`);
      const rest = lines(result.value);
      const added = rest.indexOf('zz_new = 1');
      if (added >= 0) rest.splice(added, 1);
      expect(differing(lines(text), rest), path.join('.')).toBeLessThanOrEqual(added >= 0 ? 0 : 1);
    }
  });
});

/** Of the first, how many are not in the second in this order. */
function differing(before: readonly string[], after: readonly string[]): number {
  let next = 0;
  let missing = 0;
  for (const line of before) {
    const found = after.indexOf(line, next);
    if (found < 0 || found > next + 3) missing++;
    else next = found + 1;
  }
  return missing;
}

function tables(value: unknown, path: ConfigPath = []): ConfigPath[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => tables(one, [...path, index]));
  if (!isTable(value)) return [];
  const inner = Object.entries(value).flatMap(([name, one]) => tables(one, [...path, name]));
  return path.length === 0 ? inner : [path, ...inner];
}
