import type { AttributePool } from './attribute-pool.ts';
import { grown } from './octets.ts';
import type { AttrId } from './types.ts';

/** Answers of `ExportMemo.find` that are no attribute set. */
export const UNKNOWN = 0;
export const DENIED = 1;
const KINDS = 4;

/**
 * What a group sends for an attribute set: worked out once per (set, kind of sender), so that a policy over a million routes with
 * a hundred thousand attribute sets runs a hundred thousand times. An entry refers to its result and goes with its set.
 */
export class ExportMemo {
  readonly #pool: AttributePool;
  readonly #forget: () => void;
  /** By set × kind: UNKNOWN, DENIED, or the result's id + 1. */
  #results = new Uint32Array(256);

  constructor(pool: AttributePool) {
    this.#pool = pool;
    this.#forget = pool.onFree((id) => this.#drop(id));
  }

  /** UNKNOWN, DENIED, or the id of the attributes to send, plus one. */
  find(attributes: AttrId, kind: number): number {
    return this.#results[attributes * KINDS + kind] ?? UNKNOWN;
  }

  /** `result` 0: denied. */
  add(attributes: AttrId, kind: number, result: AttrId): void {
    if (attributes * KINDS >= this.#results.length) this.#results = grown(this.#results, this.#pool.capacity * KINDS);
    this.#results[attributes * KINDS + kind] = result === 0 ? DENIED : result + 1;
    // A set that is its own result needs no reference, and with one it could never go.
    if (result !== 0 && result !== attributes) this.#pool.retain(result);
  }

  dispose(): void {
    this.#forget();
    for (let attributes = 1; attributes * KINDS < this.#results.length; attributes++) this.#drop(attributes);
  }

  #drop(attributes: AttrId): void {
    if (attributes * KINDS >= this.#results.length) return;
    for (let at = attributes * KINDS; at < (attributes + 1) * KINDS; at++) {
      const result = this.#results[at]!;
      if (result > DENIED && result - 1 !== attributes) this.#pool.release(result - 1);
      this.#results[at] = UNKNOWN;
    }
  }
}
