import { describe, expect, it } from 'vitest';
import { AttributeReader } from './attribute-reader.ts';
import type { AttributeContext } from './codec.ts';
import { decodeAttributes } from './object-codec.ts';

type Tlv = readonly [flags: number, code: number, ...value: number[]];

function block(...attributes: readonly Tlv[]): Uint8Array {
  return Uint8Array.from(attributes.flatMap(([flags, code, ...value]) => [flags, code, value.length, ...value]));
}

/** One block that is sound for an internal four-octet peer; each row of the tables changes one thing. */
const ORIGIN: Tlv = [0x40, 1, 0];
const AS_PATH: Tlv = [0x40, 2, 2, 1, 0, 0, 0xfd, 0xe9];
const NEXT_HOP: Tlv = [0x40, 3, 192, 0, 2, 1];
const LOCAL_PREF: Tlv = [0x40, 5, 0, 0, 0, 100];
const BASE: readonly Tlv[] = [ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF];

const INTERNAL: AttributeContext = { fourOctetAs: true, peerKind: 'internal', carries: 'body' };
const EXTERNAL: AttributeContext = { ...INTERNAL, peerKind: 'external' };
const CONFED: AttributeContext = { ...INTERNAL, peerKind: 'confederation' };
const OLD: AttributeContext = { ...INTERNAL, fourOctetAs: false };

function read(octets: Uint8Array, ctx: AttributeContext = INTERNAL, mpNextHop: readonly number[] = []) {
  const reader = new AttributeReader();
  reader.read(octets, Uint8Array.from(mpNextHop), ctx);
  return { errors: reader.errors, action: reader.action, canonical: [...reader.canonical()] };
}

/** The base with one attribute put in place of its namesake, or added. */
function withAttribute(attribute: Tlv): Uint8Array {
  return block(...BASE.filter(([, code]) => code !== attribute[1]), attribute);
}

function without(code: number): Uint8Array {
  return block(...BASE.filter((attribute) => attribute[1] !== code));
}

describe('AttributeReader: verdict per attribute', () => {
  it('the base is sound', () => {
    expect(read(block(...BASE))).toEqual({ errors: [], action: undefined, canonical: [...block(...BASE)] });
  });

  it.each<[rule: string, attribute: Tlv, action: string, error: object]>([
    ['ORIGIN length (7606 §7.1)', [0x40, 1, 0, 0], 'treat-as-withdraw', { code: 'origin-length-invalid', length: 2 }],
    ['ORIGIN of length zero (§4, §7.1)', [0x40, 1], 'treat-as-withdraw', { code: 'origin-length-invalid', length: 0 }],
    ['ORIGIN value (§7.1)', [0x40, 1, 3], 'treat-as-withdraw', { code: 'origin-value-invalid', origin: 3 }],
    [
      'AS_PATH segment type (§7.2)',
      [0x40, 2, 5, 1, 0, 0, 0, 1],
      'treat-as-withdraw',
      { code: 'as-path-malformed', reason: 'segment-type', offset: 0 },
    ],
    [
      'AS_PATH overrun (§7.2)',
      [0x40, 2, 2, 2, 0, 0, 0, 1],
      'treat-as-withdraw',
      { code: 'as-path-malformed', reason: 'segment-overrun', offset: 0 },
    ],
    [
      'AS_PATH underrun (§7.2)',
      [0x40, 2, 2, 1, 0, 0, 0, 1, 2],
      'treat-as-withdraw',
      { code: 'as-path-malformed', reason: 'segment-underrun', offset: 6 },
    ],
    [
      'AS_PATH empty segment (§7.2)',
      [0x40, 2, 2, 0],
      'treat-as-withdraw',
      { code: 'as-path-malformed', reason: 'segment-empty', offset: 0 },
    ],
    [
      'AS_PATH with AS 0 (7607 §2)',
      [0x40, 2, 2, 1, 0, 0, 0, 0],
      'treat-as-withdraw',
      { code: 'as-path-as-zero', offset: 2 },
    ],
    [
      'NEXT_HOP length (§7.3)',
      [0x40, 3, 192, 0, 2],
      'treat-as-withdraw',
      { code: 'next-hop-length-invalid', length: 3 },
    ],
    ['NEXT_HOP 0.0.0.0 (4271 §6.3)', [0x40, 3, 0, 0, 0, 0], 'treat-as-withdraw', { code: 'next-hop-value-invalid' }],
    [
      'NEXT_HOP multicast (4271 §6.3)',
      [0x40, 3, 224, 0, 0, 1],
      'treat-as-withdraw',
      { code: 'next-hop-value-invalid' },
    ],
    ['MED length (§7.4)', [0x80, 4, 1], 'treat-as-withdraw', { code: 'med-length-invalid', length: 1 }],
    ['LOCAL_PREF length (§7.5)', [0x40, 5, 1], 'treat-as-withdraw', { code: 'local-pref-length-invalid', length: 1 }],
    [
      'ATOMIC_AGGREGATE length (§7.6)',
      [0x40, 6, 1],
      'attribute-discard',
      { code: 'atomic-aggregate-length-invalid', length: 1 },
    ],
    [
      'AGGREGATOR length (§7.7)',
      [0xc0, 7, 0, 1, 1, 2, 3, 4],
      'attribute-discard',
      { code: 'aggregator-length-invalid', length: 6 },
    ],
    [
      'AGGREGATOR AS 0 (7607 §2)',
      [0xc0, 7, 0, 0, 0, 0, 1, 2, 3, 4],
      'attribute-discard',
      { code: 'aggregator-as-zero' },
    ],
    [
      'COMMUNITIES length (§7.8)',
      [0xc0, 8, 1, 2, 3],
      'treat-as-withdraw',
      { code: 'communities-length-invalid', length: 3 },
    ],
    ['COMMUNITIES empty (§7.8)', [0xc0, 8], 'treat-as-withdraw', { code: 'communities-length-invalid', length: 0 }],
    [
      'ORIGINATOR_ID length (§7.9)',
      [0x80, 9, 1],
      'treat-as-withdraw',
      { code: 'originator-id-length-invalid', length: 1 },
    ],
    [
      'CLUSTER_LIST length (§7.10)',
      [0x80, 10, 1],
      'treat-as-withdraw',
      { code: 'cluster-list-length-invalid', length: 1 },
    ],
    ['CLUSTER_LIST empty (§7.10)', [0x80, 10], 'treat-as-withdraw', { code: 'cluster-list-length-invalid', length: 0 }],
    [
      'EXTENDED_COMMUNITIES length (§7.14)',
      [0xc0, 16, 1],
      'treat-as-withdraw',
      { code: 'extended-communities-length-invalid', length: 1 },
    ],
    [
      'EXTENDED_COMMUNITIES empty (§7.14)',
      [0xc0, 16],
      'treat-as-withdraw',
      { code: 'extended-communities-length-invalid', length: 0 },
    ],
    [
      'AS4_PATH between new speakers (6793 §4.1)',
      [0xc0, 17, 2, 1, 0, 0, 0, 1],
      'attribute-discard',
      { code: 'as4-path-unexpected' },
    ],
    [
      'AS4_AGGREGATOR between new speakers (6793 §4.1)',
      [0xc0, 18, 0, 0, 0, 1, 1, 2, 3, 4],
      'attribute-discard',
      { code: 'as4-aggregator-unexpected' },
    ],
    [
      'PMSI_TUNNEL too short (6514 §5)',
      [0xc0, 22, 0, 6, 0, 0],
      'treat-as-withdraw',
      { code: 'pmsi-tunnel-malformed', tunnelType: 6, length: 4 },
    ],
    [
      'PMSI_TUNNEL identifier (6514 §5)',
      [0xc0, 22, 0, 6, 0, 0, 0, 1],
      'treat-as-withdraw',
      { code: 'pmsi-tunnel-malformed', tunnelType: 6, length: 6 },
    ],
    [
      'IPv6 extended communities length (§7.15)',
      [0xc0, 25, 1],
      'treat-as-withdraw',
      { code: 'ipv6-extended-communities-length-invalid', length: 1 },
    ],
    ['AIGP TLV cut short (7311 §3.2)', [0x80, 26, 1, 0, 11, 0], 'attribute-discard', { code: 'aigp-malformed' }],
    ['AIGP TLV of a wrong length (7311 §3)', [0x80, 26, 1, 0, 4, 0], 'attribute-discard', { code: 'aigp-malformed' }],
    [
      'AIGP metric at its greatest (7311 §3.2)',
      [0x80, 26, 1, 0, 11, 255, 255, 255, 255, 255, 255, 255, 255],
      'attribute-discard',
      { code: 'aigp-malformed' },
    ],
    [
      'AIGP with the Transitive bit (7311 §3.2)',
      [0xc0, 26, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 1],
      'attribute-discard',
      { code: 'aigp-malformed' },
    ],
    [
      'LARGE_COMMUNITY length (8092 §6)',
      [0xc0, 32, 1],
      'treat-as-withdraw',
      { code: 'large-communities-length-invalid', length: 1 },
    ],
    [
      'LARGE_COMMUNITY empty (8092 §6)',
      [0xc0, 32],
      'treat-as-withdraw',
      { code: 'large-communities-length-invalid', length: 0 },
    ],
    ['OTC length (9234 §5)', [0xc0, 35, 1], 'treat-as-withdraw', { code: 'otc-length-invalid', length: 1 }],
    [
      'well-known flags wrong (§3 c)',
      [0xc0, 1, 0],
      'treat-as-withdraw',
      { code: 'attribute-flags-invalid', attribute: 1, flags: 0xc0 },
    ],
    [
      'optional flags wrong (§3 c)',
      [0x80, 8, 0, 1, 0, 1],
      'treat-as-withdraw',
      { code: 'attribute-flags-invalid', attribute: 8, flags: 0x80 },
    ],
    [
      'unknown well-known (4271 §6.3)',
      [0x40, 99, 7],
      'session-reset',
      { code: 'attribute-unrecognized-well-known', attribute: 99, data: Uint8Array.of(0x40, 99, 1, 7) },
    ],
  ])('%s', (_rule, attribute, action, error) => {
    const result = read(withAttribute(attribute));
    expect(result.errors).toEqual([error]);
    expect(result.action).toBe(action);
    const kept = block(...BASE.filter(([, code]) => code !== attribute[1]));
    // What is only discarded leaves the rest; anything stronger leaves nothing that could be used by mistake.
    expect(result.canonical).toEqual(action === 'attribute-discard' ? [...kept] : []);
  });
});

describe('AttributeReader: verdicts by kind of session', () => {
  it.each<[rule: string, attribute: Tlv, ctx: AttributeContext, code: string | undefined]>([
    ['LOCAL_PREF from external is discarded (7606 §7.5)', LOCAL_PREF, EXTERNAL, 'local-pref-from-external'],
    ['… whatever its length', [0x40, 5, 1], EXTERNAL, 'local-pref-from-external'],
    ['LOCAL_PREF within a confederation stays (5065 §5.3)', LOCAL_PREF, CONFED, undefined],
    ['ORIGINATOR_ID from external is discarded (§7.9)', [0x80, 9, 1, 2, 3, 4], EXTERNAL, 'originator-id-from-external'],
    ['ORIGINATOR_ID from internal stays', [0x80, 9, 1, 2, 3, 4], INTERNAL, undefined],
    ['CLUSTER_LIST from external is discarded (§7.10)', [0x80, 10, 1, 2, 3, 4], EXTERNAL, 'cluster-list-from-external'],
    ['CLUSTER_LIST from internal stays', [0x80, 10, 1, 2, 3, 4], INTERNAL, undefined],
    [
      'AIGP from external is discarded (7311 §3.3)',
      [0x80, 26, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 1],
      EXTERNAL,
      'aigp-from-external',
    ],
    ['AIGP from internal stays', [0x80, 26, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 1], INTERNAL, undefined],
  ])('%s', (_rule, attribute, ctx, code) => {
    const path: Tlv = ctx === CONFED ? [0x40, 2, 3, 1, 0, 0, 0xfd, 0xe9] : AS_PATH;
    const result = read(block(ORIGIN, path, NEXT_HOP, attribute), ctx);
    expect(result.errors.map((error) => error.code)).toEqual(code === undefined ? [] : [code]);
    expect(result.action).toBe(code === undefined ? undefined : 'attribute-discard');
    expect(result.canonical).toEqual([...block(ORIGIN, path, NEXT_HOP, ...(code === undefined ? [attribute] : []))]);
  });

  it.each<[rule: string, path: Tlv, ctx: AttributeContext, code: string | undefined]>([
    [
      'AS_CONFED_SEQUENCE from external (5065 §5)',
      [0x40, 2, 3, 1, 0, 0, 0, 1],
      EXTERNAL,
      'as-path-confed-from-external',
    ],
    [
      'AS_CONFED_SET from external (5065 §5)',
      [0x40, 2, 2, 1, 0, 0, 0, 1, 4, 1, 0, 0, 0, 1],
      EXTERNAL,
      'as-path-confed-from-external',
    ],
    ['AS_CONFED_SEQUENCE from internal', [0x40, 2, 3, 1, 0, 0, 0, 1], INTERNAL, undefined],
    ['no AS_CONFED_SEQUENCE in front, from another member AS (5065 §5)', AS_PATH, CONFED, 'as-path-confed-missing'],
    ['empty path from another member AS (5065 §5)', [0x40, 2], CONFED, 'as-path-confed-missing'],
    ['AS_CONFED_SEQUENCE in front, from another member AS', [0x40, 2, 3, 1, 0, 0, 0, 1], CONFED, undefined],
  ])('%s', (_rule, path, ctx, code) => {
    const result = read(block(ORIGIN, path, NEXT_HOP), ctx);
    expect(result.errors.map((error) => error.code)).toEqual(code === undefined ? [] : [code]);
    expect(result.action).toBe(code === undefined ? undefined : 'treat-as-withdraw');
  });
});

describe('AttributeReader: the block as a whole', () => {
  it.each([
    ['ORIGIN', 1],
    ['AS_PATH', 2],
    ['NEXT_HOP', 3],
  ])('%s missing (7606 §3 d)', (_name, code) => {
    expect(read(without(code))).toEqual({
      errors: [{ code: 'attribute-missing', attribute: code }],
      action: 'treat-as-withdraw',
      canonical: [],
    });
  });

  it('NEXT_HOP is not mandatory beside MP_REACH_NLRI (4760 §3)', () => {
    const result = read(block(ORIGIN, AS_PATH), { ...INTERNAL, carries: 'mp' }, [10, 0, 0, 1]);
    expect(result).toEqual({
      errors: [],
      action: undefined,
      canonical: [...block(ORIGIN, AS_PATH, [0x40, 3, 10, 0, 0, 1])],
    });
  });

  it('NEXT_HOP beside MP_REACH_NLRI is ignored, even a bad one (4760 §3)', () => {
    const result = read(
      block(ORIGIN, AS_PATH, [0xc0, 3, 1], LOCAL_PREF),
      { ...INTERNAL, carries: 'mp' },
      [10, 0, 0, 1],
    );
    expect(result.errors).toEqual([]);
    expect(result.canonical).toEqual([...block(ORIGIN, AS_PATH, [0x40, 3, 10, 0, 0, 1], LOCAL_PREF)]);
  });

  it.each([
    ['multicast', [0xff, ...new Array<number>(15).fill(1)]],
    ['unspecified', new Array<number>(16).fill(0)],
    ['IPv4 multicast', [224, 0, 0, 1]],
  ])('%s next hop in MP_REACH_NLRI (4271 §6.3)', (_name, nextHop) => {
    const result = read(block(ORIGIN, AS_PATH), { ...INTERNAL, carries: 'mp' }, nextHop);
    expect(result.errors).toEqual([{ code: 'next-hop-value-invalid' }]);
    expect(result.action).toBe('treat-as-withdraw');
  });

  it('a family without next hop leaves none in the canonical octets (8955 §4)', () => {
    const result = read(block(ORIGIN, AS_PATH, NEXT_HOP), { ...INTERNAL, carries: 'mp' });
    expect(result).toEqual({ errors: [], action: undefined, canonical: [...block(ORIGIN, AS_PATH)] });
  });

  it('without routes nothing is mandatory (7606 §5.2)', () => {
    expect(read(block(LOCAL_PREF), { ...INTERNAL, carries: 'none' })).toMatchObject({ errors: [], action: undefined });
  });

  it('without routes an error stronger than discard resets the session (7606 §5.2)', () => {
    expect(read(block([0x40, 1, 9]), { ...INTERNAL, carries: 'none' })).toEqual({
      errors: [{ code: 'origin-value-invalid', origin: 9 }, { code: 'attribute-error-without-nlri' }],
      action: 'session-reset',
      canonical: [],
    });
  });

  it('without routes a discard stays a discard (7606 §5.2)', () => {
    const result = read(block(ORIGIN, [0x40, 6, 1]), { ...INTERNAL, carries: 'none' });
    expect(result.action).toBe('attribute-discard');
  });

  it('of a duplicate the first counts, known or unknown (7606 §3 g)', () => {
    const other: Tlv = [0xc0, 200, 1];
    const result = read(block(...BASE, other, [0x40, 1, 2], [0xc0, 200, 2]));
    expect(result).toEqual({
      errors: [
        { code: 'attribute-duplicate', attribute: 1 },
        { code: 'attribute-duplicate', attribute: 200 },
      ],
      action: 'attribute-discard',
      canonical: [...block(...BASE, other)],
    });
  });

  it('the strongest of several actions applies (7606 §3 h)', () => {
    const result = read(block(ORIGIN, AS_PATH, NEXT_HOP, [0x40, 6, 1], [0x80, 4, 1]));
    expect(result.errors.map((error) => error.code)).toEqual(['med-length-invalid', 'atomic-aggregate-length-invalid']);
    expect(result.action).toBe('treat-as-withdraw');
  });

  it.each<[rule: string, tail: readonly number[]]>([
    ['an attribute that runs past the end (7606 §4, first case)', [0xc0, 8, 8, 0, 0, 0, 1]],
    ['an extended one that does', [0xd0, 8, 1, 0, 0, 0, 0, 1]],
    ['two octets left (7606 §4, second case)', [0xc0, 8]],
    ['three octets left of an extended one', [0xd0, 8, 0]],
  ])('%s', (_rule, tail) => {
    const base = [...block(...BASE)];
    const result = read(Uint8Array.from([...base, ...tail]));
    expect(result.errors).toEqual([{ code: 'attribute-list-truncated', offset: base.length }]);
    expect(result.action).toBe('treat-as-withdraw');
  });

  it('a community counts once in a long list too', () => {
    const list = Array.from({ length: 200 }, (_, i) => [0, 1, 0, i % 150]);
    const octets = Uint8Array.from([...block(...BASE), 0xd0, 8, 0x03, 0x20, ...list.flat()]);
    const expected = [...block(...BASE), 0xd0, 8, 0x02, 0x58, ...list.slice(0, 150).flat()];
    expect(read(octets)).toEqual({ errors: [], action: undefined, canonical: expected });
  });

  it('a list too long to be edited is not used (ours)', () => {
    const value = new Uint8Array(0xc004).map((_, i) => (i * 7919) >>> 5);
    for (let i = 0; i < value.length; i += 4) value.set([i >>> 24, i >>> 16, i >>> 8, i], i);
    const octets = Uint8Array.from([...block(...BASE), 0xd0, 8, 0xc0, 0x04, ...value]);
    expect(read(octets)).toMatchObject({
      errors: [{ code: 'attribute-too-large', attribute: 8 }],
      action: 'treat-as-withdraw',
    });
  });
});

describe('AttributeReader: canonical octets', () => {
  it.each<[rule: string, octets: Uint8Array, expected: Uint8Array]>([
    ['ascending codes', block(LOCAL_PREF, NEXT_HOP, AS_PATH, ORIGIN), block(...BASE)],
    [
      'no extended length where one octet does',
      Uint8Array.from([0x50, 1, 0, 1, 0, ...block(AS_PATH, NEXT_HOP)]),
      block(ORIGIN, AS_PATH, NEXT_HOP),
    ],
    [
      'unused flag bits are cleared',
      block([0x4f, 1, 0], AS_PATH, NEXT_HOP, [0xcf, 200, 1]),
      block(ORIGIN, AS_PATH, NEXT_HOP, [0xc0, 200, 1]),
    ],
    [
      'Partial is cleared on well-known attributes',
      block([0x60, 1, 0], AS_PATH, NEXT_HOP),
      block(ORIGIN, AS_PATH, NEXT_HOP),
    ],
    [
      'Partial stays on optional transitive ones',
      block(...BASE, [0xe0, 8, 0, 1, 0, 1], [0xe0, 200]),
      block(...BASE, [0xe0, 8, 0, 1, 0, 1], [0xe0, 200]),
    ],
    [
      'a community counts once',
      block(...BASE, [0xc0, 8, 0, 1, 0, 1, 0, 2, 0, 2, 0, 1, 0, 1]),
      block(...BASE, [0xc0, 8, 0, 1, 0, 1, 0, 2, 0, 2]),
    ],
    [
      'a large community counts once (8092 §3)',
      block(...BASE, [0xc0, 32, ...new Array<number>(24).fill(1)]),
      block(...BASE, [0xc0, 32, ...new Array<number>(12).fill(1)]),
    ],
    [
      'neighboring sequences are one',
      block(ORIGIN, [0x40, 2, 2, 1, 0, 0, 0, 1, 2, 1, 0, 0, 0, 2], NEXT_HOP),
      block(ORIGIN, [0x40, 2, 2, 2, 0, 0, 0, 1, 0, 0, 0, 2], NEXT_HOP),
    ],
    [
      'neighboring sets stay two',
      block(ORIGIN, [0x40, 2, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 2], NEXT_HOP),
      block(ORIGIN, [0x40, 2, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 2], NEXT_HOP),
    ],
    [
      'unknown attributes stay octet for octet',
      block(...BASE, [0x80, 11, 9, 8], [0xe0, 255, 7]),
      block(...BASE, [0x80, 11, 9, 8], [0xe0, 255, 7]),
    ],
  ])('%s', (_rule, octets, expected) => {
    expect(read(octets)).toEqual({ errors: [], action: undefined, canonical: [...expected] });
  });
});

describe('AIGP: the first AIGP TLV counts, the others are kept (RFC 7311 §3)', () => {
  const tlv = (metric: number): number[] => [1, 0, 11, 0, 0, 0, 0, 0, 0, 0, metric];
  const unknownTlv = [9, 0, 4, 7];

  it.each<[name: string, value: number[], metric: bigint | undefined]>([
    ['one', tlv(5), 5n],
    ['two', [...tlv(5), ...tlv(6)], 5n],
    ['behind an unknown TLV', [...unknownTlv, ...tlv(6)], 6n],
    ['none', unknownTlv, undefined],
  ])('%s', (_name, value, metric) => {
    const octets = block(...BASE, [0x80, 26, ...value]);
    expect(read(octets)).toEqual({ errors: [], action: undefined, canonical: [...octets] });
    expect(decodeAttributes(octets).aigp).toBe(metric);
  });
});

describe('AttributeReader: two-octet speakers (RFC 6793)', () => {
  const path = (...asns: readonly number[]): number[] => [
    2,
    asns.length,
    ...asns.flatMap((as) => [as >>> 8, as & 0xff]),
  ];
  const path4 = (...asns: readonly number[]): number[] => [
    2,
    asns.length,
    ...asns.flatMap((as) => [as >>> 24, (as >>> 16) & 0xff, (as >>> 8) & 0xff, as & 0xff]),
  ];
  const T = 23456;
  const BIG = 0x1_0000;

  it.each<[rule: string, asPath: number[], as4Path: number[] | undefined, expected: number[], code?: string]>([
    ['no AS4_PATH: widened', path(1, 2), undefined, path4(1, 2)],
    ['equal length: AS4_PATH wins (§4.2.3)', path(T, 2), path4(BIG, 2), path4(BIG, 2)],
    ['shorter AS4_PATH: the front comes from AS_PATH (§4.2.3)', path(7, T, 2), path4(BIG, 2), path4(7, BIG, 2)],
    ['longer AS4_PATH is ignored (§4.2.3)', path(7), path4(BIG, 2), path4(7)],
    [
      'a set in front counts as one (§4.2.3)',
      [1, 2, 0, 8, 0, 9, ...path(T)],
      path4(BIG),
      [1, 2, 0, 0, 0, 8, 0, 0, 0, 9, ...path4(BIG)],
    ],
    [
      'a leading confederation segment is prepended (§4.2.3)',
      [3, 1, 0, 5, ...path(T)],
      path4(BIG),
      [3, 1, 0, 0, 0, 5, ...path4(BIG)],
    ],
    [
      'a confederation segment adjacent to a prepended one (§4.2.3)',
      [...path(7), 3, 1, 0, 5, ...path(T)],
      path4(BIG),
      [...path4(7), 3, 1, 0, 0, 0, 5, ...path4(BIG)],
    ],
    [
      'a confederation segment behind the AS that was cut off stays out (§4.2.3)',
      [...path(7, T), 3, 1, 0, 5],
      path4(BIG),
      path4(7, BIG),
    ],
    [
      'confederation segments in AS4_PATH are dropped (§6)',
      path(7, T),
      [3, 1, 0, 0, 0, 5, ...path4(BIG)],
      path4(7, BIG),
      'as4-path-confed-segment',
    ],
    ['AS4_PATH too short (§6)', path(T), [2, 1, 0, 1], path4(T), 'as4-path-malformed'],
    ['AS4_PATH of odd length (§6)', path(T), [...path4(BIG), 0], path4(T), 'as4-path-malformed'],
    ['AS4_PATH with an empty segment (§6)', path(T), [2, 0, ...path4(BIG)], path4(T), 'as4-path-malformed'],
    ['AS4_PATH overrun (§6)', path(T), [2, 2, 0, 1, 0, 0], path4(T), 'as4-path-malformed'],
    ['AS4_PATH segment type (§6)', path(T), [9, 1, 0, 1, 0, 0], path4(T), 'as4-path-malformed'],
    ['AS4_PATH with AS 0 (7607 §2)', path(T), path4(0), path4(T), 'as4-path-malformed'],
  ])('%s', (_rule, asPath, as4Path, expected, code) => {
    const as4: readonly Tlv[] = as4Path === undefined ? [] : [[0xc0, 17, ...as4Path]];
    const result = read(block(ORIGIN, [0x40, 2, ...asPath], NEXT_HOP, ...as4), OLD);
    expect(result.errors.map((error) => error.code)).toEqual(code === undefined ? [] : [code]);
    expect(result.canonical).toEqual([...block(ORIGIN, [0x40, 2, ...expected], NEXT_HOP)]);
  });

  const aggregator = (as: number): Tlv => [0xc0, 7, as >>> 8, as & 0xff, 1, 2, 3, 4];
  const AS4_AGGREGATOR: Tlv = [0xc0, 18, 0, 1, 0, 0, 9, 9, 9, 9];

  it.each<[rule: string, received: readonly Tlv[], aggregator: number[] | undefined, path: number[], code?: string]>([
    ['AGGREGATOR alone: widened', [aggregator(5)], [0, 0, 0, 5, 1, 2, 3, 4], path4(BIG)],
    [
      'AS_TRANS: AS4_AGGREGATOR is the truth (§4.2.3)',
      [aggregator(T), AS4_AGGREGATOR],
      [0, 1, 0, 0, 9, 9, 9, 9],
      path4(BIG),
    ],
    [
      'not AS_TRANS: both AS4 attributes are ignored (§4.2.3)',
      [aggregator(5), AS4_AGGREGATOR],
      [0, 0, 0, 5, 1, 2, 3, 4],
      path4(T),
    ],
    ['AS4_AGGREGATOR alone has no meaning', [AS4_AGGREGATOR], undefined, path4(BIG)],
    [
      'AS4_AGGREGATOR of a wrong length (§6)',
      [aggregator(T), [0xc0, 18, 1]],
      [0, 0, 0x5b, 0xa0, 1, 2, 3, 4],
      path4(BIG),
      'as4-aggregator-length-invalid',
    ],
    [
      'AS4_AGGREGATOR with AS 0 (7607 §2)',
      [aggregator(T), [0xc0, 18, 0, 0, 0, 0, 1, 2, 3, 4]],
      [0, 0, 0x5b, 0xa0, 1, 2, 3, 4],
      path4(BIG),
      'as4-aggregator-as-zero',
    ],
  ])('%s', (_rule, received, expected, expectedPath, code) => {
    const result = read(block(ORIGIN, [0x40, 2, ...path(T)], NEXT_HOP, ...received, [0xc0, 17, ...path4(BIG)]), OLD);
    const aggregators: readonly Tlv[] = expected === undefined ? [] : [[0xc0, 7, ...expected]];
    expect(result.errors.map((error) => error.code)).toEqual(code === undefined ? [] : [code]);
    expect(result.canonical).toEqual([...block(ORIGIN, [0x40, 2, ...expectedPath], NEXT_HOP, ...aggregators)]);
  });
});
