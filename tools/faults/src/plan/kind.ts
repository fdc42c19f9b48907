import type { PeerConfig, SpeakerConfig } from '@bgp/speaker';

type Ases = Pick<SpeakerConfig, 'asn' | 'confederation'>;
export type Kind = 'internal' | 'confederation' | 'external';

/** RFC 4271 §1.1, RFC 5065 §1.2: what a neighbor is to this speaker. */
export function kindOf({ asn, confederation }: Ases, { remoteAs }: Pick<PeerConfig, 'remoteAs'>): Kind {
  if (remoteAs === asn) return 'internal';
  return confederation?.members.includes(remoteAs) === true ? 'confederation' : 'external';
}

/** RFC 5065 §4: by which AS `viewer` knows `speaker`. */
export function asSeenBy(speaker: Ases, viewer: Ases): number {
  const { asn, confederation } = speaker;
  return confederation === undefined || confederation.id === viewer.confederation?.id ? asn : confederation.id;
}
