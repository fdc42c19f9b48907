import type { Asn, IpAddress } from '../net/types.ts';

/** Decoded path attributes. An absent field means that the attribute is absent. MP_REACH/MP_UNREACH live in NlriGroup. */
export interface PathAttributes {
  /** 0 IGP, 1 EGP, 2 INCOMPLETE. */
  readonly origin?: number;
  readonly asPath?: AsPath;
  readonly nextHop?: IpAddress;
  /** The second address of a 32-octet next hop (RFC 2545 §3); only beside an IPv6 `nextHop`. */
  readonly linkLocalNextHop?: IpAddress;
  readonly med?: number;
  readonly localPref?: number;
  readonly atomicAggregate?: true;
  readonly aggregator?: Aggregator;
  /** Unsigned 32-bit values in wire order. */
  readonly communities?: readonly number[];
  readonly originatorId?: IpAddress;
  readonly clusterList?: readonly IpAddress[];
  readonly extendedCommunities?: readonly ExtendedCommunity[];
  readonly ipv6ExtendedCommunities?: readonly Uint8Array[];
  readonly largeCommunities?: readonly LargeCommunity[];
  readonly pmsiTunnel?: PmsiTunnel;
  /** RFC 7311; metric of the AIGP TLV as bigint (64 bits). */
  readonly aigp?: bigint;
  /** RFC 9234 Only to Customer. */
  readonly otc?: Asn;
  /** Everything without a row in the table, octet for octet with its flags. */
  readonly unknown?: readonly UnknownAttribute[];
}

/** RFC 6793: after decoding, always four-octet AS numbers with AS4_PATH merged. */
export type AsPath = readonly AsPathSegment[];

export interface AsPathSegment {
  readonly type: 'set' | 'sequence' | 'confed-sequence' | 'confed-set';
  /** May be longer than 255; encoding splits it. */
  readonly asns: readonly Asn[];
}

export interface Aggregator {
  readonly as: Asn;
  readonly address: IpAddress;
}

/** RFC 4360: always the eight octets; `formatExtendedCommunity` gives the text (`RT:65000:1`). */
export interface ExtendedCommunity {
  readonly octets: Uint8Array;
}

export interface LargeCommunity {
  readonly globalAdministrator: number;
  readonly localData1: number;
  readonly localData2: number;
}

/** RFC 6514 §5. `label` is the raw 24-bit field (RFC 8365 §5.1.3 puts a VNI there). */
export interface PmsiTunnel {
  readonly flags: number;
  readonly tunnelType: number;
  readonly label: number;
  readonly tunnelIdentifier: Uint8Array;
}

export interface UnknownAttribute {
  readonly flags: number;
  readonly code: number;
  readonly value: Uint8Array;
}
