import { err, formatIpAddress, type IpAddress, ok, type Result } from '@bgp/wire';
import { BGP4MP_SUBTYPE, MRT_TYPE, TABLE_DUMP_V2_SUBTYPE as V2 } from './codes.ts';
import type { MrtError } from './errors.ts';
import type { MrtRecord } from './framer.ts';
import { readU16, readU32 } from './octets.ts';

export interface MrtPeer {
  readonly bgpIdentifier: IpAddress;
  readonly address: IpAddress;
  readonly as: number;
}

export interface PeerIndexTable {
  readonly kind: 'peer-index-table';
  readonly collectorBgpId: IpAddress;
  /** The name's octets read as Latin-1; RFC 6396 §4.3.1 asks for UTF-8 and most writers leave it empty. */
  readonly viewName: string;
  readonly peers: readonly MrtPeer[];
}

/** One prefix of a table. The entries stay octets: walk them with `RibEntryCursor`. */
export interface Rib {
  readonly kind: 'rib';
  readonly sequence: number;
  readonly afi: number;
  readonly safi: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly entryCount: number;
  readonly addPath: boolean;
  readonly octets: Uint8Array;
  readonly entriesStart: number;
}

/** TABLE_DUMP (RFC 6396 §4.2): one route with 2-octet AS numbers. */
export interface TableDump {
  readonly kind: 'table-dump';
  readonly view: number;
  readonly sequence: number;
  readonly afi: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly originatedTime: number;
  readonly peer: { readonly address: IpAddress; readonly as: number };
  readonly attributes: Uint8Array;
}

interface Bgp4mp {
  readonly peerAs: number;
  readonly localAs: number;
  readonly interfaceIndex: number;
  readonly afi: number;
  readonly peerAddress: IpAddress;
  readonly localAddress: IpAddress;
}

export interface StateChange extends Bgp4mp {
  readonly kind: 'state-change';
  /** 1 Idle … 6 Established (RFC 6396 §4.4.1); other values are kept. */
  readonly oldState: number;
  readonly newState: number;
}

export interface BgpMessage extends Bgp4mp {
  readonly kind: 'message';
  readonly fourOctetAs: boolean;
  readonly addPath: boolean;
  /** RFC 6396 §4.4.4: the message was sent by the collector's side. */
  readonly isLocal: boolean;
  /** Whole, with its header. Aliases the record. */
  readonly message: Uint8Array;
}

/** Types without a decoder (OSPF, IS-IS, RFC 6397's geo table …): the record's octets are all there is. */
export interface OtherBody {
  readonly kind: 'other' | 'geo-peer-table';
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
  if (type === MRT_TYPE.TABLE_DUMP) return decodeTableDump(subtype, fields);
  if (type === MRT_TYPE.BGP4MP || type === MRT_TYPE.BGP4MP_ET) return decodeBgp4mp(subtype, fields);
  if (type !== MRT_TYPE.TABLE_DUMP_V2) return ok({ kind: 'other', octets: body });
  if (subtype === V2.PEER_INDEX_TABLE) return ok(decodePeerIndexTable(fields));
  if (subtype === V2.GEO_PEER_TABLE) return ok({ kind: 'geo-peer-table', octets: body });
  if (subtype < V2.RIB_IPV4_UNICAST || subtype > V2.RIB_GENERIC_ADDPATH) return ok({ kind: 'other', octets: body });
  return decodeRib(subtype, fields);
}

/** RFC 6396 §4.3.1. The type octet's bit 0 says IPv6, bit 1 says 4-octet AS. */
function decodePeerIndexTable(fields: Fields): PeerIndexTable {
  const collectorBgpId = fields.address(4);
  const viewName = String.fromCharCode(...fields.take(fields.u16()));
  const count = fields.u16();
  const peers: MrtPeer[] = [];
  for (let i = 0; i < count && !fields.overrun; i++) {
    const flags = fields.u8();
    const bgpIdentifier = fields.address(4);
    const address = fields.address((flags & 1) === 0 ? 4 : 16);
    peers.push({ bgpIdentifier, address, as: (flags & 2) === 0 ? fields.u16() : fields.u32() });
  }
  return { kind: 'peer-index-table', collectorBgpId, viewName, peers };
}

/** RFC 6396 §4.3.2, §4.3.3; RFC 8050 §4. */
function decodeRib(subtype: number, fields: Fields): Result<Rib, MrtError> {
  const sequence = fields.u32();
  const addPath = subtype >= V2.RIB_IPV4_UNICAST_ADDPATH;
  const plain = addPath ? subtype - 6 : subtype;
  let afi = plain <= V2.RIB_IPV4_MULTICAST ? 1 : 2;
  let safi = plain === V2.RIB_IPV4_UNICAST || plain === V2.RIB_IPV6_UNICAST ? 1 : 2;
  if (plain === V2.RIB_GENERIC) {
    afi = fields.u16();
    safi = fields.u8();
    if (afi < 1 || afi > 2 || safi < 1 || safi > 2) return err({ code: 'address-family-unsupported', afi, safi });
  }
  const prefixLength = fields.u8();
  if (prefixLength > (afi === 1 ? 32 : 128)) return err({ code: 'prefix-length-invalid', length: prefixLength });
  const padded = new Uint8Array(afi === 1 ? 4 : 16);
  padded.set(fields.take((prefixLength + 7) >>> 3));
  const entryCount = fields.u16();
  const { octets, position: entriesStart } = fields;
  const address = formatIpAddress(padded);
  return ok({ kind: 'rib', sequence, afi, safi, address, prefixLength, entryCount, addPath, octets, entriesStart });
}

/** RFC 6396 §4.2. The subtype is the AFI. */
function decodeTableDump(subtype: number, fields: Fields): Result<TableDump, MrtError> {
  if (subtype !== 1 && subtype !== 2) return err({ code: 'address-family-unsupported', afi: subtype, safi: 1 });
  const width = subtype === 1 ? 4 : 16;
  const view = fields.u16();
  const sequence = fields.u16();
  const address = fields.address(width);
  const prefixLength = fields.u8();
  if (prefixLength > width * 8) return err({ code: 'prefix-length-invalid', length: prefixLength });
  fields.u8(); // status: always 1
  const originatedTime = fields.u32();
  const peer = { address: fields.address(width), as: fields.u16() };
  const attributes = fields.take(fields.u16());
  const route = { view, sequence, afi: subtype, address, prefixLength, originatedTime, peer, attributes };
  return ok({ kind: 'table-dump', ...route });
}

/** RFC 6396 §4.4, RFC 8050 §3. */
function decodeBgp4mp(subtype: number, fields: Fields): Result<MrtBody, MrtError> {
  const S = BGP4MP_SUBTYPE;
  const known: readonly number[] = Object.values(S);
  if (!known.includes(subtype)) return ok({ kind: 'other', octets: fields.octets });
  const isState = subtype === S.STATE_CHANGE || subtype === S.STATE_CHANGE_AS4;
  const as4: readonly number[] = [
    S.STATE_CHANGE_AS4,
    S.MESSAGE_AS4,
    S.MESSAGE_AS4_LOCAL,
    S.MESSAGE_AS4_ADDPATH,
    S.MESSAGE_AS4_LOCAL_ADDPATH,
  ];
  const fourOctetAs = as4.includes(subtype);
  const peerAs = fourOctetAs ? fields.u32() : fields.u16();
  const localAs = fourOctetAs ? fields.u32() : fields.u16();
  const interfaceIndex = fields.u16();
  const afi = fields.u16();
  if (fields.overrun) return ok({ kind: 'other', octets: fields.octets }); // becomes body-truncated
  if (afi !== 1 && afi !== 2) return err({ code: 'address-family-unsupported', afi, safi: 1 });
  const width = afi === 1 ? 4 : 16;
  const peerAddress = fields.address(width);
  const localAddress = fields.address(width);
  const session = { peerAs, localAs, interfaceIndex, afi, peerAddress, localAddress };
  if (isState) return ok({ kind: 'state-change', ...session, oldState: fields.u16(), newState: fields.u16() });
  const isLocal = subtype === 6 || subtype === 7 || subtype >= 10;
  const message = fields.octets.subarray(fields.position);
  return ok({ kind: 'message', ...session, fourOctetAs, addPath: subtype >= 8, isLocal, message });
}

/** Never throws: past the end it reads zeros and sets `overrun`. */
class Fields {
  readonly octets: Uint8Array;
  position = 0;
  overrun = false;

  constructor(octets: Uint8Array) {
    this.octets = octets;
  }

  u8(): number {
    return this.#has(1) ? this.octets[this.position++]! : 0;
  }

  u16(): number {
    if (!this.#has(2)) return 0;
    this.position += 2;
    return readU16(this.octets, this.position - 2);
  }

  u32(): number {
    if (!this.#has(4)) return 0;
    this.position += 4;
    return readU32(this.octets, this.position - 4);
  }

  take(length: number): Uint8Array {
    if (!this.#has(length)) return new Uint8Array(0);
    this.position += length;
    return this.octets.subarray(this.position - length, this.position);
  }

  address(width: 4 | 16): IpAddress {
    const octets = this.take(width);
    return octets.length === width ? formatIpAddress(octets) : '';
  }

  #has(count: number): boolean {
    if (this.position + count > this.octets.length) this.overrun = true;
    return !this.overrun;
  }
}
