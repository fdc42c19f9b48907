import type { PeerStatus } from '@bgp/speaker';
import { safiOf } from '@bgp/wire';
import type { PublicPeer } from '../viewer.ts';
import { protocolId } from './protocol-id.ts';
import { formatServerTime } from './time.ts';

/** The reference's words for the states of RFC 4271 §8.2.2; alice-lg counts `established` as up. */
const STATE_WORDS: Readonly<Record<PeerStatus['state'], string>> = {
  Idle: 'down',
  Connect: 'start',
  Active: 'active',
  OpenSent: 'opensent',
  OpenConfirm: 'openconfirm',
  Established: 'established',
};

/** All neighbors share one set of tables. */
export const MAIN_TABLE = 'master';

/** A neighbor with its counters, as `/protocols/bgp` has it. `preferred`: best paths that came from it. */
export function protocolForm(peer: PublicPeer, preferred: number, nowMs: number): Readonly<Record<string, unknown>> {
  const { name, address, as, state, description, localAddress, routerId, lastError, maxPrefixes } = peer;
  return {
    protocol: protocolId(name),
    bird_protocol: 'BGP',
    table: MAIN_TABLE,
    state: STATE_WORDS[state],
    bgp_state: state,
    state_changed: stateChanged(peer, nowMs),
    connection: state,
    neighbor_address: address,
    neighbor_as: as,
    // alice-lg makes the link to a neighbor's routes of its description: there has to be something to click.
    description: description ?? `AS${as} ${address === '' ? name : address}`,
    ...(routerId === undefined ? {} : { neighbor_id: routerId }),
    ...(localAddress === undefined ? {} : { source_address: localAddress }),
    ...(maxPrefixes === undefined ? {} : { import_limit: maxPrefixes }),
    ...(lastError === undefined ? {} : { last_error: lastError }),
    routes: { ...routeCounts(peer), preferred },
  };
}

/** As `/protocols/short` has it. */
export function shortProtocolForm(peer: PublicPeer, nowMs: number): Readonly<Record<string, unknown>> {
  return {
    proto: 'BGP',
    table: MAIN_TABLE,
    state: STATE_WORDS[peer.state],
    since: stateChanged(peer, nowMs),
    info: peer.state,
  };
}

/** Prefixes only: FlowSpec rules are in no listing here. */
export function routeCounts({ prefixes }: PublicPeer): { imported: number; filtered: number; exported: number } {
  let [imported, filtered, exported] = [0, 0, 0];
  for (const { family, received, accepted, sent } of prefixes) {
    if (safiOf(family) > 2) continue;
    imported += accepted;
    filtered += received - accepted;
    exported += sent;
  }
  return { imported, filtered, exported };
}

function stateChanged({ sinceMs }: PublicPeer, nowMs: number): string {
  return formatServerTime(nowMs - sinceMs);
}
