import { pathAttributes } from '@bgp/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeReader } from './attribute-reader.ts';
import { AttributeView } from './attribute-view.ts';
import type { AttributeContext } from './codec.ts';
import { decodeAttributes, encodeAttributes } from './object-codec.ts';
import type { PathAttributes } from './types.ts';

const EMPTY = new Uint8Array(0);
const INTERNAL: AttributeContext = { fourOctetAs: true, peerKind: 'internal', carries: 'body' };

function canonicalOf(attributes: PathAttributes): Uint8Array {
  const encoded = encodeAttributes(attributes);
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
  return encoded.value;
}

const contexts = fc.record({
  fourOctetAs: fc.boolean(),
  peerKind: fc.constantFrom('external' as const, 'internal' as const, 'confederation' as const),
  carries: fc.constantFrom('body' as const, 'none' as const),
});

/** Mostly sound attributes, in any order, with one octet changed or the end cut off: the neighborhood of legal blocks. */
const damaged = fc
  .tuple(pathAttributes({ confederation: true }), fc.nat(), fc.nat(255), fc.nat(400))
  .map(([attributes, at, value, cut]) => {
    const octets = canonicalOf(attributes).slice();
    octets[at % octets.length] = value;
    return cut < 40 ? octets.slice(0, Math.max(0, octets.length - cut)) : octets;
  });

const hostile = fc.oneof(damaged, fc.uint8Array({ maxLength: 80 }));

describe('attributes', () => {
  it('round trip: decode(encode(x)) is x', () => {
    fc.assert(
      fc.property(pathAttributes({ confederation: true }), (attributes) => {
        expect(decodeAttributes(canonicalOf(attributes))).toEqual(attributes);
      }),
    );
  });

  it('the reader accepts what the encoder makes, octet for octet', () => {
    fc.assert(
      fc.property(pathAttributes({ confederation: true }), (attributes) => {
        const canonical = canonicalOf(attributes);
        const reader = new AttributeReader();
        reader.read(canonical, EMPTY, INTERNAL);
        expect(reader.errors).toEqual([]);
        expect(reader.canonical()).toEqual(canonical);
      }),
    );
  });

  it('hostile octets: never throws, and canonical octets are canonical', () => {
    fc.assert(
      fc.property(hostile, contexts, (octets, ctx) => {
        const reader = new AttributeReader();
        reader.read(octets, EMPTY, ctx);
        expect(reader.action === undefined).toBe(reader.errors.length === 0);
        if (reader.action !== undefined && reader.action !== 'attribute-discard') {
          expect(reader.canonical()).toHaveLength(0);
          return;
        }
        const canonical = reader.canonical().slice();
        // Read again as from a four-octet internal peer: nothing left to complain about, nothing left to change.
        reader.read(canonical, EMPTY, { ...INTERNAL, carries: 'none' });
        expect(reader.errors).toEqual([]);
        expect(reader.canonical()).toEqual(canonical);
        // Partial is the one thing the object face does not keep for attributes that it knows.
        const again = canonicalOf(decodeAttributes(canonical));
        expect(decodeAttributes(again)).toEqual(decodeAttributes(canonical));
      }),
      { numRuns: 2_000 },
    );
  });

  it('order of attributes does not matter', () => {
    const shuffled = pathAttributes({ confederation: true }).chain((attributes) => {
      const canonical = canonicalOf(attributes);
      const tlvs: Uint8Array[] = [];
      for (let at = 0; at < canonical.length; ) {
        const isExtended = (canonical[at]! & 0x10) !== 0;
        const length = isExtended ? 4 + canonical[at + 2]! * 256 + canonical[at + 3]! : 3 + canonical[at + 2]!;
        tlvs.push(canonical.slice(at, at + length));
        at += length;
      }
      return fc.tuple(fc.constant(canonical), fc.shuffledSubarray(tlvs, { minLength: tlvs.length }));
    });
    fc.assert(
      fc.property(shuffled, ([canonical, tlvs]) => {
        const reader = new AttributeReader();
        reader.read(Uint8Array.from(tlvs.flatMap((tlv) => [...tlv])), EMPTY, INTERNAL);
        expect(reader.canonical()).toEqual(canonical);
      }),
    );
  });

  it('AttributeView sees what decodeAttributes sees', () => {
    fc.assert(
      fc.property(pathAttributes({ confederation: true }), (attributes) => {
        const canonical = canonicalOf(attributes);
        // Not at offset 0: the view must honor its bounds.
        const padded = Uint8Array.from([0x40, 1, 1, ...canonical, 0x40, 250, 1, 9]);
        const view = new AttributeView().reset(padded, 3, 3 + canonical.length);
        const path = attributes.asPath ?? [];
        const counted = path.filter(({ type }) => type === 'set' || type === 'sequence');
        const length = counted.reduce((sum, { type, asns }) => sum + (type === 'set' ? 1 : asns.length), 0);
        expect(view.origin).toBe(attributes.origin);
        expect([view.hasMed, view.med]).toEqual([attributes.med !== undefined, attributes.med ?? 0]);
        expect([view.hasLocalPref, view.localPref]).toEqual([
          attributes.localPref !== undefined,
          attributes.localPref ?? 0,
        ]);
        expect(view.asPathLength).toBe(length);
        expect(view.neighborAs).toBe(counted[0]?.type === 'sequence' ? counted[0].asns[0] : 0);
        expect(view.originAs).toBe(path.at(-1)?.type === 'sequence' ? path.at(-1)?.asns.at(-1) : 0);
        expect(view.firstAs).toBe(
          path[0]?.type === 'sequence' || path[0]?.type === 'confed-sequence' ? path[0].asns[0] : 0,
        );
        for (const { asns } of path) expect(view.asPathContains(asns.at(-1) ?? 0)).toBe(true);
        expect(view.asPathContains(4_242_424_242)).toBe(path.some(({ asns }) => asns.includes(4_242_424_242)));
        expect(Array.from({ length: view.communityCount }, (_, i) => view.communityAt(i))).toEqual(
          attributes.communities ?? [],
        );
        for (const community of attributes.communities ?? []) expect(view.hasCommunity(community)).toBe(true);
        expect(view.hasCommunity(0xfeed_beef)).toBe(attributes.communities?.includes(0xfeed_beef) ?? false);
        for (const { globalAdministrator: a, localData1: b, localData2: c } of attributes.largeCommunities ?? [])
          expect(view.hasLargeCommunity(a, b, c)).toBe(true);
        expect(view.hasLargeCommunity(9, 8, 7)).toBe(false);
        expect(view.clusterListLength).toBe(attributes.clusterList?.length ?? 0);
        expect(view.hasOriginatorId).toBe(attributes.originatorId !== undefined);
        expect(view.nextHopLength).toBe(4);
        expect(view.find(250)).toBe(-1);
      }),
    );
  });
});
