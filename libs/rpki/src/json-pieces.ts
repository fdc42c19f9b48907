import { err, ok, type Result } from '@bgp/wire';
import type { Sliced } from './sliced.ts';

/** Elements that are parsed at once, and characters that are looked at without a pause: each about a millisecond. */
const ELEMENTS_PER_PIECE = 256;
const CHARACTERS_PER_PIECE = 1 << 18;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What keeps the elements; a text ends the reading. */
export type TakeElements<E> = (member: string, elements: readonly unknown[], firstIndex: number) => E | undefined;

/** `detail`: one sentence. */
export interface JsonTextError {
  readonly code: 'json-invalid';
  readonly detail: string;
}

/**
 * Reads a JSON object with long lists a piece at a time: `JSON.parse` of a whole file of RPKI data would take most of a second.
 *
 * Structure is found by brackets, quotes and commas; elements of the lists are cut out and parsed by the hundred, and what is left, with the
 * lists empty, in the end: so everything that is no JSON is noticed by `JSON.parse` itself.
 *
 * @param lists members of the outermost object whose elements go to `take`, in order. Each may be there once.
 * @returns the object with these lists empty; or what `take` returned.
 */
export function* readJsonInPieces<E>(
  text: string,
  lists: readonly string[],
  take: TakeElements<E>,
): Sliced<Result<unknown, E | JsonTextError>> {
  const rest: string[] = [];
  const seen = new Set<string>();
  let restFrom = 0;
  let depth = 0;
  let stringFrom = -1;
  let member: string | undefined;
  let list: { readonly name: string; from: number; index: number; count: number } | undefined;
  let pause = CHARACTERS_PER_PIECE;

  const flush = (to: number, isLast: boolean): E | JsonTextError | undefined => {
    if (list === undefined) return undefined;
    const piece = text.slice(list.from, to);
    // A comma was cut off before this piece, so something has to follow it.
    if (isLast && list.index > 0 && piece.trim() === '') return invalid('a list ends in a comma');
    const elements = parse(`[${piece}]`);
    if (!elements.ok) return elements.error;
    const values = elements.value as readonly unknown[]; // the text has brackets around it
    const refused = take(list.name, values, list.index);
    list.index += values.length;
    list.from = to + 1;
    list.count = 0;
    return refused;
  };

  for (let at = 0; at < text.length; at++) {
    if (--pause === 0) {
      pause = CHARACTERS_PER_PIECE;
      yield;
    }
    const character = text.charCodeAt(at);
    if (stringFrom >= 0) {
      if (character === BACKSLASH) at++;
      if (character !== QUOTE) continue;
      if (depth === 1 && member === undefined) member = text.slice(stringFrom + 1, at);
      stringFrom = -1;
    } else if (character === QUOTE) {
      stringFrom = at;
    } else if (character === OPEN_ARRAY || character === OPEN_OBJECT) {
      depth++;
      if (depth !== 2 || character !== OPEN_ARRAY || member === undefined || !lists.includes(member)) continue;
      if (seen.has(member)) return err(invalid(`${member} is there twice`));
      seen.add(member);
      list = { name: member, from: at + 1, index: 0, count: 0 };
      rest.push(text.slice(restFrom, at + 1));
    } else if (character === CLOSE_ARRAY || character === CLOSE_OBJECT) {
      if (depth === 2 && list !== undefined) {
        const refused = flush(at, true);
        if (refused !== undefined) return err(refused);
        list = undefined;
        restFrom = at;
      }
      depth--;
    } else if (character === COMMA) {
      if (depth === 1) member = undefined;
      if (depth !== 2 || list === undefined || ++list.count < ELEMENTS_PER_PIECE) continue;
      const refused = flush(at, false);
      if (refused !== undefined) return err(refused);
      yield;
    }
  }
  if (list !== undefined) return err(invalid(`${list.name} does not end`));
  rest.push(text.slice(restFrom));
  return parse(rest.join(''));
}

function parse(text: string): Result<unknown, JsonTextError> {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return err(invalid((error as Error).message)); // JSON.parse throws SyntaxError only
  }
}

function invalid(detail: string): JsonTextError {
  return { code: 'json-invalid', detail };
}
