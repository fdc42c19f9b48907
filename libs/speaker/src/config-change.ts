import { sourceFingerprint } from '@bgp/policy';
import type { DynamicRange, PeerConfig, SpeakerConfig } from './config.ts';
import { connectionSecurity, sessionConfig } from './session-config.ts';

/** What a change of a neighbor's configuration needs. */
export type ChangeEffect = 'nothing' | 'live' | 'session-reset';

/** What another configuration does to one neighbor. */
export interface PeerChange {
  readonly peer: string;
  readonly effect: 'added' | 'removed' | 'live' | 'session-reset';
  /** What is different, for a neighbor that stays. */
  readonly keys: readonly (keyof PeerConfig)[];
}

/** What another configuration does to one range of neighbors. Those who came from it follow it, but a removed one leaves them be. */
export interface RangeChange {
  readonly prefix: string;
  readonly effect: 'added' | 'removed' | 'live';
}

/** Everything that another configuration does, before it is done. */
export interface SpeakerChange {
  readonly peers: readonly PeerChange[];
  readonly ranges: readonly RangeChange[];
}

/**
 * Only what the OPEN said, what the connection is made of, and what decides about routes on their way into the tables needs a new
 * session; everything else is applied while it is up.
 */
export function effectOf(speaker: SpeakerConfig, before: PeerConfig, after: PeerConfig): ChangeEffect {
  if (areEqual(before, after)) return 'nothing';
  return areEqual(sessionPart(speaker, before), sessionPart(speaker, after)) ? 'live' : 'session-reset';
}

/** Two configurations, without a speaker that runs: ranges have no neighbors, and everything is named that needs a restart. */
export function compareConfigs(
  before: SpeakerConfig,
  after: SpeakerConfig,
): SpeakerChange & { readonly needRestart: readonly (keyof SpeakerConfig)[] } {
  const now = new Map(after.peers.map((peer) => [peer.name, peer]));
  const known = new Set(before.peers.map(({ name }) => name));
  const peers: PeerChange[] = [];
  for (const peer of before.peers) peers.push(...peerChange(after, peer, now.get(peer.name)));
  for (const { name } of after.peers) if (!known.has(name)) peers.push({ peer: name, effect: 'added', keys: [] });
  const ranges = rangeChanges(before.dynamicNeighbors ?? [], after.dynamicNeighbors ?? []);
  return { peers, ranges, needRestart: keysThatNeedRestart(before, after) };
}

/** None, when nothing is different. */
export function peerChange(next: SpeakerConfig, before: PeerConfig, after: PeerConfig | undefined): PeerChange[] {
  if (after === undefined) return [{ peer: before.name, effect: 'removed', keys: [] }];
  const effect = effectOf(next, before, after);
  return effect === 'nothing' ? [] : [{ peer: before.name, effect, keys: changedKeys(before, after) }];
}

function changedKeys(before: PeerConfig, after: PeerConfig): (keyof PeerConfig)[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof PeerConfig)[]);
  return [...keys].filter((key) => !areEqual({ [key]: before[key] }, { [key]: after[key] }));
}

export function rangeChanges(before: readonly DynamicRange[], after: readonly DynamicRange[]): RangeChange[] {
  const old = new Map(before.map((range) => [range.prefix, range]));
  const now = new Map(after.map((range) => [range.prefix, range]));
  const changes: RangeChange[] = [];
  for (const prefix of old.keys()) if (!now.has(prefix)) changes.push({ prefix, effect: 'removed' });
  for (const [prefix, range] of now) {
    const known = old.get(prefix);
    if (known === undefined) changes.push({ prefix, effect: 'added' });
    else if (!areEqual(known, range)) changes.push({ prefix, effect: 'live' });
  }
  return changes;
}

/** What makes every neighbor what it is: half of such a change would be worse than none. */
export function keysThatNeedRestart(before: SpeakerConfig, after: SpeakerConfig): (keyof SpeakerConfig)[] {
  const whole = ({ routerId, clusterId = routerId, ...rest }: SpeakerConfig) => ({ routerId, clusterId, ...rest });
  const [old, now] = [whole(before), whole(after)];
  const keys = [
    'asn',
    'routerId',
    'clusterId',
    'med',
    'ebgpRequiresPolicy',
    'confederation',
    'validityInDecision',
    'pathsWithoutRole',
  ] as const;
  return keys.filter((key) => !areEqual(old[key], now[key]));
}

const STEADY = { hasRestarted: false, isForwardingPreserved: false };

function sessionPart(speaker: SpeakerConfig, peer: PeerConfig): unknown {
  return [
    sessionConfig(speaker, peer, STEADY),
    connectionSecurity(speaker, peer),
    peer.address,
    peer.interface,
    peer.localAddress,
    peer.localPort,
    peer.remotePort,
    peer.acceptedAses,
    // Judged on receipt, before anything is kept; and who the sender is to the others.
    peer.enforceFirstAs,
    peer.allowOwnAs,
    peer.localAs,
    peer.routeReflectorClient,
    peer.routeServerClient,
  ];
}

/** Plain data made by the same code: fields come in the same order. Policies are compared by name of content, for they may be long. */
function areEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a, withFingerprints) === JSON.stringify(b, withFingerprints);
}

const CHAINS: ReadonlySet<string> = new Set(['importChain', 'exportChain']);

function withFingerprints(key: string, value: unknown): unknown {
  return CHAINS.has(key) && Array.isArray(value) ? value.map(sourceFingerprint) : value;
}
