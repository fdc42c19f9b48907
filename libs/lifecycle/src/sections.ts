import type { DaemonConfig } from '@bgp/config';

/** What the process is built from at its start. `speaker`, `log` and what describes the file change while it runs. */
const AT_START = ['listen', 'grpc', 'prometheus', 'runtimeStateDir'] as const satisfies readonly (keyof DaemonConfig)[];

/** Sections of the new configuration that take effect with the next start. */
export function restartSections(running: DaemonConfig, next: DaemonConfig): string[] {
  return AT_START.filter((name) => JSON.stringify(running[name]) !== JSON.stringify(next[name]));
}

/** The new configuration with the sections that the running process cannot change, so that they are not taken for done. */
export function withRunningSections(next: DaemonConfig, running: DaemonConfig): DaemonConfig {
  const { prometheus: _next, ...rest } = next;
  const { listen, grpc, prometheus, runtimeStateDir } = running;
  return { ...rest, listen, grpc, runtimeStateDir, ...(prometheus === undefined ? {} : { prometheus }) };
}
