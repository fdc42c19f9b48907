import { err, ok, type Result } from '@bgp/wire';
import { readU32 } from './octets.ts';
import type { BmpError } from './types.ts';

/** Version, length, type (RFC 7854 §4.1). */
export const COMMON_HEADER_OCTETS = 6;
export const BMP_VERSION = 3;
/** Two OPENs or one extended UPDATE need about 131 000 octets; mirrored messages and TLVs get the same again, and more. */
export const DEFAULT_MAX_BMP_OCTETS = 1 << 20;

/**
 * Cuts a stream into BMP messages, whatever the chunks are. It holds at most one message of `maxMessageOctets` and the chunk
 * last pushed. A message within one chunk is a view of it: copy what you keep, the chunk must not change before.
 *
 * After an error the rhythm of the stream is lost: every further `next` repeats it.
 * @source RFC 7854 §4.1
 */
export class BmpFramer {
  readonly #max: number;
  #held: Uint8Array = new Uint8Array(0);
  #heldLength = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  #position = 0;
  #error: { readonly ok: false; readonly error: BmpError } | undefined;

  constructor(maxMessageOctets: number = DEFAULT_MAX_BMP_OCTETS) {
    this.#max = maxMessageOctets;
  }

  get pendingOctets(): number {
    return this.#heldLength + this.#chunk.length - this.#position;
  }

  /** Call `next` until it gives `undefined` before the next push; what is left over is copied otherwise. */
  push(chunk: Uint8Array): void {
    if (this.#error !== undefined) return;
    const left = this.#chunk.subarray(this.#position);
    if (left.length === 0) {
      this.#chunk = chunk;
    } else {
      const joint = new Uint8Array(left.length + chunk.length);
      joint.set(left);
      joint.set(chunk, left.length);
      this.#chunk = joint;
    }
    this.#position = 0;
  }

  /** The next whole message, or `undefined` when more octets are needed. */
  next(): Result<Uint8Array | undefined, BmpError> {
    if (this.#error !== undefined) return this.#error;
    if (this.#heldLength === 0) {
      const rest = this.#chunk.subarray(this.#position);
      const length = this.#lengthOf(rest, rest.length);
      if (typeof length === 'object') return this.#fail(length);
      if (length !== undefined && length <= rest.length) {
        this.#position += length;
        return ok(rest.subarray(0, length));
      }
    }
    return this.#nextJoint();
  }

  #nextJoint(): Result<Uint8Array | undefined, BmpError> {
    this.#gather(COMMON_HEADER_OCTETS);
    const length = this.#lengthOf(this.#held, this.#heldLength);
    if (typeof length === 'object') return this.#fail(length);
    if (length === undefined) return ok(undefined);
    this.#gather(length);
    if (this.#heldLength < length) return ok(undefined);
    const frame = this.#held.subarray(0, length);
    this.#held = new Uint8Array(0);
    this.#heldLength = 0;
    return ok(frame);
  }

  #gather(wanted: number): void {
    const count = Math.min(wanted - this.#heldLength, this.#chunk.length - this.#position);
    if (count <= 0) return;
    const needed = this.#heldLength + count;
    if (needed > this.#held.length) {
      // Memory follows what has come, not what a header promises.
      const grown = new Uint8Array(Math.min(wanted, Math.max(needed, this.#held.length * 2)));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(this.#chunk.subarray(this.#position, this.#position + count), this.#heldLength);
    this.#heldLength = needed;
    this.#position += count;
  }

  #lengthOf(octets: Uint8Array, available: number): number | undefined | BmpError {
    if (available > 0 && octets[0] !== BMP_VERSION) return { code: 'version-unsupported', version: octets[0] ?? 0 };
    if (available < COMMON_HEADER_OCTETS) return undefined;
    const length = readU32(octets, 1);
    if (length < COMMON_HEADER_OCTETS || length > this.#max)
      return { code: 'message-length-invalid', length, max: this.#max };
    return length;
  }

  #fail(error: BmpError): { readonly ok: false; readonly error: BmpError } {
    this.#chunk = this.#held = new Uint8Array(0);
    this.#position = this.#heldLength = 0;
    this.#error = err(error);
    return this.#error;
  }
}
