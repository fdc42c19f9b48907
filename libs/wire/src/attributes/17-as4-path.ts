import type { WireError } from '../errors.ts';
import { checkSegments, findAsZero, hasConfedSegment } from './as-path-segments.ts';

/**
 * AS4_PATH, RFC 6793 §6. It exists between a two-octet speaker and us only, and only until the reader has merged it into
 * AS_PATH: it has no field of its own and no row in the table.
 *
 * @returns what is wrong; `as4-path-confed-segment` leaves the rest usable, every other verdict discards the attribute.
 */
export function checkAs4Path(octets: Uint8Array, start: number, end: number): WireError | undefined {
  const length = end - start;
  if (length < 6 || length % 2 !== 0) return { code: 'as4-path-malformed', reason: 'length' };
  const fault = checkSegments(octets, start, end, 4);
  if (fault !== undefined) return { code: 'as4-path-malformed', reason: fault.reason };
  // RFC 7607 §2.
  if (findAsZero(octets, start, end, 4) >= 0) return { code: 'as4-path-malformed', reason: 'as-zero' };
  return hasConfedSegment(octets, start, end, 4) ? { code: 'as4-path-confed-segment' } : undefined;
}
