import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addressOf, type SessionPlan } from '../load/plan.ts';
import { createFolder, freePort, LOAD_PROCESSOR, Subject } from './subject.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const BIN = join(ROOT, 'apps/daemon/bin/tsbgpd.js');
const MAIN = join(ROOT, 'apps/daemon/dist/main.js');
const CTL = join(ROOT, 'apps/ctl/dist/main.js');

/** Our daemon as it is built. */
export class Tsbgpd extends Subject {
  readonly #metricsPort: number;

  private constructor(port: number, metricsPort: number, folder: string) {
    super(port, folder, `${process.execPath} ${nodeOptions()} ${MAIN} ${folder}/config.toml`);
    this.#metricsPort = metricsPort;
  }

  static async start(sessions: readonly SessionPlan[]): Promise<Tsbgpd> {
    if (!existsSync(MAIN))
      throw new Error('the daemon is not built; run: npx nx run-many -t build -p @bgp/daemon @bgp/ctl');
    const folder = createFolder();
    const [port, metricsPort] = [await freePort(), await freePort()];
    writeFileSync(join(folder, 'config.toml'), configText(port, metricsPort, folder, sessions));
    const daemon = new Tsbgpd(port, metricsPort, folder);
    await daemon.untilUp(() => daemon.#metrics());
    return daemon;
  }

  override async longestStallMs(): Promise<number | undefined> {
    const seconds = /^bgp_event_loop_stall_max_seconds(?:\{\})? (\S+)$/m.exec(await this.#metrics())?.[1];
    return seconds === undefined ? undefined : Number(seconds) * 1000;
  }

  /** Lists every best route with tsbgpctl, on the load's processor. */
  async list(): Promise<void> {
    const args = [
      '-c',
      LOAD_PROCESSOR,
      process.execPath,
      CTL,
      '-s',
      `unix://${this.folder}/grpc.sock`,
      'rib',
      '--json',
    ];
    const child = spawn('taskset', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = (await once(child, 'exit')) as [number | null]; // the event's first argument
    if (code !== 0) throw new Error(`tsbgpctl rib ended with ${code}`);
  }

  async #metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`)).text();
  }
}

/** What the installed program passes to Node, from its first line. */
function nodeOptions(): string {
  const [first = ''] = readFileSync(BIN, 'utf8').split('\n', 1);
  return /\bnode (.+)$/.exec(first)?.[1] ?? '';
}

function configText(port: number, metricsPort: number, folder: string, sessions: readonly SessionPlan[]): string {
  const neighbors = sessions.map(
    ({ number, asn, holdSeconds, isIdle, isRouteServerClient }) => `
[[neighbors]]
address = "${addressOf(number)}"
remote_asn = ${asn}
passive = true
families = ["ipv4_unicast"]
${holdSeconds === undefined ? '' : `hold_time = ${holdSeconds}`}
${isIdle ? 'export_policy_chain = ["nothing"]' : ''}
${isRouteServerClient ? 'route_server_client = true' : ''}
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

[policy.definitions.nothing]
default_action = "deny"
${neighbors.join('')}`;
}
