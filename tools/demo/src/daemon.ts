import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

export interface DemoPeer {
  readonly address: string;
  readonly asn: number;
  readonly description: string;
}

export interface DemoDaemon {
  readonly port: number;
  readonly api: string;
  readonly metricsPort: number;
  readonly process: ChildProcess;
  /** Runs tsbgpctl against this daemon and gives what it printed. */
  ctl(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Builds the two programs when their sources changed; nx keeps the result otherwise. */
export async function buildPrograms(): Promise<void> {
  const nx = join(root, 'node_modules/.bin/nx');
  await run(nx, ['run-many', '-t', 'build', '-p', '@bgp/daemon', '@bgp/ctl'], {
    cwd: root,
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
  }).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`The build failed:\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free TCP port on 127.0.0.1');
  return address.port;
}

export async function startDaemon(peers: readonly DemoPeer[]): Promise<DemoDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'tsbgpd-demo-'));
  const socket = join(folder, 'grpc.sock');
  const [port, metricsPort] = [await freePort(), await freePort()];
  const configFile = join(folder, 'config.toml');
  writeFileSync(configFile, demoConfig(port, metricsPort, folder, peers));

  // As it is installed: the program's first line has the flags for Node, which is to be this one.
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const daemon = spawn(join(root, 'apps/daemon/bin/tsbgpd.js'), [configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH },
  });
  let log = '';
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-20_000);
    });
  }
  const exited = new Promise<void>((done) => daemon.once('exit', () => done()));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

  const api = `unix://${socket}`;
  const ctl = async (...args: readonly string[]) => {
    const program = join(root, 'apps/ctl/dist/main.js');
    const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
    const { stdout } = await run(process.execPath, [program, '-s', api, ...args], {
      env: { ...process.env, ...colour },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };
  await untilHealthy(ctl, daemon, () => log);
  return {
    port,
    api,
    metricsPort,
    process: daemon,
    ctl,
    async stop() {
      daemon.kill('SIGTERM');
      await exited;
    },
  };
}

async function untilHealthy(
  ctl: (...args: readonly string[]) => Promise<string>,
  daemon: ChildProcess,
  log: () => string,
): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    if (daemon.exitCode !== null) throw new Error(`tsbgpd ended at once. It said:\n${log()}`);
    try {
      await ctl('health', '--json');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`tsbgpd does not answer. It said:\n${log()}`, { cause: error });
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

function demoConfig(port: number, metricsPort: number, folder: string, peers: readonly DemoPeer[]): string {
  const everything =
    '[{ action = "permit", prefix = "0.0.0.0/0", le = 32 }, { action = "permit", prefix = "::/0", le = 128 }]';
  const neighbors = peers.map(
    ({ address, asn, description }) => `
[[neighbors]]
address = "${address}"
remote_asn = ${asn}
description = "${description}"
passive = true
families = ["ipv4_unicast", "ipv6_unicast"]
local_ipv6_nexthop = "2001:db8::1"
import_policy = ${everything}
export_policy = ${everything}
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
${neighbors.join('')}`;
}
