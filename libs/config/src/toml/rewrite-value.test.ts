import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { areEqual } from './equal.ts';
import { rewriteToml } from './rewrite.ts';

// biome-ignore lint/suspicious/noExplicitAny: a draft of any document, changed by hand
type Draft = any;

function rewritten(text: string, change: (draft: Draft) => void): string {
  const draft = structuredClone(parse(text)) as Draft;
  change(draft);
  const result = rewriteToml(text, draft);
  if (!result.ok) throw new Error(result.error.message);
  expect(parse(result.value)).toEqual(draft);
  return result.value;
}

const STATEMENTS = `import_policy = [   # from the inside out
  # our own, first
  { action = "deny", prefix = "198.51.100.0/24" },   # RFC 7454
  { name = "long",  action = "deny", match_any = [{ prefix = "0.0.0.0/0", ge = 25 }] },

  # everything else
  { action = "permit", prefix = "0.0.0.0/0", le = 24 },
  # to be thought about
]
`;
/** From the line with the first text to that with the second, without the latter. */
function between(first: string, next: string): string {
  return STATEMENTS.slice(STATEMENTS.indexOf(first), STATEMENTS.indexOf(next));
}
const [HEAD, OWN, LONG] = [
  between('import', '  # our'),
  between('  # our', '  { name'),
  between('  { name', '\n  # every'),
];
const [REST, TAIL] = [between('\n  # every', '  # to be'), STATEMENTS.slice(STATEMENTS.indexOf('  # to be'))];

describe('an array over several lines', () => {
  it.each<[string, (draft: Draft) => void, string]>([
    [
      'one value in it, the layout around it stays',
      (d) => {
        d.import_policy[1].match_any[0].ge = 26;
      },
      STATEMENTS.replace('ge = 25', 'ge = 26'),
    ],
    [
      'a key more in one of its tables',
      (d) => {
        d.import_policy[1].name = 'longer';
        d.import_policy[1].match_any[0].le = 32;
      },
      STATEMENTS.replace('"long"', '"longer"').replace('ge = 25 }', 'ge = 25, le = 32 }'),
    ],
    [
      'a key less',
      (d) => {
        delete d.import_policy[2].le;
      },
      STATEMENTS.replace(', le = 24', ''),
    ],
    [
      'an element less, with its comments',
      (d) => {
        d.import_policy.shift();
      },
      `${HEAD}${LONG}${REST}${TAIL}`,
    ],
    [
      'a new last one',
      (d) => {
        d.import_policy.push({ action: 'deny' });
      },
      `${HEAD}${OWN}${LONG}${REST}  { action = "deny" },\n${TAIL}`,
    ],
    [
      'a new first one',
      (d) => {
        d.import_policy.unshift({ action: 'permit', prefix: '192.0.2.0/24' });
      },
      `${HEAD}  { action = "permit", prefix = "192.0.2.0/24" },\n${OWN}${LONG}${REST}${TAIL}`,
    ],
    [
      'other places: comments move with their elements',
      (d) => {
        d.import_policy.reverse();
      },
      `${HEAD}${REST}${LONG}${OWN}${TAIL}`,
    ],
    [
      'none left: the comments that belong to none stay',
      (d) => {
        d.import_policy = [];
      },
      `${HEAD}${TAIL}`,
    ],
  ])('%s', (_rule, change, expected) => {
    expect(rewritten(STATEMENTS, change)).toBe(expected);
  });

  it('without a comma behind the last: one comes when something follows, and none behind the new last', () => {
    const text = 'a = [\n  1, # one\n  2 # two\n]\n';
    const push = (d: Draft) => d.a.push(3);
    const reverse = (d: Draft) => d.a.reverse();
    expect(rewritten(text, push)).toBe('a = [\n  1, # one\n  2, # two\n  3\n]\n');
    expect(rewritten(text, reverse)).toBe('a = [\n  2, # two\n  1 # one\n]\n');
  });

  it('the same value twice: each in its place', () => {
    expect(
      rewritten('a = [\n  5, # one\n  5, # two\n]\n', (d) => {
        d.a[0] = 6;
      }),
    ).toBe('a = [\n  6, # one\n  5, # two\n]\n');
  });

  it('keeps Windows line ends', () => {
    expect(
      rewritten('a = [\r\n  1, # one\r\n]\r\n', (d) => {
        d.a.push(2);
      }),
    ).toBe('a = [\r\n  1, # one\r\n  2,\r\n]\r\n');
  });

  it('several elements on a line', () => {
    expect(
      rewritten('a = [\n  1, 2, # low\n  3, 4, # high\n]\n', (d) => {
        d.a[2] = 9;
      }),
    ).toBe('a = [\n  1, 2, # low\n  9, 4, # high\n]\n');
  });

  it.each<[string, (draft: Draft) => void, string]>([
    [
      'the first of a line goes: the next begins it',
      (d) => {
        d.a.shift();
      },
      'a = [\n  2, # low\n  3, 4,\n]\n',
    ],
    [
      'the last goes, with the comment',
      (d) => {
        d.a.splice(1, 1);
      },
      'a = [\n  1,\n  3, 4,\n]\n',
    ],
    [
      'behind a comment there is no place',
      (d) => {
        d.a = [2, 4, 3, 1];
      },
      'a = [\n  2, # low\n  4,\n  3,\n  1,\n]\n',
    ],
  ])('several on a line: %s', (_rule, change, expected) => {
    expect(rewritten('a = [\n  1, 2, # low\n  3, 4,\n]\n', change)).toBe(expected);
  });

  it('commas in front of elements: written anew', () => {
    expect(
      rewritten('a = [ 1 # one\n  , 2 ]\n', (d) => {
        d.a.push(3);
      }),
    ).toBe('a = [1, 2, 3]\n');
  });
});

describe('a value on one line', () => {
  it.each<[string, string, (draft: Draft) => void, string]>([
    [
      'spaces inside the brackets',
      'a = [ 0x10, 2 ] # why\n',
      (d) => {
        d.a[1] = 3;
      },
      'a = [ 0x10, 3 ] # why\n',
    ],
    [
      'an element more',
      'a = ["#x"]\n',
      (d) => {
        d.a.push('y');
      },
      'a = ["#x", "y"]\n',
    ],
    [
      'an inline table, its own way of writing',
      'a = {x=0x10,  y = { z = 1 }}\n',
      (d) => {
        d.a.y.z = 2;
      },
      'a = {x=0x10,  y = { z = 2 }}\n',
    ],
    [
      'dotted keys in an inline table: written anew',
      'a = { x.y = 1, x.z = 2 }\n',
      (d) => {
        d.a.x.z = 3;
      },
      'a = { x = { y = 1, z = 3 } }\n',
    ],
  ])('%s', (_rule, text, change, expected) => {
    expect(rewritten(text, change)).toBe(expected);
  });
});

describe('tables made by dotted keys', () => {
  it.each<[string, string, (draft: Draft) => void, string]>([
    [
      'a key more stays among them',
      '[t]\n# mine\na.b = 1 # one\nz = 2\n\n[u]\n',
      (d) => {
        d.t.a.c = 3;
      },
      '[t]\n# mine\na.b = 1 # one\na.c = 3\nz = 2\n\n[u]\n',
    ],
    [
      'at the root',
      '# first\na.b.c = 1\n\n[u]\nx = 1\n',
      (d) => {
        d.a.d = { e: 5 };
        d.a.b.f = 6;
      },
      '# first\na.b.c = 1\na.b.f = 6\na.d = { e = 5 }\n\n[u]\nx = 1\n',
    ],
    [
      'one changed, one gone',
      '[t]\na.b = 1 # one\na.c = 2\n',
      (d) => {
        d.t.a = { b: 9 };
      },
      '[t]\na.b = 9 # one\n',
    ],
  ])('%s', (_rule, text, change, expected) => {
    expect(rewritten(text, change)).toBe(expected);
  });
});

describe('comment lines below the last key', () => {
  const text = '[a]\nx = 1\n# y = 2\n\n# about b\n[b]\nz = 3\n# w = 4\n';
  it.each<[string, (draft: Draft) => void, string]>([
    [
      'stay where they are when a key comes',
      (d) => {
        d.a.k = 9;
        d.b.k = 9;
      },
      '[a]\nx = 1\n# y = 2\nk = 9\n\n# about b\n[b]\nz = 3\n# w = 4\nk = 9\n',
    ],
    [
      'belong to their table when another one comes behind it',
      (d) => {
        d.a.t = { k: [9] };
      },
      '[a]\nx = 1\n# y = 2\n\n[a.t]\nk = [9]\n\n# about b\n[b]\nz = 3\n# w = 4\n',
    ],
    [
      'go with their table',
      (d) => {
        delete d.a;
      },
      '# about b\n[b]\nz = 3\n# w = 4\n',
    ],
  ])('%s', (_rule, change, expected) => {
    expect(rewritten(text, change)).toBe(expected);
  });

  it('belong to the next table when it follows directly', () => {
    expect(
      rewritten('[a]\nx = 1\n# about b\n[b]\n', (d) => {
        d.a.k = 9;
      }),
    ).toBe('[a]\nx = 1\nk = 9\n# about b\n[b]\n');
  });
});

it('text that is no TOML is refused with a value', () => {
  expect(rewriteToml('a = \n', { a: 1 })).toMatchObject({ ok: false, error: { code: 'not-rewritable' } });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      rewriteToml(text, { a: 1 });
    }),
  );
});

const element = fc.record({ v: fc.nat({ max: 5 }), comment: fc.boolean(), behind: fc.boolean() });

it('any change of a commented array keeps the comments of every element that is still there', () => {
  fc.assert(
    fc.property(fc.array(element, { minLength: 1, maxLength: 6 }), fc.array(fc.nat({ max: 8 })), (elements, after) => {
      const own = elements.map((one, at) => ({ ...one, v: at })); // each value once, so that it has one comment
      const text = `a = [\n${own
        .map(({ v, comment, behind }) => `${comment ? `  # above ${v}\n` : ''}  ${v},${behind ? ` # of ${v}` : ''}\n`)
        .join('')}]\n`;
      const wanted = [...new Set(after)];
      const result = rewriteToml(text, { a: wanted });
      if (!result.ok) throw new Error(result.error.message);
      expect(areEqual(parse(result.value), { a: wanted })).toBe(true);
      for (const { v, comment, behind } of own) {
        if (!wanted.includes(v)) continue;
        if (comment) expect(result.value).toContain(`  # above ${v}\n  ${v},`);
        if (behind) expect(result.value).toContain(`  ${v}, # of ${v}\n`);
      }
    }),
    { numRuns: 1000 },
  );
});
