import { DumpFile } from './dump-file.ts';

/** Octets that are handed on in one piece: packing and writing cost per piece. */
const PIECE_OCTETS = 1 << 18;
/** Octets that may wait for a slow disk. */
const MAX_WAITING_OCTETS = 1 << 24;

/** One file of records, made in pieces; it is there under its name when it is whole. */
export class UpdateFile {
  readonly #file: DumpFile;
  readonly #maxWaitingOctets: number;
  #waiting: Uint8Array[] = [];
  #waitingOctets = 0;
  #isBlocked = false;
  records = 0;
  octets = 0;

  constructor(directory: string, name: string, compress: boolean, maxWaitingOctets = MAX_WAITING_OCTETS) {
    this.#file = new DumpFile(directory, name, compress);
    this.#maxWaitingOctets = maxWaitingOctets;
  }

  get path(): string {
    return this.#file.path;
  }

  /** Rejects when the disk fails. */
  get failed(): Promise<void> {
    return this.#file.failed;
  }

  get waitingOctets(): number {
    return this.#waitingOctets;
  }

  /** Keeps the record. False: too much waits for the disk, and it is not taken. */
  add(record: Uint8Array): boolean {
    if (this.#waitingOctets + record.length > this.#maxWaitingOctets) return false;
    this.#waiting.push(record);
    this.#waitingOctets += record.length;
    this.records++;
    this.octets += record.length;
    if (this.#waitingOctets >= PIECE_OCTETS) this.flush();
    return true;
  }

  /** What waits goes to the disk, as far as it takes it. */
  flush(): void {
    while (!this.#isBlocked && this.#waiting.length > 0) {
      if (this.#file.write(this.#takePiece())) continue;
      this.#isBlocked = true;
      this.#file.drained(() => {
        this.#isBlocked = false;
        this.flush();
      });
    }
  }

  /** Throws what the disk says. */
  async commit(): Promise<void> {
    // Bounded, so a disk that is slow just now has the rest as well.
    while (this.#waiting.length > 0) this.#file.write(this.#takePiece());
    await this.#file.commit();
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#waiting = [];
    this.#waitingOctets = 0;
    await this.#file.discard();
  }

  #takePiece(): Uint8Array {
    let count = 0;
    let octets = 0;
    for (const record of this.#waiting) {
      if (octets >= PIECE_OCTETS) break;
      octets += record.length;
      count++;
    }
    const piece = new Uint8Array(octets);
    let at = 0;
    for (const record of this.#waiting.splice(0, count)) {
      piece.set(record, at);
      at += record.length;
    }
    this.#waitingOctets -= octets;
    return piece;
  }
}
