import { loadConfig } from './load.ts';
import type { ConfigDiagnostic, DaemonConfig } from './types.ts';

export const GLOBAL = '[global]\nasn = 65001\nrouter_id = "10.0.0.1"\nlisten_port = 179\n';
/** Lines 5 to 7 of a document that begins with GLOBAL. */
export const NEIGHBOR = '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65002\n';
export const INTERNAL = '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65001\n';

export function load(text: string): DaemonConfig {
  const config = loadConfig(text, 'test.toml');
  if (!config.ok) throw new Error(config.error.map((one) => `${one.line}:${one.column} ${one.message}`).join('\n'));
  return config.value;
}

export function errors(text: string): readonly ConfigDiagnostic[] {
  const config = loadConfig(text, 'test.toml');
  return config.ok ? [] : config.error;
}
