import { type CapabilityCodec, isUint, outOfRange } from './codec.ts';

/** Four octets: the AS number. @source RFC 6793 §3 */
export const fourOctetAs: CapabilityCodec<'four-octet-as'> = {
  code: 65,
  type: 'four-octet-as',
  decode: (value) => ({ type: 'four-octet-as', as: value.u32() }),
  encode(capability, target) {
    if (!isUint(capability.as, 32)) return outOfRange('as', capability.as);
    target.u32(capability.as);
    return undefined;
  },
};
