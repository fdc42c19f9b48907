import { describe, expect, it } from 'vitest';
import { type CodecContext, INITIAL_CONTEXT } from '../context.ts';
import { IPV4_MULTICAST, IPV4_UNICAST, IPV6_UNICAST, toFamily } from '../family.ts';
import { Ipv4NlriCursor } from '../nlri/ipv4-nlri-cursor.ts';
import { UpdateView } from './update-view.ts';

interface Parts {
  readonly withdrawn?: readonly number[];
  readonly attributes?: readonly number[];
  readonly nlri?: readonly number[];
}

function update({ withdrawn = [], attributes = [], nlri = [] }: Parts): Uint8Array {
  const length = 23 + withdrawn.length + attributes.length + nlri.length;
  return Uint8Array.from([
    ...new Array<number>(16).fill(0xff),
    ...[length >>> 8, length & 0xff, 2],
    ...[withdrawn.length >>> 8, withdrawn.length & 0xff, ...withdrawn],
    ...[attributes.length >>> 8, attributes.length & 0xff, ...attributes],
    ...nlri,
  ]);
}

const ORIGIN = [0x40, 1, 1, 0];
const MED = [0x80, 4, 4, 0, 0, 0, 1];
const NH6 = [0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 1];
const reach = (...value: readonly number[]): number[] => [0x80, 14, value.length, ...value];
const unreach = (...value: readonly number[]): number[] => [0x80, 15, value.length, ...value];
const REACH6 = reach(0, 2, 1, 16, ...NH6, 0, 32, 0x20, 1, 0xd, 0xb8);
const UNREACH6 = unreach(0, 2, 1, 16, 0x20, 1);

/** Each message is also read from the middle of other octets: that must not change what it says. */
function parse(octets: Uint8Array, partial: Partial<CodecContext> = {}) {
  const ctx = { ...INITIAL_CONTEXT, ...partial };
  const view = new UpdateView();
  const sound = view.parse(octets, ctx);
  const inside = new UpdateView();
  const around = Uint8Array.from([7, 7, 7, ...octets, 9, 9]);
  expect(inside.parse(around, ctx, 3, 3 + octets.length)).toBe(sound);
  expect(inside.errors).toEqual(view.errors);
  expect(inside.endOfRib).toBe(view.endOfRib);
  expect(inside.attributeOctets()).toEqual(view.attributeOctets());
  expect(inside.reachNextHop()).toEqual(view.reachNextHop());
  expect(inside.message()).toEqual(view.message());
  return { sound, view };
}

describe('UpdateView: what asks for a session reset', () => {
  const tooLong = update({ attributes: ORIGIN });
  tooLong[22] = 100; // Total Attribute Length
  const withdrawnTooLong = update({});
  withdrawnTooLong[20] = 5;

  it.each<[rule: string, octets: Uint8Array, error: object, ctx?: Partial<CodecContext>]>([
    [
      'Total Attribute Length too large (7606 §3 b)',
      tooLong,
      { code: 'update-length-invalid', withdrawnLength: 0, attributesLength: 100 },
    ],
    [
      'Withdrawn Routes Length too large (7606 §3 b)',
      withdrawnTooLong,
      { code: 'update-length-invalid', withdrawnLength: 5, attributesLength: 0 },
    ],
    [
      'two MP_REACH_NLRI (7606 §3 g)',
      update({ attributes: [...REACH6, ...REACH6] }),
      { code: 'mp-duplicate', attribute: 14 },
    ],
    [
      'two MP_UNREACH_NLRI (7606 §3 g)',
      update({ attributes: [...UNREACH6, ...UNREACH6] }),
      { code: 'mp-duplicate', attribute: 15 },
    ],
    [
      'MP_REACH_NLRI flags (7606 §5.3)',
      update({ attributes: [0xc0, ...REACH6.slice(1)] }),
      { code: 'mp-flags-invalid', attribute: 14 },
    ],
    [
      'MP_UNREACH_NLRI flags (7606 §5.3)',
      update({ attributes: [0x40, ...UNREACH6.slice(1)] }),
      { code: 'mp-flags-invalid', attribute: 15 },
    ],
    [
      'MP_REACH_NLRI shorter than 5 (7606 §5.3)',
      update({ attributes: reach(0, 2, 1, 0) }),
      { code: 'mp-length-invalid', attribute: 14 },
    ],
    [
      'MP_UNREACH_NLRI shorter than 3 (7606 §5.3)',
      update({ attributes: unreach(0, 2) }),
      { code: 'mp-length-invalid', attribute: 15 },
    ],
    [
      'next hop that is too long for the attribute (7606 §7.11)',
      update({ attributes: reach(0, 2, 1, 16, 1, 2, 3) }),
      { code: 'mp-next-hop-length-invalid', length: 16 },
    ],
    [
      'next hop of a length no IPv6 next hop has (7606 §7.11)',
      update({ attributes: reach(0, 2, 1, 4, 1, 2, 3, 4, 0) }),
      { code: 'mp-next-hop-length-invalid', length: 4 },
    ],
    [
      'IPv6 next hop for IPv4 without RFC 8950',
      update({ attributes: reach(0, 1, 1, 16, ...NH6, 0, 8, 10) }),
      { code: 'mp-next-hop-length-invalid', length: 16 },
    ],
    [
      'withdrawn route longer than 32 (7606 §5.3)',
      update({ withdrawn: [33, 1, 2, 3, 4, 5] }),
      { code: 'nlri-length-invalid', length: 33, max: 32 },
    ],
    [
      'withdrawn route cut short (7606 §5.3)',
      update({ withdrawn: [24, 10, 0] }),
      { code: 'nlri-truncated', length: 24 },
    ],
    [
      'NLRI longer than 32 (7606 §5.3)',
      update({ attributes: ORIGIN, nlri: [8, 10, 40, 1, 2, 3, 4, 5] }),
      { code: 'nlri-length-invalid', length: 40 },
    ],
    [
      'NLRI cut short (7606 §5.3)',
      update({ attributes: ORIGIN, nlri: [8, 10, 16, 1] }),
      { code: 'nlri-truncated', length: 16 },
    ],
    [
      'IPv6 NLRI longer than 128 (7606 §5.3)',
      update({ attributes: reach(0, 2, 1, 16, ...NH6, 0, 129, ...NH6, 0) }),
      { code: 'nlri-length-invalid', length: 129, max: 128 },
    ],
    [
      'IPv6 NLRI cut short (7606 §5.3)',
      update({ attributes: unreach(0, 2, 1, 64, 1) }),
      { code: 'nlri-truncated', length: 64 },
    ],
    [
      'NLRI too short for its path id (7911 §3)',
      update({ withdrawn: [0, 0, 0, 1] }),
      { code: 'nlri-truncated' },
      { addPath: new Map([[IPV4_UNICAST, { receive: true, send: false }]]) },
    ],
    [
      'MP_REACH_NLRI that runs past the attributes: its NLRI cannot be withdrawn (7606 §3 j, §4)',
      update({ attributes: [0x80, 14, 200, 0, 2, 1] }),
      { code: 'mp-length-invalid', attribute: 14 },
    ],
  ])('%s', (_rule, octets, error, ctx) => {
    const { sound, view } = parse(octets, ctx);
    expect(sound).toBe(false);
    expect(view.errors).toMatchObject([error]);
    expect(view.errors).toHaveLength(1);
  });
});

describe('UpdateView: sections', () => {
  it('body and MP in one message, attributes in any order (7606 §5.1: must be accepted)', () => {
    const { sound, view } = parse(
      update({ withdrawn: [8, 10], attributes: [...ORIGIN, ...UNREACH6, ...MED, ...REACH6], nlri: [16, 172, 16] }),
    );
    expect(sound).toBe(true);
    expect(view.errors).toEqual([]);
    expect([...view.frame.subarray(view.withdrawnStart, view.withdrawnEnd)]).toEqual([8, 10]);
    expect([...view.frame.subarray(view.nlriStart, view.nlriEnd)]).toEqual([16, 172, 16]);
    expect([...view.frame.subarray(view.reachNlriStart, view.reachNlriEnd)]).toEqual([32, 0x20, 1, 0xd, 0xb8]);
    expect([...view.frame.subarray(view.unreachStart, view.unreachEnd)]).toEqual([16, 0x20, 1]);
    expect([view.reachFamily, view.unreachFamily]).toEqual([IPV6_UNICAST, IPV6_UNICAST]);
    expect([...view.reachNextHop()]).toEqual(NH6);
    expect([...view.attributeOctets()]).toEqual([...ORIGIN, ...MED]);
    expect(view.carries).toBe('body');
    expect(view.endOfRib).toBe(0);
  });

  it.each([
    ['no MP', [...ORIGIN, ...MED]],
    ['MP first', [...REACH6, ...ORIGIN, ...MED]],
    ['MP last', [...ORIGIN, ...MED, ...REACH6]],
    ['MP between', [...ORIGIN, ...REACH6, ...MED]],
    ['both in front', [...REACH6, ...UNREACH6, ...ORIGIN, ...MED]],
    ['both around', [...UNREACH6, ...ORIGIN, ...MED, ...REACH6]],
  ])('attributeOctets is the same wherever MP attributes are: %s', (_name, attributes) => {
    expect([...parse(update({ attributes })).view.attributeOctets()]).toEqual([...ORIGIN, ...MED]);
  });

  it('a truncated attribute list keeps its NLRI: Total Attribute Length is relied upon (7606 §4)', () => {
    const { sound, view } = parse(update({ attributes: [...ORIGIN, 0xc0, 8, 200, 1], nlri: [8, 10] }));
    expect(sound).toBe(true);
    expect([...view.attributeOctets()]).toEqual([...ORIGIN, 0xc0, 8, 200, 1]);
    expect(view.carries).toBe('body');
  });

  it.each([
    ['two octets that begin like MP_REACH_NLRI', [0x80, 14]],
    ['three that begin like a long MP_UNREACH_NLRI', [0x90, 15, 0]],
  ])('%s are no attribute: the NLRI counts (7606 §4)', (_what, rest) => {
    const { sound, view } = parse(update({ attributes: [...ORIGIN, ...rest], nlri: [8, 10] }));
    expect(sound).toBe(true);
    expect([...view.attributeOctets()]).toEqual([...ORIGIN, ...rest]);
    expect([...view.frame.subarray(view.nlriStart, view.nlriEnd)]).toEqual([8, 10]);
  });

  it.each<[rule: string, octets: Uint8Array, family: number]>([
    ['empty UPDATE: IPv4 unicast (4724 §2)', update({}), IPV4_UNICAST],
    ['empty MP_UNREACH_NLRI: its family (4724 §2)', update({ attributes: unreach(0, 2, 1) }), IPV6_UNICAST],
    ['IPv4 multicast', update({ attributes: unreach(0, 1, 2) }), IPV4_MULTICAST],
    ['a family that we cannot read', update({ attributes: unreach(0, 25, 70) }), toFamily(25, 70)],
    ['a withdrawal is none', update({ withdrawn: [8, 10] }), 0],
    ['an MP withdrawal is none', update({ attributes: UNREACH6 }), 0],
    [
      'other attributes beside an empty MP_UNREACH_NLRI: none',
      update({ attributes: [...unreach(0, 2, 1), ...ORIGIN] }),
      0,
    ],
    ['empty MP_UNREACH_NLRI beside NLRI: none', update({ attributes: unreach(0, 2, 1), nlri: [8, 10] }), 0],
  ])('End-of-RIB: %s', (_rule, octets, family) => {
    const { sound, view } = parse(octets);
    expect(sound).toBe(true);
    expect(view.endOfRib).toBe(family);
  });

  it('a family that we cannot read is skipped, the rest counts (4760 §7)', () => {
    const { sound, view } = parse(
      update({ attributes: [...reach(0, 25, 70, 4, 10, 0, 0, 1, 0, 255, 255), ...ORIGIN], nlri: [8, 10] }),
    );
    expect(sound).toBe(true);
    expect(view.errors).toEqual([{ code: 'family-unsupported', family: toFamily(25, 70) }]);
    expect(view.carries).toBe('body');
  });

  it.each([16, 32])('IPv4 with an IPv6 next hop of %i octets (8950 §3)', (length) => {
    const octets = update({ attributes: reach(0, 1, 1, length, ...NH6, ...(length === 32 ? NH6 : []), 0, 8, 10) });
    const { sound, view } = parse(octets, { extendedNextHop: new Set([IPV4_UNICAST]) });
    expect(sound).toBe(true);
    expect(view.reachNextHopLength).toBe(length);
  });

  it('ADD-PATH: path ids are read (7911 §3), host bits are cleared', () => {
    const ctx = { addPath: new Map([[IPV4_UNICAST, { receive: true, send: false }]]) };
    const { sound, view } = parse(update({ withdrawn: [0, 0, 0, 7, 9, 10, 0xff] }), ctx);
    expect(sound).toBe(true);
    const cursor = new Ipv4NlriCursor().reset(view.frame, view.withdrawnStart, view.withdrawnEnd, true);
    expect(cursor.next()).toBe(true);
    expect([cursor.pathId, cursor.address, cursor.length]).toEqual([7, 0x0a80_0000, 9]);
    expect(cursor.next()).toBe(false);
    expect(cursor.error).toBeUndefined();
  });
});
