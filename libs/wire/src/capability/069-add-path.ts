import { afiOf, safiOf, toFamily } from '../family.ts';
import { type CapabilityCodec, isUint, outOfRange } from './codec.ts';
import type { AddPathEntry } from './types.ts';

/**
 * ```text
 * | AFI (2) | SAFI (1) | send/receive (1) |  … repeated
 * ```
 * @source RFC 7911 §4
 */
export const addPath: CapabilityCodec<'add-path'> = {
  code: 69,
  type: 'add-path',
  decode(value) {
    const entries: AddPathEntry[] = [];
    while (value.remaining > 0) {
      const family = toFamily(value.u16(), value.u8());
      entries.push({ family, sendReceive: value.u8() });
    }
    return { type: 'add-path', entries };
  },
  encode({ entries }, target) {
    for (const { family, sendReceive } of entries) {
      if (!isUint(sendReceive, 8)) return outOfRange('sendReceive', sendReceive);
      target.u16(afiOf(family));
      target.u8(safiOf(family));
      target.u8(sendReceive);
    }
    return undefined;
  },
};
