import { formatIpAddress, type IpAddress } from '@bgp/wire';
import { readU16, readU32 } from './octets.ts';

const NO_OCTETS = new Uint8Array(0);

/** Reads fields in order. Never throws: past the end it reads zeros and sets `overrun`. */
export class Fields {
  readonly octets: Uint8Array;
  position = 0;
  overrun = false;

  constructor(octets: Uint8Array) {
    this.octets = octets;
  }

  u8(): number {
    return this.#has(1) ? (this.octets[this.position++] ?? 0) : 0;
  }

  u16(): number {
    if (!this.#has(2)) return 0;
    this.position += 2;
    return readU16(this.octets, this.position - 2);
  }

  u32(): number {
    if (!this.#has(4)) return 0;
    this.position += 4;
    return readU32(this.octets, this.position - 4);
  }

  /** A view of the next `length` octets; empty past the end. */
  take(length: number): Uint8Array {
    if (!this.#has(length)) return NO_OCTETS;
    this.position += length;
    return this.octets.subarray(this.position - length, this.position);
  }

  /** Where the next `length` octets begin; past the end 0. */
  skip(length: number): number {
    if (!this.#has(length)) return 0;
    this.position += length;
    return this.position - length;
  }

  /** Empty past the end. */
  address(width: number): IpAddress {
    const octets = this.take(width);
    return octets.length === width ? formatIpAddress(octets) : '';
  }

  #has(count: number): boolean {
    if (this.position + count > this.octets.length) this.overrun = true;
    return !this.overrun;
  }
}
