import { err, ok, type Result } from '../result.ts';
import type { TextError } from './text-error.ts';
import type { Asn } from './types.ts';

/** Decimal (asplain) or `high.low` (asdot+), RFC 5396 §2. */
export function parseAsn(text: string): Result<Asn, TextError> {
  const match = /^(\d{1,10})(?:\.(\d{1,5}))?$/.exec(text);
  const invalid = err<TextError>({ code: 'asn-invalid', text });
  if (match === null) return invalid;
  const high = Number(match[1]);
  if (match[2] === undefined) return high <= 0xffff_ffff ? ok(high) : invalid;
  const low = Number(match[2]);
  return high <= 0xffff && low <= 0xffff ? ok(high * 0x1_0000 + low) : invalid;
}
