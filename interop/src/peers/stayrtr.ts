import type { LabNode } from '../lab/lab.ts';
import { pause } from '../lab/shell.ts';

export interface Vrp {
  readonly prefix: string;
  readonly maxLength: number;
  readonly asn: number;
}

/** An RPKI cache (RFC 8210) that says what it is told, on `address` port 3323. */
export class Stayrtr {
  readonly node: LabNode;

  private constructor(node: LabNode) {
    this.node = node;
  }

  static async start(node: LabNode, address: string, vrps: readonly Vrp[]): Promise<Stayrtr> {
    await node.mountRoot();
    const roas = vrps.map(({ prefix, maxLength, asn }) => ({ prefix, maxLength, asn: `AS${asn}`, ta: 'lab' }));
    node.write('etc/vrps.json', JSON.stringify({ roas }));
    const options = ['-bind', `${address}:3323`, '-cache', '/etc/vrps.json', '-checktime=false', '-metrics.addr', ''];
    const child = node.spawnInRoot('stayrtr', ['stayrtr', ...options]);
    const cache = new Stayrtr(node);
    for (let tries = 0; !(await cache.#listens()); tries++) {
      if (child.exitCode !== null) throw new Error('StayRTR ended at start, its log says why');
      if (tries === 50) throw new Error('StayRTR does not listen');
      await pause(100);
    }
    return cache;
  }

  async #listens(): Promise<boolean> {
    return (await this.node.exec(['ss', '-tlnH', 'sport = :3323'])).stdout.trim() !== '';
  }
}
