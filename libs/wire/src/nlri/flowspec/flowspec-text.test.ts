import { describe, expect, it } from 'vitest';
import { decodeFlowSpecAction, encodeFlowSpecAction, type FlowSpecAction } from './action.ts';
import { formatFlowSpecRoute, parseFlowSpecAction } from './action-text.ts';
import { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from './family.ts';
import { formatFlowSpec } from './format-flowspec.ts';
import { parseFlowSpecText } from './parse-flowspec.ts';

const V4 = IPV4_FLOWSPEC;
const V6 = IPV6_FLOWSPEC;

describe('parseFlowSpecText reads other spellings', () => {
  it.each([
    // rule, family, text, as formatted
    ['any order', V4, 'port 80 proto tcp dst 192.0.2.0/24', 'dst 192.0.2.0/24 proto tcp port 80'],
    ['any spaces', V4, '  proto   tcp\n', 'proto tcp'],
    ['the component types as keywords', V4, 'destination-port 80 ip-protocol 6', 'proto tcp dst-port 80'],
    ['an equal sign', V4, 'port =80,=81', 'port 80,81'],
    ['host bits', V4, 'dst 192.0.2.1/24', 'dst 192.0.2.0/24'],
    ['an address', V4, 'dst 192.0.2.1', 'dst 192.0.2.1/32'],
    ['an IPv6 address', V6, 'src 2001:DB8::1', 'src 2001:db8::1/128'],
    ['bits before the offset', V6, 'src 2001:db8::1234:0:0:0/64-80', 'src ::1234:0:0:0/64-80'],
    ['numbers for names', V4, 'proto 6,17 tcp-flags 0x12', 'proto tcp,udp tcp-flags syn|ack'],
    ['a width that says nothing new', V4, 'port 80/1,443/2', 'port 80,443'],
    ['a name with another relation', V4, 'proto >=tcp', 'proto >=6'],
  ])('%s', (_rule, family, text, formatted) => {
    const parsed = parseFlowSpecText(text, family);
    expect(parsed.ok && formatFlowSpec(parsed.value)).toBe(formatted);
  });
});

describe('parseFlowSpecText refuses', () => {
  it.each([
    ['nothing', V4, ' ', 'flowspec-text-empty', ' '],
    ['an unknown keyword', V4, 'dst 192.0.2.0/24 vlan 7', 'flowspec-keyword-unknown', 'vlan'],
    ['a flow label in IPv4', V4, 'flow-label 7', 'flowspec-keyword-unknown', 'flow-label'],
    ['a component twice', V4, 'port 80 port 81', 'flowspec-keyword-repeated', 'port'],
    ['a keyword without a value', V4, 'dst 192.0.2.0/24 port', 'flowspec-value-missing', 'port'],
    ['a prefix of the other family', V4, 'dst 2001:db8::/32', 'flowspec-prefix-invalid', '2001:db8::/32'],
    ['a prefix that is too long', V4, 'dst 192.0.2.0/33', 'flowspec-prefix-invalid', '192.0.2.0/33'],
    ['an offset in IPv4', V4, 'dst 192.0.2.0/8-24', 'flowspec-prefix-invalid', '192.0.2.0/8-24'],
    ['an offset that is the length', V6, 'dst ::/64-64', 'flowspec-prefix-invalid', '::/64-64'],
    ['an unknown name', V4, 'proto tpc', 'flowspec-value-invalid', 'tpc'],
    ['an empty alternative', V4, 'port 80,', 'flowspec-value-invalid', ''],
    ['a leading zero', V4, 'port 080', 'flowspec-value-invalid', '080'],
    ['a width of three', V4, 'port 80/3', 'flowspec-value-invalid', '80/3'],
    ['any-of flags after =', V4, 'tcp-flags =syn|ack', 'flowspec-value-invalid', '=syn|ack'],
    ['all-of flags without =', V4, 'tcp-flags syn+ack', 'flowspec-value-invalid', 'syn+ack'],
    ['a relation of flags', V4, 'tcp-flags >=syn', 'flowspec-value-invalid', '>=syn'],
    ['a port over 65535', V4, 'port 80,65536', 'flowspec-value-out-of-range', '65536'],
    ['a protocol over 255', V4, 'proto 256', 'flowspec-value-out-of-range', '256'],
    ['a DSCP over 63', V4, 'dscp 64', 'flowspec-value-out-of-range', '64'],
    ['a DSCP over 63, with a width', V4, 'dscp 64/1', 'flowspec-value-out-of-range', '64/1'],
    ['a value over its width', V4, 'port 256/1', 'flowspec-value-out-of-range', '256/1'],
    ['DF in IPv6', V6, 'fragment dont-fragment', 'flowspec-value-out-of-range', 'dont-fragment'],
    ['a flow label over 20 bits', V6, 'flow-label 1048576', 'flowspec-value-out-of-range', '1048576'],
  ])('%s', (_what, family, text, code, part) => {
    expect(parseFlowSpecText(text, family)).toEqual({ ok: false, error: { code, text: part } });
  });
});

describe('a route in one line', () => {
  it.each<[FlowSpecAction[], string]>([
    [[], 'dst 192.0.2.0/24 proto tcp port 80 → accept'],
    [[{ type: 'traffic-rate-bytes', id: 0, rate: 0 }], 'dst 192.0.2.0/24 proto tcp port 80 → drop'],
    [
      [
        { type: 'traffic-marking', dscp: 46 },
        { type: 'rt-redirect', form: 'as2', administrator: 65000, assigned: 100 },
      ],
      'dst 192.0.2.0/24 proto tcp port 80 → mark 46, redirect 65000:100',
    ],
  ])('%j', (actions, line) => {
    const rule = parseFlowSpecText('dst 192.0.2.0/24 proto tcp port 80', V4);
    expect(rule.ok && formatFlowSpecRoute(rule.value, actions)).toBe(line);
  });
});

describe('actions', () => {
  const decode = (hex: string) =>
    decodeFlowSpecAction(Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16)));
  const rate = { type: 'traffic-rate-bytes', id: 0, rate: 0 };

  it.each([
    ['a negative rate is 0 (RFC 8955 §7.1)', '8006 0000 c47a0000', { ok: true, value: rate }],
    ['so is negative zero', '8006 0000 80000000', { ok: true, value: rate }],
    ['the id is kept', '8006 fde8 00000000', { ok: true, value: { ...rate, id: 65000 } }],
    ['a rate without limit', '8006 0000 7f800000', { ok: true, value: { ...rate, rate: Number.POSITIVE_INFINITY } }],
    [
      'no number is malformed (§10)',
      '8006 0000 7fc00000',
      { ok: false, error: { code: 'flowspec-rate-not-a-number' } },
    ],
    [
      'reserved bits of traffic-action (§7.3)',
      '8007 fffffffffffd',
      { ok: true, value: { type: 'traffic-action', sample: false, terminal: true } },
    ],
    [
      'bit 46 is S (§7.3)',
      '8007 000000000002',
      { ok: true, value: { type: 'traffic-action', sample: true, terminal: false } },
    ],
    [
      'reserved bits of traffic-marking (§7.5)',
      '8009 ffffffffffee',
      { ok: true, value: { type: 'traffic-marking', dscp: 46 } },
    ],
    [
      'redirect with an address (§7.4)',
      '8108 c0000201 0064',
      { ok: true, value: { type: 'rt-redirect', form: 'ipv4', administrator: '192.0.2.1', assigned: 100 } },
    ],
    [
      'redirect with a four-octet AS (§7.4)',
      '8208 0000fde8 0064',
      { ok: true, value: { type: 'rt-redirect', form: 'as4', administrator: 65000, assigned: 100 } },
    ],
    [
      'redirect, IPv6 address specific (RFC 8956 §6.1)',
      '000d 20010db8000000000000000000000001 0064',
      { ok: true, value: { type: 'rt-redirect', form: 'ipv6', administrator: '2001:db8::1', assigned: 100 } },
    ],
    [
      'a copy to an address',
      '010c c0000201 0001',
      { ok: true, value: { type: 'redirect-to-ip', address: '192.0.2.1', copy: true } },
    ],
    ['a route target is no action', '0002 fde8 00000001', { ok: true, value: undefined }],
    ['an IPv6 route target is no action', '0002 20010db8000000000000000000000001 0064', { ok: true, value: undefined }],
    ['seven octets are no community', '8007 0000000000', { ok: true, value: undefined }],
  ])('%s', (_rule, hex, expected) => {
    expect(decode(hex)).toEqual(expected);
  });

  it.each<[string, FlowSpecAction, object]>([
    [
      'a negative rate',
      { type: 'traffic-rate-bytes', id: 0, rate: -1 },
      { code: 'value-out-of-range', field: 'rate', value: -1 },
    ],
    [
      'no number',
      { type: 'traffic-rate-bytes', id: 0, rate: Number.NaN },
      { code: 'value-out-of-range', field: 'rate', value: Number.NaN },
    ],
    [
      'a rate that rounds to a drop',
      { type: 'traffic-rate-bytes', id: 0, rate: 1e-50 },
      { code: 'value-out-of-range', field: 'rate', value: 1e-50 },
    ],
    [
      'a rate that rounds to no limit',
      { type: 'traffic-rate-packets', id: 0, rate: 1e39 },
      { code: 'value-out-of-range', field: 'rate', value: 1e39 },
    ],
    [
      'an id over 16 bits',
      { type: 'traffic-rate-bytes', id: 65536, rate: 0 },
      { code: 'value-out-of-range', field: 'id', value: 65536 },
    ],
    ['a DSCP over 63', { type: 'traffic-marking', dscp: 64 }, { code: 'value-out-of-range', field: 'dscp', value: 64 }],
    [
      'a wide AS in the narrow form',
      { type: 'rt-redirect', form: 'as2', administrator: 65536, assigned: 0 },
      { code: 'value-out-of-range', field: 'administrator', value: 65536 },
    ],
    [
      'a wide number in the wide form',
      { type: 'rt-redirect', form: 'as4', administrator: 1, assigned: 65536 },
      { code: 'value-out-of-range', field: 'assigned', value: 65536 },
    ],
    [
      'an IPv6 address in the IPv4 form',
      { type: 'rt-redirect', form: 'ipv4', administrator: '::1', assigned: 0 },
      { code: 'address-invalid', field: 'administrator', value: '::1' },
    ],
    [
      'no address',
      { type: 'redirect-to-ip', address: '192.0.2', copy: false },
      { code: 'address-invalid', field: 'address', value: '192.0.2' },
    ],
  ])('refuses %s', (_what, action, error) => {
    expect(encodeFlowSpecAction(action)).toEqual({ ok: false, error });
  });

  it.each([
    ['redirect 65536:100', { type: 'rt-redirect', form: 'as4', administrator: 65536, assigned: 100 }],
    ['redirect 65000L:100', { type: 'rt-redirect', form: 'as4', administrator: 65000, assigned: 100 }],
    ['redirect [2001:DB8::1]:100', { type: 'rt-redirect', form: 'ipv6', administrator: '2001:db8::1', assigned: 100 }],
    ['rate 0.5 pkt/s', { type: 'traffic-rate-packets', id: 0, rate: 0.5 }],
    ['redirect 65536:65536', undefined],
    ['redirect 192.0.2.1:65536', undefined],
    ['mark 64', undefined],
    ['rate 1000', undefined],
    ['rate -1 B/s', undefined],
    ['discard', undefined],
    ['', undefined],
  ])('text: %s', (text, action) => {
    expect(parseFlowSpecAction(text)).toEqual(
      action === undefined
        ? { ok: false, error: { code: 'flowspec-action-invalid', text } }
        : { ok: true, value: action },
    );
  });
});
