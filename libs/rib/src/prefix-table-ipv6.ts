import type { UpdateBuilder } from '@bgp/wire';
import { HashSlots } from './hash-slots.ts';
import { grown, mix } from './octets.ts';
import type { PrefixBatch } from './prefix-batch.ts';
import { FREE, mask, type PrefixTable, type PrefixWords } from './prefix-table.ts';
import type { PrefixId } from './types.ts';

/** IPv6 prefixes: seventeen octets a prefix and its slot. The four words of one prefix lie side by side. */
export class Ipv6PrefixTable implements PrefixTable {
  readonly maxLength = 128;
  end = 1;
  #words = new Uint32Array(64 * 4);
  #length = new Uint8Array(64).fill(FREE);
  readonly #slots = new HashSlots();
  #free: PrefixId = 0;

  get size(): number {
    return this.#slots.size;
  }

  get octets(): number {
    return this.#slots.octets + this.#length.length * 17;
  }

  find(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    const hash = hashOf(w0, w1, w2, w3, length);
    for (let id = this.#slots.first(hash); id !== 0; id = this.#slots.next()) {
      if (this.#is(id, w0 >>> 0, w1 >>> 0, w2 >>> 0, w3 >>> 0, length)) return id;
    }
    return 0;
  }

  intern(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    const known = this.find(w0, w1, w2, w3, length);
    if (known !== 0) return known;
    const id = this.#take();
    const at = id * 4;
    this.#words[at] = w0;
    this.#words[at + 1] = w1;
    this.#words[at + 2] = w2;
    this.#words[at + 3] = w3;
    this.#length[id] = length;
    this.#slots.insert(hashOf(w0, w1, w2, w3, length), id);
    return id;
  }

  findAll(batch: PrefixBatch): void {
    this.#glance(batch);
    const { size, w0, w1, w2, w3, length, id } = batch;
    for (let at = 0; at < size; at++) {
      if (this.#is(id[at]!, w0[at]!, w1[at]!, w2[at]!, w3[at]!, length[at]!)) continue;
      id[at] = this.find(w0[at]!, w1[at]!, w2[at]!, w3[at]!, length[at]!);
    }
  }

  internAll(batch: PrefixBatch): void {
    this.#glance(batch);
    const { size, w0, w1, w2, w3, length, id } = batch;
    for (let at = 0; at < size; at++) {
      if (this.#is(id[at]!, w0[at]!, w1[at]!, w2[at]!, w3[at]!, length[at]!)) continue;
      id[at] = this.intern(w0[at]!, w1[at]!, w2[at]!, w3[at]!, length[at]!);
    }
  }

  remove(id: PrefixId): void {
    this.#slots.remove(this.hash(id), id);
    this.#length[id] = FREE;
    this.#words[id * 4] = this.#free;
    this.#free = id;
  }

  isUsed(id: PrefixId): boolean {
    return this.#length[id] !== FREE;
  }

  read(id: PrefixId, into: PrefixWords): void {
    const at = id * 4;
    into.w0 = this.#words[at]!; // ids come from this table
    into.w1 = this.#words[at + 1]!;
    into.w2 = this.#words[at + 2]!;
    into.w3 = this.#words[at + 3]!;
    into.length = this.#length[id]!;
  }

  addTo(builder: UpdateBuilder, id: PrefixId, pathId: number): void {
    const at = id * 4;
    const words = this.#words;
    builder.addIpv6(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, this.#length[id]!, pathId);
  }

  hash(id: PrefixId): number {
    const at = id * 4;
    const words = this.#words;
    return hashOf(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, this.#length[id]!);
  }

  isInside(id: PrefixId, w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    const own = this.#length[id]!;
    if (own === FREE || own < length) return false;
    const at = id * 4;
    const words = this.#words;
    return (
      ((words[at]! ^ w0) & mask(Math.min(length, 32))) === 0 &&
      ((words[at + 1]! ^ w1) & mask(Math.min(Math.max(length - 32, 0), 32))) === 0 &&
      ((words[at + 2]! ^ w2) & mask(Math.min(Math.max(length - 64, 0), 32))) === 0 &&
      ((words[at + 3]! ^ w3) & mask(Math.max(length - 96, 0))) === 0
    );
  }

  #glance({ size, w0, w1, w2, w3, length, hash, id }: PrefixBatch): void {
    for (let at = 0; at < size; at++) hash[at] = hashOf(w0[at]!, w1[at]!, w2[at]!, w3[at]!, length[at]!);
    this.#slots.glance(hash, id, size);
  }

  #is(id: PrefixId, w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    const words = this.#words;
    const at = id * 4;
    const differs = (words[at]! ^ w0) | (words[at + 1]! ^ w1) | (words[at + 2]! ^ w2) | (words[at + 3]! ^ w3);
    // No prefix is as long as row 0 and free ones say they are.
    return (differs | (this.#length[id]! ^ length)) === 0;
  }

  #take(): PrefixId {
    const free = this.#free;
    if (free !== 0) {
      this.#free = this.#words[free * 4]!; // the free list runs through the first word
      return free;
    }
    if (this.end === this.#length.length) {
      this.#words = grown(this.#words, this.end * 8);
      this.#length = grown(this.#length, this.end * 2);
      this.#length.fill(FREE, this.end);
    }
    return this.end++;
  }
}

function hashOf(w0: number, w1: number, w2: number, w3: number, length: number): number {
  let hash = mix(w0 ^ Math.imul(length + 1, 0x9e37_79b1));
  hash = mix(hash ^ w1);
  // Most prefixes of a real table end within the first 64 bits.
  return (w2 | w3) === 0 ? hash : mix(mix(hash ^ w2) ^ Math.imul(w3, 0x85eb_ca6b));
}
