import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { EncodeError } from '../errors.ts';
import type { Capability } from './types.ts';

export type KnownCapability = Exclude<Capability, { readonly type: 'unknown' }>;
export type CapabilityOf<T extends KnownCapability['type']> = Extract<Capability, { readonly type: T }>;

/** One row of the capability table. */
export interface CapabilityCodec<T extends KnownCapability['type'] = KnownCapability['type']> {
  readonly code: number;
  readonly type: T;
  /**
   * Reads the value, all of it. `undefined`, an overrun or octets left over mean that the length is impossible: the capability is
   * then kept as unknown, which RFC 5492 §3 lets a receiver do with any that it does not understand.
   */
  decode(value: ByteReader): CapabilityOf<T> | undefined;
  encode(capability: CapabilityOf<T>, target: ByteWriter): EncodeError | undefined;
}

export function outOfRange(field: string, value: number): EncodeError {
  return { code: 'value-out-of-range', field, value };
}

export function isUint(value: number, bits: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** bits;
}
