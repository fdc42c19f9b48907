import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Restarting } from '@bgp/speaker';
import { parse, stringify } from 'smol-toml';
import * as z from 'zod';
import type { Log } from './log.ts';

const FILE = 'gr-restart.toml';

const marker = z.strictObject({
  version: z.literal(1),
  expires_at_unix: z.number().int().nonnegative(),
  /** Neighbors that keep our routes. */
  peers: z.array(z.string()).optional(),
});

/**
 * The word that one process leaves for the next: neighbors keep our routes until then (RFC 4724 §4.1). It is taken, not read: a
 * process that crashes later starts cold.
 */
export function takeRestartMarker(stateDir: string, nowMs: number, log: Log): Restarting | undefined {
  const path = join(stateDir, FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
    rmSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.write('warn', 'graceful restart marker', cause(path, error));
    return undefined;
  }
  try {
    const { expires_at_unix, peers } = marker.parse(parse(text));
    if (expires_at_unix * 1000 <= nowMs) return undefined;
    return { untilMs: expires_at_unix * 1000, ...(peers === undefined ? {} : { peers }) };
  } catch (error) {
    log.write('warn', 'graceful restart marker', cause(path, error));
    return undefined;
  }
}

/** Without neighbors that keep our routes there is nothing to say. */
export function leaveRestartMarker(
  stateDir: string,
  plan: { readonly peers: readonly string[]; readonly seconds: number },
  nowMs: number,
  log: Log,
): void {
  if (plan.peers.length === 0) return;
  const path = join(stateDir, FILE);
  const expiresAt = Math.floor(nowMs / 1000) + plan.seconds;
  try {
    writeFileSync(`${path}.tmp`, stringify({ version: 1, expires_at_unix: expiresAt, peers: plan.peers }), {
      mode: 0o600,
    });
    renameSync(`${path}.tmp`, path);
    log.write('info', 'wrote GR restart marker', { path, expires_at_unix: expiresAt, peers: plan.peers.length });
  } catch (error) {
    log.write('warn', 'graceful restart marker', cause(path, error));
  }
}

function cause(path: string, error: unknown): { readonly path: string; readonly error: string } {
  return { path, error: error instanceof Error ? error.message : String(error) };
}
