import type { ChildProcess } from 'node:child_process';
import { killAndWait, type LabNode } from '../lab/lab.ts';
import { CommandFailed } from '../lab/shell.ts';

export class Openbgpd {
  readonly node: LabNode;
  #process: ChildProcess | undefined;

  private constructor(node: LabNode) {
    this.node = node;
  }

  static async start(node: LabNode, config: string): Promise<Openbgpd> {
    await node.mountRoot();
    node.write('etc/openbgpd/bgpd.conf', config);
    await node.execInRoot(['chmod', '600', '/etc/openbgpd/bgpd.conf']);
    await node.execInRoot(['mkdir', '-p', '/run/openbgpd']);
    const openbgpd = new Openbgpd(node);
    openbgpd.launch();
    return openbgpd;
  }

  launch(): void {
    this.#process = this.node.spawnInRoot('openbgpd', ['/usr/sbin/bgpd', '-d', '-f', '/etc/openbgpd/bgpd.conf']);
  }

  /** Like a crash; its other two processes end with it. Networks that were added by hand are forgotten. */
  kill(): Promise<void> {
    return killAndWait(this.#process);
  }

  async bgpctl(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.node.execInRoot(['bgpctl', ...args]);
    if (code !== 0) throw new CommandFailed(`bgpctl ${args.join(' ')}: ${(stderr + stdout).trim()}`);
    return stdout;
  }

  async json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.bgpctl('-j', ...args)) as T;
  }

  /** What the neighbor has sent of the prefix, eligible or not. */
  async routesFrom(neighbor: string, prefix: string): Promise<OpenbgpdRoute[]> {
    const { rib } = await this.json<{ rib?: readonly OpenbgpdRoute[] }>('show', 'rib', 'detail', 'neighbor', neighbor);
    return (rib ?? []).filter((route) => route.prefix === prefix);
  }
}

/** One route of `show rib detail`. */
export interface OpenbgpdRoute {
  readonly prefix: string;
  readonly aspath?: string;
  readonly exit_nexthop?: string;
  readonly origin?: string;
  /** 0 also when there is none. */
  readonly metric?: number;
  readonly stale?: boolean;
  readonly best?: boolean;
  readonly communities?: readonly string[];
  readonly extended_communities?: readonly string[];
  readonly large_communities?: readonly string[];
  readonly attributes?: readonly {
    readonly type: string;
    readonly originator?: string;
    readonly cluster_list?: readonly string[];
  }[];
}
