import { decodeUtf8, type IpAddress } from '@bgp/wire';
import type { Fields } from './fields.ts';

export interface MrtPeer {
  /** Absent for peers of TABLE_DUMP and BGP4MP, which do not record it. */
  readonly bgpIdentifier?: IpAddress;
  readonly address: IpAddress;
  readonly as: number;
}

export interface PeerIndexTable {
  readonly kind: 'peer-index-table';
  readonly collectorBgpId: IpAddress;
  readonly viewName: string;
  readonly peers: readonly MrtPeer[];
}

/** Bits of the Peer Type octet, RFC 6396 §4.3.1. */
export const PEER_TYPE = { IPV6: 1, AS4: 2 } as const;

/**
 * ```text
 * | collector id (4) | name length (2) | name | count (2) | { type (1) | BGP id (4) | address (4, 16) | AS (2, 4) } … |
 * ```
 * @source RFC 6396 §4.3.1
 */
export function decodePeerIndexTable(fields: Fields): PeerIndexTable {
  const collectorBgpId = fields.address(4);
  const viewName = decodeUtf8(fields.take(fields.u16()));
  const count = fields.u16();
  const peers: MrtPeer[] = [];
  for (let i = 0; i < count && !fields.overrun; i++) {
    const type = fields.u8();
    const bgpIdentifier = fields.address(4);
    const address = fields.address((type & PEER_TYPE.IPV6) === 0 ? 4 : 16);
    peers.push({ bgpIdentifier, address, as: (type & PEER_TYPE.AS4) === 0 ? fields.u16() : fields.u32() });
  }
  return { kind: 'peer-index-table', collectorBgpId, viewName, peers };
}
