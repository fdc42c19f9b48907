import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from '../lab/lab.ts';
import type { Vrp } from './stayrtr.ts';

export interface Aspa {
  readonly customer: number;
  readonly providers: readonly number[];
}

/** Our own RTR version 2 cache, because StayRTR knows no ASPA. */
export class RtrAspaCache {
  readonly #node: LabNode;

  private constructor(node: LabNode) {
    this.#node = node;
  }

  static start(node: LabNode, port: number, roas: readonly Vrp[], aspas: readonly Aspa[]): RtrAspaCache {
    const file = join(node.folder, 'rtr.json');
    const list = aspas.map(({ customer, providers }) => ({ customer_asid: customer, providers }));
    writeFileSync(file, JSON.stringify({ roas, aspas: list }));
    const program = join(import.meta.dirname, 'rtr-aspa-main.ts');
    node.spawn('rtr-aspa', [process.execPath, '--conditions=@bgp/source', program, String(port), file]);
    return new RtrAspaCache(node);
  }

  /** What it was asked, one line for each query. */
  log(): string {
    return readFileSync(join(this.#node.folder, 'log', 'rtr-aspa.log'), 'utf8');
  }
}
