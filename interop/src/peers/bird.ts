import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ended, killAndWait, type LabNode } from '../lab/lab.ts';
import { CommandFailed, pause } from '../lab/shell.ts';

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
    await bird.#answers();
    return bird;
  }

  /** A mistake in its configuration ends it at once; the scenario should not wait for a session then. */
  async #answers(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if ((await this.node.execInRoot(['birdc', 'show', 'status'])).code === 0) return;
      if (this.#process?.exitCode !== null) throw new Error('BIRD ended at start, its log says why');
      await pause(100);
    }
    throw new Error('BIRD does not answer');
  }

  /** `-R`: as the continuation of a process that ended while its neighbors kept its routes. */
  launch(...options: readonly string[]): void {
    this.#process = this.node.spawnInRoot('bird', ['bird', '-f', ...options, '-c', '/etc/bird/bird.conf']);
  }

  /** Like a crash: no NOTIFICATION leaves. */
  async kill(): Promise<void> {
    await killAndWait(this.#process);
  }

  /** After `birdc down`, which tells its peers first. */
  async ended(): Promise<void> {
    await ended(this.#process);
  }

  /** What it has said so far: with `log stderr all;` also each error of a session, of which `show protocols` knows the last. */
  log(): string {
    return readFileSync(join(this.node.folder, 'log', 'bird.log'), 'utf8');
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

  /** The prefix's routes, best first; empty when BIRD does not have it. `options` is e.g. `table x` or `protocol dut`. */
  async routes(prefix: string, options = ''): Promise<BirdRoute[]> {
    const command = `show route ${prefix} ${options} all`.replaceAll(/ +/g, ' ');
    const { code, stdout, stderr } = await this.node.execInRoot(['birdc', ...command.split(' ')]);
    if (code !== 0) {
      if (/Network not found/.test(stdout + stderr)) return [];
      throw new CommandFailed(`birdc ${command}: ${(stderr + stdout).trim()}`);
    }
    return parseBirdRoutes(stdout);
  }
}

/** One route of `show route … all`. */
export interface BirdRoute {
  readonly prefix: string;
  readonly protocol: string;
  readonly isBest: boolean;
  /** By BIRD's name without its prefix: `as_path`, `next_hop`, `large_community` …, as BIRD writes the values. */
  readonly attributes: Readonly<Record<string, string>>;
}

export function parseBirdRoutes(text: string): BirdRoute[] {
  const routes: (BirdRoute & { attributes: Record<string, string> })[] = [];
  for (const line of text.split('\n')) {
    // `192.168.1.0/24 unicast [dut 12:00:00.123] * (100) [AS65002i]`; the prefix is missing on the second and later routes of it.
    const head = /^(\S.*?)?\s+\w+ \[(\S+) [^\]]*\]( \*)? \(\d+/.exec(line);
    if (head !== null) {
      const prefix = head[1] ?? routes.at(-1)?.prefix ?? '';
      routes.push({ prefix, protocol: head[2] ?? '', isBest: head[3] !== undefined, attributes: {} });
      continue;
    }
    const attribute = /^\s+(?:BGP\.|bgp_)(\w+): ?(.*)$/.exec(line);
    const route = routes.at(-1);
    if (attribute !== null && route !== undefined) route.attributes[attribute[1] ?? ''] = (attribute[2] ?? '').trim();
  }
  return routes;
}
