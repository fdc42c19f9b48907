import { ByteWriter, encodeUtf8, err, ok, parseIpAddress, type Result } from '@bgp/wire';
import { MRT_TYPE, TABLE_DUMP_V2_SUBTYPE as V2 } from './codes.ts';
import { type MrtEncodeError, outOfRange } from './encode-error.ts';
import { MRT_HEADER_OCTETS } from './framer.ts';
import { type MrtPeer, PEER_TYPE } from './peer-index-table.ts';
import { putTableAttributes } from './table-attributes.ts';

const MAX_U16 = 0xffff;
/** Half of what our own reader takes by default. */
const MAX_RECORD_OCTETS = 8 * 1024 * 1024;

export interface TableDumpOptions {
  /** Seconds since 1970, of every record. */
  readonly timestamp: number;
  readonly collectorBgpId: string;
  readonly viewName?: string;
  /** At most 65535. Entries name them by their index here. */
  readonly peers: readonly MrtPeer[];
}

/** A prefix of the families 1/1, 1/2, 2/1 and 2/2. */
export interface TablePrefix {
  readonly afi: number;
  readonly safi: number;
  /** The first 4 or 16 octets count; bits past the length are written as zero. */
  readonly address: Uint8Array;
  readonly length: number;
}

/**
 * Writes a TABLE_DUMP_V2 file as octets: the PEER_INDEX_TABLE at once, then prefix by prefix. Nothing but the octets not yet taken away
 * is kept, so the caller decides how much it does in one turn:
 *
 * ```ts
 * const created = createTableDump({ timestamp: 0, collectorBgpId: '192.0.2.1', peers: [{ address: '192.0.2.2', as: 65001 }] });
 * const writer = created.ok ? created.value : undefined;
 * writer?.begin({ afi: 1, safi: 1, address: Uint8Array.of(10, 0, 0, 0), length: 8 }, false);
 * writer?.add(0, 0, 0, Uint8Array.of(0x40, 1, 1, 0));
 * writer?.end();
 * writer?.view().length; // => 65
 * ```
 */
export class TableDumpWriter {
  readonly #out = new ByteWriter(1 << 16);
  readonly #timestamp: number;
  readonly #peerCount: number;
  #sequence = 0;
  #prefix: TablePrefix | undefined;
  #addPath = false;
  /** Of the open record in `#out`. */
  #recordAt = 0;
  #countAt = 0;
  #count = 0;

  constructor(timestamp: number, peerIndexTable: Uint8Array, peerCount: number) {
    this.#timestamp = timestamp;
    this.#peerCount = peerCount;
    this.#header(V2.PEER_INDEX_TABLE);
    this.#out.copy(peerIndexTable);
    this.#close();
  }

  /** Octets that `view` would give. */
  get length(): number {
    return this.#out.length;
  }

  /** Whole records, between `end` and `begin`; aliases the writer's memory: valid until the next call. */
  view(): Uint8Array {
    return this.#out.toOctetsView();
  }

  /** To be called when what `view` gave has been taken. */
  reset(): void {
    this.#out.reset();
  }

  /** @param addPath whether the entries have path identifiers (RFC 8050 §4.1). */
  begin(prefix: TablePrefix, addPath: boolean): void {
    this.#prefix = prefix;
    this.#addPath = addPath;
    this.#open();
  }

  /**
   * One entry of the open prefix.
   *
   * @param originatedTime seconds since 1970.
   * @param pathId ignored without ADD-PATH.
   * @param canonical attribute octets as `putTableAttributes` wants them.
   * @returns what the entry has no room for; it is then not written.
   */
  add(peer: number, originatedTime: number, pathId: number, canonical: Uint8Array): MrtEncodeError | undefined {
    const prefix = this.#prefix;
    if (prefix === undefined || peer >= this.#peerCount)
      return { code: 'value-out-of-range', field: 'peer', value: peer };
    const error = outOfRange([
      ['peer', peer, 16],
      ['originatedTime', originatedTime, 32],
      ['pathId', this.#addPath ? pathId : 0, 32],
    ]);
    if (error !== undefined) return error;
    // An entry count has 16 bits, and readers have limits. A further record of the same prefix loses nothing.
    if (this.#count === MAX_U16 || this.#out.length - this.#recordAt > MAX_RECORD_OCTETS) {
      this.#finish();
      this.#open();
    }
    const out = this.#out;
    const start = out.length;
    out.u16(peer);
    out.u32(originatedTime);
    if (this.#addPath) out.u32(pathId);
    const lengthAt = out.length;
    out.u16(0);
    putTableAttributes(out, canonical, prefix.afi);
    const length = out.length - lengthAt - 2;
    if (length > MAX_U16) {
      out.length = start;
      return { code: 'too-long', field: 'attributes', length, max: MAX_U16 };
    }
    out.patchU16(lengthAt, length);
    this.#count++;
    return undefined;
  }

  /** Closes the prefix; one without entries leaves no record. */
  end(): void {
    if (this.#prefix === undefined) return;
    if (this.#count === 0) {
      this.#out.length = this.#recordAt;
      this.#sequence--;
    } else {
      this.#finish();
    }
    this.#prefix = undefined;
  }

  #open(): void {
    const { afi, safi, address, length } = this.#prefix!; // set by begin
    const plain = (afi === 1 ? V2.RIB_IPV4_UNICAST : V2.RIB_IPV6_UNICAST) + (safi === 2 ? 1 : 0);
    this.#header(this.#addPath ? plain + V2.RIB_IPV4_UNICAST_ADDPATH - V2.RIB_IPV4_UNICAST : plain);
    const out = this.#out;
    // RFC 6396 §4.3.2: a number that is incremented, wrapping around.
    out.u32(this.#sequence);
    this.#sequence = (this.#sequence + 1) >>> 0;
    out.u8(length);
    const octets = (length + 7) >>> 3;
    for (let i = 0; i < octets; i++) {
      const bits = length - i * 8;
      out.u8((address[i] ?? 0) & (bits >= 8 ? 0xff : 0xff << (8 - bits)));
    }
    this.#countAt = out.length;
    this.#count = 0;
    out.u16(0);
  }

  #finish(): void {
    this.#out.patchU16(this.#countAt, this.#count);
    this.#close();
  }

  #header(subtype: number): void {
    const out = this.#out;
    this.#recordAt = out.length;
    out.u32(this.#timestamp);
    out.u16(MRT_TYPE.TABLE_DUMP_V2);
    out.u16(subtype);
    out.u32(0);
  }

  #close(): void {
    const length = this.#out.length - this.#recordAt - MRT_HEADER_OCTETS;
    this.#out.patchU16(this.#recordAt + 8, length >>> 16);
    this.#out.patchU16(this.#recordAt + 10, length & MAX_U16);
  }
}

/** RFC 6396 §4.3.1; AS numbers are written with four octets. A peer without a BGP identifier has 0.0.0.0. */
export function createTableDump(options: TableDumpOptions): Result<TableDumpWriter, MrtEncodeError> {
  const { timestamp, collectorBgpId, viewName = '', peers } = options;
  const error = outOfRange([['timestamp', timestamp, 32]]);
  if (error !== undefined) return err(error);
  const collector = parseIpAddress(collectorBgpId);
  if (!collector.ok || collector.value.length !== 4)
    return err({ code: 'address-invalid', field: 'collectorBgpId', text: collectorBgpId });
  const name = encodeUtf8(viewName);
  if (name.length > MAX_U16) return err({ code: 'too-long', field: 'viewName', length: name.length, max: MAX_U16 });
  if (peers.length > MAX_U16) return err({ code: 'too-long', field: 'peers', length: peers.length, max: MAX_U16 });
  const out = new ByteWriter();
  out.copy(collector.value);
  out.u16(name.length);
  out.copy(name);
  out.u16(peers.length);
  for (const { bgpIdentifier = '0.0.0.0', address, as } of peers) {
    const octets = parseIpAddress(address);
    if (!octets.ok) return err({ code: 'address-invalid', field: 'peer', text: address });
    const id = parseIpAddress(bgpIdentifier);
    if (!id.ok || id.value.length !== 4)
      return err({ code: 'address-invalid', field: 'bgpIdentifier', text: bgpIdentifier });
    const asError = outOfRange([['peerAs', as, 32]]);
    if (asError !== undefined) return err(asError);
    out.u8(PEER_TYPE.AS4 | (octets.value.length === 16 ? PEER_TYPE.IPV6 : 0));
    out.copy(id.value);
    out.copy(octets.value);
    out.u32(as);
  }
  return ok(new TableDumpWriter(timestamp, out.toOctetsView(), peers.length));
}
