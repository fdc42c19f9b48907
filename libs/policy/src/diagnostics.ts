import type { PolicyDiagnostic, PolicyDiagnosticCode } from './types.ts';

/** Collects every mistake of a source: compiling goes on after the first one, so that people see them all. */
export class DiagnosticList {
  readonly all: PolicyDiagnostic[] = [];

  add(code: PolicyDiagnosticCode, path: DiagnosticPath, message: string, hint?: string): void {
    this.all.push(hint === undefined ? { code, path, message } : { code, path, message, hint });
  }
}

export type DiagnosticPath = readonly (string | number)[];

/** The candidate that a misspelled word most likely meant: at most two edits away, ignoring case. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance by rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
