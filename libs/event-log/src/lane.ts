import type { EventRecord } from './event.ts';

export interface LaneBounds {
  readonly maxRecords: number;
  /** Estimated memory. */
  readonly maxOctets: number;
}

/** The latest events of one lane, in order, bounded in number and memory. The newest one always stays. */
export class Lane {
  readonly #bounds: LaneBounds;
  readonly #onEvict: (record: EventRecord) => void;
  #records: EventRecord[] = [];
  #sizes: number[] = [];
  /** Of the oldest; what is before it is garbage. */
  #start = 0;
  #octets = 0;

  constructor(bounds: LaneBounds, onEvict: (record: EventRecord) => void) {
    this.#bounds = bounds;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#records.length - this.#start;
  }

  get octets(): number {
    return this.#octets;
  }

  /** From 0, the oldest. */
  at(index: number): EventRecord | undefined {
    return this.#records[this.#start + index];
  }

  push(record: EventRecord): void {
    const octets = memoryOf(record);
    this.#records.push(record);
    this.#sizes.push(octets);
    this.#octets += octets;
    while (this.size > 1 && (this.size > this.#bounds.maxRecords || this.#octets > this.#bounds.maxOctets)) {
      this.#evict();
    }
  }

  /** Index of the first record for which it is so; it must be so for all that follow too. O(log n). */
  firstIndex(isSo: (record: EventRecord) => boolean): number {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >> 1;
      const record = this.at(middle);
      if (record !== undefined && isSo(record)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The latest `limit` that match, oldest first. */
  latest(limit: number, matches: (record: EventRecord) => boolean): EventRecord[] {
    const found: EventRecord[] = [];
    for (let index = this.size - 1; index >= 0 && found.length < limit; index--) {
      const record = this.at(index);
      if (record !== undefined && matches(record)) found.push(record);
    }
    return found.reverse();
  }

  #evict(): void {
    const record = this.#records[this.#start];
    this.#octets -= this.#sizes[this.#start] ?? 0;
    this.#start++;
    if (this.#start > 1024 && this.#start > this.#records.length / 2) {
      this.#records = this.#records.slice(this.#start);
      this.#sizes = this.#sizes.slice(this.#start);
      this.#start = 0;
    }
    if (record !== undefined) this.#onEvict(record);
  }
}

/** Octets per value beside its text, about what V8 needs. */
const VALUE_OCTETS = 16;

function memoryOf(value: unknown): number {
  if (typeof value === 'string') return VALUE_OCTETS + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_OCTETS;
  let octets = 2 * VALUE_OCTETS;
  for (const one of Object.values(value)) octets += memoryOf(one);
  return octets;
}
