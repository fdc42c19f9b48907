import type { UpdateBuilder } from '@bgp/wire';
import { HashSlots } from './hash-slots.ts';
import { grown, mix } from './octets.ts';
import type { PrefixBatch } from './prefix-batch.ts';
import { FREE, mask, type PrefixTable, type PrefixWords } from './prefix-table.ts';
import type { PrefixId } from './types.ts';

/** IPv4 prefixes: five octets a prefix and its slot. */
export class Ipv4PrefixTable implements PrefixTable {
  readonly maxLength = 32;
  end = 1;
  #address = new Uint32Array(64);
  #length = new Uint8Array(64).fill(FREE);
  readonly #slots = new HashSlots();
  #free: PrefixId = 0;

  get size(): number {
    return this.#slots.size;
  }

  get octets(): number {
    return this.#slots.octets + this.#address.length * 5;
  }

  find(w0: number, _w1: number, _w2: number, _w3: number, length: number): PrefixId {
    const address = w0 >>> 0;
    return this.#find(hashOf(address, length), address, length);
  }

  intern(w0: number, _w1: number, _w2: number, _w3: number, length: number): PrefixId {
    const address = w0 >>> 0;
    return this.#intern(hashOf(address, length), address, length);
  }

  findAll(batch: PrefixBatch): void {
    this.#glance(batch);
    const { size, w0, length, hash, id } = batch;
    for (let at = 0; at < size; at++) {
      if (!this.#is(id[at]!, w0[at]!, length[at]!)) id[at] = this.#find(hash[at]!, w0[at]!, length[at]!);
    }
  }

  internAll(batch: PrefixBatch): void {
    this.#glance(batch);
    const { size, w0, length, hash, id } = batch;
    for (let at = 0; at < size; at++) {
      if (!this.#is(id[at]!, w0[at]!, length[at]!)) id[at] = this.#intern(hash[at]!, w0[at]!, length[at]!);
    }
  }

  remove(id: PrefixId): void {
    this.#slots.remove(this.hash(id), id);
    this.#length[id] = FREE;
    this.#address[id] = this.#free;
    this.#free = id;
  }

  isUsed(id: PrefixId): boolean {
    return this.#length[id] !== FREE;
  }

  read(id: PrefixId, into: PrefixWords): void {
    into.w0 = this.#address[id]!; // ids come from this table
    into.w1 = 0;
    into.w2 = 0;
    into.w3 = 0;
    into.length = this.#length[id]!;
  }

  addTo(builder: UpdateBuilder, id: PrefixId, pathId: number): void {
    builder.addIpv4(this.#address[id]!, this.#length[id]!, pathId);
  }

  hash(id: PrefixId): number {
    return hashOf(this.#address[id]!, this.#length[id]!);
  }

  isInside(id: PrefixId, w0: number, _w1: number, _w2: number, _w3: number, length: number): boolean {
    const own = this.#length[id]!;
    return own !== FREE && own >= length && ((this.#address[id]! ^ w0) & mask(length)) === 0;
  }

  #glance({ size, w0, length, hash, id }: PrefixBatch): void {
    for (let at = 0; at < size; at++) hash[at] = hashOf(w0[at]!, length[at]!);
    this.#slots.glance(hash, id, size);
  }

  #is(id: PrefixId, address: number, length: number): boolean {
    // No prefix is as long as row 0 and free ones say they are.
    return ((this.#address[id]! ^ address) | (this.#length[id]! ^ length)) === 0;
  }

  #find(hash: number, address: number, length: number): PrefixId {
    for (let id = this.#slots.first(hash); id !== 0; id = this.#slots.next()) {
      if (this.#is(id, address, length)) return id;
    }
    return 0;
  }

  #intern(hash: number, address: number, length: number): PrefixId {
    const known = this.#find(hash, address, length);
    if (known !== 0) return known;
    const id = this.#take();
    this.#address[id] = address;
    this.#length[id] = length;
    this.#slots.insert(hash, id);
    return id;
  }

  #take(): PrefixId {
    const free = this.#free;
    if (free !== 0) {
      this.#free = this.#address[free]!; // the free list runs through the column
      return free;
    }
    if (this.end === this.#address.length) {
      this.#address = grown(this.#address, this.end * 2);
      this.#length = grown(this.#length, this.end * 2);
      this.#length.fill(FREE, this.end);
    }
    return this.end++;
  }
}

function hashOf(address: number, length: number): number {
  return mix(address ^ Math.imul(length + 1, 0x9e37_79b1));
}
