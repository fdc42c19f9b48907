import { formatDiagnostics, loadConfig } from '@bgp/config';

const HEAD =
  '[global]\nasn = 65001\nrouter_id = "10.0.0.1"\nlisten_port = 179\n[global.telemetry]\nlog_format = "json"\n';

/** Any text as a configuration: an answer or diagnostics, never an exception. */
export function fuzz(data: Uint8Array): void {
  const text = HEAD + new TextDecoder().decode(data.subarray(0, 2000));
  const loaded = loadConfig(text, 'fuzz.toml');
  if (loaded.ok) return;
  if (loaded.error.length === 0) throw new Error('refused without a reason');
  formatDiagnostics(loaded.error, text);
}
