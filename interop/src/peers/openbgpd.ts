import type { LabNode } from '../lab/lab.ts';
import { CommandFailed } from '../lab/shell.ts';

export class Openbgpd {
  readonly node: LabNode;

  private constructor(node: LabNode) {
    this.node = node;
  }

  static async start(node: LabNode, config: string): Promise<Openbgpd> {
    await node.mountRoot();
    node.write('etc/openbgpd/bgpd.conf', config);
    await node.execInRoot(['chmod', '600', '/etc/openbgpd/bgpd.conf']);
    await node.execInRoot(['mkdir', '-p', '/run/openbgpd']);
    node.spawnInRoot('openbgpd', ['/usr/sbin/bgpd', '-d', '-f', '/etc/openbgpd/bgpd.conf']);
    return new Openbgpd(node);
  }

  async bgpctl(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.node.execInRoot(['bgpctl', ...args]);
    if (code !== 0) throw new CommandFailed(`bgpctl ${args.join(' ')}: ${(stderr + stdout).trim()}`);
    return stdout;
  }

  async json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.bgpctl('-j', ...args)) as T;
  }
}
