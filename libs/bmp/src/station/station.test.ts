import {
  type CodecContext,
  INITIAL_CONTEXT,
  IPV4_UNICAST,
  IPV6_UNICAST,
  type PathAttributes,
  toFamily,
  type Update,
} from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import {
  frameOf,
  header,
  INITIATION,
  locRibHeader,
  monitoring,
  openFrame,
  peerDown,
  peerUp,
} from '../testing/messages.ts';
import { INFORMATION_TLV, PEER_FLAG, TERMINATION_TLV } from '../types.ts';
import { Station } from './station.ts';

const FOUR: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };
const ADD_PATH: CodecContext = { ...FOUR, addPath: new Map([[IPV4_UNICAST, { receive: true, send: true }]]) };
const PATH: PathAttributes = { origin: 0, asPath: [{ type: 'sequence', asns: [65001] }], nextHop: '192.0.2.1' };
const empty = { type: 'UPDATE' as const, withdrawn: [], announced: [], attributes: {}, errors: [] };

function announce(prefix: string, options: { ctx?: CodecContext; pathId?: number; attributes?: PathAttributes } = {}) {
  const { ctx = FOUR, pathId, attributes = PATH } = options;
  const nlri = [{ prefix, ...(pathId === undefined ? {} : { pathId }) }];
  return frameOf({ ...empty, announced: [{ family: IPV4_UNICAST, nlri }], attributes }, ctx);
}

function withdraw(prefix: string) {
  return frameOf({ ...empty, withdrawn: [{ family: IPV4_UNICAST, nlri: [{ prefix }] }] }, FOUR);
}

const endOfRib: Update = { ...empty, endOfRib: IPV4_UNICAST };
const PEER = header(1);
const started = () => {
  const station = new Station();
  station.apply(INITIATION);
  return station;
};
const up = () => {
  const station = started();
  station.apply(peerUp(PEER));
  return station;
};
const prefixesOf = (
  station: Station,
  kind: 'adj-rib-in-pre' | 'adj-rib-in-post' | 'adj-rib-out-post' = 'adj-rib-in-pre',
) =>
  [...(station.table('192.0.2.1', kind)?.routes(IPV4_UNICAST) ?? [])].map(
    ({ prefix, pathId }) => `${prefix} ${pathId}`,
  );

describe('one router', () => {
  it('has the routes that its stream told of, with their attributes', () => {
    const station = up();
    expect(station.apply(monitoring(PEER, announce('198.51.100.0/24')))).toEqual({ ok: true, value: undefined });
    station.apply(monitoring(PEER, announce('203.0.113.0/25')));
    station.apply(monitoring(PEER, withdraw('198.51.100.0/24')));
    expect([...(station.table('192.0.2.1', 'adj-rib-in-pre')?.routes(IPV4_UNICAST) ?? [])]).toEqual([
      { family: IPV4_UNICAST, prefix: '203.0.113.0/25', pathId: 0, attributes: PATH },
    ]);
    expect(station.routeCount).toBe(1);
  });

  it('keeps the tables of a peer apart by the L and O flags (RFC 7854 §4.2, RFC 8671 §4)', () => {
    const station = up();
    station.apply(monitoring(PEER, announce('10.0.0.0/8')));
    station.apply(monitoring({ ...PEER, flags: PEER_FLAG.L }, announce('10.1.0.0/16')));
    station.apply(monitoring({ ...PEER, flags: PEER_FLAG.L | PEER_FLAG.O }, announce('10.2.0.0/16')));
    expect(prefixesOf(station)).toEqual(['10.0.0.0/8 0']);
    expect(prefixesOf(station, 'adj-rib-in-post')).toEqual(['10.1.0.0/16 0']);
    expect(prefixesOf(station, 'adj-rib-out-post')).toEqual(['10.2.0.0/16 0']);
  });

  it('reads AS numbers of two octets where the A flag says so (RFC 7854 §4.2)', () => {
    const station = up();
    const update = announce('10.0.0.0/8', { ctx: INITIAL_CONTEXT });
    station.apply(monitoring({ ...PEER, flags: PEER_FLAG.A }, update));
    const [route] = [...(station.table('192.0.2.1', 'adj-rib-in-pre')?.routes(IPV4_UNICAST) ?? [])];
    expect(route?.attributes.asPath).toEqual([{ type: 'sequence', asns: [65001] }]);
  });

  it.each([
    // what the router's OPEN says, and the peer's;  has path identifiers: what it receives, what it sends
    ['we receive, it sends', 1, 2, true, false],
    ['we send, it receives', 2, 1, false, true],
    ['both do both', 3, 3, true, true],
    ['a value that nobody knows', 4, 3, false, false],
  ])('ADD-PATH by direction: %s (RFC 7911 §4)', (_case, ours, theirs, received, sent) => {
    const station = started();
    const capability = (sendReceive: number) => [
      { type: 'add-path' as const, entries: [{ family: IPV4_UNICAST, sendReceive }] },
    ];
    station.apply(peerUp(PEER, capability(ours), capability(theirs)));
    const octets = (isOn: boolean) =>
      isOn ? announce('10.0.0.0/8', { ctx: ADD_PATH, pathId: 7 }) : announce('10.0.0.0/8');
    expect(station.apply(monitoring(PEER, octets(received)))).toMatchObject({ ok: true });
    const out = { ...PEER, flags: PEER_FLAG.L | PEER_FLAG.O };
    expect(station.apply(monitoring(out, octets(sent)))).toMatchObject({ ok: true });
    expect(prefixesOf(station)).toEqual([`10.0.0.0/8 ${received ? 7 : 0}`]);
    expect(prefixesOf(station, 'adj-rib-out-post')).toEqual([`10.0.0.0/8 ${sent ? 7 : 0}`]);
  });

  it('has the Loc-RIB as a peer of its own, where any ADD-PATH capability counts (RFC 9069 §5.2)', () => {
    const station = started();
    const peer = locRibHeader();
    const capability = [{ type: 'add-path' as const, entries: [{ family: IPV4_UNICAST, sendReceive: 1 }] }];
    station.apply(peerUp(peer, capability, capability));
    station.apply(monitoring(peer, announce('10.0.0.0/8', { ctx: ADD_PATH, pathId: 9 })));
    expect([...(station.locRib()?.routes(IPV4_UNICAST) ?? [])].map(({ pathId }) => pathId)).toEqual([9]);
    expect(station.peer('192.0.2.1')).toBeUndefined();
  });

  it('forgets a peer that is down, and one that is up again without having been down (RFC 7854 §4.9)', () => {
    const station = up();
    station.apply(monitoring(PEER, announce('10.0.0.0/8')));
    station.apply(monitoring(PEER, frameOf(endOfRib, FOUR)));
    expect(station.table('192.0.2.1', 'adj-rib-in-pre')?.hasEnded(IPV4_UNICAST)).toBe(true);
    station.apply({ ...peerDown(PEER), peer: { ...PEER, bgpId: 0, seconds: 9 } });
    expect([station.routeCount, station.attributeSetCount]).toEqual([0, 0]);
    expect(station.peer('192.0.2.1')).toMatchObject({ isUp: false, downReason: 4 });
    station.apply(peerUp(PEER));
    expect(station.table('192.0.2.1', 'adj-rib-in-pre')?.hasEnded(IPV4_UNICAST) ?? false).toBe(false);
    station.apply(monitoring(PEER, announce('10.0.0.0/8')));
    station.apply(peerUp(PEER));
    expect(station.routeCount).toBe(0);
  });

  it('says who it is and why it goes (RFC 7854 §4.3, §4.5)', () => {
    const station = new Station();
    const text = (value: string) => new TextEncoder().encode(value);
    station.apply({ type: 'initiation', information: [{ type: INFORMATION_TLV.SYS_NAME, value: text('rt1') }] });
    expect([station.sysName, station.sysDescr, station.terminationReason]).toEqual(['rt1', undefined, undefined]);
    station.apply({ type: 'termination', information: [{ type: TERMINATION_TLV.REASON, value: Uint8Array.of(0, 1) }] });
    expect(station.terminationReason).toBe(1);
    const odd = new Station();
    odd.apply({
      type: 'initiation',
      information: [{ type: INFORMATION_TLV.SYS_NAME, value: Uint8Array.of(0x72, 0xff) }],
    });
    expect(odd.sysName).toBe('r\ufffd');
  });
});

describe('what cannot be right', () => {
  const noTable = frameOf(
    {
      ...empty,
      announced: [{ family: IPV6_UNICAST, nlri: [{ prefix: '2001:db8::/32' }], nextHop: ['2001:db8::1'] }],
      attributes: { origin: 0, asPath: [] },
    },
    FOUR,
  ).slice();
  noTable[noTable.indexOf(14) + 2 + 2] = 128; // SAFI: labelled VPN
  it.each([
    ['anything before Initiation', () => new Station(), peerUp(PEER), { code: 'initiation-missing' }],
    [
      'routes of a peer that is not up',
      started,
      monitoring(PEER, announce('10.0.0.0/8')),
      { code: 'peer-not-up', peer: '192.0.2.1' },
    ],
    [
      'routes of a Loc-RIB that is not up',
      started,
      monitoring(locRibHeader(), announce('10.0.0.0/8')),
      { code: 'peer-not-up', peer: 'loc-rib' },
    ],
    ['Peer Down of one that is not up', started, peerDown(PEER), { code: 'peer-not-up', peer: '192.0.2.1' }],
    [
      'an OPEN that is none',
      started,
      { ...peerUp(PEER), receivedOpen: openFrame(1).subarray(0, 25) },
      { code: 'open-invalid', which: 'received' },
    ],
    ['an UPDATE cut short', up, monitoring(PEER, announce('10.0.0.0/8').subarray(0, 30)), { code: 'update-invalid' }],
  ])('%s', (_case, make, message, error) => {
    const station = make();
    expect(station.apply(message)).toMatchObject({ ok: false, error });
    expect([station.routeCount, station.counters.errors]).toEqual([0, 1]);
  });

  it('a malformed attribute withdraws the routes of its message (RFC 7606 §2)', () => {
    const station = up();
    station.apply(monitoring(PEER, announce('10.0.0.0/8')));
    const bad = announce('10.0.0.0/8').slice();
    bad[bad.indexOf(0x40) + 3] = 9; // ORIGIN
    expect(station.apply(monitoring(PEER, bad))).toMatchObject({ ok: false, error: { code: 'update-invalid' } });
    expect(station.routeCount).toBe(0);
  });

  it('a family without a table is named, and nothing else happens', () => {
    const station = up();
    const family = toFamily(2, 128);
    expect(station.apply(monitoring(PEER, noTable))).toMatchObject({ ok: true });
    expect([...(station.peer('192.0.2.1')?.ignoredFamilies ?? [])]).toEqual([family]);
    expect(station.routeCount).toBe(0);
  });

  it('more routes than it may have: said, and never exceeded; a route in place of another still fits', () => {
    const station = new Station({ maxRoutes: 2 });
    station.apply(INITIATION);
    station.apply(peerUp(PEER));
    for (const prefix of ['10.0.0.0/8', '10.1.0.0/16']) station.apply(monitoring(PEER, announce(prefix)));
    const error = { code: 'too-many-routes', max: 2 };
    expect(station.apply(monitoring(PEER, announce('10.2.0.0/16')))).toEqual({ ok: false, error });
    expect(station.apply(monitoring(PEER, announce('10.1.0.0/16', { attributes: { ...PATH, med: 1 } })))).toMatchObject(
      { ok: true },
    );
    expect(station.routeCount).toBe(2);
  });

  it('nothing follows Termination (RFC 7854 §4.5)', () => {
    const station = up();
    station.apply({ type: 'termination', information: [] });
    expect(station.apply(peerUp(PEER))).toEqual({ ok: false, error: { code: 'terminated' } });
  });
});
