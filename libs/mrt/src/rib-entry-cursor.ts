import { readU16, readU32 } from './octets.ts';
import type { Rib } from './rib.ts';

/** Walks the RIB entries of one prefix without allocating. RFC 6396 §4.3.4, RFC 8050 §4.1. */
export class RibEntryCursor {
  peerIndex = 0;
  /** Seconds since 1970. */
  originatedTime = 0;
  /** 0 without ADD-PATH. */
  pathId = 0;
  attributesStart = 0;
  attributesEnd = 0;
  /** The entries end before the count says so. */
  overrun = false;
  #octets: Uint8Array = new Uint8Array(0);
  #position = 0;
  #left = 0;
  #addPath = false;

  reset(rib: Rib): this {
    this.#octets = rib.octets;
    this.#position = rib.entriesStart;
    this.#left = rib.entryCount;
    this.#addPath = rib.addPath;
    this.overrun = false;
    return this;
  }

  next(): boolean {
    if (this.#left === 0) return false;
    const octets = this.#octets;
    const lengthAt = this.#position + (this.#addPath ? 10 : 6);
    const start = lengthAt + 2;
    const end = start <= octets.length ? start + readU16(octets, lengthAt) : Number.POSITIVE_INFINITY;
    if (end > octets.length) {
      this.overrun = true;
      this.#left = 0;
      return false;
    }
    this.peerIndex = readU16(octets, this.#position);
    this.originatedTime = readU32(octets, this.#position + 2);
    this.pathId = this.#addPath ? readU32(octets, this.#position + 6) : 0;
    this.attributesStart = start;
    this.attributesEnd = end;
    this.#position = end;
    this.#left--;
    return true;
  }
}
