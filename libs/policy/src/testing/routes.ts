import { AttributeView, encodeAttributes, type PathAttributes, parseIpPrefix, toFamily } from '@bgp/wire';
import type { PolicyContext, PolicySource, PolicyStatement, RouteView } from '../types.ts';

/** A route as policies see it, from text and decoded attributes. For the tests of this package. */
export function route(prefix: string, attributes: PathAttributes = {}, safi = 1): RouteView {
  const parsed = parseIpPrefix(prefix);
  const canonical = encodeAttributes({ origin: 0, asPath: [], ...attributes });
  if (!parsed.ok || !canonical.ok) throw new Error(`test route ${prefix} is not valid`);
  const { octets, length } = parsed.value;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const word = (index: number) => (octets.length > index * 4 ? view.getUint32(index * 4) : 0);
  return {
    family: toFamily(octets.length === 4 ? 1 : 2, safi),
    w0: word(0),
    w1: word(1),
    w2: word(2),
    w3: word(3),
    length,
    attributes: new AttributeView().reset(canonical.value),
  };
}

export const EXTERNAL: PolicyContext = { neighbor: '192.0.2.1', neighborAs: 65_001, routeType: 'external' };

export function policy(...statements: readonly PolicyStatement[]): PolicySource {
  return { name: 'p', defaultAction: 'deny', statements };
}
