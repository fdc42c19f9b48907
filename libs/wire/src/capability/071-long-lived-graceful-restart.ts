import { afiOf, type Family, safiOf, toFamily } from '../family.ts';
import { type CapabilityCodec, isUint, outOfRange } from './codec.ts';

const FORWARDING_STATE = 0x80;

/**
 * ```text
 * | AFI (2) | SAFI (1) | F · flags (1) | stale time in seconds (3) |  … repeated
 * ```
 * @source RFC 9494 §3
 */
export const longLivedGracefulRestart: CapabilityCodec<'long-lived-graceful-restart'> = {
  code: 71,
  type: 'long-lived-graceful-restart',
  decode(value) {
    const families: { family: Family; forwardingState: boolean; staleTime: number }[] = [];
    while (value.remaining > 0) {
      const family = toFamily(value.u16(), value.u8());
      const forwardingState = (value.u8() & FORWARDING_STATE) !== 0;
      families.push({ family, forwardingState, staleTime: value.u24() });
    }
    return { type: 'long-lived-graceful-restart', families };
  },
  encode({ families }, target) {
    for (const { family, forwardingState, staleTime } of families) {
      if (!isUint(staleTime, 24)) return outOfRange('staleTime', staleTime);
      target.u16(afiOf(family));
      target.u8(safiOf(family));
      target.u8(forwardingState ? FORWARDING_STATE : 0);
      target.u8(staleTime >>> 16);
      target.u16(staleTime & 0xffff);
    }
    return undefined;
  },
};
