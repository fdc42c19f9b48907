import type { AttributeContext, WireError } from '@bgp/wire';
import type { Arena } from './arena.ts';
import { HashSlots } from './hash-slots.ts';
import { equalOctets, grown, hashOctets } from './octets.ts';
import { type GrowColumn, StagedGrowth } from './staged-growth.ts';
import type { AttrId } from './types.ts';

export interface KnownBlock {
  attributes: AttrId;
  /** Attributes that were discarded on the way (RFC 7606 §2), to be reported each time. */
  errors: readonly WireError[];
}

/**
 * From an attribute block as received to its set, without decoding again. The key is the block, MP_REACH's next hop and
 * what changes their meaning. Only for what is not the set's canonical octets: those, which are the most, `AttributePool` finds by itself.
 * Entries hang on their set and go with it; a set keeps at most `MAX_FORMS` of them, so that a peer that shuffles
 * attributes cannot make the cache grow.
 */
export class RawBlockCache {
  static readonly #COLUMNS: readonly GrowColumn<RawBlockCache>[] = [
    (cache, capacity) => {
      cache.#handle = grown(cache.#handle, capacity);
    },
    (cache, capacity) => {
      cache.#context = grown(cache.#context, capacity);
    },
    (cache, capacity) => {
      cache.#hash = grown(cache.#hash, capacity);
    },
    (cache, capacity) => {
      cache.#attributes = grown(cache.#attributes, capacity);
    },
    (cache, capacity) => {
      cache.#nextForm = grown(cache.#nextForm, capacity);
    },
  ];
  readonly #arena: Arena;
  readonly #slots = new HashSlots();
  readonly #errors = new Map<number, readonly WireError[]>();
  readonly #found: KnownBlock = { attributes: 0, errors: [] };
  /** By entry: storage, context bits, hash, set, next entry of the same set (or next free entry). */
  #handle = new Uint32Array(64);
  #context = new Uint16Array(64);
  #hash = new Uint32Array(64);
  #attributes = new Uint32Array(64);
  #nextForm = new Uint32Array(64);
  /** By set: its first entry. */
  #forms = new Uint32Array(64);
  readonly #growth = new StagedGrowth<RawBlockCache>(this, RawBlockCache.#COLUMNS, 64);
  #next = 1;
  #free = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  get octets(): number {
    return this.#slots.octets + this.#handle.length * 18 + this.#forms.byteLength;
  }

  /** The result is refilled by the next call. */
  find(
    octets: Uint8Array,
    start: number,
    end: number,
    nextHop: Uint8Array,
    ctx: AttributeContext,
  ): KnownBlock | undefined {
    if (this.#slots.size === 0) return undefined;
    const context = contextBits(nextHop.length, ctx);
    const hash = hashOf(octets, start, end, nextHop, context);
    for (let entry = this.#slots.first(hash); entry !== 0; entry = this.#slots.next()) {
      if (this.#context[entry] !== context) continue;
      if (!this.#matches(this.#handle[entry]!, octets, start, end, nextHop)) continue;
      this.#found.attributes = this.#attributes[entry]!;
      this.#found.errors = this.#errors.size === 0 ? NO_ERRORS : (this.#errors.get(entry) ?? NO_ERRORS);
      return this.#found;
    }
    return undefined;
  }

  add(
    block: Uint8Array,
    nextHop: Uint8Array,
    ctx: AttributeContext,
    attributes: AttrId,
    errors: readonly WireError[],
  ): void {
    if (attributes >= this.#forms.length) {
      this.#forms = grown(this.#forms, Math.max(attributes + 1, this.#forms.length * 2));
    }
    this.#limitForms(attributes);
    const entry = this.#takeEntry();
    const context = contextBits(nextHop.length, ctx);
    const hash = hashOf(block, 0, block.length, nextHop, context);
    this.#handle[entry] = this.#store(block, nextHop);
    this.#context[entry] = context;
    this.#hash[entry] = hash;
    this.#attributes[entry] = attributes;
    this.#nextForm[entry] = this.#forms[attributes]!;
    this.#forms[attributes] = entry;
    this.#slots.insert(hash, entry);
    if (errors.length > 0) this.#errors.set(entry, errors);
  }

  /** Drops all entries of a set. */
  forget(attributes: AttrId): void {
    if (attributes >= this.#forms.length) return;
    for (let entry = this.#forms[attributes]!; entry !== 0; ) {
      const next = this.#nextForm[entry]!;
      this.#drop(entry);
      entry = next;
    }
    this.#forms[attributes] = 0;
  }

  #limitForms(attributes: AttrId): void {
    let count = 0;
    for (let entry = this.#forms[attributes]!; entry !== 0; entry = this.#nextForm[entry]!) count++;
    if (count >= MAX_FORMS) this.forget(attributes);
  }

  #drop(entry: number): void {
    this.#slots.remove(this.#hash[entry]!, entry);
    this.#arena.free(this.#handle[entry]!);
    this.#errors.delete(entry);
    this.#nextForm[entry] = this.#free;
    this.#free = entry;
  }

  #matches(handle: number, octets: Uint8Array, start: number, end: number, nextHop: Uint8Array): boolean {
    const length = end - start;
    if (this.#arena.length(handle) !== length + nextHop.length) return false;
    const page = this.#arena.page(handle);
    const at = this.#arena.start(handle);
    return equalOctets(page, at, octets, start, length) && equalOctets(page, at + length, nextHop, 0, nextHop.length);
  }

  #store(block: Uint8Array, nextHop: Uint8Array): number {
    if (nextHop.length === 0) return this.#arena.store(block, 0, block.length);
    const joint = new Uint8Array(block.length + nextHop.length);
    joint.set(block);
    joint.set(nextHop, block.length);
    return this.#arena.store(joint, 0, joint.length);
  }

  #takeEntry(): number {
    const free = this.#free;
    if (free !== 0) {
      this.#free = this.#nextForm[free]!;
      return free;
    }
    if (this.#next >= this.#growth.at) this.#growth.grow(this.#next);
    return this.#next++;
  }
}

const NO_ERRORS: readonly WireError[] = [];
const MAX_FORMS = 8;
const PEER_KIND_BITS = { external: 0, internal: 1, confederation: 2 } as const;
const CARRIES_BITS = { body: 0, mp: 1, none: 2 } as const;

/** Next-hop length (0–255) · 2-octet AS · peer kind · where the NLRI were: below 32 without a next hop. */
export function contextBits(nextHopLength: number, ctx: AttributeContext): number {
  return (
    (nextHopLength << 5) |
    (ctx.fourOctetAs ? 0 : 1 << 4) |
    (PEER_KIND_BITS[ctx.peerKind] << 2) |
    CARRIES_BITS[ctx.carries]
  );
}

function hashOf(octets: Uint8Array, start: number, end: number, nextHop: Uint8Array, context: number): number {
  const hash = hashOctets(octets, start, end, context);
  return nextHop.length === 0 ? hash : hashOctets(nextHop, 0, nextHop.length, hash);
}
