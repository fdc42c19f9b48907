import type { CapabilityCodec } from './codec.ts';

/** No value. @source RFC 2918 §2 */
export const routeRefresh: CapabilityCodec<'route-refresh'> = {
  code: 2,
  type: 'route-refresh',
  decode: () => ({ type: 'route-refresh' }),
  encode: () => undefined,
};
