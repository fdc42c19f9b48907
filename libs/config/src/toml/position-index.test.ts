import fc from 'fast-check';
import { parse, type TomlTable } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { writtenDocument } from '../testing/toml-documents.ts';
import type { ConfigPath } from './path.ts';
import { PositionIndex } from './position-index.ts';

function valueText(text: string, path: ConfigPath): string | undefined {
  const place = new PositionIndex(text).find(path);
  return place === undefined ? undefined : text.slice(place.value.start, place.value.end);
}

function keyText(text: string, path: ConfigPath): string | undefined {
  const place = new PositionIndex(text).find(path);
  return place === undefined ? undefined : text.slice(place.key.start, place.key.end);
}

describe('PositionIndex', () => {
  it.each<[string, string, ConfigPath, string, string]>([
    // rule                              text                                        path                   key          value
    ['a key at the root', 'asn = 65001 # note', ['asn'], 'asn', '65001'],
    ['a key in a table', '[global]\nasn = 1', ['global', 'asn'], 'asn', '1'],
    ['a table is its header', '\n[ global . x ]\nasn = 1', ['global', 'x'], '[ global . x ]', '[ global . x ]'],
    ['a table named on the way', '[a.b.c]', ['a', 'b'], 'b', '[a.b.c]'],
    ['an element of an array of tables', '[[n]]\nx=1\n[[n]]\nx=2', ['n', 1, 'x'], 'x', '2'],
    ['the second header itself', '[[n]]\nx=1\n[[ n ]]\nx=2', ['n', 1], '[[ n ]]', '[[ n ]]'],
    ['a table inside the last element', '[[n]]\n[[n]]\n[n.t]\nx=5', ['n', 1, 't', 'x'], 'x', '5'],
    ['nested arrays of tables', '[[a]]\n[[a.b]]\n[[a]]\n[[a.b]]\n[[a.b]]\nx=3', ['a', 1, 'b', 1, 'x'], 'x', '3'],
    ['a dotted key', 'a . "b c" = 1', ['a', 'b c'], '"b c"', '1'],
    ['the table a dotted key makes', 'a.b = 1', ['a'], 'a', '1'],
    ['a literal key', "'x.y' = 1", ['x.y'], "'x.y'", '1'],
    ['an escaped key', '"a\\u0041\\t" = 1', ['aA\t'], '"a\\u0041\\t"', '1'],
    ['an inline table', 't = { a = 1, b.c = "2" } ', ['t', 'b', 'c'], 'c', '"2"'],
    ['an element of an array over lines', 'x = [ # one\n  1,\n  2, # two\n]', ['x', 1], '2', '2'],
    ['an inline table in an array', 'x = [{ p = 1 }, { p = 2 }]', ['x', 1, 'p'], 'p', '2'],
    ['a bracket in a string', 'x = ["]", "b"]', ['x', 1], '"b"', '"b"'],
    ['an escaped quote', 'x = ["\\"]", 7]', ['x', 1], '7', '7'],
    ['a hash in a string', 'x = "a#b" # c', ['x'], 'x', '"a#b"'],
    ['a string over lines', 'x = """a\n"b" """\ny = 1', ['y'], 'y', '1'],
    ['quotes before the fence', 'x = """"a"""""\ny = 1', ['y'], 'y', '1'],
    ['a literal string over lines', "x = '''a\\'''\ny = 1", ['y'], 'y', '1'],
    ['a date with a space', 'x = 1979-05-27 07:32:00 # c', ['x'], 'x', '1979-05-27 07:32:00'],
    ['Windows line ends', 'x = 1\r\ny = 2\r\n', ['y'], 'y', '2'],
  ])('%s', (_rule, text, path, key, value) => {
    parse(text); // the row itself must be TOML
    expect(keyText(text, path)).toBe(key);
    expect(valueText(text, path)).toBe(value);
  });

  it('counts lines and columns from 1', () => {
    const index = new PositionIndex('a = 1\n\n  b = 2');
    expect(index.lineAndColumn(index.find(['b'])!.key.start)).toEqual({ line: 3, column: 3 });
    expect(index.lineAndColumn(0)).toEqual({ line: 1, column: 1 });
  });

  it('falls back to the nearest table', () => {
    const index = new PositionIndex('[a]\nx = 1\n[a.b]\n');
    expect(index.nearest(['a', 'b', 'missing', 0])).toEqual(index.find(['a', 'b']));
    expect(index.nearest(['nowhere'])).toEqual({ key: { start: 0, end: 0 }, value: { start: 0, end: 0 } });
  });
});

// ---- properties: smol-toml is the oracle ----

function pathsOf(value: unknown, path: ConfigPath = []): ConfigPath[] {
  const own = path.length === 0 ? [] : [path];
  if (typeof value !== 'object' || value === null) return own;
  const children = Array.isArray(value) ? value.map((one, i) => [i, one] as const) : Object.entries(value);
  return [...own, ...children.flatMap(([name, one]) => pathsOf(one, [...path, name]))];
}

describe('PositionIndex, against smol-toml', () => {
  it('knows exactly the paths that smol-toml finds', () => {
    fc.assert(
      fc.property(writtenDocument, (text) => {
        const expected = pathsOf(parse(text) as TomlTable).map((path) => JSON.stringify(path));
        const indexed = new PositionIndex(text).paths().map((path) => JSON.stringify(path));
        expect(indexed.sort()).toEqual(expected.sort());
      }),
      { numRuns: 500 },
    );
  });

  it("every leaf's span holds the text of that leaf", () => {
    fc.assert(
      fc.property(writtenDocument, (text) => {
        const parsed = parse(text) as TomlTable;
        for (const path of pathsOf(parsed)) {
          const value = path.reduce<unknown>((at, part) => (at as Record<string | number, unknown>)[part], parsed);
          if (typeof value === 'object') continue;
          expect(parse(`x = ${valueText(text, path)}`)).toEqual({ x: value });
        }
      }),
      { numRuns: 200 },
    );
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: fc.constantFrom(...'[]{}=.,"\'#\\\n ab1') }), (text) => {
        new PositionIndex(text);
      }),
      { numRuns: 2000 },
    );
  });
});
