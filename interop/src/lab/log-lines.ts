import { readFileSync } from 'node:fs';

/**
 * The lines of a file that something still writes. What stands after the last line end is the beginning of a line: a program's output comes in
 * pieces that end anywhere.
 */
export function finishedLines(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

/** The lines that are JSON objects, as such. */
export function jsonLines<T>(path: string): T[] {
  return finishedLines(path)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as T);
}
