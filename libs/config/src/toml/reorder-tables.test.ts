import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
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

const A = '# A, contract 1\n[[neighbors]]\naddress = "a" # ours\nhold_time = 0x1E\n# passive = true\n';
const B = '[[neighbors]]\naddress = "b"\n\n# of b\n[neighbors.local_as]\nasn = 1\n';
const C = '# C\n[[neighbors]]\naddress = "c"\n';
const HEAD = '[global]\nasn = 1\n\n';
const TAIL = '\n# The end.\n[policy]\nx = 1\n';
const FILE = `${HEAD}${A}\n${B}\n\n${C}${TAIL}`;

describe('tables that change places', () => {
  it.each<[string, (draft: Draft) => void, string]>([
    [
      'with all that belongs to them; the gaps between stay',
      (d) => {
        d.neighbors.reverse();
      },
      `${HEAD}${C}\n${B}\n\n${A}${TAIL}`,
    ],
    [
      'and one of them changes',
      (d) => {
        d.neighbors.push(d.neighbors.shift());
        d.neighbors[2].hold_time = 9;
      },
      `${HEAD}${B}\n${C}\n\n${A.replace('0x1E', '9')}${TAIL}`,
    ],
    [
      'and one goes',
      (d) => {
        d.neighbors = [d.neighbors[2], d.neighbors[0]];
      },
      `${HEAD}${C}\n${A}\n\n${TAIL.trimStart()}`,
    ],
  ])('%s', (_rule, change, expected) => {
    expect(rewritten(FILE, change)).toBe(expected);
  });

  it('inside tables, at an open end', () => {
    const text = '[[p.d.statements]]\n# one\nv = 1\n\n[[p.d.statements]]\nv = 2 # two';
    expect(
      rewritten(text, (d) => {
        d.p.d.statements.reverse();
      }),
    ).toBe('[[p.d.statements]]\nv = 2 # two\n\n[[p.d.statements]]\n# one\nv = 1\n');
  });

  it('scattered over the file they are written anew, and right', () => {
    const text = '[[a]]\nv = 1\n[b]\nx = 1\n[[a]]\nv = 2\n';
    const change = (d: Draft) => d.a.reverse();
    expect(rewritten(text, change)).toContain('[b]\nx = 1\n');
  });

  it('any order, any of them gone: every comment of who is left is there', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 1 }),
        fc.boolean(),
        (names, isChanged) => {
          const all = ['a', 'b', 'c', 'd', 'e'];
          const text = all.map((name) => `# about ${name}\n[[t]]\nname = "${name}" # ${name}\nv = 0\n`).join('\n');
          const wanted = names.map((name) => ({ name, v: isChanged && name === 'a' ? 1 : 0 }));
          const result = rewriteToml(text, { t: wanted });
          if (!result.ok) throw new Error(result.error.message);
          expect(parse(result.value)).toEqual({ t: wanted });
          for (const name of names)
            expect(result.value).toContain(`# about ${name}\n[[t]]\nname = "${name}" # ${name}\n`);
        },
      ),
      { numRuns: 500 },
    );
  });
});
