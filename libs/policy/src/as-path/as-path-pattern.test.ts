import { type AsPathSegment, AttributeView, encodeAttributes } from '@bgp/wire';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { AsPathPattern } from './as-path-pattern.ts';

/** `65001 {1 2} (3)` and so on. */
function segmentsOf(text: string): AsPathSegment[] {
  const segments: AsPathSegment[] = [];
  for (const [, open, inner, plain] of text.matchAll(/([{([])([^\])}]*)[\])}]|([\d ]+)/g)) {
    const asns = (plain ?? inner ?? '').trim().split(' ').filter(Boolean).map(Number);
    const type = open === '{' ? 'set' : open === '(' ? 'confed-sequence' : open === '[' ? 'confed-set' : 'sequence';
    if (asns.length > 0) segments.push({ type, asns });
  }
  return segments;
}

function view(path: string): AttributeView {
  const encoded = encodeAttributes({ origin: 0, asPath: segmentsOf(path) });
  if (!encoded.ok) throw new Error(encoded.error.code);
  return new AttributeView().reset(encoded.value);
}

function pattern(text: string): AsPathPattern {
  const compiled = AsPathPattern.compile(text);
  if (!compiled.ok) throw new Error(compiled.error.message);
  return compiled.value;
}

describe('AsPathPattern', () => {
  it.each<[string, string, boolean]>([
    ['_65002_', '65001 65002 65003', true],
    ['_65002_', '65002', true],
    ['_65002_', '165002 650020', false],
    ['_65002_', '65001 {65002 65003}', true],
    ['_65002_', '(65002) 65003', true],
    ['^$', '', true],
    ['^$', '65001', false],
    ['^65001_', '65001 65002', true],
    ['^65001_', '65001', true],
    ['^65001_', '650010', false],
    ['_65001$', '65002 65001', true],
    ['_65001$', '65001 65002', false],
    ['^65001$', '65001', true],
    ['^65001( 65001)*$', '65001 65001 65001', true],
    ['^65001( 65001)*$', '65001 65002', false],
    ['^[0-9]+$', '4200000000', true],
    ['^[0-9]+$', '1 2', false],
    ['^[0-9]+ [0-9]+$', '1 2', true],
    ['_(64512|64513|64514)_', '1 64513 2', true],
    ['_(64512|64513|64514)_', '1 64515 2', false],
    ['_6451[2-9]_', '64519', true],
    ['_6451[^2-9]_', '64519', false],
    ['_6451[^2-9]_', '64510', true],
    ['^65001_.*_65003$', '65001 65002 65003', true],
    ['^65001_.*65003$', '65001 65003', true],
    ['\\{', '1 {2 3}', true],
    ['\\{2,3\\}', '1 {2 3}', true],
    ['^1 {2 3}$', '1 {2 3}', true],
    ['\\(1\\)', '(1) 2', true],
    ['\\[1 2\\]', '[1 2] 3', true],
    ['^(_[0-9]+){3}$', '1 2 3', true],
    ['^([0-9]+_){3}$', '1 2 3', true],
    ['^([0-9]+_){3}$', '1 2 3 4', false],
    ['^([0-9]+_){2,3}$', '1 2', true],
    ['^([0-9]+_){4,}$', '1 2 3', false],
    ['^\\d+\\b', '1 2', true],
    ['', '1', true],
    ['.', '', false],
    ['.*', '', true],
    ['_', '', true],
    ['1|', '2', true],
    ['(?:1|2)?$', '3', true],
  ])('%s over "%s": %s', (text, path, expected) => {
    expect(pattern(text).matches(view(path))).toBe(expected);
  });

  it.each<[string, number, string]>([
    ['AS65001', 0, 'no AS path has a "A"'],
    ['1(2', 1, 'not closed'],
    ['1)2', 1, 'closes nothing'],
    ['[12', 0, 'not closed'],
    ['*1', 0, 'nothing stands before'],
    ['(?=1)', 0, 'look-around'],
    ['(1)\\1', 3, 'references'],
    ['1{3,2}', 1, 'at least 3 and at most 2'],
    ['[9-0]', 0, 'to a higher one'],
    ['1\\', 2, 'ends in a \\'],
    ['((((1{99}){99}){99}){99}){99}', 0, 'too large'],
    ['('.repeat(100), 64, 'deeper'],
    ['1'.repeat(5000), 0, 'longer'],
  ])('%s is refused at %d: %s', (text, at, message) => {
    const compiled = AsPathPattern.compile(text);
    expect(compiled).toMatchObject({ ok: false, error: { at, message: expect.stringContaining(message) } });
  });

  it('takes what makes backtracking explode in its stride', () => {
    const bomb = pattern('^(([0-9]+)+ ?)+x?$'.replace('x?', '{'));
    const path = Array.from({ length: 250 }, (_, at) => 4_200_000_000 + at).join(' ');
    expect(bomb.matches(view(path))).toBe(false);
    const wide = pattern(`^(.*1){${'30'}}.*2$`);
    for (let at = 0; at < 200; at++) expect(wide.matches(view(path))).toBe(false);
  });

  // The regular expressions of JavaScript over the printed path are the oracle.
  const piece = fc.constantFrom('1', '2', '12', '.', '[12]', '[^1]', ' ', '_', '^', '$', '\\{', '\\}');
  const { regex } = fc.letrec<{ regex: string }>((tie) => ({
    regex: fc.oneof(
      { maxDepth: 4 },
      piece,
      fc.tuple(tie('regex'), tie('regex')).map(([a, b]) => a + b),
      fc.tuple(tie('regex'), tie('regex')).map(([a, b]) => `(${a}|${b})`),
      fc.tuple(tie('regex'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{2,}')).map(([a, q]) => `(${a})${q}`),
    ),
  }));
  const path = fc.array(fc.oneof(fc.constantFrom('1', '2', '12', '21', '112'), fc.constantFrom('{1 2}', '{12}')), {
    maxLength: 4,
  });
  test.prop([regex, path], { numRuns: 5_000 })('agrees with regular expressions over the text', (text, parts) => {
    const printed = parts.join(' ');
    const oracle = new RegExp(text.replaceAll('_', '(?:^|$|[ {}])'));
    expect(pattern(text).matches(view(printed))).toBe(oracle.test(printed));
  });

  test.prop([fc.string()], { numRuns: 2_000 })('never throws', (text) => {
    const compiled = AsPathPattern.compile(text);
    if (compiled.ok) compiled.value.matches(view('1 {2 3}'));
  });
});
