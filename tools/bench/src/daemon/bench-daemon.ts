import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { addressOf, type SessionPlan } from '../load/plan.ts';
import { cpuSecondsOf, peakRssMiBOf } from './proc.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const MAIN = join(ROOT, 'apps/daemon/dist/main.js');
const CTL = join(ROOT, 'apps/ctl/dist/main.js');
const DAEMON_PROCESSOR = '0';
export const LOAD_PROCESSOR = '1';
const START_LIMIT_MS = 15_000;

/** The built daemon on a processor of its own, with a configuration made for the sessions of a case. */
export class BenchDaemon {
  readonly port: number;
  readonly #folder: string;
  readonly #metricsPort: number;
  readonly #process: ChildProcess;
  readonly #exited: Promise<number | null>;

  private constructor(port: number, metricsPort: number, folder: string) {
    this.port = port;
    this.#metricsPort = metricsPort;
    this.#folder = folder;
    // The log goes to a file: a pipe nobody reads would stop the daemon, and /dev/null would hide why it failed.
    const command = `exec taskset -c ${DAEMON_PROCESSOR} ${process.execPath} ${MAIN} ${folder}/config.toml >${folder}/log 2>&1`;
    this.#process = spawn('sh', ['-c', command], { stdio: 'ignore' });
    this.#exited = new Promise((done) => this.#process.once('exit', done));
  }

  static async start(sessions: readonly SessionPlan[]): Promise<BenchDaemon> {
    if (!existsSync(MAIN))
      throw new Error('the daemon is not built; run: npx nx run-many -t build -p @bgp/daemon @bgp/ctl');
    const folder = mkdtempSync(join(tmpdir(), 'tsbgpd-bench-'));
    const [port, metricsPort] = [await freePort(), await freePort()];
    writeFileSync(join(folder, 'config.toml'), configText(port, metricsPort, folder, sessions));
    const daemon = new BenchDaemon(port, metricsPort, folder);
    await daemon.#untilListening();
    return daemon;
  }

  get cpuSeconds(): number {
    return cpuSecondsOf(this.#pid);
  }

  get peakRssMiB(): number {
    return peakRssMiBOf(this.#pid);
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

  async longestStallMs(): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`)).text();
    const seconds = /^bgp_event_loop_stall_max_seconds(?:\{\})? (\S+)$/m.exec(text)?.[1];
    return seconds === undefined ? Number.NaN : Number(seconds) * 1000;
  }

  /** Runs tsbgpctl on the load's processor. */
  async ctl(...args: readonly string[]): Promise<string> {
    const all = ['-c', LOAD_PROCESSOR, process.execPath, CTL, '-s', `unix://${this.#folder}/grpc.sock`, ...args];
    return (await promisify(execFile)('taskset', all, { maxBuffer: 2 ** 30 })).stdout;
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    const code = await Promise.race([this.#exited, delay(15_000, 'late' as const, { ref: false })]);
    if (code === 'late') this.#process.kill('SIGKILL');
    const log = code === 0 ? '' : readFileSync(join(this.#folder, 'log'), 'utf8').slice(-2_000);
    rmSync(this.#folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the daemon ended with ${code}:\n${log}`);
  }

  get #pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error('the daemon did not start');
    return pid;
  }

  async #untilListening(): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS;
    for (;;) {
      try {
        await (await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`)).text();
        return;
      } catch (cause) {
        const log = readFileSync(join(this.#folder, 'log'), 'utf8').slice(-2_000);
        if (this.#process.exitCode !== null) throw new Error(`the daemon ended at once:\n${log}`, { cause });
        if (Date.now() > deadline) throw new Error(`the daemon does not answer:\n${log}`, { cause });
        await delay(50);
      }
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free TCP port on 127.0.0.1');
  return address.port;
}

function configText(port: number, metricsPort: number, folder: string, sessions: readonly SessionPlan[]): string {
  const neighbors = sessions.map(
    ({ number, asn }) => `
[[neighbors]]
address = "${addressOf(number)}"
remote_asn = ${asn}
passive = true
families = ["ipv4_unicast"]
`,
  );
  return `[global]
asn = 65001
router_id = "10.255.0.1"
listen_port = ${port}
listen_addresses = ["127.0.0.1"]
runtime_state_dir = "${folder}"

[global.telemetry]
log_format = "json"
prometheus_addr = "127.0.0.1:${metricsPort}"

[policy]
import_chain = ["everything"]
export_chain = ["everything"]

[policy.definitions.everything]
default_action = "permit"
${neighbors.join('')}`;
}
