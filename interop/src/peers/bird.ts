import type { ChildProcess } from 'node:child_process';
import type { LabNode } from '../lab/lab.ts';
import { CommandFailed } from '../lab/shell.ts';

export class Bird {
  readonly node: LabNode;
  #process: ChildProcess | undefined;

  constructor(node: LabNode) {
    this.node = node;
  }

  static async start(node: LabNode, config: string): Promise<Bird> {
    await node.mountRoot();
    node.write('etc/bird/bird.conf', config);
    await node.execInRoot(['mkdir', '-p', '/run/bird']); // missing in Debian's package without its service
    const bird = new Bird(node);
    bird.launch();
    return bird;
  }

  launch(): void {
    this.#process = this.node.spawnInRoot('bird', ['bird', '-f', '-c', '/etc/bird/bird.conf']);
  }

  /** After `birdc down`, which tells its peers first. */
  async ended(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    await new Promise((done) => child.once('exit', done));
  }

  async birdc(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.node.execInRoot(['birdc', ...command.split(' ')]);
    if (code !== 0) throw new CommandFailed(`birdc ${command}: ${(stderr + stdout).trim()}`);
    return stdout;
  }

  /** The state column and what follows, e.g. `Established`. */
  async protocolInfo(name: string): Promise<string> {
    const text = await this.birdc(`show protocols ${name}`);
    return text.split('\n').find((line) => line.startsWith(name)) ?? '';
  }
}
