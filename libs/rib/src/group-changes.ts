import { IdQueue } from './id-queue.ts';
import { grown } from './octets.ts';
import type { PrefixId } from './types.ts';

/** By prefix: waiting to be looked at; kept for members that have not heard of the withdrawal; in the list of tombstones, whatever it is now. */
const State = { pending: 1, tombstone: 2, listed: 4 } as const;

/**
 * What changes in an update group, by prefix: what is to be looked at, the number of the last change that members have been told, and the
 * withdrawn prefixes that are kept until all of them have heard of it.
 */
export class GroupChanges {
  #changed = new Uint32Array(64);
  #state = new Uint8Array(64);
  readonly #pending = new IdQueue();
  #tombstones: PrefixId[] = [];
  #latest = 0;

  /** The number of the last change. */
  get latest(): number {
    return this.#latest;
  }

  /** Above all prefixes that have changed. */
  get end(): PrefixId {
    return this.#changed.length;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Withdrawn prefixes that are kept. */
  get backlog(): number {
    return this.#tombstones.length;
  }

  /** 0: never, or nobody needs to know any more. */
  lastOf(prefix: PrefixId): number {
    return this.#changed[prefix] ?? 0;
  }

  note(prefix: PrefixId): void {
    this.#reserve(prefix);
    this.#changed[prefix] = ++this.#latest;
  }

  /** False: it waits already. */
  enqueue(prefix: PrefixId): boolean {
    this.#reserve(prefix);
    if ((this.#state[prefix]! & State.pending) !== 0) return false;
    this.#state[prefix]! |= State.pending;
    this.#pending.push(prefix);
    return true;
  }

  /** The next one that waits; there must be one. */
  take(): PrefixId {
    const prefix = this.#pending.shift();
    this.#state[prefix]! &= ~State.pending;
    return prefix;
  }

  isBuried(prefix: PrefixId): boolean {
    return ((this.#state[prefix] ?? 0) & State.tombstone) !== 0;
  }

  bury(prefix: PrefixId): void {
    this.#reserve(prefix);
    // A route that flaps while a member is away is listed once.
    if ((this.#state[prefix]! & State.listed) === 0) this.#tombstones.push(prefix);
    this.#state[prefix]! |= State.tombstone | State.listed;
  }

  /** It is announced again. False: it was not buried. */
  revive(prefix: PrefixId): boolean {
    const wasBuried = this.isBuried(prefix);
    if (wasBuried) this.#state[prefix]! &= ~State.tombstone;
    return wasBuried;
  }

  /** Everybody has heard of everything. `forget` is called with each prefix that was kept. */
  release(forget: (prefix: PrefixId) => void): void {
    const tombstones = this.#tombstones;
    this.#tombstones = [];
    for (const prefix of tombstones) {
      this.#state[prefix]! &= ~State.listed;
      if (!this.isBuried(prefix)) continue;
      this.#state[prefix]! &= ~State.tombstone;
      this.#changed[prefix] = 0;
      forget(prefix);
    }
  }

  #reserve(prefix: PrefixId): void {
    if (prefix < this.#changed.length) return;
    const capacity = Math.max(prefix + 1, this.#changed.length * 2);
    this.#changed = grown(this.#changed, capacity);
    this.#state = grown(this.#state, capacity);
  }
}
