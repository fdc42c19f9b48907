import { grown } from './octets.ts';

/**
 * Storage for many small octet strings, addressed by a handle that stays while the string moves.
 *
 * ```text
 * page (256 KiB):  [ handle:4 | length:4 | octets … ][ handle | length | octets … ] …
 * ```
 *
 * Freeing only subtracts from the page's live count. A page that falls below half is emptied into the current one and
 * reused, so that at most about half of the memory is holes and each freed octet pays for at most one copied octet.
 */
export class Arena {
  #pages: Uint8Array[] = [];
  #live = new Uint32Array(256);
  #used = new Uint32Array(256);
  #freePages: number[] = [];
  #current = -1;
  /** By handle: page and where in it the octets begin, and their length. Handle 0 is "none". */
  #page = new Uint32Array(64);
  #start = new Uint32Array(64);
  #length = new Uint32Array(64);
  #handles = 1;
  #freeHandle = 0;

  get octets(): number {
    let pages = 0;
    for (const page of this.#pages) pages += page.length;
    return pages + this.#page.byteLength * 3;
  }

  /** The page's octets; read `start`/`length` of the same handle with it. Valid until the next `store` or `free`. */
  page(handle: number): Uint8Array {
    return this.#pages[this.#page[handle]!]!; // a stored handle names an existing page
  }

  start(handle: number): number {
    return this.#start[handle]!;
  }

  length(handle: number): number {
    return this.#length[handle]!;
  }

  /** Copies the octets in. */
  store(octets: Uint8Array, start: number, end: number): number {
    const handle = this.#takeHandle();
    this.#append(handle, octets, start, end - start);
    return handle;
  }

  free(handle: number): void {
    const page = this.#page[handle]!;
    this.#live[page]! -= this.#length[handle]! + HEADER;
    // Marks the block as dead for `#evacuate`, which asks whether the handle still points here.
    this.#page[handle] = NOWHERE;
    this.#start[handle] = this.#freeHandle;
    this.#freeHandle = handle;
    if (page === this.#current) return;
    if (this.#live[page]! * 2 < this.#used[page]!) this.#evacuate(page);
  }

  #takeHandle(): number {
    const free = this.#freeHandle;
    if (free !== 0) {
      this.#freeHandle = this.#start[free]!;
      return free;
    }
    if (this.#handles === this.#page.length) {
      const capacity = this.#handles * 2;
      this.#page = grown(this.#page, capacity);
      this.#start = grown(this.#start, capacity);
      this.#length = grown(this.#length, capacity);
    }
    return this.#handles++;
  }

  #append(handle: number, octets: Uint8Array, start: number, length: number): void {
    const size = length + HEADER;
    while (this.#current < 0 || this.#used[this.#current]! + size > this.#pages[this.#current]!.length)
      this.#newPage(size);
    const page = this.#current;
    const into = this.#pages[page]!;
    const at = this.#used[page]!;
    writeU32(into, at, handle);
    writeU32(into, at + 4, length);
    const body = at + HEADER;
    // Short strings: a loop beats the call into `set` with a fresh subarray.
    if (length < 128) for (let i = 0; i < length; i++) into[body + i] = octets[start + i]!;
    else into.set(octets.subarray(start, start + length), body);
    this.#used[page] = at + size;
    this.#live[page]! += size;
    this.#page[handle] = page;
    this.#start[handle] = body;
    this.#length[handle] = length;
  }

  #newPage(size: number): void {
    const previous = this.#current;
    const free = size <= PAGE ? this.#freePages.pop() : undefined;
    if (free !== undefined) {
      this.#current = free;
    } else {
      const page = this.#pages.length;
      if (page === this.#live.length) {
        this.#live = grown(this.#live, page * 2);
        this.#used = grown(this.#used, page * 2);
      }
      this.#pages.push(new Uint8Array(Math.max(PAGE, size)));
      this.#current = page;
    }
    // While it was current, frees left it alone.
    if (previous >= 0 && this.#live[previous]! * 2 < this.#used[previous]!) this.#evacuate(previous);
  }

  #evacuate(page: number): void {
    const from = this.#pages[page]!;
    const used = this.#used[page]!;
    for (let at = 0; at < used && this.#live[page]! > 0; ) {
      const handle = readU32(from, at);
      const length = readU32(from, at + 4);
      if (this.#page[handle] === page && this.#start[handle] === at + HEADER) {
        this.#live[page]! -= length + HEADER;
        this.#append(handle, from, at + HEADER, length);
      }
      at += HEADER + length;
    }
    this.#used[page] = 0;
    this.#freePages.push(page);
  }
}

const PAGE = 256 * 1024;
const HEADER = 8;
const NOWHERE = 0xffff_ffff;

function writeU32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value;
  octets[at + 1] = value >>> 8;
  octets[at + 2] = value >>> 16;
  octets[at + 3] = value >>> 24;
}

function readU32(octets: Uint8Array, at: number): number {
  return (octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24)) >>> 0;
}
