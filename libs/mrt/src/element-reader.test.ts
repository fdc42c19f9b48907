import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMrt } from './encode-mrt.ts';
import { visitAll } from './testing/read-all.ts';

/** Octets from numbers and nested lists of them. */
type Octets = number | readonly Octets[];
const flat = (octets: Octets): number[] => (typeof octets === 'number' ? [octets] : octets.flatMap(flat));
const u16 = (value: number): Octets => [value >>> 8, value & 0xff];
const u32 = (value: number): Octets => [u16(value >>> 16), u16(value & 0xffff)];

function record(type: number, subtype: number, body: Octets): number[] {
  const extra = type === 17 ? { microseconds: 5 } : {};
  const encoded = encodeMrt({ timestamp: 9, type, subtype, body: Uint8Array.from(flat(body)), ...extra });
  if (!encoded.ok) throw new Error(encoded.error.code);
  return [...encoded.value];
}

interface Seen {
  readonly routes: readonly string[];
  readonly problems: readonly string[];
}

function see(...records: readonly Octets[]): Seen {
  const routes: string[] = [];
  const problems = visitAll(Uint8Array.from(records.flatMap(flat)), (element) => {
    const { kind, peer, isPrefix, prefix, nlri, pathId } = element;
    const what =
      kind === 'state' ? `${element.oldState}>${element.newState}` : isPrefix ? prefix : `nlri ${[...nlri].join('.')}`;
    const hop = kind === 'rib' || kind === 'announce' ? ` via ${element.nextHop.join('+') || 'nothing'}` : '';
    routes.push(`${kind} AS${peer.as} ${what}${pathId < 0 ? '' : ` #${pathId}`}${hop}`);
  });
  return { routes, problems: problems.map(({ code }) => code) };
}

const V4 = [192, 0, 2, 1];
const V6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const LINK_LOCAL = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
const attribute = (code: number, value: Octets): Octets => [0xc0, code, flat(value).length, value];
const NEXT_HOP = attribute(3, V4);
const PEERS = record(13, 1, [V4, u16(0), u16(2), [2, V4, V4, u32(65001)], [0, V4, V4, u16(65002)]]);
const entry = (peer: number, attributes: Octets, pathId?: number): Octets => [
  u16(peer),
  u32(50),
  pathId === undefined ? [] : u32(pathId),
  u16(flat(attributes).length),
  attributes,
];
const rib = (subtype: number, nlri: Octets, ...entries: Octets[]): number[] =>
  record(13, subtype, [u32(0), nlri, u16(entries.length), entries]);
const P = [8, 10]; // 10.0.0.0/8
const P6 = [32, 0x20, 1, 0x0d, 0xb8];
const message = (subtype: number, frame: Octets, type = 16): number[] =>
  record(type, subtype, [u32(65001), u32(65000), u16(0), u16(1), V4, V4, frame]);
function update(withdrawn: Octets, attributes: Octets, nlri: Octets): Octets {
  const body = flat([u16(flat(withdrawn).length), withdrawn, u16(flat(attributes).length), attributes, nlri]);
  return [new Array(16).fill(0xff), u16(19 + body.length), 2, body];
}

describe('tables', () => {
  it.each<[string, Seen, ...Octets[]]>([
    [
      'routes name their peers by index (RFC 6396 §4.3.4)',
      { routes: ['rib AS65002 10.0.0.0/8 via 192.0.2.1', 'rib AS65001 10.0.0.0/8 via nothing'], problems: [] },
      PEERS,
      rib(2, P, entry(1, NEXT_HOP), entry(0, [])),
    ],
    [
      'a peer that no table named is a problem, the others are read',
      { routes: ['rib AS65001 10.0.0.0/8 via nothing'], problems: ['peer-index-unknown'] },
      PEERS,
      rib(2, P, entry(7, []), entry(0, [])),
    ],
    [
      'so is every peer before the first PEER_INDEX_TABLE',
      { routes: [], problems: ['peer-index-unknown'] },
      rib(2, P, entry(0, [])),
    ],
    [
      'path identifiers of each entry (RFC 8050 §4.1)',
      { routes: ['rib AS65001 10.0.0.0/8 #4294967295 via nothing'], problems: [] },
      PEERS,
      rib(8, P, entry(0, [], 0xffff_ffff)),
    ],
    [
      'IPv4 multicast with identifiers',
      { routes: ['rib AS65001 10.0.0.0/8 #1 via nothing'], problems: [] },
      PEERS,
      rib(9, P, entry(0, [], 1)),
    ],
    [
      'IPv6 multicast with identifiers',
      { routes: ['rib AS65001 2001:db8::/32 #1 via nothing'], problems: [] },
      PEERS,
      rib(11, P6, entry(0, [], 1)),
    ],
    [
      'MP_REACH_NLRI cut to the next hop (RFC 6396 §4.3.4)',
      { routes: ['rib AS65001 2001:db8::/32 via 2001:db8::1'], problems: [] },
      PEERS,
      rib(4, P6, entry(0, attribute(14, [16, V6]))),
    ],
    [
      '… with both addresses',
      { routes: ['rib AS65001 2001:db8::/32 via 2001:db8::1+fe80::2'], problems: [] },
      PEERS,
      rib(4, P6, entry(0, attribute(14, [32, V6, LINK_LOCAL]))),
    ],
    [
      'MP_REACH_NLRI whole, as some write it',
      { routes: ['rib AS65001 2001:db8::/32 via 2001:db8::1'], problems: [] },
      PEERS,
      rib(4, P6, entry(0, attribute(14, [0, 2, 1, 16, V6, 0, P6]))),
    ],
    [
      'MP_REACH_NLRI that ends before its next hop',
      { routes: ['rib AS65001 2001:db8::/32 via nothing'], problems: ['mp-attribute-invalid'] },
      PEERS,
      rib(4, P6, entry(0, attribute(14, [16, V4]))),
    ],
    [
      'MP_REACH_NLRI without octets',
      { routes: ['rib AS65001 2001:db8::/32 via nothing'], problems: ['mp-attribute-invalid'] },
      PEERS,
      rib(4, P6, entry(0, attribute(14, []))),
    ],
    [
      'an attribute past the end of its entry',
      {
        routes: ['rib AS65001 10.0.0.0/8 via 192.0.2.1', 'rib AS65002 10.0.0.0/8 via nothing'],
        problems: ['attributes-truncated'],
      },
      PEERS,
      rib(2, P, entry(0, [NEXT_HOP, 0x40, 1, 9]), entry(1, [])),
    ],
    [
      'the first of two equal attributes counts',
      { routes: ['rib AS65001 10.0.0.0/8 via 192.0.2.1'], problems: [] },
      PEERS,
      rib(2, P, entry(0, [NEXT_HOP, attribute(3, [1, 1, 1, 1])])),
    ],
    [
      'an entry count that promises too much',
      { routes: ['rib AS65001 10.0.0.0/8 via nothing'], problems: ['body-truncated'] },
      PEERS,
      record(13, 2, [u32(0), P, u16(2), entry(0, [])]),
    ],
    [
      'a prefix longer than its address',
      { routes: [], problems: ['prefix-length-invalid'] },
      PEERS,
      rib(2, [33, 1, 2, 3, 4, 5], entry(0, [])),
    ],
    [
      'bits past the length stay as recorded',
      { routes: ['rib AS65001 10.255.0.0/9 via nothing'], problems: [] },
      PEERS,
      rib(2, [9, 10, 255], entry(0, [])),
    ],
    [
      'RIB_GENERIC of a plain prefix (RFC 6396 §4.3.3)',
      { routes: ['rib AS65001 10.0.0.0/8 via nothing'], problems: [] },
      PEERS,
      rib(6, [0, 1, 1, P], entry(0, [])),
    ],
    [
      'RIB_GENERIC of VPN routes: the NLRI as it is',
      { routes: ['rib AS65001 nlri 96.0.0.17.0.0.253.233.0.0.0.1.10 via nothing'], problems: [] },
      PEERS,
      rib(6, [0, 1, 128, 96, 0, 0, 17, 0, 0, 253, 233, 0, 0, 0, 1, 10], entry(0, [])),
    ],
    [
      'RIB_GENERIC of EVPN',
      { routes: ['rib AS65001 nlri 3.2.7.7 via nothing'], problems: [] },
      PEERS,
      rib(6, [0, 25, 70, 3, 2, 7, 7], entry(0, [])),
    ],
    [
      'RIB_GENERIC of FlowSpec',
      { routes: ['rib AS65001 nlri 3.1.8.10 via nothing'], problems: [] },
      PEERS,
      rib(6, [0, 1, 133, 3, 1, 8, 10], entry(0, [])),
    ],
    [
      'RIB_GENERIC_ADDPATH: the identifier stands in the NLRI, not in entries (RFC 8050 §4.2)',
      { routes: ['rib AS65001 10.0.0.0/8 #7 via nothing'], problems: [] },
      PEERS,
      rib(12, [0, 1, 1, u32(7), P], entry(0, [])),
    ],
    [
      'RIB_GENERIC of a family that we cannot measure is discarded, by name',
      { routes: ['rib AS65001 10.0.0.0/8 via nothing'], problems: ['address-family-unsupported'] },
      PEERS,
      rib(6, [64, 4, 99, 1, 2, 3], entry(0, [])),
      rib(2, P, entry(0, [])),
    ],
    [
      'a view name in UTF-8 and IPv6 peers',
      { routes: ['rib AS65001 10.0.0.0/8 via nothing'], problems: [] },
      record(13, 1, [V4, u16(2), 0xc3, 0xa9, u16(1), [3, V4, V6, u32(65001)]]),
      rib(2, P, entry(0, [])),
    ],
    [
      'TABLE_DUMP (RFC 6396 §4.2)',
      { routes: ['rib AS65001 10.0.0.0/8 via 192.0.2.1'], problems: [] },
      record(12, 1, [u16(0), u16(0), 10, 0, 0, 0, 8, 1, u32(7), V4, u16(65001), u16(flat(NEXT_HOP).length), NEXT_HOP]),
    ],
    [
      'the geo table of RFC 6397 and types that we do not know are named',
      { routes: [], problems: ['record-unsupported', 'record-unsupported', 'record-unsupported'] },
      record(13, 7, [1, 2, 3]),
      record(11, 0, [1]),
      record(48, 3, []),
    ],
    [
      'a body that ends within its fields',
      { routes: [], problems: ['body-truncated', 'body-truncated', 'body-truncated'] },
      record(13, 1, [1, 2]),
      record(13, 2, [0]),
      record(16, 4, [0, 0, 0]),
    ],
  ])('%s', (_rule, expected, ...records) => {
    expect(see(...records)).toEqual(expected);
  });
});

describe('updates', () => {
  const A = 'announce AS65001';
  const W = 'withdraw AS65001';
  it.each<[string, Seen, ...Octets[]]>([
    [
      'withdrawals come first, then announcements',
      { routes: [`${W} 10.0.0.0/8`, `${A} 11.0.0.0/8 via 192.0.2.1`], problems: [] },
      message(4, update(P, NEXT_HOP, [8, 11])),
    ],
    [
      'MP_REACH_NLRI has a next hop of its own (RFC 4760 §3)',
      { routes: [`${A} 11.0.0.0/8 via 192.0.2.1`, `${A} 2001:db8::/32 via 2001:db8::1`], problems: [] },
      message(4, update([], [NEXT_HOP, attribute(14, [0, 2, 1, 16, V6, 0, P6])], [8, 11])),
    ],
    [
      'MP_UNREACH_NLRI',
      { routes: [`${W} 2001:db8::/32`, `${W} 0.0.0.0/0`].slice(0, 1), problems: [] },
      message(4, update([], attribute(15, [0, 2, 1, P6]), [])),
    ],
    [
      'path identifiers where the subtype says so (RFC 8050 §3)',
      { routes: [`${W} 10.0.0.0/8 #7`, `${A} 0.0.0.0/0 #1 via 192.0.2.1`], problems: [] },
      message(9, update([u32(7), P], NEXT_HOP, [u32(1), 0])),
    ],
    [
      'what stands before a broken prefix is shown',
      { routes: [`${A} 10.0.0.0/8 via 192.0.2.1`], problems: ['nlri-invalid'] },
      message(4, update([], NEXT_HOP, [P, 33, 1, 2, 3, 4, 5])),
    ],
    [
      'a prefix past the end of the message',
      { routes: [], problems: ['nlri-invalid'] },
      message(4, update([], [], [24, 1])),
    ],
    ['a path identifier cut short', { routes: [], problems: ['nlri-invalid'] }, message(9, update([], [], [0, 0, 0]))],
    [
      'families that are no prefixes are named',
      { routes: [`${A} 10.0.0.0/8 via 192.0.2.1`], problems: ['address-family-unsupported'] },
      message(4, update([], [NEXT_HOP, attribute(14, [0, 25, 70, 4, V4, 0, 3, 1, 7])], P)),
    ],
    [
      'their End-of-RIB is nothing to name (RFC 4724 §2)',
      { routes: [], problems: [] },
      message(4, update([], attribute(15, [0, 25, 70]), [])),
    ],
    [
      'MP_REACH_NLRI without room for its next hop',
      { routes: [], problems: ['mp-attribute-invalid'] },
      message(4, update([], attribute(14, [0, 2, 1, 16, V4]), [])),
    ],
    [
      'MP_UNREACH_NLRI without a SAFI',
      { routes: [], problems: ['mp-attribute-invalid'] },
      message(4, update([], attribute(15, [0, 2]), [])),
    ],
    [
      'sections that contradict the length',
      { routes: [], problems: ['message-invalid'] },
      message(4, [new Array(16).fill(0xff), u16(23), 2, 0, 9, 0, 0]),
    ],
    [
      'a message longer than its record',
      { routes: [], problems: ['message-invalid'] },
      message(4, [new Array(16).fill(0xff), u16(90), 2, 0, 0, 0, 0]),
    ],
    ['no message at all', { routes: [], problems: ['message-invalid'] }, message(4, [])],
    [
      'KEEPALIVE and OPEN have no elements',
      { routes: [], problems: [] },
      message(4, [new Array(16).fill(0xff), u16(19), 4]),
    ],
    [
      'the family of the header is checked',
      { routes: [], problems: ['address-family-unsupported'] },
      record(16, 4, [u32(1), u32(2), u16(0), u16(3), V4, V4]),
    ],
    [
      'BGP4MP_ET has microseconds before all that (RFC 6396 §3)',
      { routes: [`${W} 10.0.0.0/8`], problems: [] },
      message(4, update(P, [], []), 17),
    ],
    ['a state change', { routes: ['state AS65001 6>1'], problems: [] }, message(5, [u16(6), u16(1)])],
  ])('%s', (_rule, expected, ...records) => {
    expect(see(...records)).toEqual(expected);
  });

  it('the same peer is one object, so that consumers may remember what they made of it', () => {
    const peers = new Set<unknown>();
    const one = message(4, update(P, [], []));
    visitAll(Uint8Array.from([...one, ...one]), (element) => peers.add(element.peer));
    expect(peers.size).toBe(1);
  });
});

it('hostile bodies never throw, in any form of text either', () => {
  const types = fc.constantFrom(
    [12, 1],
    [12, 2],
    [12, 3],
    [13, 1],
    [13, 2],
    [13, 4],
    [13, 6],
    [13, 8],
    [13, 12],
    [16, 0],
    [16, 1],
    [16, 4],
    [17, 9],
  );
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 120 }), ([type = 0, subtype = 0], body) => {
      visitAll(Uint8Array.from([...PEERS, ...record(type, subtype, [...body])]), (element) => {
        expect(element.prefixLength).toBeLessThanOrEqual(element.afi === 1 ? 32 : 128);
        expect(typeof element.prefix).toBe('string');
        element.decodeAttributes();
      });
    }),
    { numRuns: 2000 },
  );
});
