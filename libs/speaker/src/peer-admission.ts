import { err, type Result } from '@bgp/wire';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import type { DynamicNeighbors } from './dynamic-neighbors.ts';
import { LeavingNeighbors } from './leaving-neighbors.ts';
import { type DynamicOrigin, Peer } from './peer.ts';
import type { PeerSet } from './peer-set.ts';
import type { Policies } from './policies.ts';
import type { AcceptedConnection, SocketAddress } from './ports.ts';
import { scopedAddress } from './scoped-address.ts';
import type { Shared } from './shared.ts';
import type { SpeakerError } from './status.ts';
import { TABLE_FAMILIES } from './tables.ts';

/** How somebody becomes a neighbor: by configuration, or from a range by connecting. */
export class PeerAdmission {
  readonly leaving = new LeavingNeighbors();
  readonly #shared: Shared;
  readonly #peers: PeerSet;
  readonly #ranges: DynamicNeighbors;
  readonly #isRunning: () => boolean;

  /** `isRunning`: whoever comes may begin, and may connect. */
  constructor(shared: Shared, peers: PeerSet, ranges: DynamicNeighbors, isRunning: () => boolean) {
    this.#shared = shared;
    this.#peers = peers;
    this.#ranges = ranges;
    this.#isRunning = isRunning;
  }

  /** What a neighbor of this configuration would run, or what is wrong with it. */
  policiesOf(config: PeerConfig, speaker: SpeakerConfig = this.#shared.config): Result<Policies, SpeakerError> {
    if (config.families.some((family) => !TABLE_FAMILIES.includes(family))) {
      const message = `${config.name} is configured for a family that this version has no table for.`;
      return err({ code: 'peer-invalid', message });
    }
    return this.#shared.policies.policiesFor(speaker, config);
  }

  /** Before the speaker starts. */
  create(config: PeerConfig, policies: Policies, dynamic?: DynamicOrigin): Peer {
    const peer = new Peer(this.#shared, config, policies, dynamic);
    this.#peers.add(peer);
    return peer;
  }

  /** Later: nobody else starts it. */
  add(config: PeerConfig, policies: Policies, dynamic?: DynamicOrigin): Peer {
    const peer = this.create(config, policies, dynamic);
    const { observe, clock } = this.#shared.ports;
    observe({ type: 'peer-added', atMs: clock.wallMs(), peer: config.name });
    if (this.leaving.has(config.name)) peer.setGracefulShutdown(true);
    if (this.#isRunning()) peer.start();
    return peer;
  }

  /** Undefined: nobody may come in from there, or not now. */
  accept(local: SocketAddress, remote: SocketAddress): AcceptedConnection | undefined {
    if (!this.#isRunning()) return undefined;
    const known = this.#peers.withAddress(remote);
    if (known !== undefined) return known.accept(local, remote);
    const newcomer = this.#fromRange(remote);
    if (typeof newcomer !== 'string') return newcomer.accept(local, remote);
    const { observe, clock } = this.#shared.ports;
    observe({ type: 'connection-refused', atMs: clock.wallMs(), from: scopedAddress(remote), reason: newcomer });
    return undefined;
  }

  /** A neighbor of a range, or why there is none. */
  #fromRange({ address, interface: link }: SocketAddress): Peer | 'unknown-peer' | 'dynamic-limit' {
    const config = this.#ranges.configFor(address, link);
    if (config === undefined) return 'unknown-peer';
    const count = [...this.#peers].filter(({ isDynamic }) => isDynamic).length;
    if (count >= this.#ranges.limit) return 'dynamic-limit';
    const policies = this.policiesOf(config);
    if (!policies.ok) return 'unknown-peer';
    return this.add(config, policies.value, {
      configFor: (remoteAs) => this.#learned(address, link, remoteAs),
      // Not from within its own step.
      left: () => this.#shared.ports.clock.soon(() => this.#leave(config.name)),
    });
  }

  #learned(address: string, link: string | undefined, remoteAs: number): ReturnType<DynamicOrigin['configFor']> {
    const config = this.#ranges.configFor(address, link, remoteAs);
    const policies = config === undefined ? undefined : this.policiesOf(config);
    return config !== undefined && policies?.ok === true ? { config, policies: policies.value } : undefined;
  }

  #leave(name: string): void {
    const peer = this.#peers.named(name);
    if (peer !== undefined) this.#peers.remove(peer);
  }
}
