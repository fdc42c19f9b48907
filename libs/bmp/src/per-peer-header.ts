import { formatIpAddress, type IpAddress } from '@bgp/wire';
import { readU32, writeU32 } from './octets.ts';
import { PEER_FLAG, PEER_TYPE, type PerPeerHeader } from './types.ts';

export const PER_PEER_HEADER_OCTETS = 42;

/**
 * ```text
 * | type 1 | flags 1 | distinguisher 8 | address 16 | AS 4 | BGP ID 4 | seconds 4 | microseconds 4 |
 * ```
 * The caller has checked that 42 octets are there; address and distinguisher are views of `octets`.
 * @source RFC 7854 §4.2
 */
export function readPerPeerHeader(octets: Uint8Array, at: number): PerPeerHeader {
  return {
    peerType: octets[at]!,
    flags: octets[at + 1]!,
    distinguisher: octets.subarray(at + 2, at + 10),
    address: octets.subarray(at + 10, at + 26),
    as: readU32(octets, at + 26),
    bgpId: readU32(octets, at + 30),
    seconds: readU32(octets, at + 34),
    microseconds: readU32(octets, at + 38),
  };
}

export function writePerPeerHeader(peer: PerPeerHeader): Uint8Array {
  const octets = new Uint8Array(PER_PEER_HEADER_OCTETS);
  octets[0] = peer.peerType;
  octets[1] = peer.flags;
  octets.set(peer.distinguisher, 2);
  octets.set(peer.address, 10);
  writeU32(octets, 26, peer.as);
  writeU32(octets, 30, peer.bgpId);
  writeU32(octets, 34, peer.seconds);
  writeU32(octets, 38, peer.microseconds);
  return octets;
}

/** Which of a peer's tables a message is about. */
export type TableKind = 'adj-rib-in-pre' | 'adj-rib-in-post' | 'adj-rib-out-pre' | 'adj-rib-out-post' | 'loc-rib';

/** RFC 7854 §4.2, RFC 8671 §4, RFC 9069 §4.2: flag bits of peer type 3 have other meanings than those of the others. */
export function tableOf(peer: PerPeerHeader): TableKind {
  if (peer.peerType === PEER_TYPE.LOC_RIB) return 'loc-rib';
  const isPost = (peer.flags & PEER_FLAG.L) !== 0;
  if ((peer.flags & PEER_FLAG.O) !== 0) return isPost ? 'adj-rib-out-post' : 'adj-rib-out-pre';
  return isPost ? 'adj-rib-in-post' : 'adj-rib-in-pre';
}

/** RFC 7854 §4.2, A flag: AS_PATHs of the monitored UPDATEs have 2-octet AS numbers. */
export function usesTwoOctetAs(peer: PerPeerHeader): boolean {
  return peer.peerType !== PEER_TYPE.LOC_RIB && (peer.flags & PEER_FLAG.A) !== 0;
}

/** The peer's address as text; that of a Loc-RIB is zero-filled (RFC 9069 §4.1) and has none. */
export function peerAddress(peer: PerPeerHeader): IpAddress | undefined {
  if (peer.peerType === PEER_TYPE.LOC_RIB) return undefined;
  return formatIpAddress((peer.flags & PEER_FLAG.V) !== 0 ? peer.address : peer.address.subarray(12));
}
