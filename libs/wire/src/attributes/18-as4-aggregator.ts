import { readU32 } from '../bytes/byte-reader.ts';
import type { WireError } from '../errors.ts';

/** AS4_AGGREGATOR, RFC 6793 §6 and RFC 7607 §2; like AS4_PATH it ends in the reader. */
export function checkAs4Aggregator(octets: Uint8Array, start: number, end: number): WireError | undefined {
  if (end - start !== 8) return { code: 'as4-aggregator-length-invalid', length: end - start };
  return readU32(octets, start) === 0 ? { code: 'as4-aggregator-as-zero' } : undefined;
}
