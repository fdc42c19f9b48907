import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createVrp, type Vrp, vrpKey } from './vrp.ts';
import { formatPrefixRange, NO_ORIGIN, VrpTable } from './vrp-table.ts';

const vrpOf = (text: string, asn: number, maxLength?: number): Vrp => {
  const vrp = createVrp(text, asn, maxLength);
  if (typeof vrp === 'string') throw new Error(vrp);
  return vrp;
};
const add = (...announce: Vrp[]) => ({ announce, withdraw: [] });

describe('origin validation (RFC 6811 §2)', () => {
  const table = new VrpTable();
  table.apply(add(vrpOf('10.0.0.0/8', 64500, 16), vrpOf('10.1.0.0/16', 64501), vrpOf('192.0.2.0/24', 0)));
  it.each([
    ['a match', '10.0.0.0/16', 64500, 'valid'],
    ['any match of several coverings', '10.1.0.0/16', 64500, 'valid'],
    ['longer than the maximum length is covered still', '10.2.3.0/24', 64500, 'invalid'],
    ['another origin', '10.2.0.0/16', 64501, 'invalid'],
    ['no origin matches nothing', '10.0.0.0/16', NO_ORIGIN, 'invalid'],
    ['AS 0 matches nothing', '192.0.2.0/24', 0, 'invalid'],
    ['not covered', '11.0.0.0/8', 64500, 'not-found'],
    ['shorter than the VRP', '8.0.0.0/6', 64500, 'not-found'],
  ])('%s', (_rule, prefix, origin, expected) => {
    const { w0, length } = vrpOf(prefix, 0);
    expect(table.validateIpv4(w0, length, origin)).toBe(expected);
  });
});

describe('ranges to validate again', () => {
  it('the first VRP over a block reaches to the end, one under another to its own maximum length', () => {
    const table = new VrpTable();
    expect(table.apply(add(vrpOf('10.0.0.0/8', 1, 9))).map(formatPrefixRange)).toEqual(['10.0.0.0/8-32']);
    expect(table.apply(add(vrpOf('10.0.0.0/8', 1, 9)))).toEqual([]);
    expect(table.apply(add(vrpOf('10.1.0.0/16', 1, 20))).map(formatPrefixRange)).toEqual(['10.1.0.0/16-20']);
    expect(table.apply(add(vrpOf('10.2.0.0/16', 0, 20)))).toEqual([]);
  });
});

// Few bits and few ASes, so that blocks nest and collide.
const ipv4 = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 3 }), fc.nat(3))
  .map(([length, bits, more, asn]): Vrp => {
    const w0 = length === 0 ? 0 : ((bits << 26) & (-1 << (32 - length))) >>> 0;
    return { afi: 1, w0, w1: 0, w2: 0, w3: 0, length, maxLength: length + more, asn };
  });
const vrp = fc.oneof(
  ipv4,
  // The same shapes across the word borders of IPv6.
  fc.tuple(ipv4, fc.constantFrom(0, 30, 62, 94)).map(([v, shift]): Vrp => {
    const words = [0, 0, 0, 0];
    for (let bit = 0; bit < v.length; bit++) {
      const at = shift + bit;
      if ((v.w0 >>> (31 - bit)) & 1) words[at >> 5] = (words[at >> 5]! | (1 << (31 - (at & 31)))) >>> 0;
    }
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
    return { afi: 2, w0, w1, w2, w3, length: v.length + shift, maxLength: v.length + shift, asn: v.asn };
  }),
);

const bitsOf = (v: Vrp) => [v.w0, v.w1, v.w2, v.w3].map((word) => word.toString(2).padStart(32, '0')).join('');
const holds = (outer: Omit<Vrp, 'maxLength' | 'asn'>, inner: Vrp) =>
  outer.afi === inner.afi &&
  outer.length <= inner.length &&
  bitsOf({ ...outer, maxLength: 0, asn: 0 }).slice(0, outer.length) === bitsOf(inner).slice(0, outer.length);

function naive(vrps: Iterable<Vrp>, route: Vrp): string {
  const covering = [...vrps].filter((v) => holds(v, route));
  if (covering.length === 0) return 'not-found';
  const matches = covering.some((v) => route.length <= v.maxLength && v.asn === route.asn && v.asn !== 0);
  return matches ? 'valid' : 'invalid';
}

const validate = (table: VrpTable, { afi, w0, w1, w2, w3, length, asn }: Vrp) =>
  afi === 1 ? table.validateIpv4(w0, length, asn) : table.validateIpv6(w0, w1, w2, w3, length, asn);

const deltas = fc.array(fc.record({ announce: fc.array(vrp), withdraw: fc.array(vrp, { maxLength: 30 }) }), {
  maxLength: 6,
});

it.prop([deltas, fc.array(vrp, { minLength: 1, maxLength: 40 })], { numRuns: 500 })(
  'the trie is the naive search, incremental is from scratch, and no range is too small',
  (changes, routes) => {
    const table = new VrpTable();
    const set = new Map<string, Vrp>();
    for (const delta of changes) {
      const before = routes.map((route) => validate(table, route));
      const ranges = table.apply(delta);
      for (const v of delta.announce) set.set(vrpKey(v), v);
      for (const v of delta.withdraw) set.delete(vrpKey(v));
      for (const [index, route] of routes.entries()) {
        const now = validate(table, route);
        expect(now).toBe(naive(set.values(), route));
        if (now !== before[index])
          expect(ranges.some((r) => holds(r, route) && route.length <= r.maxLength)).toBe(true);
      }
      expect(table.size(1) + table.size(2)).toBe(set.size);
    }
  },
);
