import type { Asn, CodecContext, IpAddress } from '@bgp/wire';

/** Something that happened with a neighbor, as the stream tells it. */
export type RisEvent = RisMessageEvent | RisStateEvent;

interface FromPeer {
  /** Wall time. */
  readonly atMs: number;
  /** Without zone. */
  readonly peer: IpAddress;
  readonly peerAs: Asn;
}

/** A whole BGP message with its header, as it was on the wire. */
export interface RisMessageEvent extends FromPeer {
  readonly event: 'message';
  readonly direction: 'sent' | 'received';
  /** Nothing of it is kept. */
  readonly octets: Uint8Array;
  /** What the session had negotiated. */
  readonly ctx: CodecContext;
}

export interface RisStateEvent extends FromPeer {
  readonly event: 'state';
  readonly state: 'connected' | 'down';
}

/** One step of a path: an AS, or an AS_SET in ascending order. */
export type PathStep = number | readonly number[];

/** `type` of a `ris_message`. */
export const RIS_TYPES = ['UPDATE', 'OPEN', 'NOTIFICATION', 'KEEPALIVE', 'RIS_PEER_STATE'] as const;
export type RisType = (typeof RIS_TYPES)[number];
