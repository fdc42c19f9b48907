import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ControlService, RibService, RpkiService } from '@bgp/api-proto';
import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';

const MAIN = resolve(import.meta.dirname, '../../../../apps/daemon/src/main.ts');

export interface DaemonPlan {
  readonly bgpPort: number;
  readonly cachePort: number;
  readonly collectorPort: number;
  readonly peers: readonly { readonly address: string; readonly asn: number }[];
}

/** The daemon that must survive. */
export class DaemonProcess {
  readonly socket: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #errors: string[] = [];
  readonly #transport: Transport;

  constructor(plan: DaemonPlan) {
    this.#folder = mkdtempSync(join(tmpdir(), 'tsbgpd-kills-'));
    this.socket = join(this.#folder, 'grpc.sock');
    const file = join(this.#folder, 'config.toml');
    writeFileSync(file, configOf(plan, this.#folder));
    this.#process = spawn(process.execPath, ['--conditions=@bgp/source', MAIN, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let rest = '';
    this.#process.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      this.#errors.push(...lines.filter((line) => /"level":"?(error|fatal|50|60)/.test(line)));
    });
    const nodeOptions = { socketPath: this.socket };
    this.#transport = createConnectTransport({ baseUrl: 'http://localhost', httpVersion: '1.1', nodeOptions });
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What it logged as an error: none of these kills is one. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** Until it answers. */
  async ready(limitMs = 60_000): Promise<void> {
    const control = createClient(ControlService, this.#transport);
    for (const deadline = performance.now() + limitMs; ; await pause(100)) {
      try {
        await control.getHealth({});
        return;
      } catch (cause) {
        if (!this.isRunning || performance.now() > deadline) throw new Error('the daemon does not answer', { cause });
      }
    }
  }

  /** Prefixes and their validation states; of one neighbor, or the best. */
  async routes(neighborAddress?: string): Promise<Map<string, string>> {
    const rib = createClient(RibService, this.#transport);
    const found = new Map<string, string>();
    for (let pageToken = ''; ; ) {
      const page =
        neighborAddress === undefined
          ? await rib.listBestRoutes({ pageSize: 1_000, pageToken })
          : await rib.listReceivedRoutes({ neighborAddress, pageSize: 1_000, pageToken });
      for (const { prefix, prefixLength, validationState } of page.routes) {
        found.set(`${prefix}/${prefixLength}`, validationState);
      }
      pageToken = page.nextPageToken;
      if (pageToken === '') return found;
    }
  }

  async vrps(): Promise<number> {
    return (await createClient(RpkiService, this.#transport).getRpkiStatus({})).ipv4Vrps;
  }

  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((done) => this.#process.once('exit', done));
    if (!this.isRunning) return this.#process.exitCode;
    this.#process.kill('SIGTERM');
    const code = await ended;
    rmSync(this.#folder, { recursive: true, force: true });
    return code;
  }
}

function configOf({ bgpPort, cachePort, collectorPort, peers }: DaemonPlan, folder: string): string {
  return `[global]
asn = 65000
router_id = "127.0.0.1"
listen_port = ${bgpPort}
listen_addresses = ["127.0.0.1"]
runtime_state_dir = "${folder}"
ebgp_requires_policy = false

[global.telemetry]
log_format = "json"

[[rpki.cache_servers]]
address = "127.0.0.1:${cachePort}"
refresh_interval = 1
retry_interval = 1
expire_interval = 600

[bmp]
[[bmp.collectors]]
address = "127.0.0.1:${collectorPort}"
reconnect_interval = 1

${peers
  .map(
    ({ address, asn }) => `[[neighbors]]
address = "${address}"
remote_asn = ${asn}
passive = true
enforce_first_as = true
`,
  )
  .join('\n')}`;
}
