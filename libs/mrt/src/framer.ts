import { err, ok, type Result } from '@bgp/wire';
import { MRT_TYPE } from './codes.ts';
import type { MrtError } from './errors.ts';
import { readU16, readU32 } from './octets.ts';

export const MRT_HEADER_OCTETS = 12;
/** A PEER_INDEX_TABLE of 65535 peers is 1.7 MB; a prefix with 65535 entries of 200 octets is 13 MB. */
export const DEFAULT_MAX_RECORD_OCTETS = 16 * 1024 * 1024;

/** One record, its body not looked at. */
export interface MrtRecord {
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** 0–999999; only in BGP4MP_ET (RFC 6396 §3). */
  readonly microseconds?: number;
  readonly type: number;
  readonly subtype: number;
  /** What follows the header, and the microseconds. Aliases the framer's memory: valid until the next `push`. */
  readonly body: Uint8Array;
}

/**
 * Cuts a stream of octets into MRT records, whatever the chunks are. Holds at most one record and one chunk.
 *
 * ```text
 * | timestamp (4) | type (2) | subtype (2) | length (4) | microseconds (4, _ET only) | body |
 * ```
 *
 * @source RFC 6396 §2, §3
 */
export class MrtFramer {
  readonly #maxRecordOctets: number;
  /** Octets `[#position, #end)` are not framed yet. */
  #held: Uint8Array = new Uint8Array(0);
  #position = 0;
  #end = 0;
  /** `#held` is ours to write into, not the caller's chunk. */
  #isOwned = false;
  /** Of `#held[#position]` in the file. */
  #offset = 0;
  #failure: { readonly ok: false; readonly error: MrtError } | undefined;

  constructor(maxRecordOctets: number = DEFAULT_MAX_RECORD_OCTETS) {
    this.#maxRecordOctets = maxRecordOctets;
  }

  get pendingOctets(): number {
    return this.#end - this.#position;
  }

  /** Takes the chunk without a copy when nothing is held back; it must then stay unchanged until the next `push`. */
  push(chunk: Uint8Array): void {
    if (this.#failure !== undefined || chunk.length === 0) return;
    const rest = this.pendingOctets;
    if (rest === 0) {
      this.#held = chunk;
      this.#isOwned = false;
      this.#end = chunk.length;
    } else {
      this.#append(chunk, rest);
    }
    this.#position = 0;
  }

  /** Room doubles, so that a record of many small chunks costs its length and not the square of it. */
  #append(chunk: Uint8Array, rest: number): void {
    const needed = rest + chunk.length;
    const pending = this.#held.subarray(this.#position, this.#end);
    if (this.#isOwned && needed <= this.#held.length) {
      if (this.#position > 0) this.#held.set(pending); // `set` may overlap
    } else {
      const grown = new Uint8Array(this.#isOwned ? Math.max(needed, this.#held.length * 2) : needed);
      grown.set(pending);
      this.#held = grown;
      this.#isOwned = true;
    }
    this.#held.set(chunk, rest);
    this.#end = needed;
  }

  /** The next whole record, `undefined` when more octets are needed. A failure repeats. */
  next(): Result<MrtRecord | undefined, MrtError> {
    if (this.#failure !== undefined) return this.#failure;
    const octets = this.#held;
    const start = this.#position;
    if (this.#end - start < MRT_HEADER_OCTETS) return ok(undefined);
    const length = readU32(octets, start + 8);
    if (length > this.#maxRecordOctets) {
      return this.#fail({ code: 'record-too-large', offset: this.#offset, length });
    }
    const end = start + MRT_HEADER_OCTETS + length;
    if (end > this.#end) return ok(undefined);
    this.#position = end;
    this.#offset += end - start;
    const timestamp = readU32(octets, start);
    const type = readU16(octets, start + 4);
    const subtype = readU16(octets, start + 6);
    const bodyStart = start + MRT_HEADER_OCTETS;
    // RFC 6396 §3: the microseconds count in the length.
    if (type !== MRT_TYPE.BGP4MP_ET) return ok({ timestamp, type, subtype, body: octets.subarray(bodyStart, end) });
    if (length < 4) return err({ code: 'body-truncated', type, subtype });
    const microseconds = readU32(octets, bodyStart);
    return ok({ timestamp, microseconds, type, subtype, body: octets.subarray(bodyStart + 4, end) });
  }

  /** To be asked when the stream has ended. */
  end(): Result<undefined, MrtError> {
    if (this.#failure !== undefined) return this.#failure;
    if (this.pendingOctets === 0) return ok(undefined);
    return this.#fail({ code: 'file-truncated', offset: this.#offset, pendingOctets: this.pendingOctets });
  }

  #fail(error: MrtError): { readonly ok: false; readonly error: MrtError } {
    this.#held = new Uint8Array(0);
    this.#position = 0;
    this.#end = 0;
    this.#failure = err(error);
    return this.#failure;
  }
}
