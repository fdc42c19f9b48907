import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from '../lab/lab.ts';

export interface TableState {
  readonly routes: readonly {
    readonly family: string;
    readonly prefix: string;
    readonly pathId: number;
    readonly nextHop: string;
    readonly asPath: readonly number[];
  }[];
  /** Families whose End-of-RIB came. */
  readonly ended: readonly string[];
}

export interface PeerState {
  /** `loc-rib`: the router's own. */
  readonly address: string;
  readonly as: number;
  readonly isUp: boolean;
  readonly downReason: number;
  readonly statistics: readonly { readonly type: number; readonly value: number }[];
  readonly tables: Readonly<Record<string, TableState>>;
}

/** What a collector knows of the router: of the last connection, but for `streams` and `errors`. */
export interface CollectorState {
  /** Types of messages by connection. */
  readonly streams: readonly (readonly string[])[];
  readonly errors: readonly string[];
  readonly sysName: string;
  readonly sysDescr: string;
  /** -1: none came. */
  readonly terminationReason: number;
  readonly messages: Readonly<Record<string, number>>;
  readonly peers: readonly PeerState[];
}

/** Our own BMP collector in a node. */
export class BmpCollector {
  readonly #node: LabNode;
  readonly #port: number;
  readonly #file: string;
  #process: ChildProcess | undefined;

  constructor(node: LabNode, port: number) {
    this.#node = node;
    this.#port = port;
    this.#file = join(node.folder, `bmp-${port}.json`);
  }

  start(): void {
    rmSync(this.#file, { force: true });
    const program = join(import.meta.dirname, 'bmp-collector-main.ts');
    const argv = [process.execPath, '--conditions=@bgp/source', program, String(this.#port), this.#file];
    this.#process = this.#node.spawn(`bmp-${this.#port}`, argv);
  }

  state(): CollectorState {
    if (!existsSync(this.#file)) throw new Error('the collector has heard nothing yet');
    return JSON.parse(readFileSync(this.#file, 'utf8')) as CollectorState;
  }

  peer(address: string): PeerState {
    const peer = this.state().peers.find((one) => one.address === address);
    if (peer === undefined) throw new Error(`the collector has not heard of ${address}`);
    return peer;
  }

  /** `prefix next hop AS path` of a table, sorted. */
  routes(address: string, kind: string): string[] {
    const table = this.peer(address).tables[kind];
    return (table?.routes ?? []).map((one) => `${one.prefix} ${one.nextHop} ${one.asPath.join(' ')}`).sort();
  }

  stopReading(): void {
    this.#process?.kill('SIGUSR1');
  }

  readOn(): void {
    this.#process?.kill('SIGUSR2');
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) throw new Error('the collector was not started');
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }
}
