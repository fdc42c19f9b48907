import type { PeerKind } from '@bgp/wire';
import type { PeerConfig, SpeakerConfig } from './config.ts';

type OwnAses = Pick<SpeakerConfig, 'asn' | 'confederation'>;
type Neighbor = Pick<PeerConfig, 'remoteAs' | 'localAs'>;

/** RFC 4271 §1.1, RFC 5065 §1.2. A neighbor that knows us by a local-as is always an external one. */
export function peerKind({ asn, confederation }: OwnAses, { remoteAs, localAs }: Neighbor): PeerKind {
  if (localAs !== undefined) return 'external';
  if (remoteAs === asn) return 'internal';
  return confederation?.members.includes(remoteAs) === true ? 'confederation' : 'external';
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
