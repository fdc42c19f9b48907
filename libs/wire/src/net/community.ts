import { err, ok, type Result } from '../result.ts';
import type { TextError } from './text-error.ts';

/** Well-known communities that have a name in text. @source IANA "BGP Well-known Communities" */
export const WELL_KNOWN_COMMUNITY = {
  GRACEFUL_SHUTDOWN: 0xffff_0000, // RFC 8326
  LLGR_STALE: 0xffff_0006, // RFC 9494
  NO_LLGR: 0xffff_0007, // RFC 9494
  BLACKHOLE: 0xffff_029a, // RFC 7999
  NO_EXPORT: 0xffff_ff01, // RFC 1997
  NO_ADVERTISE: 0xffff_ff02, // RFC 1997
  NO_EXPORT_SUBCONFED: 0xffff_ff03, // RFC 1997
} as const;

const BY_NAME: ReadonlyMap<string, number> = new Map(Object.entries(WELL_KNOWN_COMMUNITY));
const BY_VALUE: ReadonlyMap<number, string> = new Map([...BY_NAME].map(([name, value]) => [value, name]));

/** `65000:1`, or the name of a well-known community. */
export function formatCommunity(community: number): string {
  return BY_VALUE.get(community) ?? `${community >>> 16}:${community & 0xffff}`;
}

/** A name as `formatCommunity` writes it, or two 16-bit numbers; as an unsigned 32-bit number. */
export function parseCommunity(text: string): Result<number, TextError> {
  const named = BY_NAME.get(text);
  if (named !== undefined) return ok(named);
  const match = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  const high = Number(match?.[1] ?? Number.NaN);
  const low = Number(match?.[2] ?? Number.NaN);
  return high <= 0xffff && low <= 0xffff ? ok(high * 0x1_0000 + low) : err({ code: 'community-invalid', text });
}
