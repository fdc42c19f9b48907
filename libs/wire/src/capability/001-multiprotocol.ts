import { afiOf, safiOf, toFamily } from '../family.ts';
import type { CapabilityCodec } from './codec.ts';

/**
 * ```text
 * | AFI (2) | reserved (1) | SAFI (1) |
 * ```
 * @source RFC 4760 §8
 */
export const multiprotocol: CapabilityCodec<'multiprotocol'> = {
  code: 1,
  type: 'multiprotocol',
  decode(value) {
    const afi = value.u16();
    value.u8(); // reserved: "SHOULD be set to 0 by the sender and ignored by the receiver"
    return { type: 'multiprotocol', family: toFamily(afi, value.u8()) };
  },
  encode({ family }, target) {
    target.u16(afiOf(family));
    target.u8(0);
    target.u8(safiOf(family));
    return undefined;
  },
};
