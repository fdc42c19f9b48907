import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSecondsOf, mainThreadOf, peakRssMiBOf } from './proc.ts';

const SUBJECT_PROCESSOR = '0';
export const LOAD_PROCESSOR = '1';
/**
 * Root may go before what else runs on the machine. Where the kernel schedules by session first (autogroup), a priority counts among the
 * processes of one session only: so it is a session of its own, which goes first as well.
 */
export const PRIORITY =
  process.getuid?.() === 0
    ? `setsid sh -c '[ ! -w /proc/self/autogroup ] || echo -19 >/proc/self/autogroup; exec nice -n -19 "$@"' sh`
    : '';
const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 15_000;

/** A BGP daemon under measurement: a process pinned to a processor of its own, with a folder for its files. */
export class Subject {
  readonly port: number;
  readonly folder: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<number | null>;

  /** @param command shell text that ends up, by `exec` all the way, as the daemon's process. */
  constructor(port: number, folder: string, command: string) {
    this.port = port;
    this.folder = folder;
    // Output goes to a file: a pipe nobody reads would stop the daemon, and /dev/null would hide why it failed.
    const line = `exec ${PRIORITY} taskset -c ${SUBJECT_PROCESSOR} ${command} >${folder}/output 2>&1`;
    this.#process = spawn('sh', ['-c', line], { stdio: 'ignore' });
    // In a session of its own it would not hear that somebody has interrupted us.
    process.once('exit', () => this.#process.kill('SIGKILL'));
    this.#exited = new Promise((done) => this.#process.once('exit', done));
  }

  get cpuSeconds(): number {
    return cpuSecondsOf(this.#pid);
  }

  get peakRssMiB(): number {
    return peakRssMiBOf(this.#pid);
  }

  /** How long its main thread was ready to run while others had its processor: other programs, or its own helper threads. */
  get waitedMs(): number {
    return mainThreadOf(this.#pid).waitedMs;
  }

  /** Of this, what its helper threads cannot have been: they did not run for so long. */
  get waitedForOthersMs(): number {
    const { waitedMs, ranMs } = mainThreadOf(this.#pid);
    return Math.max(0, waitedMs - (this.cpuSeconds * 1000 - ranMs));
  }

  /** Waits until the daemon has used next to no processor time for a while, then gives what it had used until then. */
  async cpuSecondsWhenIdle(): Promise<number> {
    let before = this.cpuSeconds;
    for (;;) {
      await delay(300);
      const now = this.cpuSeconds;
      if (now - before <= 0.01) return before;
      before = now;
    }
  }

  /** From the daemon's own metrics; undefined for one that has none. */
  async longestStallMs(): Promise<number | undefined> {
    return undefined;
  }

  /** Tries until `isUp` does not throw. */
  async untilUp(isUp: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS;
    for (;;) {
      try {
        await isUp();
        return;
      } catch (cause) {
        if (this.#process.exitCode !== null) throw new Error(`the daemon ended at once:\n${this.#output()}`, { cause });
        if (Date.now() > deadline) throw new Error(`the daemon does not answer:\n${this.#output()}`, { cause });
        await delay(50);
      }
    }
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    const code = await Promise.race([this.#exited, delay(STOP_LIMIT_MS, 'late' as const, { ref: false })]);
    if (code === 'late') this.#process.kill('SIGKILL');
    const output = this.#output();
    rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the daemon ended with ${code}:\n${output}`);
  }

  #output(): string {
    return readFileSync(join(this.folder, 'output'), 'utf8').slice(-2_000);
  }

  get #pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error('the daemon did not start');
    return pid;
  }
}

export function createFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tsbgpd-bench-'));
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free TCP port on 127.0.0.1');
  return address.port;
}
