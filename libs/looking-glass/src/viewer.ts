import type { PeerStatus } from '@bgp/speaker';
import type { Asn, IpAddress, LargeCommunity } from '@bgp/wire';

/** What the public may see besides routes and counters. */
export interface Viewer {
  /** The operator's texts about neighbors. */
  readonly descriptions: boolean;
  /** Large communities that stand for the reasons of filtered routes, by `policy/statement`: how alice-lg shows reasons. */
  readonly rejectionReasons: ReadonlyMap<string, LargeCommunity>;
}

/**
 * A neighbor as the public may know it. Only what is named here leaves: a new field of the configuration, a key or a
 * password above all, stays inside until somebody adds it.
 */
export interface PublicPeer {
  /** The address, with `%interface` for link-local ones; or the interface alone. */
  readonly name: string;
  /** Where it is; empty: it has no address of its own and nobody was found. */
  readonly address: IpAddress;
  readonly as: Asn;
  readonly state: PeerStatus['state'];
  readonly sinceMs: number;
  readonly prefixes: PeerStatus['prefixes'];
  readonly description?: string;
  readonly localAddress?: IpAddress;
  readonly routerId?: IpAddress;
  readonly lastError?: string;
  readonly maxPrefixes?: number;
}

export function publicPeer(peer: PeerStatus, viewer: Viewer): PublicPeer {
  const { config, state, sinceMs, prefixes, local, remoteRouterId, lastError } = peer;
  const { description, maxPrefixes } = config;
  return {
    name: config.name,
    address: peer.address ?? '',
    as: config.remoteAs,
    state,
    sinceMs,
    prefixes,
    ...(description === undefined || !viewer.descriptions ? {} : { description }),
    ...(local === undefined ? {} : { localAddress: local.address }),
    ...(remoteRouterId === undefined ? {} : { routerId: remoteRouterId }),
    ...(lastError === undefined ? {} : { lastError }),
    ...(maxPrefixes === undefined ? {} : { maxPrefixes }),
  };
}
