import type { Family } from '@bgp/wire';
import type {
  FlowSpecAction,
  FlowSpecBitmaskType,
  FlowSpecComponent,
  FlowSpecNumericType,
  FlowSpecPrefixType,
  FlowSpecRule,
  FlowSpecValueOctets,
} from '@bgp/wire/flowspec';
import { formatIpPrefix, formatIpv4, formatIpv6 } from '@bgp/wire/net';
import fc from 'fast-check';
import { ipv4Prefix, u32 } from './wire.ts';

const WIDTHS: readonly FlowSpecValueOctets[] = [1, 2, 4, 8];

/** Values at the edges of every width, and the small ones that rules share. */
const EDGES = [
  0n,
  1n,
  6n,
  63n,
  80n,
  255n,
  256n,
  65535n,
  65536n,
  0xffff_ffffn,
  0x1_0000_0000n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 64n - 1n,
];

/** A value with a width that holds it, as a decoder tells it: the width is named when it is not the one an encoder would take. */
function sizedValue(least: FlowSpecValueOctets, greatest: FlowSpecValueOctets, maxValue: bigint) {
  return fc
    .tuple(fc.oneof(fc.constantFrom(...EDGES), fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n)), fc.nat(3))
    .map(([wanted, wider]) => {
      const limit = [2n ** BigInt(8 * greatest) - 1n, maxValue].reduce((a, b) => (a < b ? a : b));
      const value = wanted % (limit + 1n);
      const needed = WIDTHS.findIndex((width) => value >> BigInt(8 * width) === 0n);
      const shortest = Math.max(
        needed,
        WIDTHS.findIndex((width) => width >= least),
      );
      const last = WIDTHS.indexOf(greatest);
      // Usually as short as can be; else any width that holds the value, a shorter one than recommended among them.
      const chosen = wider < 2 ? shortest : Math.min(needed + wider - 2, last);
      const valueOctets = WIDTHS[chosen] ?? 8;
      return {
        value: value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value,
        ...(chosen === shortest ? {} : { valueOctets }),
      };
    });
}

function operators<T extends { readonly and: boolean }>(match: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc
    .array(match, { minLength: 1, maxLength: 4 })
    .map((list) => list.map((one, index) => (index === 0 ? { ...one, and: false } : one)));
}

function numeric(type: FlowSpecNumericType): fc.Arbitrary<FlowSpecComponent> {
  const value = type === 'dscp' ? sizedValue(1, 1, 63n) : sizedValue(type === 'flow-label' ? 4 : 1, 8, 2n ** 64n - 1n);
  const flag = fc.boolean();
  const match = fc
    .tuple(fc.record({ and: flag, lt: flag, gt: flag, eq: flag }), value)
    .map(([operator, sized]) => ({ ...operator, ...sized }));
  return operators(match).map((matches) => ({ type, matches }));
}

function bitmask(type: FlowSpecBitmaskType, ipv6: boolean): fc.Arbitrary<FlowSpecComponent> {
  const width = type === 'tcp-flags' ? sizedValue(1, 2, 0xffffn) : sizedValue(1, 1, 0x0fn);
  const flag = fc.boolean();
  const match = fc.tuple(fc.record({ and: flag, not: flag, match: flag }), width).map(([operator, sized]) => {
    const value = Number(sized.value);
    // RFC 8956 §3.6: IPv6 has no DF.
    return { ...operator, ...sized, value: type === 'fragment' && ipv6 ? value & 0x0e : value };
  });
  return operators(match).map((matches) => ({ type, matches }));
}

/** IPv6: few distinct bits, so that prefixes cover each other, and every offset and length. */
function prefix(type: FlowSpecPrefixType, ipv6: boolean): fc.Arbitrary<FlowSpecComponent> {
  if (!ipv6) return ipv4Prefix().map((text) => ({ type, prefix: text, offset: 0 }));
  const octet = fc.oneof(fc.constantFrom(0, 0x20, 0xff), fc.nat(255));
  const lengths = fc
    .tuple(fc.oneof(fc.constantFrom(0, 1, 32, 64, 104, 127, 128), fc.nat(128)), fc.oneof(fc.constant(0), fc.nat(127)))
    .map(([length, offset]) => ({ length, offset: offset < length ? offset : 0 }));
  return fc.tuple(fc.array(octet, { minLength: 16, maxLength: 16 }), lengths).map(([list, { length, offset }]) => {
    const octets = Uint8Array.from(list, (value, at) => {
      let kept = 0;
      for (let bit = 0; bit < 8; bit++) {
        const address = at * 8 + bit;
        if (address >= offset && address < length) kept |= value & (0x80 >> bit);
      }
      return kept;
    });
    return { type, prefix: formatIpPrefix(octets, length), offset };
  });
}

const NUMERIC: readonly FlowSpecNumericType[] = [
  'ip-protocol',
  'port',
  'destination-port',
  'source-port',
  'icmp-type',
  'icmp-code',
];

/** A FlowSpec rule of the family, exactly as its octets decode; about half of all component types are in it. */
export function flowSpecRule(family: Family): fc.Arbitrary<FlowSpecRule> {
  const ipv6 = family >>> 8 === 2;
  const all = [
    prefix('destination-prefix', ipv6),
    prefix('source-prefix', ipv6),
    ...NUMERIC.map(numeric),
    bitmask('tcp-flags', ipv6),
    numeric('packet-length'),
    numeric('dscp'),
    bitmask('fragment', ipv6),
    ...(ipv6 ? [numeric('flow-label')] : []),
  ];
  return fc
    .tuple(...all.map((component) => fc.option(component, { nil: undefined })))
    .map((components) => components.filter((component) => component !== undefined))
    .filter((components) => components.length > 0)
    .map((components) => ({ family, components }));
}

/** A FlowSpec action, exactly as its octets decode. */
export function flowSpecAction(): fc.Arbitrary<FlowSpecAction> {
  const flag = fc.boolean();
  const u16 = fc.nat(0xffff);
  const ipv4 = u32().map(formatIpv4);
  const ipv6 = fc.tuple(u32(), u32(), u32(), u32()).map((words) => formatIpv6(...words));
  const rate = fc.oneof(
    fc.constantFrom(0, 1, 1000, 9600, Number.POSITIVE_INFINITY),
    fc.float({ min: 0, noNaN: true }).map((value) => Math.abs(value)),
  );
  return fc.oneof<fc.Arbitrary<FlowSpecAction>[]>(
    fc.record({ type: fc.constantFrom('traffic-rate-bytes', 'traffic-rate-packets'), id: u16, rate }),
    fc.record({ type: fc.constant('traffic-action'), sample: flag, terminal: flag }),
    fc.record({ type: fc.constant('rt-redirect'), form: fc.constant('as2'), administrator: u16, assigned: u32() }),
    fc.record({ type: fc.constant('rt-redirect'), form: fc.constant('as4'), administrator: u32(), assigned: u16 }),
    fc.record({ type: fc.constant('rt-redirect'), form: fc.constant('ipv4'), administrator: ipv4, assigned: u16 }),
    fc.record({ type: fc.constant('rt-redirect'), form: fc.constant('ipv6'), administrator: ipv6, assigned: u16 }),
    fc.record({ type: fc.constant('traffic-marking'), dscp: fc.nat(63) }),
    fc.record({ type: fc.constant('redirect-to-next-hop'), copy: flag }),
    fc.record({ type: fc.constant('redirect-to-ip'), address: fc.oneof(ipv4, ipv6), copy: flag }),
  );
}
