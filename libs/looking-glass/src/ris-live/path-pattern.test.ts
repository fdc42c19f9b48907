import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { matchesPath, parsePathPattern } from './path-pattern.ts';
import type { PathStep } from './types.ts';

const PATH: readonly PathStep[] = [64500, 64501, [64510, 64511], 64502];

function matched(pattern: string | number, path: readonly PathStep[] = PATH): boolean {
  const parsed = parsePathPattern(pattern);
  if (!parsed.ok) throw new Error(parsed.error);
  return matchesPath(parsed.value, path);
}

describe('a pattern', () => {
  it.each<[string | number, boolean, string]>([
    [64501, true, 'a number is one step, anywhere'],
    ['64501', true, 'so is a text'],
    ['6450', false, 'whole numbers only'],
    ['64500,64501', true, 'steps side by side'],
    ['64500,64502', false, 'not with others between'],
    ['64502$', true, 'the origin'],
    ['64501$', false, 'not the origin'],
    ['^64500', true, 'the neighbor'],
    ['^64501', false, 'not the neighbor'],
    ['^64500,64501,[64510,64511],64502$', true, 'the whole path'],
    ['^64500,64501$', false, 'longer than that'],
    ['^64500,64501,[64510,64511],64502,1$', false, 'shorter than that'],
    ['[64510,64511]', true, 'a set'],
    ['[64511,64510]', true, 'in any order'],
    ['[64510]', false, 'another set'],
    ['64510', false, 'a member is no step'],
    ['!64502$', false, 'inverted'],
    ['!6666$', true, 'inverted'],
    ['!^64501', true, 'inverted'],
    ['4294967295', false, 'the greatest AS'],
  ])('%s: %s (%s)', (pattern, expected) => {
    expect(matched(pattern)).toBe(expected);
  });

  it.each([
    '',
    '^',
    '$',
    '!',
    '64500,',
    ',64500',
    '64500 64501',
    '[64500',
    '[]',
    '64500]',
    '.*',
    '4294967296',
    '-1',
    '!!1',
    '^^1',
    '1$$',
    '1\n',
  ])('%j is none', (pattern) => {
    expect(parsePathPattern(pattern)).toMatchObject({ ok: false });
  });
});

const asn = fc.integer({ min: 1, max: 4 });
const path = fc.array(
  fc.oneof(
    asn,
    fc.uniqueArray(asn, { minLength: 1 }).map((set) => set.sort()),
  ),
  { maxLength: 6 },
);
const written = (steps: readonly PathStep[]) => steps.map((step) => JSON.stringify(step)).join(',');

test.prop([path.filter((steps) => steps.length > 0)])(
  'a path matches itself, whole; and never its inverse',
  (steps) => {
    expect(matched(`^${written(steps)}$`, steps)).toBe(true);
    expect(matched(`!^${written(steps)}$`, steps)).toBe(false);
  },
);

test.prop([path, path.filter((steps) => steps.length > 0), fc.boolean(), fc.boolean()])(
  'as a search in the path as text',
  (steps, wanted, isFromStart, isToEnd) => {
    // Between steps another sign than within sets.
    const marked = (path: readonly PathStep[]) => `;${path.map((step) => JSON.stringify(step)).join(';')};`;
    const [haystack, needle] = [marked(steps), marked(wanted)];
    const expected =
      isFromStart && isToEnd
        ? haystack === needle
        : isFromStart
          ? haystack.startsWith(needle)
          : isToEnd
            ? haystack.endsWith(needle)
            : haystack.includes(needle);
    expect(matched(`${isFromStart ? '^' : ''}${written(wanted)}${isToEnd ? '$' : ''}`, steps)).toBe(expected);
  },
);

test.prop([fc.string({ unit: 'binary' })])('no text throws', (text) => {
  parsePathPattern(text);
});
