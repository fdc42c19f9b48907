/** First in, first out, for integers; memory grows by doubling and is kept. */
export class IdQueue {
  #ids = new Uint32Array(64);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(id: number): void {
    if (this.#size === this.#ids.length) this.#grow();
    this.#ids[(this.#head + this.#size++) & (this.#ids.length - 1)] = id;
  }

  /** 0 when there is nothing. */
  shift(): number {
    if (this.#size === 0) return 0;
    const id = this.#ids[this.#head]!; // head is in range
    this.#head = (this.#head + 1) & (this.#ids.length - 1);
    this.#size--;
    return id;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#ids.length * 2);
    larger.set(this.#ids.subarray(this.#head));
    larger.set(this.#ids.subarray(0, this.#head), this.#ids.length - this.#head);
    this.#ids = larger;
    this.#head = 0;
  }
}
