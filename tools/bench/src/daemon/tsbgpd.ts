import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fullTable, type GeneratedTable } from '@bgp/testkit';
import { formatIpv4Prefix } from '@bgp/wire';
import { addressOf, type SessionPlan } from '../load/plan.ts';
import { createFolder, freePort, LOAD_PROCESSOR, Subject } from './subject.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const BIN = join(ROOT, 'apps/daemon/bin/tsbgpd.js');
const MAIN = join(ROOT, 'apps/daemon/dist/main.js');
const CTL = join(ROOT, 'apps/ctl/dist/main.js');

/** Our daemon as it is built. */
export class Tsbgpd extends Subject {
  readonly #metricsPort: number;
  readonly #lists: MemberLists;

  private constructor(port: number, metricsPort: number, folder: string, lists: MemberLists) {
    super(port, folder, `${process.execPath} ${nodeOptions()} ${MAIN} ${folder}/config.toml`);
    this.#metricsPort = metricsPort;
    this.#lists = lists;
  }

  static async start(sessions: readonly SessionPlan[]): Promise<Tsbgpd> {
    if (!existsSync(MAIN))
      throw new Error('the daemon is not built; run: npx nx run-many -t build -p @bgp/daemon @bgp/ctl');
    const folder = createFolder();
    const [port, metricsPort] = [await freePort(), await freePort()];
    const lists = new MemberLists(sessions);
    for (const session of sessions) if (session.hasOwnList) lists.write(folder, session, 0);
    writeFileSync(join(folder, 'config.toml'), configText(port, metricsPort, folder, sessions));
    const daemon = new Tsbgpd(port, metricsPort, folder, lists);
    await daemon.untilUp(() => daemon.#metrics());
    return daemon;
  }

  override async longestStallMs(): Promise<number | undefined> {
    const seconds = /^bgp_event_loop_stall_max_seconds(?:\{\})? (\S+)$/m.exec(await this.#metrics())?.[1];
    return seconds === undefined ? undefined : Number(seconds) * 1000;
  }

  /** Lists every best route with tsbgpctl, on the load's processor. */
  async list(): Promise<void> {
    await this.#ctl('rib', '--json');
  }

  /** Takes the last prefixes from the session's list and has the configuration read again. */
  async reloadWithout(session: SessionPlan, count: number): Promise<void> {
    this.#lists.write(this.folder, session, count);
    await this.#ctl('config', 'reload');
  }

  /** Has a table dump written; routes as bgpdump counts them where it is installed, else as the daemon says. */
  async dumpTable(): Promise<{ readonly seconds: number; readonly octets: number; readonly routes: number }> {
    const started = performance.now();
    await this.#ctl('mrt', 'dump');
    const seconds = (performance.now() - started) / 1000;
    const [file] = readdirSync(this.folder).filter((name) => name.endsWith('.mrt'));
    if (file === undefined) throw new Error('there is no dump');
    const path = join(this.folder, file);
    const octets = statSync(path).size;
    const said = Number(/^bgp_mrt_last_dump_routes(?:\{\})? (\S+)$/m.exec(await this.#metrics())?.[1]);
    const { status, stdout } = spawnSync('bash', ['-c', 'bgpdump -q -m "$1" | wc -l', 'bash', path], {
      encoding: 'utf8',
    });
    const counted = status === 0 && existsSync('/usr/bin/bgpdump') ? Number(stdout) : said;
    if (counted !== said) throw new Error(`the dump has ${said} routes, bgpdump reads ${counted}`);
    return { seconds, octets, routes: counted };
  }

  async #ctl(...command: readonly string[]): Promise<void> {
    const args = ['-c', LOAD_PROCESSOR, process.execPath, CTL, '-s', `unix://${this.folder}/grpc.sock`, ...command];
    const child = spawn('taskset', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = (await once(child, 'exit')) as [number | null]; // the event's first argument
    if (code !== 0) throw new Error(`tsbgpctl ${command.join(' ')} ended with ${code}`);
  }

  async #metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`)).text();
  }
}

/** Lists as bgpq4 writes them: what each session announces. */
class MemberLists {
  readonly #table: GeneratedTable;

  constructor(sessions: readonly SessionPlan[]) {
    const parts = sessions.flatMap(({ announce }) => (announce !== undefined && 'seed' in announce ? [announce] : []));
    this.#table = fullTable({ seed: parts[0]?.seed ?? 1, count: Math.max(1, ...parts.map(({ end }) => end)) });
  }

  /** Without the last `less` prefixes. */
  write(folder: string, { number, announce }: SessionPlan, less: number): void {
    if (announce === undefined || 'mrtFile' in announce) throw new Error('a list needs a part of the generated table');
    const { words, lengths } = this.#table;
    const prefixes = [];
    for (let at = announce.start; at < announce.end - less; at++) {
      prefixes.push({ prefix: formatIpv4Prefix(words[at]!, lengths[at]!), exact: true }); // within the table
    }
    writeFileSync(join(folder, `list-${number}.json`), JSON.stringify({ NN: prefixes }));
  }
}

/** What the installed program passes to Node, from its first line. */
function nodeOptions(): string {
  const [first = ''] = readFileSync(BIN, 'utf8').split('\n', 1);
  return /\bnode (.+)$/.exec(first)?.[1] ?? '';
}

function configText(port: number, metricsPort: number, folder: string, sessions: readonly SessionPlan[]): string {
  const neighbors = sessions.map(
    ({ number, asn, holdSeconds, isIdle, isRouteServerClient, hasOwnList }) => `
[[neighbors]]
address = "${addressOf(number)}"
remote_asn = ${asn}
passive = true
families = ["ipv4_unicast"]
${holdSeconds === undefined ? '' : `hold_time = ${holdSeconds}`}
${isIdle ? 'export_policy_chain = ["nothing"]' : ''}
${isRouteServerClient ? 'route_server_client = true' : ''}
${hasOwnList ? `import_policy_chain = ["member-${number}"]` : ''}
${
  hasOwnList
    ? `
[policy.prefix_lists.member-${number}]
file = "list-${number}.json"
[policy.definitions.member-${number}]
default_action = "deny"
[[policy.definitions.member-${number}.statements]]
action = "permit"
prefix_list = ["member-${number}"]`
    : ''
}
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

[mrt]
output_dir = "${folder}"
dump_interval = 31536000

[policy]
import_chain = ["everything"]
export_chain = ["everything"]

[policy.definitions.everything]
default_action = "permit"

[policy.definitions.nothing]
default_action = "deny"
${neighbors.join('')}`;
}
