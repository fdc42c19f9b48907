import { parseSlurm, parseVrpJson } from '@bgp/rpki';

/** Texts of files with RPKI data or exceptions: a table, or a code; never an exception, and nothing that is no JSON passes. */
export function fuzz(data: Uint8Array): void {
  const text = new TextDecoder().decode(data);
  const file = parseVrpJson(text);
  const exceptions = parseSlurm(text);
  if (!file.ok && !exceptions.ok) return;
  const whole: unknown = JSON.parse(text);
  if (typeof whole !== 'object' || whole === null) throw new Error('a file without an object was taken');
}
