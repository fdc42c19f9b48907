import { chunksOf } from '@bgp/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeMrt } from './encode-mrt.ts';
import { MrtFramer, type MrtRecord } from './framer.ts';
import { framesOf } from './testing/read-all.ts';

const record: fc.Arbitrary<MrtRecord> = fc
  .record({
    timestamp: fc.nat(0xffff_ffff),
    type: fc.constantFrom(11, 12, 13, 16, 17, 48, 0xffff),
    subtype: fc.nat(0xffff),
    body: fc.uint8Array({ maxLength: 80 }),
    microseconds: fc.nat(999_999),
  })
  .map(({ microseconds, ...rest }) => (rest.type === 17 ? { ...rest, microseconds } : rest));
const records = fc.array(record, { maxLength: 12 });

function fileOf(list: readonly MrtRecord[]): Uint8Array {
  const parts = list.map((one) => {
    const encoded = encodeMrt(one);
    if (!encoded.ok) throw new Error(encoded.error.code);
    return encoded.value;
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const inChunks = records.chain((list) => fc.tuple(fc.constant(list), chunksOf(fileOf(list))));

it('records come out as they went in, whatever the chunks are', () => {
  fc.assert(
    fc.property(inChunks, ([list, chunks]) => {
      expect(framesOf(chunks)).toEqual(list.map((value) => ({ ok: true, value })));
    }),
  );
});

it('hostile octets give the same answer in one piece and in many, and every octet is accounted for', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }).chain((octets) => fc.tuple(fc.constant(octets), chunksOf(octets))),
      ([octets, chunks]) => {
        const whole = framesOf([octets], 100);
        expect(framesOf(chunks, 100)).toEqual(whole);
        let used = 0;
        for (const frame of whole) {
          if (frame.ok) used += 12 + frame.value.body.length + (frame.value.microseconds === undefined ? 0 : 4);
          else if (frame.error.code === 'file-truncated') used += frame.error.pendingOctets;
          else return; // a record without octets for its microseconds, or one that is too large
        }
        expect(used).toBe(octets.length);
      },
    ),
  );
});

it('holds no more than a record and a chunk, and copies each octet a bounded number of times', () => {
  const body = new Uint8Array(1 << 20);
  const encoded = encodeMrt({ timestamp: 0, type: 13, subtype: 2, body });
  if (!encoded.ok) throw new Error(encoded.error.code);
  const framer = new MrtFramer();
  let highest = 0;
  let framed = 0;
  for (let round = 0; round < 4; round++) {
    for (let at = 0; at < encoded.value.length; at += 1000) {
      framer.push(encoded.value.subarray(at, at + 1000));
      highest = Math.max(highest, framer.pendingOctets);
      for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) framed++;
    }
  }
  expect(framed).toBe(4);
  expect(highest).toBeLessThanOrEqual(encoded.value.length + 1000);
});
