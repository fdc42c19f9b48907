import { describe, expect, it } from 'vitest';
import { parseAsPath } from '../net/as-path-text.ts';
import { asPathOf, NO_ORIGIN, originOf } from './as-path-of.ts';
import { AttributeView } from './attribute-view.ts';
import { encodeAttributes } from './object-codec.ts';

function viewOf(text: string): AttributeView {
  const path = parseAsPath(text);
  if (!path.ok) throw new Error(text);
  const octets = encodeAttributes({ origin: 0, asPath: path.value, nextHop: '192.0.2.1' });
  if (!octets.ok) throw new Error(octets.error.code);
  return new AttributeView().reset(octets.value);
}

describe('Route Origin ASN (RFC 6811 §2)', () => {
  it.each([
    ['the last AS of a sequence', '65001 65002', 65002],
    ['an AS_SET at the end has none', '65001 {65002}', NO_ORIGIN],
    ['an AS_SET further left does not matter', '{65003} 65002', 65002],
    ['an empty path is ours', '', 64500],
    ['a path inside the confederation is ours', '(65001 65002)', 64500],
    ['what lies outside the confederation counts', '(65001) 65002', 65002],
  ])('%s', (_rule, text, origin) => {
    const view = viewOf(text);
    expect(originOf(view, 64500)).toBe(origin);
    const path = parseAsPath(text);
    expect(asPathOf(view)).toEqual(path.ok ? path.value : undefined);
  });

  it('an absent AS_PATH is ours', () => {
    expect(originOf(new AttributeView(), 64500)).toBe(64500);
    expect(asPathOf(new AttributeView())).toEqual([]);
  });
});
