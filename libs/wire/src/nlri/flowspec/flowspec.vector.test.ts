import { expect, it } from 'vitest';
import { decodeFlowSpecAction, encodeFlowSpecAction } from './action.ts';
import { formatFlowSpecAction, parseFlowSpecAction } from './action-text.ts';
import { decodeFlowSpec } from './decode-flowspec.ts';
import { encodeFlowSpec } from './encode-flowspec.ts';
import { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from './family.ts';
import { FlowSpecNlriCursor } from './flowspec-nlri-cursor.ts';
import { formatFlowSpec } from './format-flowspec.ts';
import { parseFlowSpecText } from './parse-flowspec.ts';

/**
 * Octets that others wrote, and what they say those mean. Origins: the examples of RFC 8955 §4.3 and RFC 8956 §3.8; what ExaBGP
 * records of itself (qa/encoding/conf-flow.ci, conf-flow-redirect.ci; BSD-3-Clause); OpenDaylight's FSNlriParserTest (EPL-1.0).
 * Facts only: the octets, and in our words what they stand for.
 */
function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

it.each([
  // origin, family, NLRI with its length, text
  ['RFC 8955 §4.3.1', IPV4_FLOWSPEC, '0b 01 18 c0 00 02 03 81 06 04 81 19', 'dst 192.0.2.0/24 proto tcp port 25'],
  [
    'RFC 8955 §4.3.2',
    IPV4_FLOWSPEC,
    '12 01 18 c0 00 02 02 18 cb 00 71 04 03 89 45 8b 91 1f 90',
    'dst 192.0.2.0/24 src 203.0.113.0/24 port >=137&<=139,8080',
  ],
  [
    'RFC 8955 §4.3.3',
    IPV4_FLOWSPEC,
    '09 01 20 c0 00 02 01 0c 80 05',
    'dst 192.0.2.1/32 fragment dont-fragment|first-fragment',
  ],
  // Table 1 prints the last octet of the destination as "bb"; table 2 and the text have b8.
  [
    'RFC 8956 §3.8.1',
    IPV6_FLOWSPEC,
    '12 01 20 00 20 01 0d b8 02 68 40 12 34 56 78 9a 03 81 06',
    'dst 2001:db8::/32 src ::1234:5678:9a00:0/64-104 proto tcp',
  ],
  [
    'RFC 8956 §3.8.2',
    IPV6_FLOWSPEC,
    '0f 01 20 00 20 01 0d b8 02 68 41 24 68 ac f1 34',
    'dst 2001:db8::/32 src ::1234:5678:9a00:0/65-104',
  ],
  ['ExaBGP: last fragment', IPV4_FLOWSPEC, '03 0c 80 08', 'fragment last-fragment'],
  ['ExaBGP: two ranges', IPV4_FLOWSPEC, '0c 0a 02 c8 54 01 2c 12 01 90 d4 01 f4', 'length >200&<300,>400&<500'],
  [
    'ExaBGP: not equal',
    IPV4_FLOWSPEC,
    '1c 01 20 c0 a8 00 01 02 20 0a 00 00 0a 03 86 06 04 86 00 05 96 01 bb 06 06 50 96 1f 90',
    'dst 192.168.0.1/32 src 10.0.0.10/32 proto !=tcp port !=0 dst-port !=443 src-port !=80,!=8080',
  ],
  [
    'ExaBGP: TCP flags, AND and NOT',
    IPV4_FLOWSPEC,
    '1c 01 20 0a 00 00 02 02 20 0a 00 00 01 03 81 06 05 91 0c 38 09 00 02 00 04 40 01 c3 08',
    'dst 10.0.0.2/32 src 10.0.0.1/32 proto tcp dst-port 3128 tcp-flags syn,rst&fin&!=psh',
  ],
  [
    'ExaBGP: every IPv4 component',
    IPV4_FLOWSPEC,
    '4c 01 20 c0 a8 00 01 02 20 0a 00 00 01 03 01 06 81 11 04 01 50 91 1f 90 05 12 1f 90 54 1f 98 91 0c 38 06 92 04 00 ' +
      '07 01 03 01 08 81 00 08 01 01 81 00 09 00 20 80 04 0a 02 c8 54 01 2c 12 01 90 d4 01 f4 0b 01 0a 81 14 0c 00 04 80 08',
    'dst 192.168.0.1/32 src 10.0.0.1/32 proto tcp,udp port 80,8080 dst-port >8080&<8088,3128 src-port >1024 ' +
      'icmp-type 3,8,0 icmp-code 1,0 tcp-flags urg,rst length >200&<300,>400&<500 dscp 10,20 fragment first-fragment,last-fragment',
  ],
  // Without ExaBGP's traffic class of 101 in the DSCP component: of that only six bits count (RFC 8955 §4.2.2.11).
  [
    'ExaBGP: IPv6 offset, a flow label in two octets',
    IPV6_FLOWSPEC,
    '1e 01 80 00 2a 02 0b 80 00 15 00 00 7a ca 39 ff fe ae a8 7a 02 80 78 01 03 81 11 0d 91 07 dd',
    'dst 2a02:b80:15:0:7aca:39ff:feae:a87a/128 src ::1/120-128 proto udp flow-label 2013/2',
  ],
  [
    'OpenDaylight: announced',
    IPV4_FLOWSPEC,
    '1d 01 18 0a 00 01 02 08 c0 03 81 06 04 03 89 45 8b 91 1f 90 05 12 0f f9 81 b3 06 91 1f 90',
    'dst 10.0.1.0/24 src 192.0.0.0/8 proto tcp port >=137&<=139,8080 dst-port >4089,179 src-port 8080',
  ],
  [
    'OpenDaylight: withdrawn',
    IPV4_FLOWSPEC,
    '1b 07 04 02 84 03 08 06 04 80 05 09 12 04 01 91 56 b1 0a 96 de ad 0b 86 2a 0c 81 0f',
    'icmp-type <2,<3 icmp-code !=4,false:5 tcp-flags !fin|0x400,=fin+ack+urg+cwr+0x5600 length !=57005 dscp !=42 ' +
      'fragment =dont-fragment+is-fragment+first-fragment+last-fragment',
  ],
])('%s', (_origin, family, hex, text) => {
  const nlri = octetsOf(hex);
  const cursor = new FlowSpecNlriCursor().reset(nlri, 0, nlri.length, false, family);
  expect(cursor.next()).toBe(true);
  expect([cursor.start, cursor.end]).toEqual([1, nlri.length]);
  const decoded = decodeFlowSpec(nlri, cursor.start, cursor.end, family);
  expect(decoded.ok && formatFlowSpec(decoded.value)).toBe(text);
  expect(decoded.ok && encodeFlowSpec(decoded.value)).toEqual({ ok: true, value: nlri.slice(1) });
  expect(parseFlowSpecText(text, family)).toEqual(decoded);
  expect(cursor.next()).toBe(false);
  expect(cursor.error).toBeUndefined();
});

it.each([
  ['ExaBGP: discard', '8006 0000 00000000', 'drop'],
  ['ExaBGP: 9600 octets per second', '8006 0000 46160000', 'rate 9600 B/s'],
  ['ExaBGP: 1.25 Gbyte per second', '8006 0000 4e9502f9', 'rate 1250000000 B/s'],
  ['ExaBGP: 1000 packets per second', '800c 0000 447a0000', 'rate 1000 pkt/s'],
  ['ExaBGP: sample-terminal', '8007 000000000003', 'sample continue'],
  ['ExaBGP: redirect', '8008 ffdc 00003039', 'redirect 65500:12345'],
  ['ExaBGP: redirect with a large number', '8008 0102 0203162e', 'redirect 258:33756718'],
  ['ExaBGP: mark', '8009 00000000000a', 'mark 10'],
  ['ExaBGP: redirect-to-nexthop', '0800 000000000000', 'redirect-to next-hop'],
  ['ExaBGP: copy-to-nexthop', '0800 000000000001', 'copy-to next-hop'],
  ['ExaBGP: redirect-to-nexthop-ietf', '010c 01020304 0000', 'redirect-to 1.2.3.4'],
  ['ExaBGP: the same with IPv6', '000c 2a020b80000000010000000000000001 0000', 'redirect-to 2a02:b80:0:1::1'],
])('%s', (_origin, hex, text) => {
  const octets = octetsOf(hex);
  const decoded = decodeFlowSpecAction(octets);
  const action = decoded.ok ? decoded.value : undefined;
  expect(action !== undefined && formatFlowSpecAction(action)).toBe(text);
  expect(action !== undefined && encodeFlowSpecAction(action)).toEqual({ ok: true, value: octets });
  expect(parseFlowSpecAction(text)).toEqual(decoded);
});
