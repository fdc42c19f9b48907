import type { DaemonConfig } from '@bgp/config';

/** What the process is built from at its start. `speaker`, `log` and what describes the file change while it runs. */
const AT_START = [
  'listen',
  'grpc',
  'prometheus',
  'rpki',
  'lookingGlass',
  'risLive',
  'bmp',
  'runtimeStateDir',
  'eventHistory',
] as const satisfies readonly (keyof DaemonConfig)[];

/** Sections of the new configuration that take effect with the next start. */
export function restartSections(running: DaemonConfig, next: DaemonConfig): string[] {
  return AT_START.filter((name) => JSON.stringify(running[name]) !== JSON.stringify(next[name]));
}

/** The new configuration with the sections that the running process cannot change, so that they are not taken for done. */
export function withRunningSections(next: DaemonConfig, running: DaemonConfig): DaemonConfig {
  const kept: Partial<Record<keyof DaemonConfig, unknown>> = { ...next };
  for (const name of AT_START) {
    if (running[name] === undefined) delete kept[name];
    else kept[name] = running[name];
  }
  return kept as DaemonConfig; // each section is one of either configuration, under its own name
}
