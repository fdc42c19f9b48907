import { ipv4Prefix, ipv6Prefix, pathAttributes } from '@bgp/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeReader } from '../attributes/attribute-reader.ts';
import { decodeAttributes, encodeAttributes } from '../attributes/object-codec.ts';
import { readU32 } from '../bytes/byte-reader.ts';
import { type CodecContext, INITIAL_CONTEXT } from '../context.ts';
import { type Family, IPV4_MULTICAST, IPV4_UNICAST, IPV6_UNICAST } from '../family.ts';
import { parseIpPrefix } from '../net/ip-prefix.ts';
import { MessageFramer } from './framer.ts';
import type { Update } from './types.ts';
import { decodeUpdate } from './update.ts';
import { type BuiltMessages, UpdateBuilder } from './update-builder.ts';
import { UpdateView } from './update-view.ts';

function canonicalOf(attributes: Parameters<typeof encodeAttributes>[0]): Uint8Array {
  const encoded = encodeAttributes(attributes);
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
  return encoded.value;
}

function frames(built: readonly BuiltMessages[], max: 4096 | 65535): Uint8Array[] {
  const framer = new MessageFramer(max);
  const list: Uint8Array[] = [];
  for (const { octets, messages } of built) {
    framer.push(octets);
    let count = 0;
    for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) {
      list.push(next.value.slice());
      count++;
    }
    expect(count).toBe(messages);
    expect(framer.pendingOctets).toBe(0); // whole messages only
  }
  return list;
}

function add(builder: UpdateBuilder, prefix: string, pathId: number): void {
  const parsed = parseIpPrefix(prefix);
  if (!parsed.ok) throw new Error(prefix);
  const { octets, length } = parsed.value;
  if (octets.length === 4) builder.addIpv4(readU32(octets, 0), length, pathId);
  else builder.addIpv6(readU32(octets, 0), readU32(octets, 4), readU32(octets, 8), readU32(octets, 12), length, pathId);
}

const sessions = fc.record({
  family: fc.constantFrom(IPV4_UNICAST, IPV4_MULTICAST, IPV6_UNICAST),
  fourOctetAs: fc.boolean(),
  addPath: fc.boolean(),
  maxMessageOctets: fc.constantFrom(4096 as const, 65535 as const),
  nextHopOctets: fc.constantFrom(4, 16, 32),
});

type Session = typeof sessions extends fc.Arbitrary<infer T> ? T : never;

function contextOf({ family, fourOctetAs, addPath, maxMessageOctets }: Session): CodecContext {
  return {
    ...INITIAL_CONTEXT,
    fourOctetAs,
    maxMessageOctets,
    peerKind: 'internal',
    extendedNextHop: new Set([family]),
    addPath: new Map<Family, { receive: boolean; send: boolean }>([[family, { receive: addPath, send: addPath }]]),
  };
}

const NEXT_HOPS: Readonly<Record<number, object>> = {
  4: { nextHop: '192.0.2.1' },
  16: { nextHop: '2001:db8::1' },
  32: { nextHop: '2001:db8::1', linkLocalNextHop: 'fe80::1' },
};

function routes(session: Session): fc.Arbitrary<{ prefix: string; pathId: number }[]> {
  const prefix = session.family === IPV6_UNICAST ? ipv6Prefix() : ipv4Prefix();
  return fc.array(fc.record({ prefix, pathId: fc.nat(0xffff_ffff) }), { minLength: 1, maxLength: 1500, size: 'max' });
}

describe('UpdateBuilder', () => {
  it('what is packed is what face 1 reads, for every family, next hop and speaker', () => {
    const input = sessions.chain((session) =>
      fc.tuple(fc.constant(session), pathAttributes({ confederation: true }), routes(session)),
    );
    fc.assert(
      fc.property(input, ([session, attributes, list]) => {
        const { family, nextHopOctets } = session;
        const { nextHop: _own, ...others } = attributes;
        const wanted = { ...others, ...NEXT_HOPS[nextHopOctets] };
        const builder = new UpdateBuilder({ ...session, extendedNextHop: true });
        const refusal = builder.beginAnnounce(canonicalOf(wanted));
        if (family === IPV6_UNICAST && nextHopOctets === 4) {
          expect(refusal).toEqual({ code: 'next-hop-unsupported', family, length: 4 });
          return;
        }
        if (refusal !== undefined) {
          expect(refusal.code).toBe('message-too-large');
          return;
        }
        for (const { prefix, pathId } of list) add(builder, prefix, pathId);
        builder.beginWithdraw();
        for (const { prefix, pathId } of list) add(builder, prefix, pathId);
        builder.endOfRib();
        builder.finish();
        const ctx = contextOf(session);
        const messages = frames(builder.take(), session.maxMessageOctets).map((frame): Update => {
          expect(frame.length).toBeLessThanOrEqual(session.maxMessageOctets);
          const decoded = decodeUpdate(frame, ctx);
          if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
          return decoded.value;
        });
        const expected = list.map(({ prefix, pathId }) => (session.addPath ? { prefix, pathId } : { prefix }));
        expect(messages.flatMap((m) => m.announced.flatMap((g) => g.nlri))).toEqual(expected);
        expect(messages.flatMap((m) => m.withdrawn.flatMap((g) => g.nlri))).toEqual(expected);
        expect(messages.at(-1)?.endOfRib).toBe(family);
        for (const message of messages) {
          expect(message.errors).toEqual([]);
          // RFC 7606 §5.1: one kind of field per message.
          expect(message.announced.length + message.withdrawn.length).toBeLessThanOrEqual(1);
          for (const group of message.announced) {
            expect(group.family).toBe(family);
            const inBody = family === IPV4_UNICAST && nextHopOctets === 4;
            const { nextHop, linkLocalNextHop } = wanted as { nextHop: string; linkLocalNextHop?: string };
            expect(group.nextHop).toEqual(
              inBody ? undefined : [nextHop, linkLocalNextHop].filter((a) => a !== undefined),
            );
            // A two-octet speaker keeps what RFC 6793 can carry; without confederation segments that is everything.
            const isLossless = session.fourOctetAs || !others.asPath?.some((s) => s.type.startsWith('confed'));
            if (isLossless) expect(message.attributes).toEqual(inBody ? { ...others, nextHop } : others);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('fills its messages: no two neighbors of one run would fit into one', () => {
    const builder = new UpdateBuilder({
      family: IPV4_UNICAST,
      fourOctetAs: true,
      addPath: false,
      extendedNextHop: false,
      maxMessageOctets: 4096,
    });
    builder.beginAnnounce(canonicalOf({ origin: 0, asPath: [], nextHop: '192.0.2.1' }));
    for (let i = 0; i < 100_000; i++) builder.addIpv4(i << 8, 24, 0);
    builder.finish();
    const list = frames(builder.take(), 4096);
    for (const frame of list.slice(0, -1)) expect(frame.length).toBeGreaterThan(4092);
  });

  it('puts MP_REACH_NLRI first (RFC 7606 §5.1)', () => {
    const builder = new UpdateBuilder({
      family: IPV6_UNICAST,
      fourOctetAs: true,
      addPath: false,
      extendedNextHop: false,
      maxMessageOctets: 4096,
    });
    builder.beginAnnounce(canonicalOf({ origin: 0, asPath: [], nextHop: '2001:db8::1' }));
    builder.addIpv6(0x2001_0db8, 0, 0, 0, 32, 0);
    builder.finish();
    expect(builder.take()[0]?.octets[24]).toBe(14);
  });

  it('refuses attributes that leave no room for a route, and sends nothing of them (RFC 4271 §9.2)', () => {
    const builder = new UpdateBuilder({
      family: IPV4_UNICAST,
      fourOctetAs: true,
      addPath: false,
      extendedNextHop: false,
      maxMessageOctets: 4096,
    });
    const value = new Uint8Array(4096);
    const attributes = { origin: 0, asPath: [], nextHop: '192.0.2.1', unknown: [{ flags: 0xc0, code: 200, value }] };
    expect(builder.beginAnnounce(canonicalOf(attributes))).toMatchObject({ code: 'message-too-large', max: 4096 });
    builder.finish();
    expect(builder.take()).toEqual([]);
  });

  it('two-octet speakers: AS_TRANS in AS_PATH, the truth in AS4_PATH, and the way back (RFC 6793 §4.2)', () => {
    const attributes = {
      origin: 0,
      asPath: [{ type: 'sequence' as const, asns: [70_000, 5] }],
      nextHop: '192.0.2.1',
      aggregator: { as: 80_000, address: '1.2.3.4' },
      otc: 5,
    };
    const builder = new UpdateBuilder({
      family: IPV4_UNICAST,
      fourOctetAs: false,
      addPath: false,
      extendedNextHop: false,
      maxMessageOctets: 4096,
    });
    const canonical = canonicalOf(attributes);
    builder.beginAnnounce(canonical);
    builder.addIpv4(0x0a00_0000, 8, 0);
    builder.finish();
    const view = new UpdateView();
    view.parse(builder.take()[0]!.octets, { ...INITIAL_CONTEXT });
    expect([...view.attributeOctets()]).toEqual([
      ...[0x40, 1, 1, 0],
      ...[0x40, 2, 6, 2, 2, 0x5b, 0xa0, 0, 5],
      ...[0x40, 3, 4, 192, 0, 2, 1],
      ...[0xc0, 7, 6, 0x5b, 0xa0, 1, 2, 3, 4],
      ...[0xc0, 17, 10, 2, 2, 0, 1, 0x11, 0x70, 0, 0, 0, 5],
      ...[0xc0, 18, 8, 0, 1, 0x38, 0x80, 1, 2, 3, 4],
      ...[0xc0, 35, 4, 0, 0, 0, 5], // ascending codes, RFC 4271 §5
    ]);
    const reader = new AttributeReader();
    reader.read(view.attributeOctets(), new Uint8Array(0), {
      fourOctetAs: false,
      peerKind: 'external',
      carries: 'body',
    });
    expect(reader.canonical()).toEqual(canonical);
    expect(decodeAttributes(reader.canonical())).toEqual(attributes);
  });
});
