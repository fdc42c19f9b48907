import {
  type AsPath,
  type AttributeEdit,
  formatIpAddress,
  formatIpPrefix,
  type IpPrefix,
  type PathAttributes,
  parseIpPrefix,
  type UnitPattern,
} from '@bgp/wire';
import fc from 'fast-check';

/** Unsigned 32 bits, biased to the edges. */
export function u32(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, 1, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff), fc.nat(0xffff_ffff));
}

/** A legal AS number: not 0; both sides of the two-octet border, private ones, AS_TRANS. */
export function asn(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constantFrom(1, 23456, 64512, 65001, 65535, 65536, 4_200_000_000, 4_294_967_295),
    fc.integer({ min: 1, max: 0xffff_ffff }),
  );
}

export function ipv4Address(): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: 4, maxLength: 4 }).map((octets) => formatIpAddress(octets));
}

/** An address that NEXT_HOP may hold. */
export function ipv4NextHop(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255))
    .map((part) => part.join('.'));
}

export function ipv4Prefix(): fc.Arbitrary<IpPrefix> {
  return prefix(4, fc.oneof(fc.constantFrom(0, 1, 8, 9, 16, 24, 25, 31, 32), fc.nat(32)));
}

export function ipv6Prefix(): fc.Arbitrary<IpPrefix> {
  return prefix(16, fc.oneof(fc.constantFrom(0, 1, 32, 33, 48, 64, 65, 96, 127, 128), fc.nat(128)));
}

function prefix(octets: 4 | 16, length: fc.Arbitrary<number>): fc.Arbitrary<IpPrefix> {
  return fc.tuple(fc.uint8Array({ minLength: octets, maxLength: octets }), length).map(([address, bits]) => {
    const parsed = parseIpPrefix(`${formatIpAddress(address)}/${bits}`);
    if (!parsed.ok) throw new Error(`not a prefix: ${parsed.error.text}`);
    return formatIpPrefix(parsed.value.octets, bits);
  });
}

/** In canonical form: no two neighboring sequences of one kind. Now and then longer than a segment can be. */
export function asPath(options: { readonly confederation: boolean }): fc.Arbitrary<AsPath> {
  const types = options.confederation
    ? (['sequence', 'sequence', 'set', 'confed-sequence', 'confed-set'] as const)
    : (['sequence', 'sequence', 'set'] as const);
  const asns = fc.oneof(
    { weight: 9, arbitrary: fc.array(asn(), { minLength: 1, maxLength: 6 }) },
    { weight: 1, arbitrary: fc.array(asn(), { minLength: 250, maxLength: 600, size: 'max' }) },
  );
  return fc
    .array(fc.record({ type: fc.constantFrom(...types), asns }), { maxLength: 4 })
    .map((segments) =>
      segments
        .map(({ type, asns }) => ({ type, asns: type === 'set' || type === 'confed-set' ? asns.slice(0, 255) : asns }))
        .filter(({ type }, i) => type !== segments[i - 1]?.type || type === 'set' || type === 'confed-set'),
    );
}

const octets = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

const UNKNOWN_CODES = [11, 20, 23, 29, 40, 128, 200, 255];

/** What an UPDATE with NLRI in its body may carry from an internal peer; `encodeAttributes` accepts all of it. */
export function pathAttributes(options: { readonly confederation: boolean }): fc.Arbitrary<PathAttributes> {
  const unknown = fc
    .uniqueArray(
      fc.record({
        flags: fc.constantFrom(0x80, 0xc0, 0xe0),
        code: fc.constantFrom(...UNKNOWN_CODES),
        value: fc.oneof(
          { weight: 9, arbitrary: fc.uint8Array({ maxLength: 8 }) },
          { weight: 1, arbitrary: octets(300) },
        ),
      }),
      { selector: ({ code }) => code, minLength: 1, maxLength: 3 },
    )
    .map((list) => list.sort((a, b) => a.code - b.code));
  return fc.record(
    {
      origin: fc.constantFrom(0, 1, 2),
      asPath: asPath(options),
      nextHop: ipv4NextHop(),
      med: u32(),
      localPref: u32(),
      atomicAggregate: fc.constant(true as const),
      aggregator: fc.record({ as: asn(), address: ipv4Address() }),
      communities: fc.uniqueArray(u32(), { minLength: 1, maxLength: 80 }),
      originatorId: ipv4Address(),
      clusterList: fc.array(ipv4Address(), { minLength: 1, maxLength: 4 }),
      extendedCommunities: fc
        .uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 4 })
        .map((values) =>
          values.map((value) => ({
            octets: Uint8Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(56 - 8 * i)) & 0xffn)),
          })),
        ),
      largeCommunities: fc.uniqueArray(
        fc.record({ globalAdministrator: u32(), localData1: u32(), localData2: u32() }),
        { minLength: 1, maxLength: 4, selector: (c) => `${c.globalAdministrator}:${c.localData1}:${c.localData2}` },
      ),
      pmsiTunnel: fc.record({
        flags: fc.nat(255),
        tunnelType: fc.constantFrom(0, 1, 6, 255),
        label: fc.nat(0xff_ffff),
        tunnelIdentifier: octets(4),
      }),
      ipv6ExtendedCommunities: fc.uniqueArray(octets(20), { minLength: 1, maxLength: 3, selector: String }),
      aigp: fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }),
      otc: u32(),
      unknown,
    },
    { requiredKeys: ['origin', 'asPath', 'nextHop'] },
  );
}

/** Edits as policies and export rules make them. */
export function attributeEdit(): fc.Arbitrary<AttributeEdit> {
  const list = <T>(value: fc.Arbitrary<T>, octetCount: number) =>
    fc.record(
      {
        set: fc.array(value, { maxLength: 3 }),
        remove: fc.array(value, { maxLength: 3 }),
        removeMatching: fc.array(unitPattern(octetCount), { maxLength: 2 }),
        add: fc.array(value, { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
  return fc.record(
    {
      origin: fc.constantFrom(0, 1, 2),
      localPref: fc.option(u32()),
      med: fc.option(u32()),
      medDelta: fc.constantFrom(-0xffff_ffff, -1, 0, 1, 10, 0xffff_ffff),
      asPath: fc.array(asn(), { maxLength: 4 }),
      removePrivateAs: fc.record({
        mode: fc.constantFrom('remove' as const, 'all' as const, 'replace' as const),
        replaceWith: asn(),
      }),
      removeConfederation: fc.constant(true as const),
      replaceAs: fc.record({ as: asn(), by: asn() }),
      prependConfederation: asn(),
      removeNonTransitive: fc.constant(true as const),
      prepend: fc.array(fc.record({ as: asn(), count: fc.constantFrom(0, 1, 3, 255) }), { maxLength: 3 }),
      communities: list(u32(), 4),
      extendedCommunities: list(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), 8),
      largeCommunities: list(
        fc.tuple(u32(), u32(), u32()).map((words) => words.join(':')),
        12,
      ),
      remove: fc.uniqueArray(fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 25, 26, 32, 35, 200)),
      forwardUnknown: fc.boolean(),
      originatorIdIfAbsent: u32(),
      prependClusterId: u32(),
      nextHop: fc.constantFrom(
        Uint8Array.of(192, 0, 2, 1),
        new Uint8Array(16).fill(0x20),
        new Uint8Array(32).fill(0x20),
      ),
      otcIfAbsent: asn(),
    },
    { requiredKeys: [] },
  );
}

/** Wide bounds mostly, so that some values are meant and others not. */
function unitPattern(octetCount: number): fc.Arbitrary<UnitPattern> {
  const field = fc.constantFrom(1, 2, 4).chain((length) => {
    const bound = fc.nat(256 ** length - 1);
    return fc
      .tuple(fc.nat(octetCount - length), bound, bound)
      .map(([start, one, other]) => ({ start, length, least: Math.min(one, other), most: Math.max(one, other) }));
  });
  const form = fc.array(field, { minLength: 1, maxLength: 2 });
  return fc.record({ text: fc.string(), forms: fc.array(form, { minLength: 1, maxLength: 2 }) });
}

/** `octets` cut at random places, single octets and empty chunks included. */
export function chunksOf(source: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat(source.length), { maxLength: 40 }).map((cuts) => {
    const edges = [0, ...cuts.sort((a, b) => a - b), source.length];
    return edges.slice(1).map((edge, i) => source.subarray(edges[i], edge));
  });
}
