import { encodeAttributes } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { createTableDump, type TableDumpOptions } from './table-dump-writer.ts';
import { framesOf, visitAll } from './testing/read-all.ts';

const OPTIONS: TableDumpOptions = {
  timestamp: 1,
  collectorBgpId: '192.0.2.9',
  peers: [{ bgpIdentifier: '192.0.2.1', address: '192.0.2.1', as: 65001 }],
};
const PREFIX = { afi: 1, safi: 1, address: Uint8Array.of(10, 1, 255, 0), length: 17 };

function writerOf(options: TableDumpOptions = OPTIONS) {
  const created = createTableDump(options);
  if (!created.ok) throw new Error(created.error.code);
  return created.value;
}

function canonical(nextHop: string): Uint8Array {
  const encoded = encodeAttributes({ origin: 0, asPath: [], nextHop, med: 1, largeCommunities: [] });
  if (!encoded.ok) throw new Error(encoded.error.code);
  return encoded.value;
}

describe('TableDumpWriter', () => {
  it.each([
    // rule                                                                   afi  next hop       attribute codes written
    ['an IPv4 next hop of an IPv4 route is NEXT_HOP (RFC 6396 §4.3.4)', 1, '192.0.2.1', [1, 2, 3, 4]],
    ['an IPv6 next hop is MP_REACH_NLRI cut to it, NEXT_HOP is gone', 2, '2001:db8::1', [1, 2, 4, 14]],
    ['so is the IPv6 next hop of an IPv4 route (RFC 8950)', 1, '2001:db8::1', [1, 2, 4, 14]],
    ['so is an IPv4 next hop of an IPv6 route', 2, '192.0.2.1', [1, 2, 4, 14]],
  ])('%s', (_rule, afi, nextHop, codes) => {
    const writer = writerOf();
    writer.begin({ ...PREFIX, afi, address: new Uint8Array(16) }, false);
    expect(writer.add(0, 5, 0, canonical(nextHop))).toBeUndefined();
    writer.end();
    const found: number[] = [];
    visitAll(writer.view(), (element) => {
      for (let code = 0; code < 256; code++) if (element.attributes.find(code) >= 0) found.push(code);
      expect(element.nextHop).toEqual([nextHop]);
      expect(element.attributes.lengthOf(14)).toBe(codes.includes(14) ? (nextHop.includes(':') ? 17 : 5) : 0);
    });
    expect(found).toEqual(codes);
  });

  it('bits past the prefix length are written as zero, and only the octets that count', () => {
    const writer = writerOf();
    const start = writer.length;
    writer.begin(PREFIX, false);
    writer.add(0, 5, 0, new Uint8Array(0));
    writer.end();
    expect([...writer.view().subarray(start + 16, start + 20)]).toEqual([17, 10, 1, 128]);
  });

  it('a prefix without entries leaves no record, and no gap in the sequence', () => {
    const writer = writerOf();
    writer.begin(PREFIX, false);
    writer.end();
    writer.begin(PREFIX, false);
    writer.add(0, 5, 0, new Uint8Array(0));
    writer.end();
    const frames = framesOf([writer.view()]);
    expect(frames.map((frame) => frame.ok && frame.value.subtype)).toEqual([1, 2]);
    expect(frames[1]?.ok && [...frames[1].value.body.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });

  it('more entries than a record can count go on in another', () => {
    const writer = writerOf();
    writer.begin(PREFIX, true);
    for (let id = 0; id < 65_537; id++) writer.add(0, 5, id, new Uint8Array(0));
    writer.end();
    let next = 0;
    expect(visitAll(writer.view(), (element) => expect(element.pathId).toBe(next++))).toEqual([]);
    expect(next).toBe(65_537);
    expect(framesOf([writer.view()])).toHaveLength(3);
  });

  it.each([
    ['a peer that the table does not have', 1, 5, 0, new Uint8Array(0), 'peer'],
    ['a time before 1970', 0, -1, 0, new Uint8Array(0), 'originatedTime'],
    ['a path identifier of more than 32 bits', 0, 5, 2 ** 32, new Uint8Array(0), 'pathId'],
    [
      'attributes of more than 65535 octets',
      0,
      5,
      0,
      Uint8Array.of(0xd0, 99, 0xff, 0xff, ...new Uint8Array(65_535)),
      'attributes',
    ],
  ])('refuses %s, and goes on', (_what, peer, time, pathId, attributes, field) => {
    const writer = writerOf();
    writer.begin(PREFIX, true);
    expect(writer.add(peer, time, pathId, attributes)).toMatchObject({ field });
    expect(writer.add(0, 5, 1, new Uint8Array(0))).toBeUndefined();
    writer.end();
    const ids: number[] = [];
    expect(visitAll(writer.view(), (element) => ids.push(element.pathId))).toEqual([]);
    expect(ids).toEqual([1]);
  });

  it.each([
    ['more than 65535 peers', { ...OPTIONS, peers: new Array(65_536).fill(OPTIONS.peers[0]) }, 'too-long'],
    [
      'an AS number of more than 32 bits',
      { ...OPTIONS, peers: [{ address: '192.0.2.1', as: 2 ** 32 }] },
      'value-out-of-range',
    ],
    ['a name for an address', { ...OPTIONS, peers: [{ address: 'r1', as: 1 }] }, 'address-invalid'],
    ['an IPv6 collector identifier', { ...OPTIONS, collectorBgpId: '::1' }, 'address-invalid'],
    ['a view name of more than 65535 octets', { ...OPTIONS, viewName: 'é'.repeat(32_768) }, 'too-long'],
    ['a time after 2106', { ...OPTIONS, timestamp: 2 ** 32 }, 'value-out-of-range'],
  ])('refuses %s', (_what, options, code) => {
    expect(createTableDump(options)).toMatchObject({ ok: false, error: { code } });
  });
});
