import { err, ok, type Result } from '@bgp/wire';
import type { PathStep } from './types.ts';

/**
 * What the filter `path` of RIS Live says: steps that stand next to each other in the path, as `789$`, `^123,456,[789,10111]$`, `!6666$`.
 * Not a regular expression.
 *
 * ```text
 * [ ! ] [ ^ ] step { , step } [ $ ]      step: an AS number, or [AS,AS,…] for an AS_SET
 * ```
 *
 * `^`: from the neighbor on; `$`: up to the origin; `!`: paths that do not.
 */
export interface PathPattern {
  readonly steps: readonly PathStep[];
  readonly isFromStart: boolean;
  readonly isToEnd: boolean;
  readonly isInverted: boolean;
}

const STEP = /(?:(\d{1,10})|\[(\d{1,10}(?:,\d{1,10})*)\])(,|$)/y;
const AS_MAX = 0xffff_ffff;

/** A number is a pattern of one step. */
export function parsePathPattern(value: string | number): Result<PathPattern, 'path-pattern-invalid'> {
  const parts = /^(!?)(\^?)(.*?)(\$?)$/s.exec(String(value));
  const [, inverted = '', start = '', list = '', end = ''] = parts ?? [];
  const steps: PathStep[] = [];
  STEP.lastIndex = 0;
  for (let separator = ','; separator === ','; ) {
    const match = STEP.exec(list);
    if (match === null) return err('path-pattern-invalid');
    const asns = (match[1] ?? match[2] ?? '').split(',').map(Number);
    if (asns.some((asn) => asn > AS_MAX)) return err('path-pattern-invalid');
    steps.push(match[1] === undefined ? asns.sort((a, b) => a - b) : (asns[0] ?? 0));
    separator = match[3] ?? '';
  }
  return ok({ steps, isFromStart: start !== '', isToEnd: end !== '', isInverted: inverted !== '' });
}

export function matchesPath(
  { steps, isFromStart, isToEnd, isInverted }: PathPattern,
  path: readonly PathStep[],
): boolean {
  const last = path.length - steps.length;
  const from = isToEnd ? last : 0;
  const to = isFromStart ? 0 : last;
  let isFound = false;
  for (let at = Math.max(from, 0); at <= to && at <= last && !isFound; at++) {
    isFound = steps.every((step, index) => isSameStep(step, path[at + index]));
  }
  return isFound !== isInverted;
}

function isSameStep(step: PathStep, other: PathStep | undefined): boolean {
  if (typeof step === 'number' || typeof other === 'number' || other === undefined) return step === other;
  return step.length === other.length && step.every((asn, at) => asn === other[at]);
}
