import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import type { LabNode } from './lab/lab.ts';
import { must, pause } from './lab/shell.ts';

const repository = resolve(import.meta.dirname, '../..');
const daemonProgram = join(repository, 'apps/daemon/dist/main.js');
const ctlProgram = join(repository, 'apps/ctl/dist/main.js');
const RPC_TIMEOUT_MS = 30_000;
/** Routes: the most that the API gives at once, and more than there are in a lab. */
const ONE_PAGE = 10_000;
/** Of the daemon, for its end after a signal. */
const END_TIMEOUT_MS = 60_000;

/** Builds tsbgpd and tsbgpctl when their sources changed. */
export async function buildPrograms(): Promise<void> {
  const nx = join(repository, 'node_modules/.bin/nx');
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
  const projects = ['@bgp/daemon', '@bgp/ctl'];
  await must([nx, 'run-many', '-t', 'build', '-p', ...projects], { cwd: repository, env, timeoutMs: 5 * 60_000 });
}

/** A refusal of the API, with its code (`not_found`, `invalid_argument` …). */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: string;

  constructor(method: string, code: string, message: string) {
    super(`${method}: ${code}: ${message}`);
    this.code = code;
  }
}

/** Proto3 JSON: camelCase, zero values absent, 64-bit numbers as text. */
export interface RouteJson {
  readonly prefix: string;
  /** Absent for a default route: zero values are. */
  readonly prefixLength?: number;
  readonly nextHop?: string;
  readonly linkLocalNextHop?: string;
  readonly peerAddress?: string;
  readonly origin?: number;
  readonly asPath?: readonly number[];
  /** With segments: `65001 65002 {65003,65004}`. */
  readonly asPathText?: string;
  readonly best?: boolean;
  readonly med?: number;
  /** MED as the route carries it: 0 is something else than none. */
  readonly medAttr?: number;
  readonly localPref?: number;
  readonly communities?: readonly number[];
  readonly extendedCommunities?: readonly string[];
  readonly largeCommunities?: readonly string[];
  readonly originatorId?: string;
  readonly clusterList?: readonly string[];
  readonly pathId?: number;
  /** Only-To-Customer, RFC 9234. */
  readonly otc?: number;
  /** LOCAL_PREF as the route carries it: 0 is something else than none. */
  readonly localPrefAttr?: number;
  /** Kept from a session that has ended. */
  readonly isStale?: boolean;
  /** RFC 6811: `valid`, `invalid` or `not_found`. */
  readonly validationState?: string;
  /** `valid`, `invalid`, `unknown` (ASPA). */
  readonly aspaState?: string;
  /** Of a received route: the statement that refused it. */
  readonly rejectedBy?: string;
}

export interface RoutesJson {
  readonly routes?: readonly RouteJson[];
  readonly nextPageToken?: string;
  readonly totalCount?: string | number;
}

export interface NeighborJson {
  readonly config?: {
    readonly address?: string;
    readonly remoteAsn?: number;
    readonly description?: string;
    readonly peerGroup?: string;
  };
  readonly state?: string;
  readonly flapCount?: string;
  readonly notificationsSent?: string;
  readonly notificationsReceived?: string;
  readonly lastError?: string;
  readonly isDynamic?: boolean;
  readonly foundAddress?: string;
  readonly reflectionLoops?: string;
  readonly negotiated?: { readonly remoteCapabilities?: readonly string[]; readonly maxMessageOctets?: number };
}

interface DutOptions {
  readonly asn: number;
  readonly routerId: string;
  readonly global?: string;
  readonly rest: string;
}

function configText(node: LabNode, { asn, routerId, global = '', rest }: DutOptions): string {
  return `[global]
asn = ${asn}
router_id = "${routerId}"
listen_port = 179
runtime_state_dir = "${node.folder}"
ebgp_requires_policy = false
${global}

[global.telemetry]
log_format = "json"
prometheus_addr = "127.0.0.1:9179"

${rest}
`;
}

/** The daemon under test, in its namespace, without chroot. Its Unix socket is reachable from outside. */
export class Dut {
  readonly node: LabNode;
  readonly #toText: (config: string) => string;
  readonly #configFile: string;
  readonly #socket: string;
  readonly #launcher: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(node: LabNode, toText: (config: string) => string, launcher: readonly string[] = []) {
    this.node = node;
    this.#toText = toText;
    this.#launcher = launcher;
    this.#configFile = join(node.folder, 'tsbgpd.toml');
    this.#socket = join(node.folder, 'grpc.sock');
  }

  /** `config` is TOML after `[global]`'s first keys, which this adds: listen_port, runtime_state_dir, telemetry. */
  static async start(node: LabNode, options: DutOptions): Promise<Dut> {
    const dut = new Dut(node, (rest) => configText(node, { ...options, rest }));
    dut.#writeConfig(options.rest);
    await dut.launch();
    return dut;
  }

  /** `text` is the whole file, with `runtime_state_dir` set to the node's folder. `launcher`: a program that becomes the daemon. */
  static async startWithFile(node: LabNode, text: string, launcher?: readonly string[]): Promise<Dut> {
    const dut = new Dut(node, (whole) => whole, launcher);
    dut.#writeConfig(text);
    await dut.launch();
    return dut;
  }

  /** Other neighbors and policies (or another whole file), read again by the running daemon. */
  reload(config: string): void {
    this.#writeConfig(config);
    this.#process?.kill('SIGHUP');
  }

  #writeConfig(config: string): void {
    writeFileSync(this.#configFile, this.#toText(config));
  }

  async launch(): Promise<void> {
    this.#process = this.node.spawn('tsbgpd', [...this.#launcher, process.execPath, daemonProgram, this.#configFile]);
    const deadline = Date.now() + 60_000;
    for (;;) {
      if (this.#process.exitCode !== null) throw new Error(`tsbgpd ended at start:\n${this.#lastWords()}`);
      try {
        if (existsSync(this.#socket)) return void (await this.rpc('ControlService/GetHealth'));
      } catch (error) {
        if (Date.now() > deadline) throw new Error('tsbgpd does not answer', { cause: error });
      }
      if (Date.now() > deadline) throw new Error('tsbgpd made no API socket');
      await pause(100);
    }
  }

  #lastWords(): string {
    const log = readFileSync(join(this.node.folder, 'log', 'tsbgpd.log'), 'utf8');
    return log.trimEnd().split('\n').slice(-12).join('\n');
  }

  get running(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Sends the signal and waits for the end; gives the exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    if (child === undefined) throw new Error('tsbgpd was not started');
    return new Promise((done, fail) => {
      const late = setTimeout(
        () => fail(new Error(`tsbgpd has not ended ${END_TIMEOUT_MS / 1000} s after ${signal}`)),
        END_TIMEOUT_MS,
      );
      child.once('exit', (code) => {
        clearTimeout(late);
        done(code);
      });
      child.kill(signal);
    });
  }

  /** One unary call in the Connect protocol with JSON, e.g. `rpc('RibService/ListBestRoutes', { pageSize: 2 })`. */
  rpc<T = Record<string, unknown>>(method: string, message: object = {}): Promise<T> {
    const body = JSON.stringify(message);
    return new Promise((done, fail) => {
      const call = request(
        {
          socketPath: this.#socket,
          path: `/tsbgpd.v1.${method}`,
          method: 'POST',
          headers: { 'content-type': 'application/json', 'connect-protocol-version': '1' },
          timeout: RPC_TIMEOUT_MS,
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', fail).on('end', () => {
            const answer = JSON.parse(text || '{}') as T & { code?: string; message?: string };
            if (response.statusCode === 200) done(answer);
            else fail(new RpcError(method, answer.code ?? String(response.statusCode), answer.message ?? text));
          });
        },
      );
      call.on('timeout', () => call.destroy(new Error(`${method} took longer than ${RPC_TIMEOUT_MS / 1000} s`)));
      call.on('error', fail).end(body);
    });
  }

  async ctl(...args: readonly string[]): Promise<string> {
    return must([process.execPath, ctlProgram, '-s', `unix://${this.#socket}`, ...args]);
  }

  /** A command that runs on; its output goes to `log/<name>.log` of the node. */
  ctlRunning(name: string, ...args: readonly string[]): ChildProcess {
    return this.node.spawn(name, [process.execPath, ctlProgram, '-s', `unix://${this.#socket}`, ...args]);
  }

  /** A command line of its own, from inside the namespace. */
  ctlInside(...args: readonly string[]) {
    return this.node.exec([process.execPath, ctlProgram, ...args]);
  }

  /** Adj-RIB-In of one neighbor. */
  async received(peer: string): Promise<RouteJson[]> {
    const query = { neighborAddress: peer, pageSize: ONE_PAGE };
    return [...((await this.rpc<RoutesJson>('RibService/ListReceivedRoutes', query)).routes ?? [])];
  }

  async best(afiSafi?: string): Promise<RouteJson[]> {
    const query = afiSafi === undefined ? {} : { afiSafi };
    return [...((await this.rpc<RoutesJson>('RibService/ListBestRoutes', query)).routes ?? [])];
  }

  async advertised(peer: string): Promise<RouteJson[]> {
    const query = { neighborAddress: peer, pageSize: ONE_PAGE };
    return [...((await this.rpc<RoutesJson>('RibService/ListAdvertisedRoutes', query)).routes ?? [])];
  }

  async neighbors(): Promise<NeighborJson[]> {
    return [...((await this.rpc<{ neighbors?: NeighborJson[] }>('NeighborService/ListNeighbors')).neighbors ?? [])];
  }

  neighbor(address: string): Promise<NeighborJson> {
    return this.rpc<NeighborJson>('NeighborService/GetNeighborState', { address });
  }

  /** What Prometheus would get over HTTP, from inside the namespace. */
  async scrape(): Promise<string> {
    const { status, text } = await this.http('http://127.0.0.1:9179/metrics');
    if (status !== 200) throw new Error(`no metrics over HTTP: ${status}`);
    return text;
  }

  /** GET from inside the namespace. */
  async http(url: string): Promise<{ readonly status: number; readonly text: string }> {
    const program = `fetch(process.argv[1]).then(async (answer) => {
      process.stdout.write(JSON.stringify({ status: answer.status, text: await answer.text() }));
    })`;
    const { code, stdout, stderr } = await this.node.exec([process.execPath, '-e', program, url]);
    if (code !== 0) throw new Error(`no answer from ${url}: ${stderr.trim()}`);
    return JSON.parse(stdout) as { status: number; text: string };
  }

  /** The value of one series; labels as `{ peer: '10.0.0.2' }`; undefined when there is no such series. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
    const { prometheusText } = await this.rpc<{ prometheusText: string }>('ControlService/GetMetrics');
    for (const line of prometheusText.split('\n')) {
      const series = /^([a-zA-Z0-9_:]+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (series === null || series[1] !== name) continue;
      const has = new Map([...(series[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map((pair) => [pair[1], pair[2]]));
      if (Object.entries(labels).every(([key, value]) => has.get(key) === value)) return Number(series[3]);
    }
    return undefined;
  }
}

export const prefixesOf = (routes: readonly RouteJson[]): string[] =>
  routes.map(({ prefix, prefixLength }) => `${prefix}/${prefixLength ?? 0}`).sort();

/** The statement that refused a prefix; undefined when it was accepted, or is not there. */
export const refusedBy = (routes: readonly RouteJson[], prefix: string): string | undefined =>
  routes.find((route) => `${route.prefix}/${route.prefixLength ?? 0}` === prefix)?.rejectedBy;

/** A `[[neighbors]]` table. */
export function neighborToml(address: string, remoteAsn: number, more: readonly string[] = []): string {
  return ['[[neighbors]]', `address = "${address}"`, `remote_asn = ${remoteAsn}`, 'hold_time = 90', ...more, ''].join(
    '\n',
  );
}
