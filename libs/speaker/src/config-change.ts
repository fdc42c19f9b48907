import type { PeerConfig, SpeakerConfig } from './config.ts';
import { connectionSecurity, sessionConfig } from './session-config.ts';

/** What a change of a neighbor's configuration needs. */
export type ChangeEffect = 'nothing' | 'live' | 'session-reset';

/**
 * Only what the OPEN said, what the connection is made of, and what decides about routes on their way into the tables needs a new
 * session; everything else is applied while it is up.
 */
export function effectOf(speaker: SpeakerConfig, before: PeerConfig, after: PeerConfig): ChangeEffect {
  if (areEqual(before, after)) return 'nothing';
  return areEqual(sessionPart(speaker, before), sessionPart(speaker, after)) ? 'live' : 'session-reset';
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

/** Plain data made by the same code: fields come in the same order. */
function areEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
