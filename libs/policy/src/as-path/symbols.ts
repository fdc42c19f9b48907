/**
 * The alphabet of a printed AS path: digits; one separator (a comma in a pattern means the same); and the brackets of sets `{}`,
 * confederation sequences `()` and confederation sets `[]`.
 */
export const SEPARATOR = 10;
export const SYMBOL_COUNT = 17;
/** By AS_PATH segment type (RFC 4271 §4.3, RFC 5065 §3): 1 set, 2 sequence, 3 confederation sequence, 4 confederation set. */
export const OPENING: readonly (number | undefined)[] = [undefined, 11, undefined, 13, 15];
export const CLOSING: readonly (number | undefined)[] = [undefined, 12, undefined, 14, 16];

const CHARACTERS: ReadonlyMap<string, number> = new Map([
  ...[...'0123456789'].map((digit, at) => [digit, at] as const),
  [' ', SEPARATOR],
  [',', SEPARATOR],
  ['{', 11],
  ['}', 12],
  ['(', 13],
  [')', 14],
  ['[', 15],
  [']', 16],
]);

/** Undefined: no AS path has this character. */
export function symbolOf(character: string): number | undefined {
  return CHARACTERS.get(character);
}

/** Sets of symbols are bit masks. */
export const ANY_SYMBOL = (1 << SYMBOL_COUNT) - 1;
export const DIGITS = (1 << 10) - 1;
/** What `_` may stand for, besides the ends of the path. */
export const BORDERS = ANY_SYMBOL & ~DIGITS;
