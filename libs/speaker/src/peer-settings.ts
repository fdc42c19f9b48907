import type { FsmConfig, Negotiated } from '@bgp/fsm';
import type { RibPeer } from '@bgp/rib';
import { type IpAddress, parseIpAddress, parseIpv4 } from '@bgp/wire';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import { ANY_AS, moreOwnAses, peerKind } from './peer-kind.ts';
import { type Direction, type KeyedPolicy, missingPolicies, type Policies } from './policies.ts';
import type { TcpSecurity } from './ports.ts';
import { connectionSecurity, type RestartState, sessionConfig } from './session-config.ts';

const NOBODY = new Uint8Array(4);

/** What of a neighbor its parts may read. */
export type ReadonlyPeerSettings = Readonly<PeerSettings>;

/** How one neighbor is configured at the moment, and what that means together with the speaker's configuration. */
export class PeerSettings {
  readonly #speaker: { readonly config: SpeakerConfig };
  config: PeerConfig;
  importPolicy: KeyedPolicy;
  exportPolicy: KeyedPolicy;
  /** RFC 8326: the operator is about to take the session down. */
  isLeaving = false;
  /** From the last OPEN that was agreed on: stale routes are still those of this neighbor. */
  seenAs = ANY_AS;
  seenRouterId: IpAddress | undefined;

  /** `speaker`: read again each time, since its configuration changes too. */
  constructor(speaker: { readonly config: SpeakerConfig }, config: PeerConfig, policies: Policies) {
    this.#speaker = speaker;
    this.config = config;
    this.importPolicy = policies.import;
    this.exportPolicy = policies.export;
  }

  change(config: PeerConfig, policies: Policies): void {
    this.config = config;
    this.importPolicy = policies.import;
    this.exportPolicy = policies.export;
  }

  /** Of a neighbor that may have any: what it had last. */
  get remoteAs(): number {
    return this.config.remoteAs === ANY_AS ? this.seenAs : this.config.remoteAs;
  }

  get security(): TcpSecurity {
    return connectionSecurity(this.#speaker.config, this.config);
  }

  get missingPolicies(): Direction[] {
    return missingPolicies(this.#speaker.config, this.config);
  }

  session(restart: RestartState): FsmConfig {
    return sessionConfig(this.#speaker.config, this.config, restart);
  }

  /** The neighbor as the RIB knows it; without `negotiated`, as far as that can be said without a session. */
  ribPeer(address: string | undefined, negotiated: Negotiated | undefined): RibPeer {
    const { config } = this;
    const octets = parseIpAddress(address ?? '');
    const own = moreOwnAses(this.#speaker.config, config);
    const identifier = this.seenRouterId === undefined ? undefined : parseIpv4(this.seenRouterId);
    return {
      name: config.name,
      kind: negotiated?.peerKind ?? peerKind(this.#speaker.config, config),
      as: negotiated?.remoteAs ?? this.remoteAs,
      bgpIdentifier: identifier?.ok === true ? identifier.value : 0,
      address: octets.ok ? octets.value : NOBODY,
      routeReflectorClient: config.routeReflectorClient,
      routeServerClient: config.routeServerClient,
      enforceFirstAs: config.enforceFirstAs,
      allowOwnAs: config.allowOwnAs,
      ...(own.length === 0 ? {} : { moreOwnAses: own }),
    };
  }
}
