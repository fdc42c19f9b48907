/**
 * A cursor over octets that never throws: reading past the end yields 0 and sets `overrun`, which stays set. A decoder
 * reads a whole structure and asks once.
 */
export class ByteReader {
  readonly octets: Uint8Array;
  readonly end: number;
  offset: number;
  overrun = false;

  constructor(octets: Uint8Array, start = 0, end = octets.length) {
    this.octets = octets;
    this.offset = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  u8(): number {
    if (this.offset >= this.end) {
      this.overrun = true;
      return 0;
    }
    return this.octets[this.offset++] ?? 0;
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  u24(): number {
    return this.u16() * 0x100 + this.u8();
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  /** A copy of the next `length` octets; empty, with `overrun` set, when they are not there. */
  take(length: number): Uint8Array {
    if (length > this.remaining) {
      this.overrun = true;
      this.offset = this.end;
      return new Uint8Array(0);
    }
    const taken = this.octets.slice(this.offset, this.offset + length);
    this.offset += length;
    return taken;
  }
}

/** Unsigned 32 bits at `offset`; the caller has checked that they are there. */
export function readU32(octets: Uint8Array, offset: number): number {
  return (
    ((octets[offset]! << 24) | (octets[offset + 1]! << 16) | (octets[offset + 2]! << 8) | octets[offset + 3]!) >>> 0
  );
}

/** Unsigned 16 bits at `offset`; the caller has checked that they are there. */
export function readU16(octets: Uint8Array, offset: number): number {
  return (octets[offset]! << 8) | octets[offset + 1]!;
}
