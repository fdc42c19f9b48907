/*
 * Node hands over as much as a socket has, up to 2 MiB, in one turn of its loop; a neighbor that sends a table would then
 * keep timers and all other sockets waiting for as long as its octets take to work through. So reading has a time limit
 * for each turn, shared by all connections; what does not fit waits for the next one, first come, first served.
 */

/** What one turn may spend on input, in milliseconds. */
const TURN_MS = 5;

/** Keeps octets that did not fit into a turn. */
export interface TurnReader {
  /** A new turn: hand over what is kept, as far as there is time; `wait` again if something is left. */
  readOn(): void;
}

export class ReadTurns {
  readonly #nowMs: () => number;
  #waiting = new Set<TurnReader>();
  #endMs = 0;
  #isOpen = false;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Whether another piece may be handed over in this turn. The first piece of a turn always may. */
  hasTime(): boolean {
    if (this.#isOpen) return this.#nowMs() < this.#endMs;
    this.#open();
    return true;
  }

  /** Calls `readOn` in the next turn. */
  wait(reader: TurnReader): void {
    this.#waiting.add(reader);
    if (!this.#isOpen) this.#open();
  }

  /** For a reader that is gone. */
  forget(reader: TurnReader): void {
    this.#waiting.delete(reader);
  }

  #open(): void {
    this.#isOpen = true;
    this.#endMs = this.#nowMs() + TURN_MS;
    // After timers and sockets of this turn; asked for there, once per turn of the loop.
    setImmediate(() => this.#next());
  }

  #next(): void {
    this.#isOpen = false;
    const readers = this.#waiting;
    this.#waiting = new Set();
    for (const reader of readers) reader.readOn();
    // The first one had time for sure; it is the last one of the next turn, so that every reader gets on.
    const [first] = readers;
    if (first !== undefined && this.#waiting.delete(first)) this.#waiting.add(first);
  }
}
