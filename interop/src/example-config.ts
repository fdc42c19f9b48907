import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LabNode } from './lab/lab.ts';

export const EXAMPLES = resolve(import.meta.dirname, '../../examples');

/**
 * A file below examples as it is, for a daemon in `node`. Only one folder is another one: run-time files go to the node's, since several
 * scenarios run at a time. Addresses and ports stay: every scenario has namespaces of its own.
 */
export function exampleConfig(name: string, node: LabNode): string {
  const text = readFileSync(join(EXAMPLES, name), 'utf8').replaceAll('/var/lib/tsbgpd', node.folder);
  const line = `runtime_state_dir = "${node.folder}"`;
  if (/^runtime_state_dir = /m.test(text)) return text.replace(/^runtime_state_dir = .*$/m, line);
  if (!/^\[global\]$/m.test(text)) throw new Error(`${name} has no [global] table`);
  return text.replace(/^\[global\]$/m, `[global]\n${line}`);
}
