import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from '../lab/lab.ts';
import { CommandFailed } from '../lab/shell.ts';

const LOG_FILE = '/var/log/frr/frr.log';

/** FRR with zebra, mgmtd, staticd and bgpd under watchfrr, as Debian starts it. */
export class Frr {
  readonly node: LabNode;
  #watchdog: readonly string[] = [];

  private constructor(node: LabNode) {
    this.node = node;
  }

  static async start(node: LabNode, config: string): Promise<Frr> {
    await node.mountRoot();
    const daemons = (text: string) => text.replace(/^bgpd=no$/m, 'bgpd=yes');
    const { stdout } = await node.execInRoot(['cat', '/etc/frr/daemons']);
    // A bgpd that died is started again after a second instead of FRR's default of a minute.
    node.write('etc/frr/daemons', `${daemons(stdout)}\nwatchfrr_options="--min-restart-interval=1 --interval=1"\n`);
    node.write('etc/frr/vtysh.conf', 'service integrated-vtysh-config\n');
    writeConfig(node, config);
    await node.execInRoot(['chown', '-R', 'frr:frr', '/etc/frr']);
    await node.execInRoot(['install', '-d', '-o', 'frr', '-g', 'frr', '/var/log/frr', '/run/frr', '/var/tmp/frr']);
    const frr = new Frr(node);
    await frr.#init('start');
    return frr;
  }

  /** `vtysh -c` for each line, in one shell. */
  async vtysh(...lines: readonly string[]): Promise<string> {
    const argv = ['vtysh', ...lines.flatMap((line) => ['-c', line])];
    const { code, stdout, stderr } = await this.node.execInRoot(argv);
    if (code !== 0) throw new CommandFailed(`vtysh ${lines.join(' / ')}: ${(stderr + stdout).trim()}`);
    return stdout;
  }

  configure(...lines: readonly string[]): Promise<string> {
    return this.vtysh('configure terminal', ...lines);
  }

  async json<T = Record<string, unknown>>(command: string): Promise<T> {
    return JSON.parse(await this.vtysh(`${command} json`)) as T;
  }

  async neighbor(address: string): Promise<FrrNeighbor> {
    const all = await this.json<Record<string, FrrNeighbor>>(`show bgp neighbors ${address}`);
    const found = all[address];
    if (found === undefined) throw new Error(`FRR knows no neighbor ${address}`);
    return found;
  }

  /** Its log so far; also tells of connections that never became a session. */
  log(): string {
    return readFileSync(join(this.node.root, LOG_FILE), 'utf8');
  }

  /** The prefix's routes as FRR's JSON tells them; empty when FRR does not have it. */
  async routes(prefix: string, family: 'ipv4' | 'ipv6' = 'ipv4'): Promise<FrrRoute[]> {
    const table = await this.json<{ paths?: readonly FrrRoute[] }>(`show bgp ${family} unicast ${prefix}`);
    return [...(table.paths ?? [])];
  }

  /** AS paths of the prefix's routes; empty when FRR does not have it. */
  async paths(prefix: string, family: 'ipv4' | 'ipv6' = 'ipv4'): Promise<string[]> {
    return (await this.routes(prefix, family)).map((path) => path.aspath?.string ?? '');
  }

  /** For the next start of bgpd. */
  configureNext(config: string): void {
    writeConfig(this.node, config);
  }

  /**
   * Like a crash: no NOTIFICATION leaves. Ends the watchdog first, as bgpd would be back in seconds, before anybody has looked at what its
   * absence does. `resurrect` starts it again, and it bgpd.
   */
  async killForGood(): Promise<void> {
    const pid = 'pid=$(cat /run/frr/watchfrr.pid)';
    const { code, stdout, stderr } = await this.node.execInRoot([
      'sh',
      '-c',
      `${pid} && tr '\\0' '\\n' < /proc/$pid/cmdline && kill -9 $pid $(cat /run/frr/bgpd.pid)`,
    ]);
    if (code !== 0) throw new CommandFailed(`killing watchfrr and bgpd: ${stderr.trim()}`);
    this.#watchdog = stdout.split('\n').filter(Boolean);
  }

  async resurrect(): Promise<void> {
    if (this.#watchdog.length === 0) throw new Error('watchfrr was not killed');
    // It becomes a daemon that inherits the output; a pipe would stay open for as long as it runs.
    const command = ['exec "$@" > /var/log/frr/watchfrr.log 2>&1', 'sh', ...this.#watchdog];
    const { code } = await this.node.execInRoot(['sh', '-c', ...command]);
    if (code !== 0) throw new CommandFailed(`${this.#watchdog.join(' ')} ended with ${code}`);
  }

  /** Stops bgpd where it is, with its connections open, or lets it go on. Its watchdog is stopped with it. */
  async freeze(isFrozen: boolean): Promise<void> {
    const signal = isFrozen ? 'STOP' : 'CONT';
    const script = `kill -${signal} $(cat /run/frr/watchfrr.pid) $(cat /run/frr/bgpd.pid)`;
    const { code, stderr } = await this.node.execInRoot(['sh', '-c', script]);
    if (code !== 0) throw new CommandFailed(`kill -${signal}: ${stderr.trim()}`);
  }

  /** bgpd runs. */
  async isRunning(): Promise<boolean> {
    return (await this.node.execInRoot(['sh', '-c', 'kill -0 $(cat /run/frr/bgpd.pid)'])).code === 0;
  }

  async #init(verb: 'start' | 'stop'): Promise<void> {
    // The daemons inherit the script's output; a pipe would stay open for as long as they run.
    const script = `/usr/lib/frr/frrinit.sh ${verb} > /var/log/frr/init.log 2>&1 || { cat /var/log/frr/init.log; exit 1; }`;
    const { code, stdout, stderr } = await this.node.execInRoot(['sh', '-c', script]);
    if (code !== 0) throw new CommandFailed(`frrinit.sh ${verb}: ${(stderr + stdout).trim()}`);
  }
}

function writeConfig(node: LabNode, config: string): void {
  node.write('etc/frr/frr.conf', `frr defaults traditional\nlog file ${LOG_FILE}\n${config}\n`);
}

export interface FrrRoute {
  readonly aspath?: { readonly string?: string };
  readonly nexthops?: readonly { readonly ip?: string; readonly afi?: string; readonly scope?: string }[];
  readonly originatorId?: string;
  readonly clusterList?: { readonly list?: readonly string[] };
  readonly extendedCommunity?: { readonly string?: string };
  readonly largeCommunity?: { readonly list?: readonly string[] };
  readonly origin?: string;
  /** From whom; of its own routes, which are `sourced`, no address. */
  readonly peer?: { readonly peerId?: string };
  readonly sourced?: boolean;
  readonly metric?: number;
  readonly locPrf?: number;
  readonly stale?: boolean;
  readonly community?: { readonly string?: string; readonly list?: readonly string[] };
  readonly addpathRxId?: number;
}

export interface FrrNeighbor {
  readonly bgpState: string;
  readonly connectionsDropped: number;
  readonly connectionsEstablished: number;
  /** Unix time of the present session's start. */
  readonly bgpTimerUpEstablishedEpoch?: number;
  readonly lastNotificationReason?: string;
  /** It came inside of a Hard Reset (RFC 8538 §3.1). */
  readonly lastNotificationHardReset?: boolean;
  readonly lastErrorCodeSubcode?: string;
  readonly neighborCapabilities?: Record<string, unknown>;
  readonly gracefulRestartInfo?: { readonly endOfRibRecv?: Readonly<Record<string, boolean>>; readonly rBit?: boolean };
  readonly addressFamilyInfo?: Record<string, unknown>;
  /** Routes that were dropped on arrival, by reason. */
  readonly prefixStats?: { readonly aspathLoop?: number };
}

export interface FrrConfig {
  readonly as: number;
  readonly routerId: string;
  readonly neighbor: string;
  readonly neighborAs: number;
  readonly networks?: readonly string[];
  readonly networks6?: readonly string[];
  readonly extra?: readonly string[];
  /** Lines of the IPv4 unicast family. */
  readonly family?: readonly string[];
}

/** The seed's usual FRR: one neighbor, no policy demanded, each network backed by a static route. */
export function frrConfig(config: FrrConfig): string {
  const networks = config.networks ?? [];
  const networks6 = config.networks6 ?? [];
  return [
    ...networks.map((prefix) => `ip route ${prefix} Null0`),
    ...networks6.map((prefix) => `ipv6 route ${prefix} Null0`),
    `router bgp ${config.as}`,
    ` bgp router-id ${config.routerId}`,
    ' no bgp ebgp-requires-policy',
    ' bgp log-neighbor-changes',
    ' timers bgp 30 90',
    ` neighbor ${config.neighbor} remote-as ${config.neighborAs}`,
    ` neighbor ${config.neighbor} timers connect 5`,
    ...(config.extra ?? []).map((line) => ` ${line}`),
    ' address-family ipv4 unicast',
    ...networks.map((prefix) => `  network ${prefix}`),
    ...(config.family ?? []).map((line) => `  ${line}`),
    ' exit-address-family',
    ...(config.networks6 === undefined
      ? []
      : [
          ' address-family ipv6 unicast',
          `  neighbor ${config.neighbor} activate`,
          ...networks6.map((prefix) => `  network ${prefix}`),
          ' exit-address-family',
        ]),
    'exit',
  ].join('\n');
}
