import type { CapabilityCodec } from './codec.ts';

/** No value. @source RFC 8654 §3 */
export const extendedMessage: CapabilityCodec<'extended-message'> = {
  code: 6,
  type: 'extended-message',
  decode: () => ({ type: 'extended-message' }),
  encode: () => undefined,
};
