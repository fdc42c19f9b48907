import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Octets that may wait for the disk before the walk is told to wait. */
const HIGH_WATER_OCTETS = 1 << 20;

/**
 * A file that is there whole or not at all: it grows under a hidden name beside its own, is flushed to the disk, and then renamed. Failures of the
 * disk come out of `commit`, and of `failed` as soon as they are known.
 */
export class DumpFile {
  readonly path: string;
  /** Rejects when the disk fails; never resolves before `commit`. */
  readonly failed: Promise<void>;
  readonly #temporary: string;
  readonly #input: PassThrough | ReturnType<typeof createGzip>;

  constructor(directory: string, name: string, compress: boolean) {
    this.path = join(directory, name);
    this.#temporary = join(directory, `.${name}.tmp`);
    const options = { highWaterMark: HIGH_WATER_OCTETS };
    this.#input = compress ? createGzip({ ...options, level: 6 }) : new PassThrough(options);
    this.failed = pipeline(this.#input, createWriteStream(this.#temporary, { flags: 'wx', mode: 0o644, flush: true }));
    this.failed.catch(() => undefined); // whoever waits hears of it; nobody may be waiting yet
  }

  /** Keeps `octets`. False: wait for `drained`. */
  write(octets: Uint8Array): boolean {
    return this.#input.write(octets);
  }

  /** Runs once when there is room again; not after a failure. */
  drained(run: () => void): void {
    this.#input.once('drain', run);
  }

  /** Throws what the disk says. */
  async commit(): Promise<void> {
    this.#input.end();
    await this.failed;
    await rename(this.#temporary, this.path);
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#input.destroy();
    await this.failed.catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }
}

/** `rib.20261121.080000.123000000.mrt`: UTC, then nanoseconds. */
export function dumpFileName(prefix: string, atMs: number, compress: boolean): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().slice(0, 19).split('T');
  const nanoseconds = String((atMs % 1000) * 1_000_000).padStart(9, '0');
  return `${prefix}.${date.replaceAll('-', '')}.${time.replaceAll(':', '')}.${nanoseconds}.mrt${compress ? '.gz' : ''}`;
}
