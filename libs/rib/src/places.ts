import type { PrefixId } from './types.ts';

/**
 * The prefixes that the only member of a group with a limit has. What the group has sent never exceeds the limit; but a member that catches
 * up, or comes from another group, hears of it prefix by prefix, and what is new to it must wait until something old has gone. A neighbor
 * that counts would end the session.
 */
export class Places {
  readonly #limit: number;
  readonly #taken: Set<PrefixId>;
  /** The member comes from a group without a limit: nobody knows yet what it has, and it may well be more. */
  #isOpen: boolean;

  private constructor(limit: number, taken: Set<PrefixId>, isOpen: boolean) {
    this.#limit = limit;
    this.#taken = taken;
    this.#isOpen = isOpen;
  }

  /** Of a member that has nothing yet. */
  static empty(limit: number): Places {
    return new Places(limit, new Set(), false);
  }

  /** `before`: in the group that the member comes from. */
  static after(before: Places | undefined, limit: number): Places {
    return before === undefined
      ? new Places(limit, new Set(), true)
      : new Places(limit, new Set(before.#taken), before.#isOpen);
  }

  /** False: the prefix has to wait. */
  take(prefix: PrefixId): boolean {
    if (!this.#isOpen && this.#taken.size >= this.#limit && !this.#taken.has(prefix)) return false;
    this.#taken.add(prefix);
    return true;
  }

  free(prefix: PrefixId): void {
    this.#taken.delete(prefix);
  }

  /** Everything that the member had has been compared: what it has is known. */
  close(): void {
    this.#isOpen = false;
  }
}
