import type { AttributeEdit } from '@bgp/wire';
import type { AttrId } from './types.ts';

/**
 * Remembers results of edits by (set, identity of the edit object): four entries for each of 1024 buckets of set ids.
 * It holds no references (edits can lead in circles, which would never be freed); a result counts only while its
 * generation is the one that was noted.
 */
export class EditMemo {
  readonly #from = new Uint32Array(BUCKETS * WAYS);
  readonly #to = new Uint32Array(BUCKETS * WAYS);
  readonly #generation = new Uint32Array(BUCKETS * WAYS);
  readonly #edits: (AttributeEdit | undefined)[] = new Array(BUCKETS * WAYS).fill(undefined);
  #victim = 0;

  /** 0 when not remembered. `generations`: of all sets, by id. */
  find(id: AttrId, edit: AttributeEdit, generations: Uint32Array): AttrId {
    const bucket = (id % BUCKETS) * WAYS;
    for (let at = bucket; at < bucket + WAYS; at++) {
      if (this.#from[at] !== id || this.#edits[at] !== edit) continue;
      const result = this.#to[at]!;
      if (generations[result] === this.#generation[at]) return result;
      this.#from[at] = 0;
    }
    return 0;
  }

  add(id: AttrId, edit: AttributeEdit, result: AttrId, generations: Uint32Array): void {
    const bucket = (id % BUCKETS) * WAYS;
    let at = bucket;
    while (at < bucket + WAYS && this.#from[at] !== 0) at++;
    if (at === bucket + WAYS) {
      at = bucket + this.#victim;
      this.#victim = (this.#victim + 1) % WAYS;
    }
    this.#from[at] = id;
    this.#to[at] = result;
    this.#generation[at] = generations[result]!;
    this.#edits[at] = edit;
  }

  /** The id is about to name another set. */
  forget(id: AttrId): void {
    const bucket = (id % BUCKETS) * WAYS;
    for (let at = bucket; at < bucket + WAYS; at++) {
      if (this.#from[at] !== id) continue;
      this.#from[at] = 0;
      this.#edits[at] = undefined;
    }
  }
}

const BUCKETS = 1024;
const WAYS = 4;
