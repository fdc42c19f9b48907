import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { ApiMrt, MrtDumpError, MrtDumpReport } from '@bgp/api';
import type { MrtConfig } from '@bgp/config';
import type { ClockPort } from '@bgp/speaker';
import type { MrtReading } from '@bgp/telemetry';
import { err, ok, type Result } from '@bgp/wire';
import type { Log } from '../log.ts';
import { type DumpSource, type RunningDump, writeDump } from './write-dump.ts';

type Outcome = Result<MrtDumpReport, MrtDumpError>;

/**
 * Table dumps: every `dump_interval` seconds and on demand, one at a time. A request that comes while one is being written gets the next one,
 * with everything that was there when it asked; several share it.
 */
export class MrtDumps implements ApiMrt {
  readonly #source: DumpSource;
  readonly #clock: ClockPort;
  readonly #log: Log;
  #config: MrtConfig | undefined;
  #cancelTimer: (() => void) | undefined;
  #running: RunningDump | undefined;
  /** The one after the running one. */
  #next: Promise<Outcome> | undefined;
  #current: Promise<Outcome> | undefined;
  #isClosed = false;
  #lastMs = 0;
  #written = 0;
  #failed = 0;
  #last: MrtReading['last'];

  constructor(source: DumpSource, clock: ClockPort, log: Log) {
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
  }

  /** Also while running: the interval begins anew when it is another one, the rest counts from the next dump on. */
  configure(config: MrtConfig | undefined): void {
    const before = this.#config;
    this.#config = config;
    if (config !== undefined && config.outputDir !== before?.outputDir) void this.#lookAt(config.outputDir);
    if (before?.intervalMs === config?.intervalMs) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (config !== undefined) this.#schedule(config.intervalMs);
  }

  /** For telemetry. */
  reading(): MrtReading | undefined {
    if (this.#config === undefined) return undefined;
    return { written: this.#written, failed: this.#failed, ...(this.#last === undefined ? {} : { last: this.#last }) };
  }

  dump(): Promise<Outcome> {
    if (this.#current === undefined) return this.#begin();
    this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  /** What is being written is given up, without a trace of it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#running?.cancel('the daemon is stopping');
    await this.#current;
  }

  /** A mistyped path should not wait for two hours to be seen. */
  async #lookAt(directory: string): Promise<void> {
    try {
      await access(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.write('warn', 'MRT dumps cannot be written there yet', { output_dir: directory, error: reason });
    }
  }

  #schedule(intervalMs: number): void {
    if (this.#isClosed) return;
    this.#cancelTimer = this.#clock.after(intervalMs, () => {
      // A dump that takes longer than the interval is not followed by a queue of them.
      this.#schedule(intervalMs);
      if (this.#current === undefined) void this.#begin();
      else this.#log.write('warn', 'MRT dump left out: the one before is still being written');
    });
  }

  #begin(): Promise<Outcome> {
    const config = this.#config;
    if (this.#isClosed) return Promise.resolve(err({ code: 'stopping', message: 'the daemon is stopping' }));
    if (config === undefined) {
      const message = 'no table dumps are configured: add [mrt] with output_dir to the configuration';
      return Promise.resolve(err({ code: 'not-configured', message }));
    }
    this.#current = this.#write(config).finally(() => {
      this.#current = undefined;
      this.#running = undefined;
    });
    return this.#current;
  }

  async #write(config: MrtConfig): Promise<Outcome> {
    const begunMs = this.#clock.nowMs();
    // Names must differ, also when two follow each other within a millisecond or the clock was set back.
    this.#lastMs = Math.max(this.#lastMs + 1, this.#clock.wallMs());
    this.#running = writeDump(this.#source, config, this.#lastMs);
    const result = await this.#running.done;
    const seconds = (this.#clock.nowMs() - begunMs) / 1000;
    if (!result.ok) {
      if (this.#isClosed) return err({ code: 'stopping', message: result.error });
      this.#failed++;
      this.#log.write('error', 'MRT dump failed', { error: result.error });
      return err({ code: 'not-written', message: result.error });
    }
    const { path, routes, prefixes, octets, skipped } = result.value;
    this.#written++;
    this.#last = { atSeconds: this.#lastMs / 1000, durationSeconds: seconds, routes, octets };
    this.#log.write('info', 'MRT dump written', { path, routes, prefixes, octets, seconds });
    if (skipped > 0) this.#log.write('warn', 'MRT has no room for some routes', { path, skipped });
    return ok({ path, routes, octets });
  }
}
