import { grown } from './octets.ts';
import { type GrowColumn, StagedGrowth } from './staged-growth.ts';
import type { AttrId, PeerIndex, PrefixId } from './types.ts';

/**
 * `PathTable.flags`: `stale` is a path that outlived its session (RFC 4724); with `longLived` too, its effective attributes carry
 * LLGR_STALE (RFC 9494).
 */
export const PathFlag = { stale: 1, longLived: 2 } as const;

/** No policy term refused the path. */
export const NOT_REJECTED = 0xffff;

/**
 * Every path of a family as columns, 33 octets each; row 0 is "none". The paths of one prefix are a list through
 * `nextInPrefix`, whose head the family's table keeps.
 */
export class PathTable {
  peer = new Uint16Array(64);
  prefix = new Uint32Array(64);
  /** RFC 7911; 0 without ADD-PATH. */
  pathId = new Uint32Array(64);
  /** Before import policy. */
  received = new Uint32Array(64);
  /** The identifier that we advertise the path with (RFC 7911); 0 until somebody is to hear it. See `FamilyTable.localId`. */
  localId = new Uint16Array(64);
  /** After import policy; 0: refused by `rejectedBy`. */
  effective = new Uint32Array(64);
  rejectedBy = new Uint16Array(64);
  flags = new Uint8Array(64);
  /** `Validity` of the path as received. */
  validity = new Uint8Array(64);
  /** The peer's `PeerPaths.epoch` when it last announced the path. 0: a free row. */
  epoch = new Uint8Array(64);
  /** Seconds, as given to `receive`. */
  arrivedAt = new Uint32Array(64);
  nextInPrefix = new Uint32Array(64);
  /** Rows below this may be in use. */
  end = 1;
  readonly #growth = new StagedGrowth<PathTable>(this, COLUMNS, 64);
  #free = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get octets(): number {
    return this.peer.length * 33;
  }

  isUsed(row: number): boolean {
    return this.epoch[row] !== 0;
  }

  /** `effective`, `flags` and `localId` are 0; the caller fills in the rest and puts the row into its prefix's list. */
  add(prefix: PrefixId, peer: PeerIndex, pathId: number, received: AttrId, epoch: number): number {
    const row = this.#take();
    this.prefix[row] = prefix;
    this.peer[row] = peer;
    if (pathId !== 0) this.pathId[row] = pathId;
    this.received[row] = received;
    this.epoch[row] = epoch;
    this.#size++;
    return row;
  }

  /** The caller has taken the row out of its prefix's list. What `add` leaves alone is as in a row that was never used. */
  remove(row: number): void {
    this.epoch[row] = 0;
    this.pathId[row] = 0;
    this.localId[row] = 0;
    this.effective[row] = 0;
    this.flags[row] = 0;
    this.nextInPrefix[row] = this.#free;
    this.#free = row;
    this.#size--;
  }

  #take(): number {
    const free = this.#free;
    if (free !== 0) {
      this.#free = this.nextInPrefix[free]!; // the free list runs through the same column
      return free;
    }
    if (this.end >= this.#growth.at) this.#growth.grow(this.end);
    return this.end++;
  }
}

const COLUMNS: readonly GrowColumn<PathTable>[] = [
  (table, capacity) => {
    table.peer = grown(table.peer, capacity);
  },
  (table, capacity) => {
    table.prefix = grown(table.prefix, capacity);
  },
  (table, capacity) => {
    table.pathId = grown(table.pathId, capacity);
  },
  (table, capacity) => {
    table.received = grown(table.received, capacity);
  },
  (table, capacity) => {
    table.localId = grown(table.localId, capacity);
  },
  (table, capacity) => {
    table.effective = grown(table.effective, capacity);
  },
  (table, capacity) => {
    table.rejectedBy = grown(table.rejectedBy, capacity);
  },
  (table, capacity) => {
    table.flags = grown(table.flags, capacity);
  },
  (table, capacity) => {
    table.validity = grown(table.validity, capacity);
  },
  (table, capacity) => {
    table.epoch = grown(table.epoch, capacity);
  },
  (table, capacity) => {
    table.arrivedAt = grown(table.arrivedAt, capacity);
  },
  (table, capacity) => {
    table.nextInPrefix = grown(table.nextInPrefix, capacity);
  },
];
