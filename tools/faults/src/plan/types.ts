import type { PeerConfig, SpeakerConfig } from '@bgp/speaker';
import type { Family } from '@bgp/wire';

/** A network as plain data; a seed determines it. */
export interface NetworkPlan {
  readonly nodes: readonly NodePlan[];
  readonly links: readonly LinkPlan[];
}

export interface NodePlan {
  /** Index in `nodes`. */
  readonly id: number;
  /** `rs`, `rr`, `client` …: for the log. */
  readonly role: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly speaker: Omit<SpeakerConfig, 'peers'>;
  /** Somewhere in its reach an AS may stand in a path more than once (as-override, allow-own-as). */
  readonly sharesPaths: boolean;
  /** A route server has no routes of its own. */
  readonly injects: boolean;
}

/** One session to be. */
export interface LinkPlan {
  /** Index in `links`. */
  readonly id: number;
  readonly ends: readonly [LinkEnd, LinkEnd];
}

export interface LinkEnd {
  readonly node: number;
  /** How the other end is configured here. */
  readonly peer: PeerConfig;
  /** It is not configured here, but comes from a range that holds it. */
  readonly isDynamic: boolean;
}

/** Routes that a node may inject. */
export interface Universe {
  readonly prefixes: readonly { readonly family: Family; readonly prefix: string }[];
}
