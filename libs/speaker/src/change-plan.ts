import { err, ok, type Result } from '@bgp/wire';
import type { DynamicRange, PeerConfig, SpeakerConfig } from './config.ts';
import { keysThatNeedRestart, type PeerChange, peerChange, rangeChanges, type SpeakerChange } from './config-change.ts';
import { DynamicNeighbors } from './dynamic-neighbors.ts';
import type { Peer } from './peer.ts';
import type { PeerSet } from './peer-set.ts';
import type { Policies } from './policies.ts';
import type { SpeakerError } from './status.ts';

/** A configuration that can take effect. */
export interface ChangePlan {
  readonly next: SpeakerConfig;
  readonly change: SpeakerChange;
  /** Of all neighbors that there will be, by name. */
  readonly configs: ReadonlyMap<string, PeerConfig>;
  /** Of those who change or come. */
  readonly policies: ReadonlyMap<string, Policies>;
}

/** What is there now; ranges may have come and gone since the configuration was put in force. */
interface Present {
  readonly config: SpeakerConfig;
  readonly ranges: readonly DynamicRange[];
  readonly peers: PeerSet;
}

/** Everything that could be refused, before anything is done: configurations of all who stay or come, and what they run. */
export function planChange(
  { config: current, ranges: currentRanges, peers }: Present,
  next: SpeakerConfig,
  policiesOf: (config: PeerConfig, speaker: SpeakerConfig) => Result<Policies, SpeakerError>,
): Result<ChangePlan, SpeakerError> {
  const restart = keysThatNeedRestart(current, next);
  if (restart.length > 0) {
    return err({ code: 'restart-needed', message: `A change of ${restart.join(', ')} needs a restart of the daemon.` });
  }
  const ranges = DynamicNeighbors.check(next, next.dynamicNeighbors ?? [], next.dynamicNeighborLimit);
  if (!ranges.ok) return ranges;
  const configs = new Map(next.peers.map((peer) => [peer.name, peer]));
  if (configs.size < next.peers.length) {
    return err({ code: 'peer-exists', message: 'Two neighbors have the same address.' });
  }
  const changes: PeerChange[] = [];
  for (const peer of peers) {
    if (peer.isDynamic && !configs.has(peer.name)) {
      const { address = '', interface: link, remoteAs } = peer.config; // whoever came from a range has an address
      // Without a range it stays what it is until its session ends; a range that is not for it any more ends it.
      if (!ranges.value.holds(address)) continue;
      const config = ranges.value.configFor(address, link, remoteAs);
      if (config !== undefined) configs.set(peer.name, config);
    }
    if (becomesConfigured(peer, next)) changes.push({ peer: peer.name, effect: 'session-reset', keys: [] });
    else changes.push(...changeOf(peer, next, configs.get(peer.name)));
  }
  for (const name of configs.keys()) {
    if (!peers.has(name)) changes.push({ peer: name, effect: 'added', keys: [] });
  }
  const policies = new Map<string, Policies>();
  for (const { peer, effect } of changes) {
    const config = configs.get(peer);
    if (config === undefined || effect === 'removed') continue;
    const run = policiesOf(config, next);
    if (!run.ok) return run;
    policies.set(peer, run.value);
  }
  const change = { peers: changes, ranges: rangeChanges(currentRanges, next.dynamicNeighbors ?? []) };
  return ok({ next, change, configs, policies });
}

function changeOf(peer: Peer, next: SpeakerConfig, config: PeerConfig | undefined): PeerChange[] {
  const changes = peerChange(next, peer.config, config);
  if (config === undefined || !peer.exceeds(config)) return changes;
  return changes.map((change) => ({ ...change, effect: 'session-reset' }));
}

/** It came from a range and gets a place of its own. */
export function becomesConfigured(peer: Peer, next: SpeakerConfig): boolean {
  return peer.isDynamic && next.peers.some(({ name }) => name === peer.name);
}
