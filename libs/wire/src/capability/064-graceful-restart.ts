import { afiOf, type Family, safiOf, toFamily } from '../family.ts';
import { type CapabilityCodec, isUint, outOfRange } from './codec.ts';

const RESTART_STATE = 0x8000;
/** RFC 8538 §2. */
const NOTIFICATION = 0x4000;
const FORWARDING_STATE = 0x80;

/**
 * ```text
 * | R N x x | restart time (12 bits) |  then per family  | AFI (2) | SAFI (1) | F · flags (1) |
 * ```
 * @source RFC 4724 §3, RFC 8538 §2
 */
export const gracefulRestart: CapabilityCodec<'graceful-restart'> = {
  code: 64,
  type: 'graceful-restart',
  decode(value) {
    const head = value.u16();
    const families: { family: Family; forwardingState: boolean }[] = [];
    while (value.remaining > 0) {
      const family = toFamily(value.u16(), value.u8());
      families.push({ family, forwardingState: (value.u8() & FORWARDING_STATE) !== 0 });
    }
    return {
      type: 'graceful-restart',
      restartState: (head & RESTART_STATE) !== 0,
      notification: (head & NOTIFICATION) !== 0,
      restartTime: head & 0x0fff,
      families,
    };
  },
  encode(capability, target) {
    if (!isUint(capability.restartTime, 12)) return outOfRange('restartTime', capability.restartTime);
    const flags = (capability.restartState ? RESTART_STATE : 0) | (capability.notification ? NOTIFICATION : 0);
    target.u16(flags | capability.restartTime);
    for (const { family, forwardingState } of capability.families) {
      target.u16(afiOf(family));
      target.u8(safiOf(family));
      target.u8(forwardingState ? FORWARDING_STATE : 0);
    }
    return undefined;
  },
};
