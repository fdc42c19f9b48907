import type { PolicySource } from '@bgp/policy';
import type { Asn, Family, IpAddress } from '@bgp/wire';

/** Plain data; defaults are filled in by the config library and by `defaultPeerConfig`. */
export interface SpeakerConfig {
  readonly asn: Asn;
  readonly routerId: IpAddress;
  readonly clusterId?: IpAddress;
  /** RFC 8212: without a policy an external neighbor exchanges nothing. */
  readonly ebgpRequiresPolicy: boolean;
  /** RFC 4271 §9.1.2.2 (c): compare MED within one neighboring AS, or across all. */
  readonly med: 'per-neighbor-as' | 'always-compare';
  readonly peers: readonly PeerConfig[];
}

/** One neighbor, group values merged in. `name` is the address, with `%interface` for link-local ones. */
export interface PeerConfig {
  readonly name: string;
  readonly address: IpAddress;
  readonly interface?: string;
  readonly remoteAs: Asn;
  readonly description?: string;
  readonly peerGroup?: string;
  readonly enabled: boolean;
  /** Never dials, only waits. */
  readonly passive: boolean;
  readonly localAddress?: IpAddress;
  readonly localPort?: number;
  /** 179. */
  readonly remotePort: number;
  /** Seconds. */
  readonly holdTime: number;
  /** Seconds; the base of the growing idle hold time. */
  readonly connectRetryTime: number;
  /** Seconds; 0: off. RFC 4271 §8.1.1. */
  readonly delayOpenTime: number;
  readonly families: readonly Family[];
  /** TTL of an external multihop session; absent: 1 for directly connected external peers' own choice by the system. */
  readonly multihopTtl?: number;
  /** RFC 5082. */
  readonly ttlSecurity: boolean;
  readonly md5Password?: string;
  readonly nextHopSelf: boolean;
  readonly localIpv6NextHop?: IpAddress;
  readonly routeReflectorClient: boolean;
  readonly routeServerClient: boolean;
  readonly removePrivateAs?: 'remove' | 'all' | 'replace';
  /** RFC 4271 §6.3: an external path must begin with the neighbor's AS. */
  readonly enforceFirstAs: boolean;
  /** Received prefixes over all families before Cease/1. */
  readonly maxPrefixes?: number;
  readonly gracefulRestart: boolean;
  /** Seconds. */
  readonly grRestartTime: number;
  /** What each direction runs, in order; absent: no policy (see `ebgpRequiresPolicy`). */
  readonly importChain?: readonly PolicySource[];
  readonly exportChain?: readonly PolicySource[];
}
