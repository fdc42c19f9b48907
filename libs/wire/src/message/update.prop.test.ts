import { ipv4Prefix, ipv6Prefix, pathAttributes } from '@bgp/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CodecContext, INITIAL_CONTEXT } from '../context.ts';
import { ERROR_RULES } from '../errors.ts';
import { IPV4_MULTICAST, IPV4_UNICAST, IPV6_MULTICAST, IPV6_UNICAST } from '../family.ts';
import type { NlriGroup, Update } from './types.ts';
import { decodeUpdate, encodeUpdate } from './update.ts';

const FAMILIES = [IPV4_UNICAST, IPV4_MULTICAST, IPV6_UNICAST, IPV6_MULTICAST];

const contexts = fc
  .record({
    fourOctetAs: fc.constant(true),
    maxMessageOctets: fc.constant(65535 as const),
    addPath: fc.subarray(FAMILIES),
    peerKind: fc.constantFrom('external' as const, 'internal' as const, 'confederation' as const),
  })
  .map(
    ({ addPath, ...rest }): CodecContext => ({
      ...INITIAL_CONTEXT,
      ...rest,
      addPath: new Map(addPath.map((family) => [family, { receive: true, send: true }])),
      extendedNextHop: new Set([IPV4_UNICAST]),
    }),
  );

function group(family: number, ctx: CodecContext): fc.Arbitrary<NlriGroup> {
  const prefix = family >>> 8 === 1 ? ipv4Prefix() : ipv6Prefix();
  const nlri = ctx.addPath.has(family) ? fc.record({ prefix, pathId: fc.nat(0xffff_ffff) }) : fc.record({ prefix });
  return fc.record({ family: fc.constant(family), nlri: fc.array(nlri, { minLength: 1, maxLength: 8 }) });
}

function mpGroup(ctx: CodecContext): fc.Arbitrary<NlriGroup> {
  return fc.constantFrom(...FAMILIES.slice(1)).chain((family) => {
    const nextHop = family >>> 8 === 1 ? [['192.0.2.9']] : [['2001:db8::9'], ['2001:db8::9', 'fe80::9']];
    return fc.tuple(group(family, ctx), fc.constantFrom(...nextHop)).map(([g, nh]) => ({ ...g, nextHop: nh }));
  });
}

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(arbitrary, { maxLength: 1 });

/** A message with any mix of the four fields, as older speakers send them. */
const updates = contexts.chain((ctx) =>
  fc.tuple(
    fc.constant<CodecContext>({ ...ctx, peerKind: 'internal' }),
    fc.record({
      withdrawn: fc
        .tuple(
          optional(group(IPV4_UNICAST, ctx)),
          optional(fc.constantFrom(...FAMILIES.slice(1)).chain((f) => group(f, ctx))),
        )
        .map((l) => l.flat()),
      announced: fc
        .tuple(fc.array(group(IPV4_UNICAST, ctx), { minLength: 1, maxLength: 1 }), optional(mpGroup(ctx)))
        .map((l) => l.flat()),
      attributes: pathAttributes({ confederation: true }),
    }),
  ),
);

describe('UPDATE as objects', () => {
  it('round trip: decode(encode(x)) is x', () => {
    fc.assert(
      fc.property(updates, ([ctx, parts]) => {
        const update: Update = { type: 'UPDATE', errors: [], ...parts };
        const encoded = encodeUpdate(update, ctx);
        if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
        expect(decodeUpdate(encoded.value, ctx)).toEqual({ ok: true, value: update });
      }),
      { numRuns: 500 },
    );
  });

  it('hostile messages: never throws; a reset has a NOTIFICATION; what is treated as withdrawn is withdrawn', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(updates, contexts, damage, fc.nat(60), ([good, parts], ctx, changes, cut) => {
        const encoded = encodeUpdate({ type: 'UPDATE', errors: [], ...parts }, good);
        if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
        let octets = encoded.value;
        for (const [at, value] of changes) octets[19 + (at % (octets.length - 19))] = value;
        if (cut < 20) octets = octets.slice(0, Math.max(23, octets.length - cut));
        const decoded = decodeUpdate(octets, ctx);
        if (!decoded.ok) {
          const rule = ERROR_RULES[decoded.error.code];
          expect(rule.action).toBe('session-reset');
          expect(rule).toHaveProperty('notification');
          return;
        }
        const { announced, attributes, errors } = decoded.value;
        const actions = errors.map(({ code }) => ERROR_RULES[code].action);
        expect(actions).not.toContain('session-reset');
        if (!actions.includes('treat-as-withdraw')) return;
        expect(announced).toEqual([]);
        expect(attributes).toEqual({});
      }),
      { numRuns: 2_000 },
    );
  });

  it('random octets: never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), contexts, (octets, ctx) => {
        expect(typeof decodeUpdate(octets, ctx).ok).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[rule: string, update: Partial<Update>, code: string]>([
    [
      'more than fits into a message (4271 §4.3)',
      { announced: [{ family: IPV4_UNICAST, nlri: new Array(2000).fill({ prefix: '10.0.0.0/24' }) }] },
      'message-too-large',
    ],
    [
      'a path id without ADD-PATH (7911 §3)',
      { announced: [{ family: IPV4_UNICAST, nlri: [{ prefix: '10.0.0.0/8', pathId: 1 }] }] },
      'path-id-mismatch',
    ],
    [
      'an IPv6 prefix in an IPv4 family',
      { announced: [{ family: IPV4_UNICAST, nlri: [{ prefix: '::/0' }] }] },
      'address-invalid',
    ],
    [
      'an IPv6 next hop for IPv4 without RFC 8950',
      { announced: [{ family: IPV4_UNICAST, nlri: [], nextHop: ['::1'] }] },
      'next-hop-unsupported',
    ],
    ['an MP group without next hop', { announced: [{ family: IPV6_UNICAST, nlri: [] }] }, 'next-hop-unsupported'],
    [
      'a family that we cannot write',
      { withdrawn: [{ family: 25 * 256 + 70, nlri: [{ prefix: '::/0' }] }] },
      'family-unsupported',
    ],
    [
      'two MP groups of one direction (7606 §3 g)',
      {
        withdrawn: [
          { family: IPV6_UNICAST, nlri: [] },
          { family: IPV6_MULTICAST, nlri: [] },
        ],
      },
      'family-unsupported',
    ],
    ['a NEXT_HOP attribute that is IPv6', { attributes: { nextHop: '::1' } }, 'next-hop-unsupported'],
    ['a LOCAL_PREF of 33 bits', { attributes: { localPref: 2 ** 32 } }, 'value-out-of-range'],
    ['AS 0 (7607 §2)', { attributes: { asPath: [{ type: 'sequence', asns: [0] }] } }, 'value-out-of-range'],
    [
      'a set of more than 255',
      { attributes: { asPath: [{ type: 'set', asns: new Array(256).fill(1) }] } },
      'field-too-long',
    ],
    [
      'an unknown attribute twice',
      { attributes: { unknown: [0, 1].map(() => ({ flags: 0xc0, code: 99, value: new Uint8Array(1) })) } },
      'value-out-of-range',
    ],
    [
      'an unknown attribute with a known code',
      { attributes: { unknown: [{ flags: 0xc0, code: 8, value: new Uint8Array(4) }] } },
      'value-out-of-range',
    ],
  ])('refuses %s', (_rule, part, code) => {
    const update: Update = { type: 'UPDATE', withdrawn: [], announced: [], attributes: {}, errors: [], ...part };
    expect(encodeUpdate(update, { ...INITIAL_CONTEXT, fourOctetAs: true })).toMatchObject({
      ok: false,
      error: { code },
    });
  });

  it('End-of-RIB of a family (4724 §2)', () => {
    for (const family of FAMILIES) {
      const update: Update = {
        type: 'UPDATE',
        withdrawn: [],
        announced: [],
        attributes: {},
        errors: [],
        endOfRib: family,
      };
      const encoded = encodeUpdate(update, INITIAL_CONTEXT);
      expect(encoded.ok && decodeUpdate(encoded.value, INITIAL_CONTEXT)).toEqual({ ok: true, value: update });
    }
  });
});
