import type { Family } from './family.ts';

/** How the peer stands to us. It decides several RFC 7606 verdicts and which attributes are legal. */
export type PeerKind = 'external' | 'internal' | 'confederation';

/** What the OPEN exchange settled. Every decode and encode depends on it, so it is an argument, never a flag or global. */
export interface CodecContext {
  /** RFC 6793: both sides speak 4-octet AS numbers. */
  readonly fourOctetAs: boolean;
  /** RFC 8654: 65535 when both sides announced extended messages. OPEN and KEEPALIVE stay at 4096. */
  readonly maxMessageOctets: 4096 | 65535;
  /** RFC 7911, per family and direction, as seen from us. A family that is absent has neither. */
  readonly addPath: ReadonlyMap<Family, { readonly receive: boolean; readonly send: boolean }>;
  /** RFC 8950: families whose NLRI may carry an IPv6 next hop. */
  readonly extendedNextHop: ReadonlySet<Family>;
  readonly peerKind: PeerKind;
}

/** Before OPEN: 2-octet AS numbers, 4096 octets, nothing negotiated. */
export const INITIAL_CONTEXT: CodecContext = {
  fourOctetAs: false,
  maxMessageOctets: 4096,
  addPath: new Map(),
  extendedNextHop: new Set(),
  peerKind: 'external',
};
