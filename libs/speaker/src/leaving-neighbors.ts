/**
 * Whom the operator is about to leave (RFC 8326), by name and also while they are not here: a neighbor of a range that comes back is
 * the same one, and a word on all holds for whoever comes later.
 */
export class LeavingNeighbors {
  #all = false;
  /** Those for whom the last word was another than the one on all. */
  readonly #exceptions = new Set<string>();

  has(name: string): boolean {
    return this.#exceptions.has(name) !== this.#all;
  }

  set(name: string, isOn: boolean): void {
    if (isOn === this.#all) this.#exceptions.delete(name);
    else this.#exceptions.add(name);
  }

  setAll(isOn: boolean): void {
    this.#all = isOn;
    this.#exceptions.clear();
  }

  /** The operator has removed it: another one of this name has nothing to do with it. */
  forget(name: string): void {
    this.#exceptions.delete(name);
  }
}
