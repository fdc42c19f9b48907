import type { ClockPort } from '../ports.ts';

interface Entry {
  readonly atMs: number;
  /** 0: timers and sockets; 1: `soon` slices, which wait until nothing else is due. */
  readonly phase: 0 | 1;
  readonly sequence: number;
  run: (() => void) | undefined;
}

/** More steps than this at one instant mean that something reschedules itself for ever. */
const MAX_STEPS_PER_INSTANT = 2_000_000;

/**
 * Time that moves only when told to. Events run in order of time; at one instant, timers and sockets before `soon`
 * slices, and otherwise in the order in which they were asked for. Two runs with the same inputs are the same run.
 */
export class VirtualClock implements ClockPort {
  readonly #startWallMs: number;
  readonly #heap: Entry[] = [];
  #nowMs = 0;
  #sequence = 0;
  #stepsAtInstant = 0;

  constructor(startWallMs = Date.UTC(2026, 0, 1)) {
    this.#startWallMs = startWallMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#startWallMs + this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    return this.#schedule(this.#nowMs + Math.max(0, delayMs), 0, run);
  }

  soon(slice: () => void): void {
    this.#schedule(this.#nowMs, 1, slice);
  }

  /** Runs everything that is due in the next `durationMs`, then stands exactly that much later. */
  runFor(durationMs: number): void {
    const end = this.#nowMs + durationMs;
    while (this.#stepUntil(end));
    this.#nowMs = end;
  }

  /** Runs until `done` holds, at most `limitMs`. True if it came to hold. */
  runUntil(done: () => boolean, limitMs = 600_000): boolean {
    const end = this.#nowMs + limitMs;
    while (!done()) {
      if (this.#stepUntil(end)) continue;
      this.#nowMs = end;
      return done();
    }
    return true;
  }

  #schedule(atMs: number, phase: 0 | 1, run: () => void): () => void {
    const entry: Entry = { atMs, phase, sequence: this.#sequence++, run };
    this.#push(entry);
    return () => {
      entry.run = undefined;
    };
  }

  /** Runs the next event unless it is later than `endMs`. */
  #stepUntil(endMs: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) return false;
      this.#pop();
      const { run } = next;
      if (run === undefined) continue; // cancelled
      this.#stepsAtInstant = next.atMs === this.#nowMs ? this.#stepsAtInstant + 1 : 0;
      if (this.#stepsAtInstant > MAX_STEPS_PER_INSTANT)
        throw new Error(`virtual time stands still at ${this.#nowMs} ms`);
      this.#nowMs = next.atMs;
      run();
      return true;
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  if (a.phase !== b.phase) return a.phase < b.phase;
  return a.sequence < b.sequence;
}
