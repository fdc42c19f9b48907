import type { ChildProcess } from 'node:child_process';
import type { LabNode } from '../lab/lab.ts';
import { pause } from '../lab/shell.ts';

export interface Vrp {
  readonly prefix: string;
  readonly maxLength: number;
  readonly asn: number;
}

/** An RPKI cache (RFC 8210) that says what it is told, on `address` port 3323: version 1, without ASPA. */
export class Stayrtr {
  readonly node: LabNode;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(node: LabNode, options: readonly string[]) {
    this.node = node;
    this.#options = options;
  }

  /** `more` goes to the command line. */
  static async start(
    node: LabNode,
    address: string,
    vrps: readonly Vrp[],
    more: readonly string[] = [],
  ): Promise<Stayrtr> {
    await node.mountRoot();
    const cache = new Stayrtr(node, ['-bind', `${address}:3323`, ...more]);
    cache.serve(vrps);
    await cache.launch();
    return cache;
  }

  async launch(): Promise<void> {
    const child = this.node.spawnInRoot('stayrtr', [
      ...['stayrtr', '-cache', '/etc/vrps.json', '-checktime=false', '-metrics.addr', ''],
      // It looks at the file every two seconds and notifies routers of what is new.
      ...['-refresh', '2', '-rtr.refresh', '30', '-rtr.retry', '5', '-rtr.expire', '600'],
      ...this.#options,
    ]);
    this.#process = child;
    for (let tries = 0; !(await this.#listens()); tries++) {
      if (child.exitCode !== null) throw new Error('StayRTR ended at start, its log says why');
      if (tries === 300) throw new Error('StayRTR does not listen');
      await pause(100);
    }
  }

  /** Other data, also while it runs. */
  serve(vrps: readonly Vrp[]): void {
    const roas = vrps.map(({ prefix, maxLength, asn }) => ({ prefix, maxLength, asn: `AS${asn}`, ta: 'lab' }));
    this.node.write('etc/vrps.json', JSON.stringify({ roas }));
  }

  /** Like a crash. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) throw new Error('StayRTR was not started');
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }

  async #listens(): Promise<boolean> {
    return (await this.node.exec(['ss', '-tlnH', 'sport = :3323'])).stdout.trim() !== '';
  }
}
