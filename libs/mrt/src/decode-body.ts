import { err, ok, type Result } from '@bgp/wire';
import { type BgpMessage, decodeBgp4mp, type StateChange } from './bgp4mp.ts';
import { MRT_TYPE, TABLE_DUMP_V2_SUBTYPE as V2 } from './codes.ts';
import type { MrtError } from './errors.ts';
import { Fields } from './fields.ts';
import type { MrtRecord } from './framer.ts';
import { decodePeerIndexTable, type PeerIndexTable } from './peer-index-table.ts';
import { decodeRib, isRibSubtype, type Rib } from './rib.ts';
import { decodeTableDump, type TableDump } from './table-dump.ts';

/** Types without a decoder (OSPF, IS-IS, the geo table of RFC 6397 …): the record's octets are all there is. */
export interface OtherBody {
  readonly kind: 'other';
  readonly octets: Uint8Array;
}

export type MrtBody = PeerIndexTable | Rib | TableDump | StateChange | BgpMessage | OtherBody;

/** Decodes a body on demand. What it returns aliases the record. Never throws. */
export function decodeMrtBody(record: MrtRecord): Result<MrtBody, MrtError> {
  const fields = new Fields(record.body);
  const body = decode(record, fields);
  return fields.overrun ? err({ code: 'body-truncated', type: record.type, subtype: record.subtype }) : body;
}

function decode({ type, subtype, body }: MrtRecord, fields: Fields): Result<MrtBody, MrtError> {
  const other = ok({ kind: 'other', octets: body } as const);
  if (type === MRT_TYPE.TABLE_DUMP) return decodeTableDump(subtype, fields);
  if (type === MRT_TYPE.BGP4MP || type === MRT_TYPE.BGP4MP_ET) return decodeBgp4mp(subtype, fields) ?? other;
  if (type !== MRT_TYPE.TABLE_DUMP_V2) return other;
  if (subtype === V2.PEER_INDEX_TABLE) return ok(decodePeerIndexTable(fields));
  return isRibSubtype(subtype) ? decodeRib(subtype, fields) : other;
}
