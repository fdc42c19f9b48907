import { describe, expect, it } from 'vitest';
import { formatFamily } from '../../family.ts';
import { canonicalFlowSpec } from './canonical-flowspec.ts';
import { checkFlowSpec, MAX_FLOWSPEC_OCTETS } from './check-flowspec.ts';
import { compareFlowSpec } from './compare-flowspec.ts';
import { decodeFlowSpec } from './decode-flowspec.ts';
import { FlowSpecDestination } from './destination-prefix.ts';
import { encodeFlowSpec } from './encode-flowspec.ts';
import { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from './family.ts';
import { flowSpecNlriOctets, writeFlowSpecNlri } from './flowspec-nlri.ts';
import { FlowSpecNlriCursor } from './flowspec-nlri-cursor.ts';
import type { FlowSpecComponent, FlowSpecNumericMatch } from './types.ts';

function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const V4 = IPV4_FLOWSPEC;
const V6 = IPV6_FLOWSPEC;
const EQUAL: FlowSpecNumericMatch = { and: false, lt: false, gt: false, eq: true, value: 80 };

it('the families have the names of the configuration', () => {
  expect([V4, V6].map(formatFamily)).toEqual(['ipv4_flowspec', 'ipv6_flowspec']);
});

describe('checkFlowSpec', () => {
  it.each([
    // rule, family, octets, expected
    ['the reference row', V4, '01 18 c0 00 02 03 81 06', undefined],
    ['a rule has components (RFC 8955 §4.2)', V4, '', { code: 'flowspec-empty', offset: 0 }],
    ['type 0 is reserved', V4, '00 81 06', { code: 'flowspec-component-unknown', offset: 0, component: 0 }],
    ['type 12 is the last of IPv4', V4, '0c 80 05', undefined],
    [
      'type 13 is IPv6 only (RFC 8956 §3.7)',
      V4,
      '0d 81 06',
      { code: 'flowspec-component-unknown', offset: 0, component: 13 },
    ],
    ['type 13 is known in IPv6', V6, '0d 81 06', undefined],
    ['type 14 is unknown', V6, '0e 81 06', { code: 'flowspec-component-unknown', offset: 0, component: 14 }],
    ['types ascend (§4.2)', V4, '04 81 19 03 81 06', { code: 'flowspec-component-order', offset: 3, component: 3 }],
    [
      'a type is there once (§4.2)',
      V4,
      '03 81 06 03 81 11',
      { code: 'flowspec-component-order', offset: 3, component: 3 },
    ],
    ['an IPv4 prefix of 32 bits', V4, '01 20 c0 00 02 01', undefined],
    [
      'an IPv4 prefix of 33 bits',
      V4,
      '01 21 c0 00 02 01 00',
      { code: 'flowspec-prefix-length-invalid', offset: 0, component: 1, length: 33, prefixOffset: 0 },
    ],
    ['a prefix of no bits', V4, '01 00', undefined],
    ['a prefix without its length', V4, '01', { code: 'flowspec-truncated', offset: 0, component: 1 }],
    ['a prefix that runs out', V4, '01 18 c0 00', { code: 'flowspec-truncated', offset: 0, component: 1 }],
    ['an IPv6 prefix without its offset', V6, '02 40', { code: 'flowspec-truncated', offset: 0, component: 2 }],
    ['IPv6: length 0 with offset 0 matches all (RFC 8956 §3.1)', V6, '01 00 00', undefined],
    [
      'IPv6: length 0 with another offset',
      V6,
      '01 00 01',
      { code: 'flowspec-prefix-length-invalid', offset: 0, component: 1, length: 0, prefixOffset: 1 },
    ],
    [
      'IPv6: the offset is less than the length',
      V6,
      '01 40 40',
      { code: 'flowspec-prefix-length-invalid', offset: 0, component: 1, length: 64, prefixOffset: 64 },
    ],
    ['IPv6: one bit', V6, '01 40 3f 80', undefined],
    ['IPv6: length 128', V6, '01 80 78 01', undefined],
    [
      'IPv6: length 129',
      V6,
      '01 81 78 01 00',
      { code: 'flowspec-prefix-length-invalid', offset: 0, component: 1, length: 129, prefixOffset: 120 },
    ],
    ['a list has an operator', V4, '03', { code: 'flowspec-truncated', offset: 0, component: 3 }],
    ['a value is there', V4, '03 81', { code: 'flowspec-truncated', offset: 0, component: 3 }],
    ['a value is there in whole', V4, '04 91 1f', { code: 'flowspec-truncated', offset: 0, component: 4 }],
    [
      'a list ends with the end bit (§4.2.1.1)',
      V4,
      '03 01 06',
      { code: 'flowspec-truncated', offset: 0, component: 3 },
    ],
    ['eight octets of value are legal for a port (SHOULD)', V4, '04 b1 00 00 00 00 00 00 00 50', undefined],
    ['TCP flags in two octets (§4.2.2.9)', V4, '09 90 01 02', undefined],
    [
      'TCP flags in four octets (MUST)',
      V4,
      '09 a0 00 00 00 02',
      { code: 'flowspec-value-length-invalid', offset: 0, component: 9, length: 4, max: 2 },
    ],
    [
      'DSCP in two octets (§4.2.2.11, MUST)',
      V4,
      '0b 91 00 0a',
      { code: 'flowspec-value-length-invalid', offset: 0, component: 11, length: 2, max: 1 },
    ],
    [
      'fragment in two octets (§4.2.2.12, MUST)',
      V4,
      '0c 90 00 01',
      { code: 'flowspec-value-length-invalid', offset: 0, component: 12, length: 2, max: 1 },
    ],
    ['a DSCP over 63: its high bits do not count (§4.2.2.11)', V4, '0b 81 65', undefined],
  ])('%s', (_rule, family, hex, expected) => {
    const octets = octetsOf(hex);
    expect(checkFlowSpec(octets, 0, octets.length, family)).toEqual(expected);
    // In a frame the offsets are the frame's.
    const frame = Uint8Array.of(0xff, 0xff, ...octets, 0xff);
    const inFrame = checkFlowSpec(frame, 2, 2 + octets.length, family);
    expect(inFrame).toEqual(expected === undefined ? undefined : { ...expected, offset: expected.offset + 2 });
    expect(decodeFlowSpec(frame, 2, 2 + octets.length, family).ok).toBe(expected === undefined);
  });
});

describe('canonicalFlowSpec', () => {
  it.each([
    // rule, family, as received, the key
    ['bits past an IPv4 prefix (RFC 4271 §4.3)', V4, '01 09 c0 ff', '01 09 c0 80'],
    ['whole octets of a prefix stay', V4, '01 18 c0 00 ff', '01 18 c0 00 ff'],
    ['padding of an IPv6 pattern (RFC 8956 §3.1)', V6, '02 68 41 24 68 ac f1 35', '02 68 41 24 68 ac f1 34'],
    ['reserved bit of numeric operators (RFC 8955 §4.2.1.1)', V4, '03 0b 06 89 11', '03 03 06 81 11'],
    ['reserved bits of bitmask operators (§4.2.1.2)', V4, '09 8f 02', '09 83 02'],
    ['AND bit of the first operator (§4.2.1.1)', V4, '03 41 06 c1 11', '03 01 06 c1 11'],
    ['high bits of DSCP (§4.2.2.11)', V4, '0b 81 ff', '0b 81 3f'],
    ['high bits of fragment (§4.2.2.12)', V4, '0c 80 ff', '0c 80 0f'],
    ['DF does not exist in IPv6 (RFC 8956 §3.6)', V6, '0c 80 ff', '0c 80 0e'],
    ['the width of a value stays', V4, '04 91 00 50', '04 91 00 50'],
  ])('%s', (_rule, family, hex, key) => {
    const octets = octetsOf(hex);
    const frame = Uint8Array.of(0xff, ...octets, 0xff);
    expect(canonicalFlowSpec(frame, 1, 1 + octets.length, family)).toEqual(octetsOf(key));
    expect(frame).toEqual(Uint8Array.of(0xff, ...octets, 0xff)); // as it was
    const decoded = decodeFlowSpec(octets, 0, octets.length, family);
    expect(decoded.ok && encodeFlowSpec(decoded.value)).toEqual({ ok: true, value: octetsOf(key) });
  });
});

describe('FlowSpecNlriCursor', () => {
  const walk = (hex: string, addPath = false) => {
    const octets = octetsOf(hex);
    const cursor = new FlowSpecNlriCursor().reset(octets, 0, octets.length, addPath, V6);
    const found: number[][] = [];
    while (cursor.next()) found.push([cursor.pathId, cursor.start, cursor.end]);
    return { found, error: cursor.error };
  };
  it.each([
    ['nothing', '', false, [], undefined],
    [
      'two rules',
      '03 03 81 06 03 03 81 11',
      false,
      [
        [0, 1, 4],
        [0, 5, 8],
      ],
      undefined,
    ],
    ['an empty rule has a place too', '00', false, [[0, 1, 1]], undefined],
    ['a short length in two octets (RFC 8955 §4.1: "can")', 'f0 03 03 81 06', false, [[0, 2, 5]], undefined],
    ['path ids (RFC 7911 §3)', '00 00 00 07 03 03 81 06', true, [[7, 5, 8]], undefined],
    ['a rule that runs out', '00 05 03 81', false, [[0, 1, 1]], { offset: 1, length: 5 }],
    ['half a length', 'f0', false, [], { offset: 0, length: 0 }],
    ['a long length that runs out', 'ff ff 00', false, [], { offset: 0, length: 4095 }],
    ['a path id without a rule', '00 00 00 07', true, [], { offset: 0, length: 0 }],
  ])('%s', (_rule, hex, addPath, found, error) => {
    expect(walk(hex, addPath)).toEqual({
      found,
      error: error === undefined ? undefined : { code: 'nlri-truncated', family: V6, ...error },
    });
  });
});

describe('length', () => {
  it.each([
    // RFC 8955 §4.1 names 239 (0xef) and 240 (0xf0f0); twelve bits end at 4095
    [239, 'ef'],
    [240, 'f0f0'],
    [255, 'f0ff'],
    [4095, 'ffff'],
  ])('%i octets', (length, prefix) => {
    const octets = prefix.length / 2 + length;
    expect(flowSpecNlriOctets(length, false)).toBe(octets);
    const target = new Uint8Array(octets + 1);
    expect(writeFlowSpecNlri(new Uint8Array(length), 0, length, undefined, target, 1)).toBe(octets + 1);
    expect(target.slice(1, 1 + prefix.length / 2)).toEqual(octetsOf(prefix));
  });

  it('4096 octets are refused, with nothing written', () => {
    const target = new Uint8Array(5000);
    const long = new Uint8Array(4096).fill(1);
    expect(() => writeFlowSpecNlri(long, 0, 4096, 1, target, 0)).toThrow(RangeError);
    expect(target.every((octet) => octet === 0)).toBe(true);
    expect(checkFlowSpec(long, 0, 4096, V4)).toEqual({ code: 'flowspec-too-long', offset: 0, length: 4096 });
  });

  it('a target without room is refused, with nothing written', () => {
    const target = new Uint8Array(8);
    expect(() => writeFlowSpecNlri(octetsOf('03 81 06'), 0, 3, 1, target, 1)).toThrow(RangeError);
    expect(target).toEqual(new Uint8Array(8));
    expect(writeFlowSpecNlri(octetsOf('03 81 06'), 0, 3, 1, target, 0)).toBe(8);
    expect(target).toEqual(octetsOf('00 00 00 01 03 03 81 06'));
  });

  it.each([
    ['4095', [...new Array(1364).fill(8080), 1], 4095], // 1 + 1364 × 3 + 2
    ['4096', [...new Array(1365).fill(8080)], undefined],
  ])('a rule of %s octets', (_octets, ports, length) => {
    const matches = ports.map((value) => ({ ...EQUAL, value }));
    const encoded = encodeFlowSpec({ family: V4, components: [{ type: 'port', matches }] });
    if (length === undefined)
      return expect(encoded).toEqual({
        ok: false,
        error: { code: 'field-too-long', field: 'flowspec', length: 4096, max: MAX_FLOWSPEC_OCTETS },
      });
    const octets = encoded.ok ? encoded.value : new Uint8Array(0);
    expect(octets).toHaveLength(length);
    expect(decodeFlowSpec(octets, 0, length, V4)).toEqual({
      ok: true,
      value: { family: V4, components: [{ type: 'port', matches }] },
    });
  });
});

describe('encodeFlowSpec', () => {
  const prefix = (text: string, offset = 0): FlowSpecComponent => ({
    type: 'destination-prefix',
    prefix: text,
    offset,
  });
  const port = (match: Partial<FlowSpecNumericMatch>): FlowSpecComponent => ({
    type: 'port',
    matches: [{ ...EQUAL, ...match }],
  });
  const outOfRange = (field: string, value: unknown) => ({ code: 'value-out-of-range', field, value });

  it.each<[string, number, FlowSpecComponent[], unknown]>([
    ['no component', V4, [], outOfRange('components', 0)],
    ['components out of order', V4, [port({}), prefix('192.0.2.0/24')], outOfRange('components', 'destination-prefix')],
    ['a component twice', V4, [port({}), port({})], outOfRange('components', 'port')],
    ['a flow label in IPv4', V4, [{ type: 'flow-label', matches: [EQUAL] }], outOfRange('components', 'flow-label')],
    [
      'a prefix of the other family',
      V4,
      [prefix('2001:db8::/32')],
      { code: 'address-invalid', field: 'prefix', value: '2001:db8::/32' },
    ],
    ['an offset in IPv4', V4, [prefix('192.0.2.0/24', 8)], outOfRange('offset', 8)],
    ['an offset that is the length', V6, [prefix('::/64', 64)], outOfRange('offset', 64)],
    ['no match', V4, [{ type: 'port', matches: [] }], outOfRange('port', 'no match')],
    ['AND in the first match', V4, [port({ and: true })], outOfRange('port', 'and')],
    ['a negative value', V4, [port({ value: -1 })], outOfRange('port', -1)],
    ['half a value', V4, [port({ value: 0.5 })], outOfRange('port', 0.5)],
    ['a value over 64 bits', V4, [port({ value: 2n ** 64n })], outOfRange('port', 2n ** 64n)],
    ['a value too large for its width', V4, [port({ value: 256, valueOctets: 1 })], outOfRange('port', 256)],
    ['a DSCP over 63', V4, [{ type: 'dscp', matches: [{ ...EQUAL, value: 64 }] }], outOfRange('dscp', 64)],
    [
      'a DSCP in two octets',
      V4,
      [{ type: 'dscp', matches: [{ ...EQUAL, value: 1, valueOctets: 2 }] }],
      outOfRange('dscp', 1),
    ],
    [
      'DF in IPv6',
      V6,
      [{ type: 'fragment', matches: [{ and: false, not: false, match: false, value: 1 }] }],
      outOfRange('fragment', 1),
    ],
    [
      'TCP flags over two octets',
      V4,
      [{ type: 'tcp-flags', matches: [{ and: false, not: false, match: false, value: 0x1_0000 }] }],
      outOfRange('tcp-flags', 0x1_0000),
    ],
  ])('refuses %s', (_what, family, components, error) => {
    expect(encodeFlowSpec({ family, components })).toEqual({ ok: false, error });
  });

  it.each<[string, number, FlowSpecComponent[], string]>([
    ['host bits are cleared', V4, [prefix('192.0.2.255/24')], '01 18 c0 00 02'],
    ['the least octets that hold a value', V4, [port({ value: 255 })], '04 81 ff'],
    ['two octets from 256 on', V4, [port({ value: 256 })], '04 91 01 00'],
    ['four octets from 65536 on', V4, [port({ value: 65536 })], '04 a1 00 01 00 00'],
    ['eight octets', V4, [port({ value: 2n ** 64n - 1n })], '04 b1 ff ff ff ff ff ff ff ff'],
    ['a named width', V4, [port({ valueOctets: 2 })], '04 91 00 50'],
    [
      'a flow label in four octets (RFC 8956 §3.7)',
      V6,
      [{ type: 'flow-label', matches: [{ ...EQUAL, value: 1 }] }],
      '0d a1 00 00 00 01',
    ],
  ])('%s', (_rule, family, components, hex) => {
    expect(encodeFlowSpec({ family, components })).toEqual({ ok: true, value: octetsOf(hex) });
  });
});

describe('compareFlowSpec', () => {
  it.each([
    // rule (RFC 8955 §5.1, RFC 8956 §4), family, first, second
    ['the lower type is first', V4, '01 08 0a', '02 08 0a'],
    ['a rule that has run out is last', V4, '01 08 0a 03 81 06', '01 08 0a'],
    ['the more specific prefix is first', V4, '01 10 0a 00', '01 08 0a'],
    ['neither covers the other: the lowest address is first', V4, '01 08 09', '01 10 0a 00'],
    ['everything covers less than nothing', V4, '01 01 80', '01 00'],
    ['the source counts as the destination does', V4, '02 10 0a 00', '02 08 0a'],
    [
      'the lowest offset is first, whatever the length',
      V6,
      '01 08 00 20',
      '01 80 08 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00',
    ],
    ['equal offsets: the more specific', V6, '01 20 08 01 02 03', '01 18 08 01 02'],
    ['equal offsets: the lowest value', V6, '01 18 08 01 01', '01 18 08 01 02'],
    ['lists by memcmp', V4, '03 81 06', '03 81 11'],
    ['memcmp sees the operator first', V4, '03 01 ff 81 ff', '03 81 06'],
    ['unequal lengths: the lowest common part', V4, '04 81 19', '04 91 00 50'],
    ['the longer list is first when the shorter one starts it', V4, '05 01 19 81 19', '05 81 19'],
    ['equal components leave it to the next', V4, '01 08 0a 03 81 06 04 81 19', '01 08 0a 03 81 06 04 81 1a'],
  ])('%s', (_rule, family, first, second) => {
    expect(compareFlowSpec(octetsOf(first), octetsOf(second), family)).toBeLessThan(0);
    expect(compareFlowSpec(octetsOf(second), octetsOf(first), family)).toBeGreaterThan(0);
    expect(compareFlowSpec(octetsOf(first), octetsOf(first), family)).toBe(0);
  });
});

describe('FlowSpecDestination', () => {
  it.each([
    ['IPv4', V4, '01 17 c0 00 03 03 81 06', [0xc000_0200, 0, 0, 0, 23, 0]],
    ['IPv6', V6, '01 30 00 20 01 0d b8 00 01', [0x2001_0db8, 0x0001_0000, 0, 0, 48, 0]],
    ['IPv6 with an offset', V6, '01 68 41 24 68 ac f1 34', [0, 0, 0x1234_5678, 0x9a00_0000, 104, 65]],
    ['none: the source comes first', V4, '02 18 c0 00 02', undefined],
    ['none: an empty rule', V4, '', undefined],
  ])('%s', (_rule, family, hex, expected) => {
    const octets = octetsOf(hex);
    const destination = new FlowSpecDestination();
    destination.read(octetsOf('01 80 00 20 01 0d b8 00 01 00 02 00 03 00 04 00 05 00 06'), 0, 19, V6);
    expect(destination.read(octets, 0, octets.length, family)).toBe(expected !== undefined);
    const { w0, w1, w2, w3, length, offset } = destination;
    expect([w0, w1, w2, w3, length, offset]).toEqual(expected ?? [0, 0, 0, 0, 0, 0]);
  });
});
