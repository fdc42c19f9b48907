/** Octets that grow as they are written. One writer may be reused: `reset` keeps its memory. */
export class ByteWriter {
  octets: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.octets = new Uint8Array(capacity);
  }

  reset(): this {
    this.length = 0;
    return this;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.octets[this.length++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.octets[this.length++] = value >>> 8;
    this.octets[this.length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    const { octets } = this;
    octets[this.length++] = value >>> 24;
    octets[this.length++] = value >>> 16;
    octets[this.length++] = value >>> 8;
    octets[this.length++] = value;
  }

  /** Copies `source[start, end)`. */
  copy(source: Uint8Array, start = 0, end = source.length): void {
    const count = end - start;
    this.#reserve(count);
    copyOctets(source, start, end, this.octets, this.length);
    this.length += count;
  }

  /** Copies what was written into `target` from `at` on, which must have room. Returns where it ends. */
  copyInto(target: Uint8Array, at: number): number {
    copyOctets(this.octets, 0, this.length, target, at);
    return at + this.length;
  }

  /** Overwrites two octets written earlier, for lengths that are known only afterwards. */
  patchU16(offset: number, value: number): void {
    this.octets[offset] = value >>> 8;
    this.octets[offset + 1] = value;
  }

  /** A copy of what was written. */
  toOctets(): Uint8Array {
    return this.octets.slice(0, this.length);
  }

  /** What was written, aliasing the writer's memory: valid until the next write. */
  toOctetsView(): Uint8Array {
    return this.octets.subarray(0, this.length);
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.octets.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.octets.length * 2));
    grown.set(this.octets.subarray(0, this.length));
    this.octets = grown;
  }
}

function copyOctets(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  const count = end - start;
  // Most attributes are a handful of octets, for which a loop beats `set` with its temporary view.
  if (count <= 64) for (let i = 0; i < count; i++) target[at + i] = source[start + i]!;
  else target.set(source.subarray(start, end), at);
}
