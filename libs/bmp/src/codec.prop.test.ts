import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBmp } from './decode.ts';
import { encodeBmp } from './encode.ts';
import { BmpFramer } from './framer.ts';
import type { BmpMessage, PerPeerHeader, Statistic } from './types.ts';

const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const tlvs = fc.array(fc.record({ type: u16, value: fc.uint8Array({ maxLength: 9 }) }), { maxLength: 4 });
const peer: fc.Arbitrary<PerPeerHeader> = fc.record({
  peerType: u8,
  flags: u8,
  distinguisher: fixed(8),
  address: fixed(16),
  as: u32,
  bgpId: u32,
  seconds: u32,
  microseconds: u32,
});

/** A BGP message with a right header; what is in it is not BMP's business. */
function bgp(type: number, minimum: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: minimum - 19, maxLength: minimum + 20 }).map((body) => {
    const length = 19 + body.length;
    return Uint8Array.from([...new Array<number>(16).fill(0xff), length >>> 8, length & 0xff, type, ...body]);
  });
}
const gauge = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const statistic: fc.Arbitrary<Statistic> = fc.oneof(
  fc.record({ type: fc.nat(6), form: fc.constant('counter32' as const), value: u32 }),
  fc.record({ type: fc.constantFrom(7, 8, 14, 15), form: fc.constant('gauge64' as const), value: gauge }),
  fc.record({
    type: fc.constantFrom(9, 10, 16, 17),
    form: fc.constant('family-gauge64' as const),
    family: fc.nat(0xff_ffff),
    value: gauge,
  }),
  fc.record({ type: fc.integer({ min: 18, max: 0xffff }), form: fc.constant('raw' as const), value: fixed(3) }),
);
const message: fc.Arbitrary<BmpMessage> = fc.oneof(
  fc.record({ type: fc.constant('route-monitoring' as const), peer, update: bgp(2, 23) }),
  fc.record({ type: fc.constant('statistics-report' as const), peer, statistics: fc.array(statistic) }),
  fc.record({ type: fc.constant('peer-down' as const), peer, reason: fc.constantFrom(1, 3), data: bgp(3, 21) }),
  fc.record({ type: fc.constant('peer-down' as const), peer, reason: fc.constantFrom(2, 4, 5, 6), data: fixed(4) }),
  fc.record({
    type: fc.constant('peer-up' as const),
    peer,
    localAddress: fixed(16),
    localPort: u16,
    remotePort: u16,
    sentOpen: bgp(1, 29),
    receivedOpen: bgp(1, 29),
    information: tlvs,
  }),
  fc.record({ type: fc.constantFrom('initiation' as const, 'termination' as const), information: tlvs }),
  fc.record({ type: fc.constant('route-mirroring' as const), peer, information: tlvs }),
  fc.record({ type: fc.constant('unknown' as const), messageType: fc.integer({ min: 7, max: 255 }), body: fixed(5) }),
);

function encoded(value: BmpMessage): Uint8Array {
  const result = encodeBmp(value);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

it('decode(encode(x)) is x', () => {
  fc.assert(
    fc.property(message, (value) => {
      expect(decodeBmp(encoded(value))).toEqual({ ok: true, value });
    }),
    { numRuns: 500 },
  );
});

it('hostile octets: never throws, and what is accepted is written again as it was', () => {
  const damaged = fc
    .tuple(message.map(encoded), fc.array(fc.tuple(fc.nat(), u8), { maxLength: 3 }))
    .map(([octets, hits]) => {
      for (const [at, octet] of hits) octets[at % octets.length] = octet;
      return octets;
    });
  fc.assert(
    fc.property(damaged, (octets) => {
      const decoded = decodeBmp(octets);
      if (decoded.ok) expect(encoded(decoded.value)).toEqual(octets);
    }),
    { numRuns: 2000 },
  );
});

it('framer: chunking does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(message.map(encoded), { maxLength: 5 }),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 4 }),
      (frames, size, period) => {
        const stream = Uint8Array.from(frames.flatMap((frame) => [...frame]));
        const framer = new BmpFramer();
        const seen: Uint8Array[] = [];
        for (let at = 0, count = 1; at < stream.length; at += size, count++) {
          framer.push(stream.slice(at, at + size));
          if (count % period !== 0 && at + size < stream.length) continue;
          for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next())
            seen.push(next.value);
        }
        expect(seen).toEqual(frames);
        expect(framer.pendingOctets).toBe(0);
      },
    ),
  );
});

it('framer: refuses more than its bound, and keeps refusing', () => {
  const framer = new BmpFramer(100);
  framer.push(Uint8Array.of(3, 0, 0, 0, 101, 0));
  const error = { ok: false, error: { code: 'message-length-invalid', length: 101, max: 100 } };
  expect(framer.next()).toEqual(error);
  framer.push(Uint8Array.of(3, 0, 0, 0, 6, 4));
  expect(framer.next()).toEqual(error);
});
