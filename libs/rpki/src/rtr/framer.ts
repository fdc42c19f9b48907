import { err, ok, type Result } from '@bgp/wire';
import { RTR_HEADER_OCTETS } from './pdu.ts';
import { RTR_ERROR, type RtrError } from './types.ts';

/** More than any PDU needs: an ASPA with 16,000 providers. */
export const RTR_MAX_PDU_OCTETS = 65_536;

/** Cuts a stream into PDUs. Memory is bounded by the largest PDU and the chunk given last. */
export class RtrFramer {
  #rest = new Uint8Array(0);
  #offset = 0;

  /** Copies the chunk. */
  push(chunk: Uint8Array): void {
    const kept = this.#rest.subarray(this.#offset);
    const joined = new Uint8Array(kept.length + chunk.length);
    joined.set(kept);
    joined.set(chunk, kept.length);
    this.#rest = joined;
    this.#offset = 0;
  }

  /**
   * The next whole PDU; undefined when more octets are needed. It aliases memory that stays as it is. After
   * `length-invalid` the stream has no frame any more: close the connection (RFC 8210 §12, corrupt data).
   */
  next(): Result<Uint8Array, RtrError> | undefined {
    const { length: total } = this.#rest;
    if (total - this.#offset < RTR_HEADER_OCTETS) return undefined;
    const length = new DataView(this.#rest.buffer, this.#offset).getUint32(4);
    if (length < RTR_HEADER_OCTETS || length > RTR_MAX_PDU_OCTETS) {
      const detail = `a PDU of ${length} octets, not ${RTR_HEADER_OCTETS} to ${RTR_MAX_PDU_OCTETS}`;
      return err({ code: 'length-invalid', errorCode: RTR_ERROR.corruptData, detail });
    }
    if (total - this.#offset < length) return undefined;
    const pdu = this.#rest.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return ok(pdu);
  }
}
