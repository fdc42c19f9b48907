import { afiOf, safiOf, toFamily } from '../family.ts';
import { type CapabilityCodec, isUint, outOfRange } from './codec.ts';
import type { ExtendedNextHopEntry } from './types.ts';

/**
 * ```text
 * | NLRI AFI (2) | NLRI SAFI (2) | next hop AFI (2) |  … repeated
 * ```
 * @source RFC 8950 §4
 */
export const extendedNextHop: CapabilityCodec<'extended-next-hop'> = {
  code: 5,
  type: 'extended-next-hop',
  decode(value) {
    const entries: ExtendedNextHopEntry[] = [];
    while (value.remaining > 0) {
      const [afi, safi, nextHopAfi] = [value.u16(), value.u16(), value.u16()];
      // The SAFI has two octets here and one everywhere else; a larger one names no family.
      if (safi > 0xff) return undefined;
      entries.push({ family: toFamily(afi, safi), nextHopAfi });
    }
    return { type: 'extended-next-hop', entries };
  },
  encode({ entries }, target) {
    for (const { family, nextHopAfi } of entries) {
      if (!isUint(nextHopAfi, 16)) return outOfRange('nextHopAfi', nextHopAfi);
      target.u16(afiOf(family));
      target.u16(safiOf(family));
      target.u16(nextHopAfi);
    }
    return undefined;
  },
};
