import type { CapabilityCodec } from './codec.ts';

/** No value. @source RFC 7313 §3.1 */
export const enhancedRouteRefresh: CapabilityCodec<'enhanced-route-refresh'> = {
  code: 70,
  type: 'enhanced-route-refresh',
  decode: () => ({ type: 'enhanced-route-refresh' }),
  encode: () => undefined,
};
