import { readU32 } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { isUnsigned, MAX_U32 } from './codec.ts';
import { OPTIONAL_TRANSITIVE } from './codes.ts';
import type { ListEdit, UnitPattern } from './edit.ts';
import { beginTlv, endTlv, putTlv } from './tlv.ts';
import { matchesUnit } from './unit-pattern.ts';

/** The attribute as it was; `start` is -1 when it was absent. */
export interface ListSlot {
  readonly code: number;
  readonly flags: number;
  readonly octets: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Writes a list attribute after `set`, `remove`, `removeMatching` and `add`, each value once; nothing when it ends up empty. Values are
 * compared as runs of `wordsPerUnit` 32-bit words, which `toWords` appends. `stays`, when given, is asked with the first word of each
 * value that was there before.
 */
export function writeEditedList<T>(
  current: ListSlot,
  edit: ListEdit<T> | undefined,
  wordsPerUnit: number,
  toWords: (value: T, words: number[]) => void,
  stays: ((firstWord: number) => boolean) | undefined,
  out: ByteWriter,
): void {
  const { code, flags, octets, start, end } = current;
  if (edit === undefined && (stays === undefined || allStay(octets, start, end, wordsPerUnit, stays))) {
    if (start >= 0) putTlv(out, flags, code, octets, start, end);
    return;
  }
  const toList = (values: readonly T[] | undefined): number[] => {
    const words: number[] = [];
    for (const value of values ?? []) toWords(value, words);
    return words;
  };
  const removed = toList(edit?.remove);
  const kept: number[] = [];
  const base = edit?.set === undefined ? readWords(octets, start, end, wordsPerUnit, stays) : toList(edit.set);
  appendUnique(kept, withoutMatching(base, edit?.removeMatching ?? [], wordsPerUnit), removed, wordsPerUnit);
  appendUnique(kept, toList(edit?.add), [], wordsPerUnit);
  if (kept.length === 0) return;
  const tlv = beginTlv(out, start >= 0 ? flags : OPTIONAL_TRANSITIVE, code);
  for (const word of kept) {
    if (!isUnsigned(word, MAX_U32)) throw new RangeError(`${word} is not an unsigned 32-bit number`);
    out.u32(word);
  }
  endTlv(out, tlv);
}

/** The three words of `a:b:c`. */
export function parseLargeCommunityWords(text: string, words: number[]): void {
  const parts = text.split(':').map(Number);
  if (parts.length !== 3) throw new RangeError(`large community ${text}`);
  words.push(...parts);
}

function allStay(
  octets: Uint8Array,
  start: number,
  end: number,
  wordsPerUnit: number,
  stays: (firstWord: number) => boolean,
): boolean {
  for (let at = start; at >= 0 && at < end; at += wordsPerUnit * 4) if (!stays(readU32(octets, at))) return false;
  return true;
}

function readWords(
  octets: Uint8Array,
  start: number,
  end: number,
  wordsPerUnit: number,
  stays: ((firstWord: number) => boolean) | undefined,
): number[] {
  const words: number[] = [];
  for (let unit = start; unit >= 0 && unit < end; unit += wordsPerUnit * 4) {
    if (stays !== undefined && !stays(readU32(octets, unit))) continue;
    for (let at = unit; at < unit + wordsPerUnit * 4; at += 4) words.push(readU32(octets, at));
  }
  return words;
}

function withoutMatching(words: readonly number[], patterns: readonly UnitPattern[], unit: number): readonly number[] {
  if (patterns.length === 0) return words;
  const octets = new Uint8Array(unit * 4);
  const view = new DataView(octets.buffer);
  const kept: number[] = [];
  for (let at = 0; at < words.length; at += unit) {
    const one = words.slice(at, at + unit);
    for (const [index, word] of one.entries()) view.setUint32(index * 4, word);
    if (!patterns.some((pattern) => matchesUnit(octets, 0, pattern))) kept.push(...one);
  }
  return kept;
}

/** Appends the units of `source` that are neither in `target` yet nor in `except`. */
function appendUnique(target: number[], source: readonly number[], except: readonly number[], unit: number): void {
  for (let at = 0; at < source.length; at += unit) {
    if (hasUnit(target, source, at, unit) || hasUnit(except, source, at, unit)) continue;
    for (let i = 0; i < unit; i++) target.push(source[at + i]!); // at + i < source.length: whole units
  }
}

function hasUnit(list: readonly number[], source: readonly number[], at: number, unit: number): boolean {
  for (let start = 0; start < list.length; start += unit) {
    let i = 0;
    while (i < unit && list[start + i] === source[at + i]) i++;
    if (i === unit) return true;
  }
  return false;
}
