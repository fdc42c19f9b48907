import { SeededRandom } from '@bgp/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PrefixOrder, type Words } from './prefix-order.ts';

function sorted(prefixes: readonly Words[]): Words[] {
  const order = new PrefixOrder();
  for (const prefix of prefixes) order.add(prefix);
  const all: Words[] = [];
  for (let next = order.next(); next !== undefined; next = order.next()) all.push(next);
  return all;
}

const compare = (a: Words, b: Words) => a.w0 - b.w0 || a.w1 - b.w1 || a.w2 - b.w2 || a.w3 - b.w3 || a.length - b.length;

it('comes out as a plain sort has it', () => {
  const word = fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff);
  const prefix = fc.record({ w0: word, w1: word, w2: word, w3: word, length: fc.nat(128) });
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 60 }), (prefixes) => {
      expect(sorted(prefixes)).toEqual([...prefixes].sort(compare));
    }),
  );
});

it.each([4095, 4096, 4097, 12_289, 40_000])('%i prefixes, over the edges of runs', (count) => {
  const random = new SeededRandom(count);
  const word = () => Math.floor(random.next() * 0x1_0000_0000);
  const prefixes = Array.from({ length: count }, () => ({ w0: word(), w1: 0, w2: 0, w3: 0, length: word() % 33 }));
  expect(sorted(prefixes)).toEqual([...prefixes].sort(compare));
});
