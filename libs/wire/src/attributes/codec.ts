import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { PeerKind } from '../context.ts';
import type { EncodeError, WireError } from '../errors.ts';
import type { PathAttributes } from './types.ts';

/** What changes the meaning of an attribute block, apart from its octets. */
export interface AttributeContext {
  /** RFC 6793: AS numbers of AS_PATH and AGGREGATOR have four octets. */
  readonly fourOctetAs: boolean;
  readonly peerKind: PeerKind;
  /**
   * Where the routes are to which the attributes belong: in the message body (NEXT_HOP is mandatory), in MP_REACH_NLRI
   * (which brings the next hop), or nowhere.
   */
  readonly carries: 'body' | 'mp' | 'none';
}

export type MutablePathAttributes = { -readonly [K in keyof PathAttributes]: PathAttributes[K] };

/** One row of the attribute table: everything the package knows about one path attribute. */
export interface AttributeCodec {
  readonly code: number;
  /** As the RFCs spell it. */
  readonly name: string;
  /** The Optional and Transitive bits that it must have. */
  readonly flags: number;
  /** The verdict on the value `octets[start, end)` as received; `undefined` when it is sound. */
  check(octets: Uint8Array, start: number, end: number, ctx: AttributeContext): WireError | undefined;
  /** The verdict on wrong Optional or Transitive bits, where it is not that of RFC 7606 §3 (c). */
  readonly flagsError?: WireError;
  /** Appends the canonical value of a sound one; absent: the value as it is. */
  canonicalize?(octets: Uint8Array, start: number, end: number, ctx: AttributeContext, out: ByteWriter): void;
  /** Reads a canonical value into its field. */
  decode(octets: Uint8Array, start: number, end: number, into: MutablePathAttributes): void;
  /** Whether the object has the field. */
  isPresent(attributes: PathAttributes): boolean;
  /** Appends the canonical value of the field; called only when it is present. */
  encode(attributes: PathAttributes, out: ByteWriter): EncodeError | undefined;
}

/** Whether a number is an integer between 0 and `max`. */
export function isUnsigned(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

export const MAX_U32 = 0xffff_ffff;
