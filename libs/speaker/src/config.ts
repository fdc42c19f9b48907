import type { PolicySource } from '@bgp/policy';
import type { Asn, Family, IpAddress, IpPrefix, PeerKind } from '@bgp/wire';
import type { LocalRole } from './local-role.ts';
import type { TcpAoKey } from './ports.ts';

export type { LocalRole };

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
  /** RFC 5065: what the outside sees as our AS, and the other member ASes. `asn` is our member AS. */
  readonly confederation?: { readonly id: Asn; readonly members: readonly Asn[] };
  readonly dynamicNeighbors?: readonly DynamicRange[];
  /** Most neighbors that the ranges may create; absent: 100. */
  readonly dynamicNeighborLimit?: number;
  readonly restarting?: Restarting;
  /** Which results of RPKI come before LOCAL_PREF in the decision; absent: both. Policy sees them in any case. */
  readonly validityInDecision?: { readonly origin: boolean; readonly path: boolean };
  /**
   * Paths from an external neighbor without `role`: verified as those of a customer or peer, which makes what a provider sends invalid,
   * or `unknown`. Absent: `upstream`.
   */
  readonly pathsWithoutRole?: 'upstream' | 'unverified';
}

/** This process follows one that said it would be back (RFC 4724 §4.1). */
export interface Restarting {
  /** Wall time. Until then neighbors are told that we restarted, and route selection waits for their End-of-RIB. */
  readonly untilMs: number;
  /** Names of those who keep our routes; nobody else is waited for. Absent: all of the configuration. */
  readonly peers?: readonly string[];
}

/** Whoever connects from inside `prefix` becomes a neighbor for as long as its session lives. The longest range wins. */
export interface DynamicRange {
  readonly prefix: IpPrefix;
  readonly peerGroup: string;
  /** Empty: any AS. */
  readonly remoteAses: readonly Asn[];
  readonly description?: string;
  /** What a neighbor of each kind gets. One whose kind is missing is refused like one of another AS. */
  readonly templates: Readonly<Partial<Record<PeerKind, PeerTemplate>>>;
}

/** The group's values and defaults. Name, address, AS and group are filled in on arrival. */
export type PeerTemplate = Omit<PeerConfig, 'name' | 'address' | 'remoteAs'>;

export interface AddPathConfig {
  readonly receive: boolean;
  readonly send: boolean;
  /** Most paths per prefix that are sent; absent: all. */
  readonly sendMax?: number;
  /** Absent: every unicast and multicast family of the session. */
  readonly families?: readonly Family[];
}

export interface PrefixLimit {
  readonly family: Family;
  readonly max: number;
}

/** The AS that this neighbor knows us by instead of ours, while a network moves from one AS to another. */
export interface LocalAs {
  readonly as: Asn;
  /** Routes from the neighbor get `as` in front. */
  readonly prependInbound: boolean;
  /** Routes to the neighbor show `as` only, not ours behind it. */
  readonly replaceAs: boolean;
}

/**
 * One neighbor, group values merged in. `name` is the address, with `%interface` for link-local ones; or the interface, where that is all that
 * is known of it.
 */
export interface PeerConfig {
  readonly name: string;
  /** Absent: whoever is found on `interface`. */
  readonly address?: IpAddress;
  readonly interface?: string;
  /** 0: not known before the neighbor's OPEN; of a range, any that it accepts; of a configured neighbor, any that makes it an external one. */
  readonly remoteAs: Asn;
  /** With `remoteAs` 0: these only; absent or empty: any. */
  readonly acceptedAses?: readonly Asn[];
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
  /** RFC 5925; not together with `md5Password`. */
  readonly tcpAo?: TcpAoKey;
  readonly nextHopSelf: boolean;
  readonly localIpv6NextHop?: IpAddress;
  readonly routeReflectorClient: boolean;
  readonly routeServerClient: boolean;
  readonly removePrivateAs?: 'remove' | 'all' | 'replace';
  /** RFC 4271 §6.3: an external path must begin with the neighbor's AS. */
  readonly enforceFirstAs: boolean;
  /** Received prefixes over all families before Cease/1. */
  readonly maxPrefixes?: number;
  /** The same for single families; both hold. */
  readonly maxPrefixesByFamily?: readonly PrefixLimit[];
  /** Per cent of a limit from which an event warns; absent: no warning. */
  readonly maxPrefixesWarning?: number;
  /** `warn`: the limit is reported and the session stays. */
  readonly maxPrefixesAction: 'reset' | 'warn';
  /**
   * Seconds after Cease/1 until the session starts again; 0: only an operator starts it; absent: it comes back like after any
   * failure, later each time.
   */
  readonly maxPrefixesRestartTime?: number;
  /** Advertised prefixes per family; what comes after them is not sent and reported. */
  readonly maxPrefixesOut?: number;
  readonly gracefulRestart: boolean;
  /** Seconds. */
  readonly grRestartTime: number;
  /** Seconds that a restarting neighbor has to send its table again (RFC 4724 §4.2). */
  readonly grStaleRoutesTime: number;
  /** Seconds that routes stay as long-lived stale (RFC 9494); 0: off. */
  readonly llgrStaleTime: number;
  readonly addPath?: AddPathConfig;
  readonly role?: LocalRole;
  /** RFC 9234 §4.2: no session with a neighbor that does not say its role. */
  readonly strictRole: boolean;
  /** How often our AS may stand in a received AS_PATH (RFC 4271 §9.1.2 allows none). */
  readonly allowOwnAs: number;
  /** In what we send, the neighbor's AS becomes ours, so that a customer with several sites accepts its own routes. */
  readonly asOverride: boolean;
  readonly localAs?: LocalAs;
  /** RFC 7947 §2.3.2: the best path among those that this client may get, so that a path that policy hides hides no other. */
  readonly perClientBest: boolean;
  /** RFC 8955 §6: FlowSpec rules only from whoever the best route to their destination comes from. */
  readonly flowSpecValidation: boolean;
  /** What each direction runs, in order; absent: no policy (see `ebgpRequiresPolicy`). */
  readonly importChain?: readonly PolicySource[];
  readonly exportChain?: readonly PolicySource[];
}
