import type { ChildProcess } from 'node:child_process';
import { killAndWait, type LabNode } from '../lab/lab.ts';
import { CommandFailed } from '../lab/shell.ts';

export class Gobgp {
  readonly node: LabNode;
  #process: ChildProcess | undefined;

  private constructor(node: LabNode) {
    this.node = node;
  }

  static async start(node: LabNode, toml: string): Promise<Gobgp> {
    await node.mountRoot();
    node.write('etc/gobgpd.toml', toml);
    const gobgp = new Gobgp(node);
    gobgp.launch();
    return gobgp;
  }

  launch(): void {
    const argv = ['gobgpd', '-t', 'toml', '-f', '/etc/gobgpd.toml', '--api-hosts', '127.0.0.1:50051'];
    this.#process = this.node.spawnInRoot('gobgpd', argv);
  }

  /** Like a crash: no NOTIFICATION leaves, and its routes are forgotten. */
  kill(): Promise<void> {
    return killAndWait(this.#process);
  }

  async gobgp(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.node.execInRoot(['gobgp', ...args]);
    if (code !== 0) throw new CommandFailed(`gobgp ${args.join(' ')}: ${(stderr + stdout).trim()}`);
    return stdout;
  }

  /** Prefixes of the global table. */
  async prefixes(): Promise<string[]> {
    return Object.keys(JSON.parse(await this.gobgp('global', 'rib', '-j')) as Record<string, unknown>);
  }

  /** What it has from a neighbor, or sends to it. */
  async neighborPaths(neighbor: string, table: 'adj-in' | 'adj-out', family: 'ipv4' | 'ipv6'): Promise<GobgpPath[]> {
    const text = await this.gobgp('neighbor', neighbor, table, '-a', family, '-j');
    return Object.values(JSON.parse(text) as Readonly<Record<string, readonly GobgpPath[]>>).flat();
  }
}

export interface GobgpPath {
  readonly nlri: { readonly prefix: string };
  readonly attrs: readonly GobgpAttribute[];
}

/** By code point; the value's field has a name of its own for each. */
export interface GobgpAttribute {
  readonly type: number;
  readonly value?: unknown;
  readonly as_paths?: readonly { readonly asns: readonly number[] }[];
  readonly nexthop?: string;
  readonly metric?: number;
  readonly communities?: readonly number[];
}
