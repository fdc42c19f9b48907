import { Ipv4NlriCursor, Ipv6NlriCursor } from '@bgp/wire';

/** Enough that the looks into a big table overlap; more would only take the first ones out of the cache again. */
const CAPACITY = 128;

/**
 * The prefixes of an NLRI field, some at a time, and what the table calls them. A lookup in a table of a million prefixes waits for
 * memory; many that do not depend on each other wait together.
 */
export class PrefixBatch {
  size = 0;
  /** IPv4 uses `w0` only. */
  readonly w0 = new Uint32Array(CAPACITY);
  readonly w1 = new Uint32Array(CAPACITY);
  readonly w2 = new Uint32Array(CAPACITY);
  readonly w3 = new Uint32Array(CAPACITY);
  readonly length = new Uint8Array(CAPACITY);
  /** 0 without ADD-PATH. */
  readonly pathId = new Uint32Array(CAPACITY);
  /** Filled in by `PrefixTable.findAll` (0: unknown) and `internAll`. */
  readonly id = new Uint32Array(CAPACITY);
  /** The table's. */
  readonly hash = new Uint32Array(CAPACITY);
  readonly #ipv4 = new Ipv4NlriCursor();
  readonly #ipv6 = new Ipv6NlriCursor();
  #isIpv4 = true;

  /** The field is `octets`' `[start, end)`; `maxLength` is 32 or 128. */
  begin(octets: Uint8Array, start: number, end: number, addPath: boolean, maxLength: number): this {
    this.#isIpv4 = maxLength === 32;
    if (this.#isIpv4) this.#ipv4.reset(octets, start, end, addPath);
    else this.#ipv6.reset(octets, start, end, addPath);
    return this;
  }

  /** The next ones. False: there are no more. */
  next(): boolean {
    this.size = 0;
    if (this.#isIpv4) {
      const nlri = this.#ipv4;
      while (this.size < CAPACITY && nlri.next()) this.addIpv4(nlri.address, nlri.length, nlri.pathId);
    } else {
      const nlri = this.#ipv6;
      while (this.size < CAPACITY && nlri.next())
        this.addIpv6(nlri.w0, nlri.w1, nlri.w2, nlri.w3, nlri.length, nlri.pathId);
    }
    return this.size > 0;
  }

  addIpv4(address: number, length: number, pathId: number): void {
    const at = this.size++;
    this.w0[at] = address;
    this.length[at] = length;
    this.pathId[at] = pathId;
  }

  addIpv6(w0: number, w1: number, w2: number, w3: number, length: number, pathId: number): void {
    const at = this.size;
    this.addIpv4(w0, length, pathId);
    this.w1[at] = w1;
    this.w2[at] = w2;
    this.w3[at] = w3;
  }
}
