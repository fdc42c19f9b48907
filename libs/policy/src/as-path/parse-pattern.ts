import { err, ok, type Result } from '@bgp/wire';
import { ANY_SYMBOL, BORDERS, DIGITS, symbolOf } from './symbols.ts';

/** A regular expression over a printed AS path. */
export type Pattern =
  | { readonly type: 'symbols'; readonly mask: number }
  | { readonly type: 'start' | 'end' | 'border' | 'empty' }
  | { readonly type: 'sequence' | 'choice'; readonly parts: readonly Pattern[] }
  /** `max` absent: no limit. */
  | { readonly type: 'repeat'; readonly part: Pattern; readonly min: number; readonly max?: number };

export interface PatternError {
  /** From 0, in the pattern. */
  readonly at: number;
  readonly message: string;
  readonly hint?: string;
}

const MAX_LENGTH = 4_096;
const MAX_DEPTH = 64;

/**
 * The part of the usual syntax that has a meaning over AS paths: digits, space, `.`, `[…]`, `(…)`, `|`, `*`, `+`, `?`, `{m,n}`, `^`,
 * `$`, and `_` for a border between AS numbers: start, end, space or bracket.
 */
export function parsePattern(text: string): Result<Pattern, PatternError> {
  if (text.length > MAX_LENGTH) return err({ at: 0, message: `it is longer than ${MAX_LENGTH} characters` });
  return new PatternParser(text).parse();
}

class PatternParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #error: PatternError | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Result<Pattern, PatternError> {
    const pattern = this.#choice();
    if (this.#error === undefined && this.#at < this.#text.length) {
      this.#fail(this.#at, 'this ) closes nothing', 'write \\) for a bracket of a confederation path');
    }
    return this.#error === undefined ? ok(pattern) : err(this.#error);
  }

  #choice(): Pattern {
    const parts = [this.#sequence()];
    while (this.#error === undefined && this.#take('|')) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { type: 'choice', parts };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#error === undefined && this.#at < this.#text.length && !'|)'.includes(this.#text[this.#at]!)) {
      parts.push(this.#repeated());
    }
    return parts.length === 1 ? parts[0]! : parts.length === 0 ? { type: 'empty' } : { type: 'sequence', parts };
  }

  #repeated(): Pattern {
    let part = this.#atom();
    for (let bounds = this.#quantifier(); bounds !== undefined; bounds = this.#quantifier()) {
      part = { type: 'repeat', part, ...bounds };
      this.#take('?'); // how greedy it is makes no difference to whether it matches
    }
    return part;
  }

  #quantifier(): { readonly min: number; readonly max?: number } | undefined {
    if (this.#error !== undefined) return undefined;
    if (this.#take('*')) return { min: 0 };
    if (this.#take('+')) return { min: 1 };
    if (this.#take('?')) return { min: 0, max: 1 };
    // A brace with anything else in it is that of a set.
    const counted = /^\{(\d{1,5})(,(\d{0,5}))?\}/.exec(this.#text.slice(this.#at, this.#at + 16));
    if (counted === null) return undefined;
    const [whole, least = '', comma, most] = counted;
    const min = Number(least);
    const max = comma === undefined ? min : most === '' || most === undefined ? undefined : Number(most);
    if (max !== undefined && max < min) this.#fail(this.#at, `${whole} asks for at least ${min} and at most ${max}`);
    this.#at += whole.length;
    return max === undefined ? { min } : { min, max };
  }

  #atom(): Pattern {
    const at = this.#at;
    const character = this.#text[at]!; // the callers have looked
    this.#at++;
    switch (character) {
      case '^':
        return { type: 'start' };
      case '$':
        return { type: 'end' };
      case '_':
        return { type: 'border' };
      case '.':
        return { type: 'symbols', mask: ANY_SYMBOL };
      case '(':
        return this.#group(at);
      case '[':
        return this.#class(at);
      case '\\':
        return this.#escape(at);
      case '*':
      case '+':
      case '?':
        return this.#fail(at, `nothing stands before this ${character}`);
      default:
        return this.#literal(character, at);
    }
  }

  #group(at: number): Pattern {
    if (this.#take('?') && !this.#take(':')) {
      return this.#fail(at, 'look-around and named groups are not supported', 'write a plain ( … )');
    }
    if (++this.#depth > MAX_DEPTH) return this.#fail(at, `groups go deeper than ${MAX_DEPTH}`);
    const pattern = this.#choice();
    this.#depth--;
    if (this.#error === undefined && !this.#take(')')) return this.#fail(at, 'this ( is not closed');
    return pattern;
  }

  #class(at: number): Pattern {
    const isNegated = this.#take('^');
    let mask = 0;
    for (let isFirst = true; isFirst || this.#text[this.#at] !== ']'; isFirst = false) {
      const from = this.#classSymbol(at);
      if (from === undefined) return { type: 'empty' };
      let to = from;
      if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']') {
        this.#at++;
        to = this.#classSymbol(at) ?? from;
        if (to < from || to > 9) return this.#fail(at, 'a range goes from a digit to a higher one, as [0-9]');
      }
      for (let symbol = from; symbol <= to; symbol++) mask |= 1 << symbol;
    }
    this.#at++;
    return { type: 'symbols', mask: isNegated ? ANY_SYMBOL & ~mask : mask };
  }

  #classSymbol(at: number): number | undefined {
    if (this.#at >= this.#text.length) {
      this.#fail(at, 'this [ is not closed', 'write \\[ for a bracket of a confederation path');
      return undefined;
    }
    this.#take('\\');
    const character = this.#text[this.#at] ?? '';
    const symbol = symbolOf(character);
    if (symbol === undefined) this.#notInPaths(character, this.#at);
    this.#at++;
    return symbol;
  }

  #escape(at: number): Pattern {
    const character = this.#text[this.#at] ?? '';
    this.#at++;
    if (character === 'd') return { type: 'symbols', mask: DIGITS };
    if (character === 'D' || character === 's') return { type: 'symbols', mask: BORDERS };
    if (character === 'b') return { type: 'border' };
    if (/[1-9]/.test(character)) return this.#fail(at, 'references to groups are not supported');
    return this.#literal(character, at + 1);
  }

  #literal(character: string, at: number): Pattern {
    const symbol = symbolOf(character);
    return symbol === undefined ? this.#notInPaths(character, at) : { type: 'symbols', mask: 1 << symbol };
  }

  #notInPaths(character: string, at: number): Pattern {
    const hint = 'an AS path has digits, spaces, and {} around sets; _ is a border between AS numbers';
    return this.#fail(at, character === '' ? 'it ends in a \\' : `no AS path has a "${character}"`, hint);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** The first mistake counts; whoever asked gets something to go on with. */
  #fail(at: number, message: string, hint?: string): Pattern {
    this.#error ??= { at, message, ...(hint === undefined ? {} : { hint }) };
    return { type: 'empty' };
  }
}
