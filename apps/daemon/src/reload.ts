import { readFileSync } from 'node:fs';
import { type DaemonConfig, formatDiagnostics, loadConfig } from '@bgp/config';
import type { PeerConfig, Speaker } from '@bgp/speaker';
import type { Log } from './log.ts';

/** Where to read the configuration again, and what of it is in force. */
export interface Reloadable {
  readonly path: string;
  config: DaemonConfig;
}

/**
 * Reads the file again and applies what is different: neighbors, peer groups, policies, ranges. A file with a mistake changes
 * nothing. What needs a restart is named and left as it is. Neighbors that came over the API stay.
 */
export function reload(target: Reloadable, speaker: Speaker, log: Log): void {
  const loaded = read(target.path);
  if (typeof loaded === 'string') {
    log.write('error', 'configuration not reloaded, the old one stays in force', { path: target.path, error: loaded });
    return;
  }
  const before = target.config;
  const needRestart = restartSections(before, loaded);
  if (needRestart.includes('global')) {
    // Neighbors are what they are by our AS and identifier: half of such a change would be worse than none.
    const error = 'what changed in [global] needs a restart of the daemon';
    log.write('error', 'configuration not reloaded, the old one stays in force', { path: target.path, error });
    return;
  }
  if (needRestart.length > 0) {
    log.write('warn', 'configuration changes that need a restart are not applied', { sections: needRestart });
  }
  const done = { added: 0, removed: 0, live: 0, reset: 0 };
  const wanted = new Map(loaded.speaker.peers.map((peer) => [peer.name, peer]));
  for (const { name } of before.speaker.peers) {
    if (!wanted.has(name) && speaker.removePeer(name).ok) done.removed++;
  }
  for (const peer of wanted.values()) {
    const { effect, error } = apply(speaker, peer);
    if (error !== undefined) log.write('error', 'neighbor not changed', { peer: peer.name, error });
    if (effect !== undefined) done[effect]++;
  }
  const ranges = replaceRanges(speaker, before, loaded);
  target.config = { ...loaded, speaker: { ...before.speaker, peers: loaded.speaker.peers } };
  log.write('info', 'configuration reloaded', { path: target.path, ...done, ranges });
}

function read(path: string): DaemonConfig | string {
  try {
    const text = readFileSync(path, 'utf8');
    const loaded = loadConfig(text, path);
    return loaded.ok ? loaded.value : formatDiagnostics(loaded.error, text, { color: false });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Applied {
  /** Absent: nothing was different. */
  readonly effect?: 'added' | 'live' | 'reset';
  readonly error?: string;
}

function apply(speaker: Speaker, peer: PeerConfig): Applied {
  if (speaker.peer(peer.name) === undefined) {
    const added = speaker.addPeer(peer);
    return added.ok ? { effect: 'added' } : { error: added.error.message };
  }
  const updated = speaker.updatePeer(peer);
  if (!updated.ok) return { error: updated.error.message };
  if (updated.value === 'nothing') return {};
  return { effect: updated.value === 'live' ? 'live' : 'reset' };
}

function replaceRanges(speaker: Speaker, before: DaemonConfig, after: DaemonConfig): number {
  for (const { prefix } of before.speaker.dynamicNeighbors ?? []) speaker.removeDynamicRange(prefix);
  for (const range of after.speaker.dynamicNeighbors ?? []) speaker.addDynamicRange(range);
  return speaker.dynamicRanges().length;
}

/** Everything but neighbors and what belongs to them. */
function restartSections(before: DaemonConfig, after: DaemonConfig): string[] {
  const sections = (config: DaemonConfig): Readonly<Record<string, unknown>> => {
    const { peers: _peers, dynamicNeighbors: _ranges, ...global } = config.speaker;
    return { global, listen: config.listen, grpc: config.grpc, prometheus: config.prometheus, log: config.log };
  };
  const [old, now] = [sections(before), sections(after)];
  return Object.keys(old).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]));
}
