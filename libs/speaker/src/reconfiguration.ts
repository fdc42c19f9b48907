import { compileDelta, type PolicySource } from '@bgp/policy';
import type { PeerIndex, Touches } from '@bgp/rib';
import { ok, type Result } from '@bgp/wire';
import { becomesConfigured, type ChangePlan, planChange } from './change-plan.ts';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import type { ChangeEffect } from './config-change.ts';
import { type ConfigPreview, previewChange } from './config-preview.ts';
import type { DynamicNeighbors } from './dynamic-neighbors.ts';
import type { Peer } from './peer.ts';
import type { PeerAdmission } from './peer-admission.ts';
import type { PeerSet } from './peer-set.ts';
import type { Direction } from './policies.ts';
import type { Shared } from './shared.ts';
import type { SpeakerError } from './status.ts';

/** Another configuration while the speaker runs: what it would do, and how it takes effect. */
export class Reconfiguration {
  readonly #shared: Shared;
  readonly #peers: PeerSet;
  readonly #ranges: DynamicNeighbors;
  readonly #admission: PeerAdmission;

  constructor(shared: Shared, peers: PeerSet, ranges: DynamicNeighbors, admission: PeerAdmission) {
    this.#shared = shared;
    this.#peers = peers;
    this.#ranges = ranges;
    this.#admission = admission;
  }

  /** What it would do, or why it cannot be done. */
  plan(next: SpeakerConfig): Result<ChangePlan, SpeakerError> {
    const present = { config: this.#shared.config, ranges: this.#ranges.list(), peers: this.#peers };
    return planChange(present, next, (config, speaker) => this.#admission.policiesOf(config, speaker));
  }

  /** How it would change what neighbors have been told; `done` gets the result. */
  preview(plan: ChangePlan, maxRoutes: number, done: (preview: ConfigPreview) => void): void {
    const { rib, scheduler } = this.#shared;
    previewChange(rib, scheduler, this.#peers, plan, maxRoutes, done);
  }

  /** Once `shared.config` is the plan's. `settled` runs when neighbors have been told all that differs. */
  apply({ next, change, configs, policies }: ChangePlan, settled: () => void): void {
    for (const { prefix } of this.#ranges.list()) this.#ranges.remove(prefix);
    for (const range of next.dynamicNeighbors ?? []) this.#ranges.add(range);
    this.#ranges.setLimit(next.dynamicNeighborLimit);
    const changed: Peer[] = [];
    const judged = new Map<PeerIndex, Touches | undefined>();
    for (const { peer: name } of change.peers) {
      const config = configs.get(name);
      const run = policies.get(name);
      const peer = this.#peers.named(name);
      if (config === undefined || run === undefined) {
        if (peer !== undefined) this.#peers.remove(peer);
      } else if (peer === undefined) {
        this.#admission.add(config, run);
      } else if (becomesConfigured(peer, next)) {
        this.#peers.remove(peer);
        this.#admission.add(config, run);
      } else {
        const { effect, touched } = peer.reconfigure(config, run);
        if (effect !== 'live') continue;
        changed.push(peer);
        if (touched.kind !== 'none') judged.set(peer.index, compileDelta(touched));
      }
    }
    for (const peer of this.#peers) peer.ownAsesChanged();
    const inUse = [...this.#peers].flatMap(({ importPolicy, exportPolicy }) => [importPolicy, exportPolicy]);
    this.#shared.policies.keepOnly(new Set(inUse));
    this.#bringInForce(changed, judged, settled);
  }

  /** Another configuration of one neighbor that is there. */
  applyTo(peer: Peer, config: PeerConfig): Result<ChangeEffect, SpeakerError> {
    const policies = this.#admission.policiesOf(config);
    if (!policies.ok) return policies;
    const isTooMuch = peer.exceeds(config);
    const { effect, touched } = peer.reconfigure(config, policies.value);
    const judged = touched.kind === 'none' ? [] : [[peer.index, compileDelta(touched)] as const];
    if (effect === 'live') this.#bringInForce([peer], new Map(judged));
    return ok(effect === 'live' && isTooMuch ? 'session-reset' : effect);
  }

  /** Another policy of one neighbor in one direction, or none. */
  setPolicy(peer: Peer, direction: Direction, chain: readonly PolicySource[] | undefined): Result<void, SpeakerError> {
    const { importChain: oldImport, exportChain: oldExport, ...rest } = peer.config;
    const importChain = direction === 'import' ? chain : oldImport;
    const exportChain = direction === 'export' ? chain : oldExport;
    const config: PeerConfig = {
      ...rest,
      ...(importChain === undefined ? {} : { importChain }),
      ...(exportChain === undefined ? {} : { exportChain }),
    };
    const keyed = this.#shared.policies.policyFor(this.#shared.config, config, direction);
    if (!keyed.ok) return keyed;
    peer.setPolicy(direction, keyed.value, config);
    return ok(undefined);
  }

  /** Routes are judged again first, so that whoever changes update groups then hears each difference once. */
  #bringInForce(
    changed: readonly Peer[],
    judged: ReadonlyMap<PeerIndex, Touches | undefined>,
    settled: () => void = () => {},
  ): void {
    const { rib, scheduler } = this.#shared;
    const tell = () => {
      for (const peer of changed) peer.policyChanged();
      for (const peer of changed) peer.limitsChanged(); // last: one of a range whose session ends is gone with it
      scheduler.whenIdle(settled);
    };
    if (judged.size === 0) return tell();
    scheduler.beforeSending(rib.judgeAgain(judged), tell);
  }
}
