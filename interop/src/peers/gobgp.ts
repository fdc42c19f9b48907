import type { LabNode } from '../lab/lab.ts';
import { CommandFailed } from '../lab/shell.ts';

export class Gobgp {
  readonly node: LabNode;

  private constructor(node: LabNode) {
    this.node = node;
  }

  static async start(node: LabNode, toml: string): Promise<Gobgp> {
    await node.mountRoot();
    node.write('etc/gobgpd.toml', toml);
    node.spawnInRoot('gobgpd', ['gobgpd', '-t', 'toml', '-f', '/etc/gobgpd.toml', '--api-hosts', '127.0.0.1:50051']);
    return new Gobgp(node);
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
}
