import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  comparePlaces,
  type DurablePlace,
  type EventRecord,
  encodeLine,
  type Retention,
  segmentName,
  segmentOctets,
} from '@bgp/event-log';
import type { SegmentFolder } from './segment-folder.ts';

/** When what is written is made to survive a power cut. What the system has survives the end of the process in any case. */
export type Synchronous = 'off' | 'normal' | 'full';

export interface SegmentWriterOptions {
  readonly folder: SegmentFolder;
  readonly retention: Retention;
  readonly synchronous: Synchronous;
  readonly wallMs: () => number;
  /** Writing does not work, or does not keep up, and then that everything is written that was not lost; once each. */
  readonly onTrouble: (error: unknown) => void;
  readonly onRecovery: (lost: number) => void;
}

/** Encoding may take so long in one turn: like a slice of work on routes, so that it keeps up with them. */
const BATCH_MS = 4;
const MAX_BATCH = 2_048;
/** Between two looks at the clock. */
const BATCH_STEP = 64;
/** Waiting for a disk that does not keep up; beyond that events are not kept, and counted. */
const MAX_WAITING = 65_536;
const RETRY_MS = 1_000;
/** `normal`: at most so long after a write. */
const SYNC_MS = 1_000;
const EXPIRE_MS = 600_000;

/**
 * Appends events to the log, off the path of whoever made them: `add` only remembers. One write at a time, with everything that came
 * meanwhile in the next. A disk that is full or slow costs events on disk, never time of a session.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #maxOctets: number;
  #waiting: EventRecord[] = [];
  #inWork: readonly EventRecord[] = [];
  #file: FileHandle | undefined;
  #isRunning = false;
  #isFailing = false;
  /** Said, and not taken back yet. */
  #isTroubleTold = false;
  #isClosed = false;
  #isDirty = false;
  #syncTimer: NodeJS.Timeout | undefined;
  readonly #expireTimer: NodeJS.Timeout;
  /** Wakes the loop from its pause after an error. */
  #wake: () => void = () => {};
  written = 0;
  lost = 0;
  #lostInTrouble = 0;
  /** Ends when nothing waits. */
  #idle: Promise<void> = Promise.resolve();

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#maxOctets = segmentOctets(options.retention);
    this.#expireTimer = setInterval(() => void this.#expire(), EXPIRE_MS);
    this.#expireTimer.unref();
    void this.#expire();
  }

  get isFailing(): boolean {
    return this.#isFailing;
  }

  get waiting(): number {
    return this.#waiting.length + this.#inWork.length;
  }

  add(record: EventRecord): void {
    if (this.#isClosed || this.#waiting.length >= MAX_WAITING) {
      this.lost++;
      this.#lostInTrouble++;
      this.#tell(new Error(`more than ${MAX_WAITING} events wait to be written`));
      return;
    }
    this.#waiting.push(record);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#idle = this.#run();
  }

  /** Events in a range that are not on disk yet. */
  waitingIn(after: DurablePlace, upTo: DurablePlace): EventRecord[] {
    return [...this.#inWork, ...this.#waiting].filter(
      (record) => comparePlaces(record, after) > 0 && comparePlaces(record, upTo) <= 0,
    );
  }

  /** Writes what waits, if the disk lets it, makes it safe and closes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#expireTimer);
    this.#wake();
    await this.#idle;
    clearTimeout(this.#syncTimer);
    await this.#closeFile();
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // the events of one turn go together
    while (this.#waiting.length > 0) {
      const { octets, count } = encodeSome(this.#waiting, this.#room);
      this.#inWork = this.#waiting.splice(0, count);
      try {
        await this.#write(octets, this.#inWork);
        this.written += this.#inWork.length;
        this.#inWork = [];
        this.#isFailing = false;
        if (this.#waiting.length === 0) this.#caughtUp();
      } catch (error) {
        this.#waiting.unshift(...this.#inWork);
        this.#inWork = [];
        this.#failed(error);
        if (this.#isClosed) break;
        await this.#pause();
      }
    }
    if (this.#isClosed && this.#waiting.length > 0) {
      this.lost += this.#waiting.length;
      this.#waiting = [];
    }
    this.#isRunning = false;
  }

  /** Octets until the segment is full. */
  get #room(): number {
    const used = this.#options.folder.segments.at(-1)?.octets ?? 0;
    return used < this.#maxOctets ? this.#maxOctets - used : this.#maxOctets;
  }

  async #write(octets: Uint8Array, [first]: readonly EventRecord[]): Promise<void> {
    if (first === undefined) return;
    const { folder, synchronous, wallMs } = this.#options;
    const file = this.#file ?? (await this.#open(first));
    const segment = folder.segments.at(-1);
    if (segment === undefined) throw new Error('the segment that is open is not listed');
    for (let at = 0; at < octets.length; ) {
      const { bytesWritten } = await file.write(octets, at, octets.length - at, segment.octets + at);
      if (bytesWritten === 0) throw new Error('nothing was written');
      at += bytesWritten;
    }
    if (synchronous === 'full') await file.datasync();
    segment.octets += octets.length;
    segment.lastMs = wallMs();
    if (synchronous === 'normal') this.#syncSoon();
    if (segment.octets < this.#maxOctets) return;
    await this.#closeFile();
    await this.#expire();
  }

  /** Goes on with the last segment while it is small: a process that restarts often must not leave thousands of files. */
  async #open(first: EventRecord): Promise<FileHandle> {
    const { folder, synchronous, wallMs } = this.#options;
    const last = folder.segments.at(-1);
    if (last !== undefined && last.octets < this.#maxOctets / 2) {
      try {
        this.#file = await open(join(folder.path, last.name), 'r+');
        return this.#file;
      } catch (error) {
        // Somebody removed it: the counts tell readers, and the log goes on in a new one.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    await mkdir(folder.path, { recursive: true, mode: 0o700 });
    const name = segmentName(first.epoch, first.durable);
    const file = await open(join(folder.path, name), 'w', 0o600);
    this.#file = file;
    folder.add({ name, epoch: first.epoch, durable: first.durable, octets: 0, lastMs: wallMs() });
    if (synchronous !== 'off') {
      const directory = await open(folder.path, 'r');
      await directory.sync().finally(() => directory.close());
    }
    return file;
  }

  #failed(error: unknown): void {
    // The next attempt opens the file anew and writes over what an attempt left behind its end.
    const file = this.#file;
    this.#file = undefined;
    void file?.close().catch(() => undefined); // the error that counts is being told
    this.#isFailing = true;
    this.#tell(error);
  }

  #tell(error: unknown): void {
    if (this.#isTroubleTold) return;
    this.#isTroubleTold = true;
    this.#options.onTrouble(error);
  }

  #caughtUp(): void {
    if (!this.#isTroubleTold) return;
    this.#isTroubleTold = false;
    this.#options.onRecovery(this.#lostInTrouble);
    this.#lostInTrouble = 0;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #syncSoon(): void {
    this.#isDirty = true;
    if (this.#syncTimer !== undefined) return;
    this.#syncTimer = setTimeout(() => {
      this.#syncTimer = undefined;
      if (!this.#isDirty || this.#file === undefined) return;
      this.#isDirty = false;
      this.#file.datasync().catch((error: unknown) => this.#failed(error));
    }, SYNC_MS);
    this.#syncTimer.unref();
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      if (this.#options.synchronous !== 'off') await file.datasync();
    } catch (error) {
      this.#failed(error);
    } finally {
      await file.close().catch((error: unknown) => this.#failed(error));
    }
  }

  async #expire(): Promise<void> {
    const { folder, retention, wallMs } = this.#options;
    await folder.expire(retention, wallMs());
  }
}

/** The lines of as many as one turn allows, until `room` is used up. */
function encodeSome(
  records: readonly EventRecord[],
  room: number,
): { readonly octets: Uint8Array; readonly count: number } {
  const until = performance.now() + BATCH_MS;
  const lines: Uint8Array[] = [];
  let octets = 0;
  for (const record of records) {
    const line = encodeLine(record);
    octets += line.length;
    lines.push(line);
    if (octets >= room || lines.length >= MAX_BATCH) break;
    if (lines.length % BATCH_STEP === 0 && performance.now() >= until) break;
  }
  return { octets: Buffer.concat(lines), count: lines.length };
}
