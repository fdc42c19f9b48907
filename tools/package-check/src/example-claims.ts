import { inspect } from 'node:util';

/** The `// =>` of one example while it runs. */
export class ExampleClaims {
  readonly #expected: readonly string[];
  readonly #seen = new Set<number>();

  constructor(expected: readonly string[]) {
    this.#expected = expected;
  }

  /** The value of an expression, as `util.inspect` writes it. */
  is(claim: number, value: unknown): void {
    this.#compare(claim, inspect(value, { depth: null, maxArrayLength: null }));
  }

  /** What `console.log` prints. */
  prints(claim: number, value: unknown): void {
    if (typeof value === 'string') this.#compare(claim, value);
    else this.is(claim, value);
  }

  /** A claim that no run comes by is not shown by anything. */
  end(): void {
    const missed = this.#expected.findIndex((_, claim) => !this.#seen.has(claim));
    if (missed >= 0) throw new Error(`nothing came by the line with // => ${this.#expected[missed]}`);
  }

  #compare(claim: number, shown: string): void {
    const expected = this.#expected[claim] ?? '';
    this.#seen.add(claim);
    const parts = bare(expected).split('…');
    const pattern = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*');
    if (!new RegExp(`^${pattern}$`).test(bare(shown))) {
      throw new Error(`the document says // => ${expected}\nbut it is ${shown}`);
    }
  }
}

/** Without layout, which depends on the width, and without the lengths that `inspect` gives of arrays. */
function bare(text: string): string {
  return text.replaceAll(/(?<=Array|Map|Set)\(\d+\)/g, '').replaceAll(/\s/g, '');
}
