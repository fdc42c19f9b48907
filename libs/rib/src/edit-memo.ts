import type { AttributeEdit } from '@bgp/wire';
import type { AttrId } from './types.ts';

interface ReferenceCounts {
  retain(id: AttrId): void;
  release(id: AttrId): void;
}

/**
 * Remembers results of edits by (set, identity of the edit object): four entries for each of 1024 buckets of set ids.
 * An entry holds a reference to its result, and goes with its set.
 */
export class EditMemo {
  readonly #counts: ReferenceCounts;
  readonly #from = new Uint32Array(BUCKETS * WAYS);
  readonly #to = new Uint32Array(BUCKETS * WAYS);
  readonly #edits: (AttributeEdit | undefined)[] = new Array(BUCKETS * WAYS).fill(undefined);
  #victim = 0;

  constructor(counts: ReferenceCounts) {
    this.#counts = counts;
  }

  find(id: AttrId, edit: AttributeEdit): AttrId {
    const bucket = (id % BUCKETS) * WAYS;
    for (let at = bucket; at < bucket + WAYS; at++) {
      if (this.#from[at] === id && this.#edits[at] === edit) return this.#to[at]!;
    }
    return 0;
  }

  add(id: AttrId, edit: AttributeEdit, result: AttrId): void {
    const bucket = (id % BUCKETS) * WAYS;
    let at = bucket;
    while (at < bucket + WAYS && this.#from[at] !== 0) at++;
    if (at === bucket + WAYS) {
      at = bucket + this.#victim;
      this.#victim = (this.#victim + 1) % WAYS;
      this.#counts.release(this.#to[at]!);
    }
    this.#counts.retain(result);
    this.#from[at] = id;
    this.#to[at] = result;
    this.#edits[at] = edit;
  }

  forget(id: AttrId): void {
    const bucket = (id % BUCKETS) * WAYS;
    for (let at = bucket; at < bucket + WAYS; at++) {
      if (this.#from[at] !== id) continue;
      this.#from[at] = 0;
      this.#edits[at] = undefined;
      this.#counts.release(this.#to[at]!);
    }
  }
}

const BUCKETS = 1024;
const WAYS = 4;
