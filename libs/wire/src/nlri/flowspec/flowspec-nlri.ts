import { MAX_FLOWSPEC_OCTETS } from './check-flowspec.ts';

/** Octets that `writeFlowSpecNlri` needs for a rule of so many. */
export function flowSpecNlriOctets(ruleOctets: number, addPath: boolean): number {
  return (addPath ? 4 : 0) + (ruleOctets < 0xf0 ? 1 : 2) + ruleOctets;
}

/**
 * Writes one NLRI at `target[at]`: the path id when there is one (RFC 7911 §3), the length, and the rule's octets `[start, end)`.
 * What `checkFlowSpec` or `encodeFlowSpec` passed is never longer than the length can say; a longer rule is the caller's mistake
 * and throws, as does a target without room (`flowSpecNlriOctets`).
 * @returns where the NLRI ends in the target.
 * @source RFC 8955 §4.1
 */
export function writeFlowSpecNlri(
  octets: Uint8Array,
  start: number,
  end: number,
  pathId: number | undefined,
  target: Uint8Array,
  at: number,
): number {
  const length = end - start;
  const needed = flowSpecNlriOctets(length, pathId !== undefined);
  if (length > MAX_FLOWSPEC_OCTETS) throw new RangeError(`a FlowSpec rule of ${length} octets`);
  if (at + needed > target.length) throw new RangeError(`${needed} octets of NLRI at ${at} of ${target.length}`);
  let position = at;
  if (pathId !== undefined) {
    target[position++] = pathId >>> 24;
    target[position++] = pathId >>> 16;
    target[position++] = pathId >>> 8;
    target[position++] = pathId;
  }
  if (length < 0xf0) {
    target[position++] = length;
  } else {
    target[position++] = 0xf0 | (length >>> 8);
    target[position++] = length;
  }
  for (let i = start; i < end; i++) target[position++] = octets[i]!;
  return position;
}
