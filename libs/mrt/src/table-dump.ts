import { err, formatIpAddress, type IpAddress, ok, type Result } from '@bgp/wire';
import type { MrtError } from './errors.ts';
import type { Fields } from './fields.ts';
import type { MrtPeer } from './peer-index-table.ts';

/** TABLE_DUMP: one route. */
export interface TableDump {
  readonly kind: 'table-dump';
  readonly view: number;
  readonly sequence: number;
  readonly afi: 1 | 2;
  /** Four or sixteen octets; aliases the record. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
  readonly originatedTime: number;
  readonly peer: MrtPeer;
  readonly asOctets: 2 | 4;
  readonly octets: Uint8Array;
  readonly attributesStart: number;
  readonly attributesEnd: number;
}

/**
 * ```text
 * | view (2) | sequence (2) | prefix (4, 16) | length (1) | status (1) | time (4) | peer address | peer AS | length (2) | attributes |
 * ```
 * The subtype is the AFI. Subtypes 3 and 4, in no standard, are what some collectors wrote for IPv4 and IPv6 with 4-octet AS numbers.
 * @source RFC 6396 §4.2
 */
export function decodeTableDump(subtype: number, fields: Fields): Result<TableDump, MrtError> {
  if (subtype < 1 || subtype > 4) return err({ code: 'address-family-unsupported', afi: subtype, safi: 1 });
  const afi = subtype === 1 || subtype === 3 ? 1 : 2;
  const asOctets = subtype <= 2 ? 2 : 4;
  const width = afi === 1 ? 4 : 16;
  const view = fields.u16();
  const sequence = fields.u16();
  const address = fields.take(width);
  const prefixLength = fields.u8();
  if (prefixLength > width * 8) return err({ code: 'prefix-length-invalid', length: prefixLength });
  fields.u8(); // status: always 1
  const originatedTime = fields.u32();
  const peerAddress = fields.take(width);
  const peer: MrtPeer = { address: addressText(peerAddress), as: asOctets === 2 ? fields.u16() : fields.u32() };
  const attributesLength = fields.u16();
  const attributesStart = fields.skip(attributesLength);
  const attributesEnd = attributesStart + attributesLength;
  const { octets } = fields;
  const route = { view, sequence, afi, address, prefixLength, originatedTime, peer, asOctets } as const;
  return ok({ kind: 'table-dump', ...route, octets, attributesStart, attributesEnd });
}

function addressText(octets: Uint8Array): IpAddress {
  return octets.length === 0 ? '' : formatIpAddress(octets);
}
