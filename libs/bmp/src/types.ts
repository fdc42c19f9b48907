import type { Family } from '@bgp/wire';

/** RFC 7854 §4.1. */
export const BMP_TYPE = {
  ROUTE_MONITORING: 0,
  STATISTICS_REPORT: 1,
  PEER_DOWN: 2,
  PEER_UP: 3,
  INITIATION: 4,
  TERMINATION: 5,
  ROUTE_MIRRORING: 6,
} as const;

/** RFC 7854 §4.2, RFC 9069 §4.1. */
export const PEER_TYPE = { GLOBAL: 0, RD: 1, LOCAL: 2, LOC_RIB: 3 } as const;

/** RFC 7854 §4.2 (V, L, A), RFC 8671 §4 (O), RFC 9069 §4.2 (F: a meaning of its own for peer type 3 only). */
export const PEER_FLAG = { V: 0x80, L: 0x40, A: 0x20, O: 0x10, F: 0x80 } as const;

/** RFC 7854 §4.9, RFC 9069 §5.3. */
export const PEER_DOWN_REASON = {
  LOCAL_NOTIFICATION: 1,
  LOCAL_NO_NOTIFICATION: 2,
  REMOTE_NOTIFICATION: 3,
  REMOTE_NO_NOTIFICATION: 4,
  DECONFIGURED: 5,
  LOCAL_TLV: 6,
} as const;

/** RFC 7854 §4.4, RFC 9069 §5.2.1: types of Initiation and Peer Up. */
export const INFORMATION_TLV = { STRING: 0, SYS_DESCR: 1, SYS_NAME: 2, VRF_NAME: 3 } as const;
/** RFC 7854 §4.5. */
export const TERMINATION_TLV = { STRING: 0, REASON: 1 } as const;
/** RFC 7854 §4.7. */
export const MIRRORING_TLV = { BGP_MESSAGE: 0, INFORMATION: 1 } as const;

/** One type-length-value; unknown types are kept as they are. */
export interface Tlv {
  readonly type: number;
  readonly value: Uint8Array;
}

/** RFC 7854 §4.2. Everything as on the wire, so that what is read is written again octet for octet. */
export interface PerPeerHeader {
  /** `PEER_TYPE`; others are kept. */
  readonly peerType: number;
  /** `PEER_FLAG`; bits without a name are kept. */
  readonly flags: number;
  /** 8 octets. */
  readonly distinguisher: Uint8Array;
  /** 16 octets; an IPv4 address stands in the last four. */
  readonly address: Uint8Array;
  readonly as: number;
  /** The BGP Identifier as an unsigned 32-bit number. */
  readonly bgpId: number;
  /** Since 1970; both 0: unknown. */
  readonly seconds: number;
  readonly microseconds: number;
}

/** One statistic of RFC 7854 §4.8, RFC 8671 §6.2; `raw`: of a type that has no row in our table. */
export type Statistic =
  | { readonly type: number; readonly form: 'counter32'; readonly value: number }
  | { readonly type: number; readonly form: 'gauge64'; readonly value: bigint }
  | { readonly type: number; readonly form: 'family-gauge64'; readonly family: Family; readonly value: bigint }
  | { readonly type: number; readonly form: 'raw'; readonly value: Uint8Array };

export type BmpMessage =
  | { readonly type: 'route-monitoring'; readonly peer: PerPeerHeader; readonly update: Uint8Array }
  | { readonly type: 'statistics-report'; readonly peer: PerPeerHeader; readonly statistics: readonly Statistic[] }
  | {
      readonly type: 'peer-down';
      readonly peer: PerPeerHeader;
      readonly reason: number;
      /** What the reason brings: a NOTIFICATION (1, 3), an FSM event code (2), TLVs (6), nothing (4, 5). */
      readonly data: Uint8Array;
    }
  | {
      readonly type: 'peer-up';
      readonly peer: PerPeerHeader;
      /** 16 octets, as in the per-peer header. */
      readonly localAddress: Uint8Array;
      readonly localPort: number;
      readonly remotePort: number;
      /** Whole BGP messages, header included. */
      readonly sentOpen: Uint8Array;
      readonly receivedOpen: Uint8Array;
      readonly information: readonly Tlv[];
    }
  | { readonly type: 'initiation'; readonly information: readonly Tlv[] }
  | { readonly type: 'termination'; readonly information: readonly Tlv[] }
  | { readonly type: 'route-mirroring'; readonly peer: PerPeerHeader; readonly information: readonly Tlv[] }
  /** RFC 7854 §4.1 leaves room for more; a station skips what it does not know. */
  | { readonly type: 'unknown'; readonly messageType: number; readonly body: Uint8Array };

/** Facts only. `offset` counts from the first octet of the message. */
export type BmpError =
  | { readonly code: 'version-unsupported'; readonly version: number }
  | { readonly code: 'message-length-invalid'; readonly length: number; readonly max: number }
  | { readonly code: 'message-truncated'; readonly offset: number }
  | { readonly code: 'tlv-truncated'; readonly offset: number }
  | { readonly code: 'statistic-length-invalid'; readonly statistic: number; readonly length: number }
  | { readonly code: 'statistics-count-invalid'; readonly announced: number; readonly found: number }
  | { readonly code: 'bgp-message-invalid'; readonly offset: number }
  | { readonly code: 'trailing-octets'; readonly offset: number };

/** Why a message cannot be written: a value that has no place in its field. */
export type BmpEncodeError =
  | { readonly code: 'field-out-of-range'; readonly field: string; readonly value: number | bigint }
  | { readonly code: 'field-length-invalid'; readonly field: string; readonly length: number };
