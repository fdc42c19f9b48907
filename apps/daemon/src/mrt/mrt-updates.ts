import type { MrtConfig, MrtUpdatesConfig } from '@bgp/config';
import type { ClockPort, Speaker, SpeakerTap, TapHandle, TapSession } from '@bgp/speaker';
import type { MrtUpdatesReading } from '@bgp/telemetry';
import { MESSAGE_TYPE, messageType, type Result } from '@bgp/wire';
import type { Log } from '../log.ts';
import { dumpFileName } from './dump-file.ts';
import { UpdateFile } from './update-file.ts';
import { SessionRecords } from './update-records.ts';

/** Records reach the disk after this long at the latest. */
const FLUSH_MS = 1_000;

interface Active {
  readonly config: Pick<MrtConfig, 'outputDir' | 'compress'> & MrtUpdatesConfig;
  readonly tap: TapHandle;
}

/**
 * What neighbors send, as BGP4MP files: each UPDATE octet for octet, and when sessions came and went. A file covers an interval of the wall
 * clock. Nothing waits for the disk: what it does not take in time is not in the file, and counted.
 * @source RFC 6396 §4.4, RFC 8050 §3
 */
export class MrtUpdates {
  readonly #source: Pick<Speaker, 'tap'>;
  readonly #clock: ClockPort;
  readonly #log: Log;
  readonly #sessions = new Map<TapSession, SessionRecords>();
  #active: Active | undefined;
  /** Undefined: the disk refused it, until the next one. */
  #file: UpdateFile | undefined;
  /** Files that are on their way to the disk. */
  readonly #ending = new Set<Promise<void>>();
  #cancelRotation: (() => void) | undefined;
  #cancelFlush: (() => void) | undefined;
  #lastMs = 0;
  #written = 0;
  #failed = 0;
  #records = 0;
  readonly #dropped = { slow: 0, failed: 0 };

  constructor(source: Pick<Speaker, 'tap'>, clock: ClockPort, log: Log) {
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
  }

  /** Also while running. Another folder, name or interval begins another file. */
  configure(config: MrtConfig | undefined): void {
    const next = config?.updates && { outputDir: config.outputDir, compress: config.compress, ...config.updates };
    const { config: before, tap } = this.#active ?? {};
    if (next === undefined || before === undefined) {
      this.#stop();
      if (next !== undefined) this.#start(next);
      return;
    }
    const isSame = (Object.keys(next) as (keyof typeof next)[]).every((key) => next[key] === before[key]);
    if (isSame || tap === undefined) return;
    this.#active = { config: next, tap };
    this.#rotate();
  }

  /** For telemetry; undefined: not configured. */
  reading(): MrtUpdatesReading | undefined {
    if (this.#active === undefined) return undefined;
    const { waitingOctets = 0 } = this.#file ?? {};
    const [written, failed, records, dropped] = [this.#written, this.#failed, this.#records, { ...this.#dropped }];
    return { written, failed, records, dropped, waitingOctets };
  }

  /** The last file is ended. */
  async close(): Promise<void> {
    this.#stop();
    await Promise.all(this.#ending);
  }

  #start(config: Active['config']): void {
    let isBeginning = true;
    const tap = this.#source.tap({
      ...LISTENS_TO_MESSAGES,
      sessionUp: (session) => {
        const records = new SessionRecords(session);
        this.#sessions.set(session, records);
        // Those that stand already have come up before the file begins.
        if (!isBeginning) this.#add(records.stateChange(true, session.sinceMs));
      },
      sessionDown: (session, { atMs }) => {
        const records = this.#sessions.get(session);
        this.#sessions.delete(session);
        if (records !== undefined) this.#add(records.stateChange(false, atMs));
      },
      message: (message) => {
        if (messageType(message.octets) !== MESSAGE_TYPE.UPDATE) return;
        const records = this.#sessions.get(message.session);
        if (records !== undefined) this.#add(records.update(message));
      },
    });
    isBeginning = false;
    this.#active = { config, tap };
    this.#rotate();
  }

  #stop(): void {
    this.#active?.tap.close();
    this.#active = undefined;
    this.#cancelRotation?.();
    this.#cancelRotation = undefined;
    this.#sessions.clear();
    this.#end();
  }

  #add(record: Result<Uint8Array, string>): void {
    if (!record.ok) return this.#log.write('error', 'MRT record cannot be written', { error: record.error });
    if (this.#file === undefined) {
      this.#dropped.failed++;
      return;
    }
    if (!this.#file.add(record.value)) {
      this.#dropped.slow++;
      return;
    }
    this.#records++;
    this.#cancelFlush ??= this.#clock.after(FLUSH_MS, () => {
      this.#cancelFlush = undefined;
      this.#file?.flush();
    });
  }

  /** The file so far is whole; another one begins, and is over at the next multiple of the interval. */
  #rotate(): void {
    const { config } = this.#active ?? {};
    if (config === undefined) return;
    this.#cancelRotation?.();
    const nowMs = this.#clock.wallMs();
    const { intervalMs } = config;
    this.#rotateAt(nowMs - (nowMs % intervalMs) + intervalMs, intervalMs);
    // A disk that hangs must not collect files in memory: the one that is open goes on.
    if (this.#ending.size > 0 && this.#file !== undefined) {
      this.#log.write('warn', 'MRT updates: the file before is still being written', { path: this.#file.path });
      return;
    }
    this.#end();
    // Names must differ, also when the clock was set back.
    this.#lastMs = Math.max(this.#lastMs + 1, nowMs);
    const { outputDir, filePrefix, compress } = config;
    const file = new UpdateFile(outputDir, dumpFileName(filePrefix, this.#lastMs, compress), compress);
    this.#file = file;
    file.failed.catch((error: unknown) => this.#fileFailed(file, error));
  }

  /** Timers can fire a little before their time, and the wall clock can be set back: then it is not far away any more. */
  #rotateAt(atMs: number, intervalMs: number): void {
    const leftMs = atMs - this.#clock.wallMs();
    if (leftMs <= 0 || leftMs > intervalMs) return this.#rotate();
    this.#cancelRotation = this.#clock.after(Math.ceil(leftMs), () => this.#rotateAt(atMs, intervalMs));
  }

  #end(): void {
    const file = this.#file;
    this.#file = undefined;
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (file === undefined) return;
    const ending = file
      .commit()
      .then(
        () => {
          const { path, records, octets } = file;
          this.#written++;
          this.#log.write('info', 'MRT updates written', { path, records, octets });
        },
        (error: unknown) => this.#giveUp(file, error),
      )
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** While it was open; what it had is lost with it. */
  #fileFailed(file: UpdateFile, error: unknown): void {
    if (this.#file !== file) return; // `commit` says so
    this.#file = undefined;
    const ending = this.#giveUp(file, error).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async #giveUp(file: UpdateFile, error: unknown): Promise<void> {
    this.#failed++;
    this.#records -= file.records;
    this.#dropped.failed += file.records;
    const reason = error instanceof Error ? error.message : String(error);
    this.#log.write('error', 'MRT updates not written', { path: file.path, records: file.records, error: reason });
    await file.discard().catch(() => undefined); // the first failure is the one to tell
  }
}

const LISTENS_TO_MESSAGES: SpeakerTap = {
  tables: new Set(),
  wantsMessages: true,
  sessionUp: () => {},
  sessionDown: () => {},
  routes: () => {},
  message: () => {},
};
