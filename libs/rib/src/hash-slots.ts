/**
 * An open-addressing index from a 32-bit hash to a dense id, shared by every table of this package. Keys live with the
 * owner; a slot holds the id and the full hash side by side, so that a miss and a move touch one cache line and no key.
 *
 * ```text
 * slots:  [ id | hash ][ id | hash ][ 0 | – ] …      id 0: empty; linear probing; load ≤ 0.6
 * ```
 *
 * Growth is incremental: the old array stays readable while each later operation copies a few of its slots into the
 * new one and marks them `MOVED_AWAY`, so no single insert pays for a rehash. The live array has no tombstones: removal
 * shifts the cluster back.
 */
export class HashSlots {
  #slots: Uint32Array;
  #mask: number;
  #used = 0;
  /** It grows when more than so many are used. */
  #limit: number;
  #old: Uint32Array | undefined;
  #oldMask = 0;
  #moved = 0;
  /** Where `next` goes on: position in slots, and whether the old array is being read. */
  #position = 0;
  /** Signed: that fits a field without a box. */
  #hash = 0;
  #inOld = false;

  constructor(capacity = 64) {
    this.#slots = new Uint32Array(capacity * 2);
    this.#mask = capacity - 1;
    this.#limit = limitOf(capacity);
  }

  get octets(): number {
    return this.#slots.byteLength + (this.#old?.byteLength ?? 0);
  }

  get size(): number {
    return this.#used;
  }

  /** The first id filed under the hash, or 0. Follow with `next` until the key matches. */
  first(hash: number): number {
    const slots = this.#slots;
    // What is not there is mostly seen at once, and leaves nothing to go on from.
    if (slots[(hash & this.#mask) * 2] === 0 && this.#old === undefined) return 0;
    this.#hash = hash | 0;
    this.#position = hash & this.#mask;
    this.#inOld = false;
    return this.next();
  }

  /**
   * For each hash the id in its home slot if that has the same hash, else 0: right nearly always, to be checked against the key. A hint
   * that costs no wait of its own: no look depends on the one before.
   */
  glance(hashes: Uint32Array, ids: Uint32Array, count: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let at = 0; at < count; at++) {
      const hash = hashes[at]!;
      const slot = (hash & mask) * 2; // in range, as in `next`
      const id = slots[slot]!;
      ids[at] = slots[slot + 1] === hash ? id : 0;
    }
  }

  next(): number {
    if (this.#inOld) return this.#nextInOld();
    const hash = this.#hash;
    const slots = this.#slots;
    const mask = this.#mask;
    let position = this.#position;
    for (;;) {
      const id = slots[position * 2]!; // in range: position ≤ mask
      if (id === 0) break;
      const found = (slots[position * 2 + 1]! | 0) === hash;
      position = (position + 1) & mask;
      if (found) {
        this.#position = position;
        return id;
      }
    }
    if (this.#old === undefined) return 0;
    this.#inOld = true;
    this.#position = hash & this.#oldMask;
    return this.#nextInOld();
  }

  #nextInOld(): number {
    const old = this.#old!; // set whenever #inOld is
    for (;;) {
      const id = old[this.#position * 2]!;
      if (id === 0) return 0;
      const found = (old[this.#position * 2 + 1]! | 0) === this.#hash && id !== MOVED_AWAY;
      this.#position = (this.#position + 1) & this.#oldMask;
      if (found) return id;
    }
  }

  /** Files an id that is not in yet. */
  insert(hash: number, id: number): void {
    this.#step();
    this.#place(hash >>> 0, id);
    this.#used++;
    if (this.#used > this.#limit) this.#grow();
  }

  /** Takes out an id that is in. */
  remove(hash: number, id: number): void {
    this.#step();
    if (this.#old !== undefined) {
      const position = find(this.#old, this.#oldMask, hash, id);
      if (position >= 0) {
        this.#old[position * 2] = MOVED_AWAY;
        this.#used--;
        return;
      }
    }
    const position = find(this.#slots, this.#mask, hash, id);
    if (position < 0) throw new Error(`hash-slots: id ${id} is not filed under its hash`);
    this.#closeGap(position);
    this.#used--;
  }

  #place(hash: number, id: number): void {
    const slots = this.#slots;
    let position = hash & this.#mask;
    while (slots[position * 2] !== 0) position = (position + 1) & this.#mask;
    slots[position * 2] = id;
    slots[position * 2 + 1] = hash;
  }

  /** Moves later members of the cluster back over the gap, so that every probe still ends at an empty slot. */
  #closeGap(gap: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = gap;
    let position = (gap + 1) & mask;
    while (slots[position * 2] !== 0) {
      const home = slots[position * 2 + 1]! & mask;
      // The entry may fill the hole unless its home lies cyclically behind the hole.
      if (((position - home) & mask) >= ((position - hole) & mask)) {
        slots[hole * 2] = slots[position * 2]!;
        slots[hole * 2 + 1] = slots[position * 2 + 1]!;
        hole = position;
      }
      position = (position + 1) & mask;
    }
    slots[hole * 2] = 0;
    slots[hole * 2 + 1] = 0;
  }

  #grow(): void {
    // A move under way has far more steps behind it than inserts fit into the new half; finish what little is left.
    while (this.#old !== undefined) this.#step();
    this.#old = this.#slots;
    this.#oldMask = this.#mask;
    this.#moved = 0;
    const capacity = (this.#mask + 1) * 2;
    this.#slots = new Uint32Array(capacity * 2);
    this.#mask = capacity - 1;
    this.#limit = limitOf(capacity);
  }

  #step(): void {
    if (this.#old !== undefined) this.#move(this.#old);
  }

  #move(old: Uint32Array): void {
    const end = Math.min(this.#moved + MOVES_PER_OPERATION, this.#oldMask + 1);
    for (let position = this.#moved; position < end; position++) {
      const id = old[position * 2]!;
      if (id !== 0 && id !== MOVED_AWAY) {
        this.#place(old[position * 2 + 1]!, id);
        // Found in the new array from now on; left here it would be found twice.
        old[position * 2] = MOVED_AWAY;
      }
    }
    this.#moved = end;
    if (end > this.#oldMask) this.#old = undefined;
  }
}

/** An impossible id that keeps probe chains of the old array whole. */
const MOVED_AWAY = 0xffff_ffff;
const MAX_LOAD = 0.6;
/**
 * Old slots per operation. With 0.6 load and doubling, 2 would be enough to finish before the next growth; but as long as there is an old
 * array, what is new is looked for in both.
 */
const MOVES_PER_OPERATION = 32;

function limitOf(capacity: number): number {
  return Math.floor(capacity * MAX_LOAD);
}

function find(slots: Uint32Array, mask: number, hash: number, id: number): number {
  for (let position = hash & mask; slots[position * 2] !== 0; position = (position + 1) & mask) {
    if (slots[position * 2] === id) return position;
  }
  return -1;
}
