import { chunksOf } from '@bgp/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MessageFramer } from './framer.ts';

const message = fc
  .tuple(
    fc.constantFrom(2, 3, 5),
    fc.oneof(fc.constantFrom(23, 24, 4096), fc.integer({ min: 23, max: 300 })),
    fc.nat(255),
  )
  .map(([type, length, fill]) => {
    const octets = new Uint8Array(length).fill(fill);
    octets.fill(0xff, 0, 16);
    octets.set([length >>> 8, length & 0xff, type], 16);
    return octets;
  });

function join(messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((octets) => [...octets]));
}

/** Copies of all frames, asking after every push or only after every `period`-th; by `advance` the same as by `next`. */
function run(chunks: readonly Uint8Array[], period: number): unknown[] {
  const framer = new MessageFramer();
  const other = new MessageFramer();
  const seen: unknown[] = [];
  for (const [index, chunk] of chunks.entries()) {
    framer.push(chunk);
    other.push(chunk);
    if (index % period !== 0 && index !== chunks.length - 1) continue;
    for (let result = framer.next(); ; result = framer.next()) {
      const found = other.advance() ? [...other.octets.subarray(other.start, other.end)] : other.failure;
      if (!result.ok) {
        expect(found).toEqual(result.error);
        return [...seen, result.error];
      }
      expect(found).toEqual(result.value && [...result.value]);
      if (result.value === undefined) break;
      seen.push(found);
    }
  }
  return seen;
}

it('chunking does not matter', () => {
  const stream = fc.array(message, { maxLength: 6 }).map(join);
  fc.assert(
    fc.property(
      stream.chain((octets) => fc.tuple(fc.constant(octets), chunksOf(octets))),
      fc.constantFrom(1, 2, 5),
      ([octets, chunks], period) => {
        expect(run(chunks, period)).toEqual(run([octets], 1));
      },
    ),
  );
});

it('one octet at a time: the same messages', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), (messages) => {
      const octets = join(messages);
      const single = Array.from(octets, (octet) => Uint8Array.of(octet));
      expect(run(single, 1)).toEqual(messages.map((frame) => [...frame]));
    }),
    { numRuns: 20 },
  );
});

it('hostile octets: never throws, and chunking does not matter either', () => {
  const hostile = fc
    .tuple(fc.array(message, { maxLength: 2 }), fc.uint8Array({ maxLength: 40 }))
    .map(([good, bad]) => join([...good, bad]));
  fc.assert(
    fc.property(
      hostile.chain((octets) => fc.tuple(fc.constant(octets), chunksOf(octets))),
      ([octets, chunks]) => {
        expect(run(chunks, 1)).toEqual(run([octets], 1));
      },
    ),
  );
});
