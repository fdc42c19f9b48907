import type { LargeCommunity } from '../attributes/types.ts';
import { err, ok, type Result } from '../result.ts';
import type { TextError } from './text-error.ts';

/** RFC 8092 §5: three decimal numbers without leading zeros. */
export function formatLargeCommunity({ globalAdministrator, localData1, localData2 }: LargeCommunity): string {
  return `${globalAdministrator}:${localData1}:${localData2}`;
}

/** `a:b:c`, or `LC:a:b:c` as policies write it. */
export function parseLargeCommunity(text: string): Result<LargeCommunity, TextError> {
  const match = /^(?:LC:)?(\d{1,10}):(\d{1,10}):(\d{1,10})$/.exec(text);
  const [globalAdministrator, localData1, localData2] = (match ?? []).slice(1).map(Number);
  const isValid =
    globalAdministrator !== undefined &&
    localData1 !== undefined &&
    localData2 !== undefined &&
    Math.max(globalAdministrator, localData1, localData2) <= 0xffff_ffff;
  return isValid ? ok({ globalAdministrator, localData1, localData2 }) : err({ code: 'large-community-invalid', text });
}
