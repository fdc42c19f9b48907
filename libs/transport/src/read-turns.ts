/*
 * Node hands over as much as a socket has, up to 2 MiB, in one turn of its loop; a neighbor that sends a table would then
 * keep timers and all other sockets waiting for as long as its octets take to work through. So reading has a time limit
 * for each turn, shared by all connections; what does not fit waits for the next one, first come, first served.
 */

/** What one turn may spend on input, in milliseconds. */
const TURN_MS = 5;
/** Octets between two looks at the clock: some hundred routes, well under a millisecond. */
const MOST_OCTETS = 8_192;
/** While the code for them is new and not compiled yet, or the machine busy, they take twenty times as long. */
const LEAST_OCTETS = 1_024;
/** What takes longer is halved, what is quicker than half of it doubled. */
const PIECE_MS = 2;

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
  #pieceOctets = LEAST_OCTETS;
  /** When the last piece was allowed. */
  #pieceMs = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** How large the next piece may be. */
  get pieceOctets(): number {
    return this.#pieceOctets;
  }

  /** Whether another piece may be handed over in this turn. The first piece of a turn always may. */
  hasTime(): boolean {
    if (!this.#isOpen) {
      this.#open();
      return true;
    }
    const nowMs = this.#nowMs();
    const tookMs = nowMs - this.#pieceMs;
    this.#pieceMs = nowMs;
    if (tookMs > PIECE_MS) this.#pieceOctets = Math.max(LEAST_OCTETS, this.#pieceOctets / 2);
    else if (tookMs < PIECE_MS / 2) this.#pieceOctets = Math.min(MOST_OCTETS, this.#pieceOctets * 2);
    return nowMs < this.#endMs;
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
    this.#pieceMs = this.#nowMs();
    this.#endMs = this.#pieceMs + TURN_MS;
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
