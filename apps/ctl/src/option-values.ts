import { UsageError } from './usage-error.ts';

/** What was given, by long name without dashes. */
export class OptionValues {
  private readonly given: ReadonlyMap<string, readonly string[]>;

  constructor(given: ReadonlyMap<string, readonly string[]>) {
    this.given = given;
  }

  has(name: string): boolean {
    return this.given.has(name);
  }

  /** The last one given. */
  text(name: string): string | undefined {
    return this.given.get(name)?.at(-1);
  }

  /** All given, each split at commas. */
  list(name: string): readonly string[] {
    return (this.given.get(name) ?? [])
      .flatMap((value) => value.split(','))
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }

  /** A whole number between the bounds. */
  number(name: string, max = 0xffff_ffff, min = 0): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseWhole(text, `--${name}`, min, max);
  }
}

export function parseWhole(text: string, what: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${what}: "${text}" is not a whole number from ${min} to ${max}`);
}
