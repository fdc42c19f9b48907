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
  /** Writing does not work, and then that it works again; once each. */
  readonly onTrouble: (error: unknown) => void;
  readonly onRecovery: (lost: number) => void;
}

/** Encoded in one turn: a millisecond or two. */
const BATCH_RECORDS = 256;
/** Waiting for a disk that does not keep up; beyond that events are not kept, and counted. */
const MAX_WAITING = 32_768;
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
      this.#inWork = this.#waiting.splice(0, BATCH_RECORDS);
      try {
        await this.#write(this.#inWork);
        this.written += this.#inWork.length;
        this.#inWork = [];
        this.#worksAgain();
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

  async #write(records: readonly EventRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    const { folder, synchronous, wallMs } = this.#options;
    const octets = Buffer.concat(records.map(encodeLine));
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
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#options.onTrouble(error);
  }

  #worksAgain(): void {
    if (!this.#isFailing && this.#lostInTrouble === 0) return;
    this.#options.onRecovery(this.#lostInTrouble);
    this.#isFailing = false;
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
