import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arena } from './arena.ts';
import { HashSlots } from './hash-slots.ts';
import { hashOctets, OctetHash } from './octets.ts';
import { PrefixBatch } from './prefix-batch.ts';
import { mask, type PrefixTable } from './prefix-table.ts';
import { Ipv4PrefixTable } from './prefix-table-ipv4.ts';
import { Ipv6PrefixTable } from './prefix-table-ipv6.ts';

type Words = readonly [number, number, number, number];
const masked = (words: Words, length: number): Words => {
  const part = (index: number) => (words[index]! & mask(Math.min(32, Math.max(0, length - 32 * index)))) >>> 0;
  return [part(0), part(1), part(2), part(3)];
};
/** Few distinct words, so that removals and repetitions meet. */
const word = fc.oneof(
  fc.nat(40).map((n) => (n << 24) >>> 0),
  fc.constantFrom(0, 0xffff_ffff, 0x8000_0000),
);

describe.each<[string, () => PrefixTable, number]>([
  ['IPv4', () => new Ipv4PrefixTable(), 32],
  ['IPv6', () => new Ipv6PrefixTable(), 128],
])('%s prefixes', (_family, create, maxLength) => {
  const op = fc.record({
    remove: fc.boolean(),
    words: fc.tuple(word, word, word, word),
    length: fc.oneof(fc.nat(maxLength), fc.constantFrom(0, 8, maxLength)),
  });

  it('keep what was put in, through growth and removal; ids are distinct and reused', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 400 }), (ops) => {
        const table = create();
        const model = new Map<string, { id: number; words: Words; length: number }>();
        let peak = 0;
        for (const { remove, words, length } of ops) {
          const [w0, w1, w2, w3] = masked(maxLength === 32 ? [words[0], 0, 0, 0] : words, length);
          const key = `${w0},${w1},${w2},${w3}/${length}`;
          const known = model.get(key);
          expect(table.find(w0, w1, w2, w3, length)).toBe(known?.id ?? 0);
          if (remove && known !== undefined) {
            table.remove(known.id);
            model.delete(key);
          } else if (!remove) {
            const id = table.intern(w0, w1, w2, w3, length);
            if (known !== undefined) expect(id).toBe(known.id);
            model.set(key, { id, words: [w0, w1, w2, w3], length });
          }
          peak = Math.max(peak, model.size);
        }
        expect(table.size).toBe(model.size);
        expect(table.end).toBeLessThanOrEqual(peak + 1);
        expect(new Set([...model.values()].map(({ id }) => id)).size).toBe(model.size);
        const into = { w0: 0, w1: 0, w2: 0, w3: 0, length: 0 };
        for (const { id, words, length } of model.values()) {
          expect(table.find(...words, length)).toBe(id);
          expect(table.isUsed(id)).toBe(true);
          table.read(id, into);
          expect([into.w0, into.w1, into.w2, into.w3, into.length]).toEqual([...words, length]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('answers a batch as it would one after the other, also where a prefix comes twice', () => {
    const one = fc.record({
      words: fc.tuple(word, word, word, word),
      length: fc.oneof(fc.nat(maxLength), fc.constantFrom(0, 8, maxLength)),
    });
    const step = fc.record({
      kind: fc.constantFrom('find', 'intern', 'remove'),
      prefixes: fc.array(one, { maxLength: 100 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const table = create();
        const plain = create();
        const batch = new PrefixBatch();
        for (const { kind, prefixes } of steps) {
          const asked = prefixes.map(({ words, length }) => ({
            words: masked(maxLength === 32 ? [words[0], 0, 0, 0] : words, length),
            length,
          }));
          batch.size = 0;
          for (const { words, length } of asked) {
            if (maxLength === 32) batch.addIpv4(words[0], length, 0);
            else batch.addIpv6(...words, length, 0);
          }
          if (kind === 'intern') table.internAll(batch);
          else table.findAll(batch);
          const ids = asked.map(({ words, length }) =>
            kind === 'intern' ? plain.intern(...words, length) : plain.find(...words, length),
          );
          expect([...batch.id.subarray(0, batch.size)]).toEqual(ids);
          if (kind !== 'remove') continue;
          for (const id of new Set(ids)) {
            if (id === 0) continue;
            table.remove(id);
            plain.remove(id);
          }
        }
        expect(table.size).toBe(plain.size);
      }),
      { numRuns: 200 },
    );
  });

  it('knows what lies inside a prefix', () => {
    fc.assert(
      fc.property(
        fc.tuple(word, word, word, word),
        fc.nat(maxLength),
        fc.tuple(word, word, word, word),
        fc.nat(maxLength),
        (outerWords, outerLength, innerWords, innerLength) => {
          const only = (w: Words): Words => (maxLength === 32 ? [w[0], 0, 0, 0] : w);
          const outer = masked(only(outerWords), outerLength);
          const inner = masked(only(innerWords), innerLength);
          const table = create();
          const id = table.intern(...inner, innerLength);
          const expected = innerLength >= outerLength && masked(inner, outerLength).every((w, i) => w === outer[i]);
          expect(table.isInside(id, ...outer, outerLength)).toBe(expected);
        },
      ),
    );
  });
});

it('both hashes of octets are those that are made one by one, wherever the octets lie', () => {
  const hash = new OctetHash();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(5), (octets, before) => {
      const around = Uint8Array.from([...new Array<number>(before).fill(9), ...octets, 9]);
      const { low, high } = hash.read(around, before, before + octets.length);
      expect([low, high]).toEqual([1, 2].map((seed) => hashOctets(octets, 0, octets.length, seed)));
    }),
  );
});

it('IPv4 prefixes with the same hash are told apart, also in a batch', () => {
  // The hash is a bijection of the address and a constant for the length: these two constants are the same with these bits changed.
  const short = 0x0a00_0000;
  const long = (short ^ Math.imul(25, 0x9e37_79b1) ^ Math.imul(33, 0x9e37_79b1)) >>> 0;
  const table = new Ipv4PrefixTable();
  const first = table.intern(short, 0, 0, 0, 24);
  const batch = new PrefixBatch();
  batch.addIpv4(long, 32, 0);
  table.findAll(batch);
  expect(batch.id[0]).toBe(0);
  table.internAll(batch);
  const second = batch.id[0]!;
  expect(table.hash(second)).toBe(table.hash(first));
  expect(second).not.toBe(first);
  expect([table.find(short, 0, 0, 0, 24), table.find(long, 0, 0, 0, 32)]).toEqual([first, second]);
});

it('hash slots find every id through every stage of growth, also where all hashes collide', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ hash: fc.oneof(fc.nat(3), fc.nat(0xffff_ffff)), remove: fc.boolean() }), { maxLength: 600 }),
      (ops) => {
        const slots = new HashSlots(16);
        const filed = new Map<number, number>();
        let next = 1;
        const has = (hash: number, id: number) => {
          for (let at = slots.first(hash); at !== 0; at = slots.next()) if (at === id) return true;
          return false;
        };
        for (const { hash, remove } of ops) {
          const first = filed.entries().next().value;
          if (remove && first !== undefined) {
            slots.remove(first[1], first[0]);
            filed.delete(first[0]);
            expect(has(first[1], first[0])).toBe(false);
          } else {
            slots.insert(hash, next);
            filed.set(next++, hash);
          }
        }
        expect(slots.size).toBe(filed.size);
        for (const [id, hash] of filed) expect(has(hash, id)).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

describe('arena', () => {
  it('gives back what was stored, whatever is freed around it', () => {
    const op = fc.record({ free: fc.boolean(), length: fc.oneof(fc.nat(100), fc.nat(60_000)), fill: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 120 }), (ops) => {
        const arena = new Arena();
        const stored = new Map<number, { length: number; fill: number }>();
        for (const { free, length, fill } of ops) {
          const first = stored.keys().next().value;
          if (free && first !== undefined) {
            arena.free(first);
            stored.delete(first);
          } else {
            const octets = new Uint8Array(length + 2).fill(fill);
            stored.set(arena.store(octets, 1, length + 1), { length, fill });
          }
        }
        for (const [handle, { length, fill }] of stored) {
          expect(arena.length(handle)).toBe(length);
          const start = arena.start(handle);
          expect(
            arena
              .page(handle)
              .subarray(start, start + length)
              .every((octet) => octet === fill),
          ).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('a long life of storing and freeing needs a bounded number of pages', () => {
    const arena = new Arena();
    const live: { handle: number; fill: number; length: number }[] = [];
    for (let i = 0; i < 20_000; i++) {
      const fill = i % 251;
      const length = 100 + ((i * 37) % 900);
      live.push({ handle: arena.store(new Uint8Array(length).fill(fill), 0, length), fill, length });
      // Some of the older ones stay for long, and handles come back while their old blocks still lie around.
      if (live.length > 500) arena.free(live.splice((i * 7) % 400, 1)[0]!.handle);
    }
    for (const { handle, fill, length } of live) {
      const start = arena.start(handle);
      const octets = arena.page(handle).subarray(start, start + length);
      expect(octets.every((octet) => octet === fill)).toBe(true);
    }
    // 500 live strings of at most 1 kB: half a megabyte, twice that with holes, and the page being filled.
    expect(arena.octets).toBeLessThan(2 * 1024 * 1024);
  });
});
