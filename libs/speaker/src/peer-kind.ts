import type { PeerKind } from '@bgp/wire';
import type { PeerConfig, SpeakerConfig } from './config.ts';

export type OwnAses = Pick<SpeakerConfig, 'asn' | 'confederation'>;
type Neighbor = Pick<PeerConfig, 'remoteAs' | 'localAs' | 'acceptedAses'>;

/** Stands in for an AS that is not known before the neighbor's OPEN. */
export const ANY_AS = 0;

/**
 * RFC 4271 §1.1, RFC 5065 §1.2. A neighbor that knows us by a local-as is always an external one, and one whose AS is not known yet is
 * taken for one while those that it may have are of different kinds.
 */
export function peerKind(own: OwnAses, neighbor: Neighbor): PeerKind {
  return knownKind(own, neighbor) ?? 'external';
}

/** Undefined while it depends on the neighbor's OPEN. */
export function knownKind(own: OwnAses, { remoteAs, localAs, acceptedAses = [] }: Neighbor): PeerKind | undefined {
  if (localAs !== undefined) return 'external';
  if (remoteAs !== ANY_AS) return kindOfAs(own, remoteAs);
  const kinds = new Set(acceptedAses.map((as) => kindOfAs(own, as)));
  const [only] = kinds;
  return kinds.size === 1 ? only : undefined;
}

export function kindOfAs({ asn, confederation }: OwnAses, as: number): PeerKind {
  if (as === asn) return 'internal';
  return confederation?.members.includes(as) === true ? 'confederation' : 'external';
}

/** Whether a neighbor that may have any AS is an external one with this one: neither ours nor a member's, nor what it knows us by. */
export function isExternalAs(own: OwnAses, neighbor: Neighbor, remoteAs: number): boolean {
  if (remoteAs === sessionAs(own, neighbor)) return false;
  return neighbor.localAs !== undefined || kindOfAs(own, remoteAs) === 'external';
}

/** The AS that a neighbor knows us by: outside of a confederation nobody sees its members (RFC 5065 §4). */
export function sessionAs(speaker: OwnAses, peer: Neighbor): number {
  if (peer.localAs !== undefined) return peer.localAs.as;
  return peerKind(speaker, peer) === 'external' ? (speaker.confederation?.id ?? speaker.asn) : speaker.asn;
}

/** What an external neighbor finds in front of the paths that we send, rightmost first. */
export function ownFront({ asn, confederation }: OwnAses, { localAs }: Neighbor): number[] {
  const own = confederation?.id ?? asn;
  if (localAs === undefined) return [own];
  return localAs.replaceAs ? [localAs.as] : [own, localAs.as];
}

/**
 * The local-as numbers whose appearance in this neighbor's paths means that the route went through us: its own, and those that stand
 * in for ours. (The others have ours behind them.) Internal neighbors are left out: one of them may have prepended it on receipt.
 */
export function moreOwnAses(speaker: Pick<SpeakerConfig, 'asn' | 'confederation' | 'peers'>, peer: Neighbor): number[] {
  if (peerKind(speaker, peer) !== 'external') return [];
  const ours = new Set(peer.localAs === undefined ? [] : [peer.localAs.as]);
  for (const { localAs } of speaker.peers) if (localAs?.replaceAs === true) ours.add(localAs.as);
  ours.delete(speaker.confederation?.id ?? speaker.asn);
  return [...ours];
}
