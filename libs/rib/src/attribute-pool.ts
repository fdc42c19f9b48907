import {
  type AttributeContext,
  type AttributeEdit,
  AttributeReader,
  AttributeView,
  type ErrorAction,
  editedOctets,
  type WireError,
} from '@bgp/wire';
import { Arena } from './arena.ts';
import { ATTRIBUTE_COLUMNS, AttributeColumns } from './attribute-columns.ts';
import { EditMemo } from './edit-memo.ts';
import { HashSlots } from './hash-slots.ts';
import { equalOctets, grown, OctetHash } from './octets.ts';
import type { OwnIdentity } from './own-identity.ts';
import { contextBits, RawBlockCache } from './raw-block-cache.ts';
import { type GrowColumn, StagedGrowth } from './staged-growth.ts';
import type { AttrId } from './types.ts';

/**
 * Every distinct attribute set once: canonical octets in an arena, a dense id, reference counts, decision columns.
 *
 * A set without references is not freed at once: the next message often brings it back, and code between two tables may
 * hold an id for a moment. It waits in `#idle` until `sweep`, which callers run between units of work, never inside one.
 */
export class AttributePool extends AttributeColumns {
  static readonly #COLUMNS: readonly GrowColumn<AttributePool>[] = [
    // First: `capacity` says how long the columns of others have to be.
    (pool, capacity) => {
      pool.#handle = grown(pool.#handle, capacity);
    },
    (pool, capacity) => {
      pool.#references = grown(pool.#references, capacity);
    },
    (pool, capacity) => {
      pool.#isIdle = grown(pool.#isIdle, capacity);
    },
    (pool, capacity) => {
      pool.#receivedAs = grown(pool.#receivedAs, capacity);
    },
    (pool, capacity) => {
      pool.generation = grown(pool.generation, capacity);
    },
    ...ATTRIBUTE_COLUMNS,
  ];
  /** What the last `internBlock` found wrong, and the strongest consequence. */
  errors: readonly WireError[] = NO_ERRORS;
  action: ErrorAction | undefined;
  /** By id: counts the sets that have had it, so that a note of an id can be checked later. */
  generation = new Uint32Array(64);

  readonly #arena = new Arena();
  readonly #slots = new HashSlots();
  /** Of what `#find` was asked for last. */
  readonly #hash = new OctetHash();
  readonly #raw: RawBlockCache;
  readonly #edits = new EditMemo();
  readonly #reader = new AttributeReader();
  readonly #view = new AttributeView();
  readonly #freeListeners: ((id: AttrId) => void)[] = [];
  /** By id: arena handle (or, for a free id, the next free one), references, 1 while in `#idle`. */
  #handle = new Uint32Array(64);
  #references = new Uint32Array(64);
  #isIdle = new Uint8Array(64);
  /** By id: the contexts, one bit each by `contextBits`, in which these very octets were received and had no errors. */
  #receivedAs = new Uint32Array(64);
  readonly #growth: StagedGrowth<AttributePool>;
  #next = 1;
  #free = 0;
  #count = 0;
  readonly #idle: AttrId[] = [];

  constructor(own: OwnIdentity) {
    super(own);
    this.#raw = new RawBlockCache(this.#arena);
    this.#growth = new StagedGrowth<AttributePool>(this, AttributePool.#COLUMNS, 64);
  }

  get size(): number {
    return this.#count;
  }

  /** Ids are below this; columns of others that are kept by attribute id must be as long. */
  get capacity(): number {
    return this.#handle.length;
  }

  get octets(): number {
    return this.#arena.octets + this.#slots.octets + this.#raw.octets + this.capacity * 55;
  }

  /**
   * The id for an attribute block as received, `octets`' `[start, end)`, without MP_REACH and MP_UNREACH; `nextHop` is MP_REACH's, or empty.
   * Decoded and validated once per distinct (block, next hop, context). 0: `action` forbids to use the routes.
   */
  internBlock(octets: Uint8Array, start: number, end: number, nextHop: Uint8Array, ctx: AttributeContext): AttrId {
    // Most blocks arrive in canonical form: they are looked for among the sets, which note what they have been received as.
    const received = nextHop.length === 0 ? 1 << contextBits(0, ctx) : 0;
    const equal = received === 0 ? 0 : this.#find(octets, start, end);
    if (equal !== 0 && (this.#receivedAs[equal]! & received) !== 0) {
      this.errors = NO_ERRORS;
      this.action = undefined;
      return equal;
    }
    const known = this.#raw.find(octets, start, end, nextHop, ctx);
    if (known !== undefined) {
      this.errors = known.errors;
      this.action = known.errors.length === 0 ? undefined : 'attribute-discard';
      return known.attributes;
    }
    const reader = this.#reader;
    reader.read(octets, nextHop, ctx, start, end);
    this.errors = reader.errors.length === 0 ? NO_ERRORS : reader.errors.slice();
    this.action = reader.action;
    // RFC 7606 §2: only a discarded attribute leaves a usable set. What is refused is not worth keeping.
    if (reader.action !== undefined && reader.action !== 'attribute-discard') return 0;
    if (received !== 0 && reader.isCanonical(octets, start, end)) {
      const id = equal !== 0 ? equal : this.#add(octets, start, end);
      this.#receivedAs[id]! |= received;
      return id;
    }
    const canonical = reader.canonical();
    const id = this.intern(canonical, 0, canonical.length);
    this.#raw.add(octets.subarray(start, end), nextHop, ctx, id, this.errors);
    return id;
  }

  /** The verdict on attributes that came without reachable routes (RFC 7606 §5.2); they are not kept. */
  checkBlock(block: Uint8Array, ctx: AttributeContext): void {
    this.#reader.read(block, block.subarray(0, 0), ctx);
    this.errors = this.#reader.errors.length === 0 ? NO_ERRORS : this.#reader.errors.slice();
    this.action = this.#reader.action;
  }

  /** The id of canonical octets, which are copied. Without a reference of its own: `retain` what you keep. */
  intern(octets: Uint8Array, start: number, end: number): AttrId {
    const known = this.#find(octets, start, end);
    return known !== 0 ? known : this.#add(octets, start, end);
  }

  /** The set after the edit; the same (set, edit object) is worked out once while it is remembered. */
  edit(id: AttrId, edit: AttributeEdit): AttrId {
    const known = this.#edits.find(id, edit, this.generation);
    if (known !== 0) return known;
    const { octets, start, end } = this.moveTo(this.#view, id);
    const edited = editedOctets(octets, start, end, edit);
    const result = this.intern(edited.octets, 0, edited.length);
    this.#edits.add(id, edit, result, this.generation);
    return result;
  }

  /** Points the cursor at the set. Valid until the pool changes. */
  moveTo(view: AttributeView, id: AttrId): AttributeView {
    const handle = this.#handle[id]!;
    const start = this.#arena.start(handle);
    return view.reset(this.#arena.page(handle), start, start + this.#arena.length(handle));
  }

  /** A view of the canonical octets. Valid until the pool changes. */
  canonical(id: AttrId): Uint8Array {
    const handle = this.#handle[id]!;
    const start = this.#arena.start(handle);
    return this.#arena.page(handle).subarray(start, start + this.#arena.length(handle));
  }

  /** Of its canonical form. */
  octetsOf(id: AttrId): number {
    return this.#arena.length(this.#handle[id]!);
  }

  retain(id: AttrId): void {
    this.#references[id]!++;
  }

  release(id: AttrId): void {
    if (--this.#references[id]! === 0) this.#setIdle(id);
  }

  /** Whoever keeps something by attribute id forgets it here, before the id is given to another set. */
  onFree(listener: (id: AttrId) => void): () => void {
    this.#freeListeners.push(listener);
    return () => {
      const at = this.#freeListeners.indexOf(listener);
      if (at >= 0) this.#freeListeners.splice(at, 1);
    };
  }

  /** Frees idle sets once there are more than `keep`. Not while an unretained id is in use. */
  sweep(keep = IDLE_KEPT): void {
    if (this.#idle.length <= keep) return;
    for (const id of this.#idle.splice(0)) {
      this.#isIdle[id] = 0;
      if (this.#references[id] === 0) this.#drop(id);
    }
  }

  /** The set with these canonical octets, or 0. */
  #find(octets: Uint8Array, start: number, end: number): AttrId {
    const length = end - start;
    const hash = this.#hash.read(octets, start, end).low;
    for (let id = this.#slots.first(hash); id !== 0; id = this.#slots.next()) {
      const handle = this.#handle[id]!;
      if (this.#arena.length(handle) !== length) continue;
      if (equalOctets(this.#arena.page(handle), this.#arena.start(handle), octets, start, length)) return id;
    }
    return 0;
  }

  /** A set that `#find` has just not found. */
  #add(octets: Uint8Array, start: number, end: number): AttrId {
    const id = this.#takeId();
    this.#handle[id] = this.#arena.store(octets, start, end);
    this.hashLow[id] = this.#hash.low;
    this.hashHigh[id] = this.#hash.high;
    this.#slots.insert(this.#hash.low, id);
    this.fill(id, this.#view.reset(octets, start, end));
    this.#receivedAs[id] = 0;
    this.#references[id] = 0;
    this.#setIdle(id);
    this.#count++;
    return id;
  }

  #setIdle(id: AttrId): void {
    if (this.#isIdle[id] === 1) return;
    this.#isIdle[id] = 1;
    this.#idle.push(id);
  }

  #drop(id: AttrId): void {
    for (const listener of this.#freeListeners) listener(id);
    this.#edits.forget(id);
    this.#raw.forget(id);
    this.#slots.remove(this.hashLow[id]!, id);
    this.nextHops.release(this.nextHopId[id]!);
    this.#arena.free(this.#handle[id]!);
    this.generation[id]!++;
    this.#handle[id] = this.#free;
    this.#free = id;
    this.#count--;
  }

  #takeId(): AttrId {
    const free = this.#free;
    if (free !== 0) {
      this.#free = this.#handle[free]!;
      return free;
    }
    if (this.#next >= this.#growth.at) this.#growth.grow(this.#next);
    return this.#next++;
  }
}

const NO_ERRORS: readonly WireError[] = [];
/** Enough that a burst of withdrawals and re-announcements finds its sets again. */
const IDLE_KEPT = 1024;
