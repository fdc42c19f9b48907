import { clearHostBits, formatIpPrefix } from '@bgp/wire';
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { isInside, prefixKey } from './prefix-key.ts';

const block = fc
  .record({ octets: fc.uint8Array({ minLength: 4, maxLength: 4, max: 3 }), length: fc.integer({ min: 0, max: 32 }) })
  .map(({ octets, length }) => {
    clearHostBits(octets, length);
    return { octets, length };
  });
const bitsOf = (octets: Uint8Array) => [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');

test.prop([block, block])('a block is inside another as its bits begin with the other’s', (inner, outer) => {
  const expected =
    inner.length >= outer.length && bitsOf(inner.octets).startsWith(bitsOf(outer.octets).slice(0, outer.length));
  expect(isInside(inner, outer)).toBe(expected);
  if (inner.length >= outer.length) {
    expect(prefixKey(inner.octets, outer.length) === prefixKey(outer.octets, outer.length)).toBe(expected);
  }
});

test.prop([block, block])('keys are equal for equal blocks only', (one, other) => {
  const isSame = formatIpPrefix(one.octets, one.length) === formatIpPrefix(other.octets, other.length);
  expect(prefixKey(one.octets, one.length) === prefixKey(other.octets, other.length)).toBe(isSame);
});

test('families are never inside each other', () => {
  expect(isInside({ octets: new Uint8Array(4), length: 0 }, { octets: new Uint8Array(16), length: 0 })).toBe(false);
  expect(prefixKey(new Uint8Array(4), 0)).not.toBe(prefixKey(new Uint8Array(16), 0));
});
