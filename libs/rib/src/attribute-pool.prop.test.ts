import { pathAttributes } from '@bgp/testkit';
import {
  type AttributeContext,
  AttributeReader,
  AttributeView,
  encodeAttributes,
  type PathAttributes,
} from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AttributeFlag } from './attribute-columns.ts';
import { AttributePool } from './attribute-pool.ts';
import { ownAsCount } from './own-identity.ts';

const OWN = { localAs: 65_000, routerId: 0x0a00_0001, clusterId: 0x0a00_0002 };
const NO_OCTETS = new Uint8Array(0);
const NO_EXPORT = 0xffff_ff01;
const SPECIAL = {
  [NO_EXPORT]: AttributeFlag.noExport,
  4294967042: AttributeFlag.noAdvertise,
  4294967043: AttributeFlag.noExportSubconfed,
  4294901766: AttributeFlag.longLivedStale,
  4294901767: AttributeFlag.noLongLived,
} as const;

const octetsOf = (attributes: PathAttributes): Uint8Array => {
  const encoded = encodeAttributes(attributes);
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
  return encoded.value;
};

/** Anything a neighbor may bring, and often what concerns us: our own numbers, communities with a meaning. */
const attributes = fc
  .record({
    any: pathAttributes({ confederation: true }),
    own: fc.record(
      {
        asPath: fc.array(
          fc.record({
            type: fc.constantFrom('set', 'sequence', 'confed-sequence', 'confed-set'),
            asns: fc.array(fc.constantFrom(OWN.localAs, 65_500, 64_512), { minLength: 1, maxLength: 3 }),
          }),
          { maxLength: 3 },
        ),
        communities: fc.uniqueArray(fc.constantFrom(...Object.keys(SPECIAL).map(Number), 1), { maxLength: 4 }),
        originatorId: fc.constantFrom('10.0.0.1', '10.0.0.9'),
        clusterList: fc.array(fc.constantFrom('10.0.0.2', '10.0.0.8'), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ any, own }): PathAttributes => ({ ...any, ...own }));

it.each([undefined, 65_500])('columns say what a view of the set says (confederation: %s)', (confederationId) => {
  const own = confederationId === undefined ? OWN : { ...OWN, confederationId };
  const pool = new AttributePool(own);
  let loops = 0;
  fc.assert(
    fc.property(attributes, (set) => {
      const octets = octetsOf(set);
      const view = new AttributeView().reset(octets);
      const id = pool.intern(octets, 0, octets.length);
      expect(pool.localPref[id]).toBe(view.hasLocalPref ? view.localPref : 100);
      expect(pool.lengthAndOrigin[id]).toBe((view.asPathLength << 8) | view.origin);
      expect(pool.med[id]).toBe(view.med);
      expect(pool.neighborAs[id]).toBe(view.neighborAs);
      expect(pool.originAs[id]).toBe(view.originAs);
      expect(pool.originatorId[id]).toBe(view.originatorId);
      expect(pool.clusterListLength[id]).toBe(view.clusterListLength);
      expect(pool.nextHops.octetsOf(pool.nextHopId[id]!)).toBe(view.nextHopLength);
      let flags = ownAsCount(view, own) > 0 ? AttributeFlag.asLoop : 0;
      for (const [value, flag] of Object.entries(SPECIAL)) if (view.hasCommunity(Number(value))) flags |= flag;
      if (view.hasOriginatorId) flags |= AttributeFlag.hasOriginatorId;
      const isReflected = view.originatorId === own.routerId || view.clusterListContains(own.clusterId);
      if (isReflected) flags |= AttributeFlag.reflectionLoop;
      expect(pool.flags[id]).toBe(flags);
      if ((flags & AttributeFlag.asLoop) !== 0) loops++;
    }),
    { numRuns: 500 },
  );
  expect(loops).toBeGreaterThan(10);
});

/** Few sets, so that the same octets come again from another kind of neighbor. */
const received = fc.record({
  set: fc.constantFrom(
    { origin: 0, asPath: [], nextHop: '192.0.2.1' },
    { origin: 0, asPath: [], nextHop: '192.0.2.1', localPref: 100 },
    { origin: 1, asPath: [{ type: 'sequence', asns: [64_500, 64_501] }], nextHop: '192.0.2.1', localPref: 100 },
    { origin: 1, asPath: [{ type: 'sequence', asns: [64_500, 64_501] }], nextHop: '192.0.2.1' },
    { origin: 1, asPath: [{ type: 'confed-sequence', asns: [65_010] }], nextHop: '192.0.2.2', localPref: 100 },
    { origin: 2, asPath: [{ type: 'sequence', asns: [64_500] }] }, // for MP-BGP
  ) satisfies fc.Arbitrary<PathAttributes>,
  /** Bad ones too. */
  damage: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, fc.tuple(fc.nat(), fc.nat(255))),
  offset: fc.nat(3),
  nextHop: fc.constantFrom(NO_OCTETS, Uint8Array.of(192, 0, 2, 9)),
  fourOctetAs: fc.boolean(),
  peerKind: fc.constantFrom('external' as const, 'internal' as const, 'confederation' as const),
  carries: fc.constantFrom('body' as const, 'mp' as const),
  isKept: fc.boolean(),
  sweep: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
});

it('a block means what it says in its context, whatever came before', () => {
  let known = 0;
  fc.assert(
    fc.property(fc.array(received, { minLength: 20, maxLength: 60 }), (blocks) => {
      const pool = new AttributePool(OWN);
      const reader = new AttributeReader();
      const kept = new Map<number, Uint8Array>();
      for (const { set, damage, offset, nextHop, fourOctetAs, peerKind, carries, isKept, sweep } of blocks) {
        const block = octetsOf(set).slice();
        if (damage !== null) block[damage[0] % block.length] = damage[1];
        const around = Uint8Array.from([...new Array<number>(offset).fill(7), ...block, 9, 9]);
        const ctx: AttributeContext = { fourOctetAs, peerKind, carries };
        const before = pool.size;
        const id = pool.internBlock(around, offset, offset + block.length, nextHop, ctx);
        reader.read(block, nextHop, ctx);
        expect(pool.errors).toEqual(reader.errors);
        expect(pool.action).toBe(reader.action);
        const isUsable = reader.action === undefined || reader.action === 'attribute-discard';
        expect(id !== 0).toBe(isUsable);
        if (isUsable) {
          expect(pool.canonical(id)).toEqual(reader.canonical());
          if (pool.size === before) known++;
          if (isKept && !kept.has(id)) {
            pool.retain(id);
            kept.set(id, reader.canonical().slice());
          }
        }
        if (sweep) pool.sweep(0);
        for (const [of, octets] of kept) expect(pool.canonical(of)).toEqual(octets);
      }
    }),
    { numRuns: 300 },
  );
  expect(known).toBeGreaterThan(100);
});
