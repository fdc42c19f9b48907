import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from '../lab/lab.ts';
import { jsonLines } from '../lab/log-lines.ts';

const OUTPUT = 'tmp/pmbmpd.json';

export type PmbmpdMessage = Readonly<Record<string, string | number>>;

/** pmacct's BMP collector; it says in JSON what it has understood. */
export class Pmbmpd {
  readonly #node: LabNode;

  private constructor(node: LabNode) {
    this.#node = node;
  }

  static async start(node: LabNode, address: string, port: number): Promise<Pmbmpd> {
    await node.mountRoot();
    const config = [
      'daemonize: false',
      `bmp_daemon_ip: ${address}`,
      `bmp_daemon_port: ${port}`,
      'bmp_daemon_max_peers: 10',
      `bmp_daemon_msglog_file: /${OUTPUT}`,
      'bmp_daemon_msglog_output: json',
    ];
    node.write('etc/pmbmpd.conf', `${config.join('\n')}\n`);
    node.spawnInRoot('pmbmpd', ['pmbmpd', '-f', '/etc/pmbmpd.conf']);
    return new Pmbmpd(node);
  }

  messages(): PmbmpdMessage[] {
    const file = join(this.#node.root, OUTPUT);
    if (!existsSync(file)) return [];
    return jsonLines<PmbmpdMessage>(file);
  }
}
