import { type CapabilityCodec, isUint, outOfRange } from './codec.ts';

/** One octet: 0 provider, 1 route server, 2 route-server client, 3 customer, 4 peer. @source RFC 9234 §4.1 */
export const role: CapabilityCodec<'role'> = {
  code: 9,
  type: 'role',
  decode: (value) => ({ type: 'role', role: value.u8() }),
  encode(capability, target) {
    if (!isUint(capability.role, 8)) return outOfRange('role', capability.role);
    target.u8(capability.role);
    return undefined;
  },
};
