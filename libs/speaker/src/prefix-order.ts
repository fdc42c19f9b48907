/** So many prefixes are sorted in one go, which takes a millisecond or two. */
const RUN = 4096;

export interface Words {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
}

/**
 * Puts prefixes in order of address and length without ever holding anybody up: runs are sorted one at a time while they are collected, and
 * merged one prefix at a time when they are asked for. Prefixes are copied; two equal ones come out next to each other.
 *
 * Costs 20 octets a prefix, and four for its place.
 */
export class PrefixOrder {
  #words = new Uint32Array(RUN * 4);
  #lengths = new Uint8Array(RUN);
  #count = 0;
  /** Ids in sorted runs; the last one may not be sorted yet. */
  #order = new Uint32Array(RUN);
  /** Next and end of each run, as a heap by its next prefix. */
  #heap: { next: number; readonly end: number }[] = [];
  #isMerging = false;

  get size(): number {
    return this.#count;
  }

  add({ w0, w1, w2, w3, length }: Words): void {
    if (this.#count === this.#lengths.length) this.#grow();
    const id = this.#count++;
    const at = id * 4;
    this.#words[at] = w0;
    this.#words[at + 1] = w1;
    this.#words[at + 2] = w2;
    this.#words[at + 3] = w3;
    this.#lengths[id] = length;
    this.#order[id] = id;
    if (this.#count % RUN === 0) this.#sortRun(this.#count - RUN);
  }

  /** The next one in order; undefined after the last. Nothing can be added after the first call. */
  next(): Words | undefined {
    if (!this.#isMerging) this.#beginMerge();
    const first = this.#heap[0];
    if (first === undefined) return undefined;
    const id = this.#order[first.next]!; // a run in the heap has a next one
    first.next++;
    if (first.next === first.end) {
      const last = this.#heap.pop();
      if (last !== undefined && last !== first) this.#heap[0] = last;
    }
    this.#sink(0);
    const at = id * 4;
    const [w0, w1, w2, w3] = [this.#words[at]!, this.#words[at + 1]!, this.#words[at + 2]!, this.#words[at + 3]!]; // id < count
    return { w0, w1, w2, w3, length: this.#lengths[id]! };
  }

  #beginMerge(): void {
    this.#isMerging = true;
    const rest = this.#count % RUN;
    if (rest > 0) this.#sortRun(this.#count - rest);
    for (let start = 0; start < this.#count; start += RUN) {
      this.#heap.push({ next: start, end: Math.min(start + RUN, this.#count) });
    }
    for (let at = this.#heap.length >>> 1; at >= 0; at--) this.#sink(at);
  }

  #sortRun(start: number): void {
    this.#order.subarray(start, this.#count).sort((a, b) => this.#compare(a, b));
  }

  #compare(a: number, b: number): number {
    for (let word = 0; word < 4; word++) {
      const difference = this.#words[a * 4 + word]! - this.#words[b * 4 + word]!; // ids are below count
      if (difference !== 0) return difference;
    }
    return this.#lengths[a]! - this.#lengths[b]!;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    let at = from;
    for (;;) {
      let least = at;
      for (let child = at * 2 + 1; child <= at * 2 + 2; child++) {
        if (child < heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!]; // both are inside
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const order = this.#order;
    return this.#compare(order[this.#heap[a]!.next]!, order[this.#heap[b]!.next]!) < 0; // both are inside
  }

  #grow(): void {
    const room = this.#lengths.length * 2;
    const words = new Uint32Array(room * 4);
    words.set(this.#words);
    const lengths = new Uint8Array(room);
    lengths.set(this.#lengths);
    const order = new Uint32Array(room);
    order.set(this.#order);
    this.#words = words;
    this.#lengths = lengths;
    this.#order = order;
  }
}
