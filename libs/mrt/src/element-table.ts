import { parseIpAddress, type Result } from '@bgp/wire';
import type { MrtElement } from './element.ts';
import type { MrtEncodeError } from './encode-error.ts';
import type { MrtPeer } from './peer-index-table.ts';
import { createTableDump } from './table-dump-writer.ts';

const ESTABLISHED = 6;

interface PeerRow {
  readonly peer: MrtPeer;
  /** Routes of an older session are gone. */
  session: number;
}

export interface TableRoute {
  readonly peer: MrtPeer;
  /** -1 without path identifiers. */
  readonly pathId: number;
  readonly originatedTime: number;
  /** Canonical octets; routes with equal attributes share them. */
  readonly attributes: Uint8Array;
}

interface StoredRoute extends TableRoute {
  readonly row: PeerRow;
  readonly session: number;
}

export interface TableRow {
  readonly afi: number;
  readonly safi: number;
  /** Four or sixteen octets, bits past the length clear. */
  readonly address: Uint8Array;
  readonly length: number;
  readonly routes: readonly TableRoute[];
}

/**
 * The table that a file leaves: entries of tables and announcements set routes, withdrawals and the end of a session remove them. It is kept
 * whole in memory. Routes whose attributes RFC 7606 treats as a withdrawal count as one.
 */
export class ElementTable {
  readonly #peers = new Map<string, PeerRow>();
  readonly #prefixes = new Map<string, Map<string, StoredRoute>>();
  readonly #blocks = new Map<string, Uint8Array>();
  /** Of the last element. */
  #timestamp = 0;
  #unusable = 0;

  /** Routes that were left out for their attributes. */
  get unusable(): number {
    return this.#unusable;
  }

  /** False when the element's NLRI is no prefix, and is left out. */
  apply(element: MrtElement): boolean {
    this.#timestamp = element.timestamp;
    const row = this.#peerRow(element.peer);
    if (element.kind === 'state') {
      if (element.oldState === ESTABLISHED && element.newState !== ESTABLISHED) row.session++;
      return true;
    }
    if (!element.isPrefix) return false;
    const prefix = prefixKey(element);
    const route = `${keyOf(element.peer)} ${element.pathId}`;
    const canonical = element.kind === 'withdraw' ? undefined : element.canonicalAttributes();
    if (canonical === undefined) {
      if (element.kind !== 'withdraw') this.#unusable++;
      const routes = this.#prefixes.get(prefix);
      routes?.delete(route);
      if (routes?.size === 0) this.#prefixes.delete(prefix);
      return true;
    }
    let routes = this.#prefixes.get(prefix);
    if (routes === undefined) {
      routes = new Map();
      this.#prefixes.set(prefix, routes);
    }
    const { peer, pathId } = element;
    const originatedTime = element.kind === 'rib' ? element.originatedTime : element.timestamp;
    const attributes = this.#intern(canonical);
    routes.set(route, { peer, pathId, originatedTime, attributes, row, session: row.session });
    return true;
  }

  /** Rows by family, address and length; their routes by peer and path identifier. */
  *rows(): Generator<TableRow> {
    const order = new Map(this.#sortedPeers().map((row, index) => [row, index]));
    for (const key of [...this.#prefixes.keys()].sort()) {
      const routes = [...(this.#prefixes.get(key)?.values() ?? [])].filter(
        ({ row, session }) => row.session === session,
      );
      if (routes.length === 0) continue;
      routes.sort((a, b) => (order.get(a.row) ?? 0) - (order.get(b.row) ?? 0) || a.pathId - b.pathId);
      const octets = Uint8Array.from(key, (character) => character.charCodeAt(0));
      const [afi = 0, safi = 0] = octets;
      yield { afi, safi, address: octets.slice(2, -1), length: octets.at(-1) ?? 0, routes };
    }
  }

  /**
   * TABLE_DUMP_V2 of the table.
   *
   * @param take is given whole records, at least `chunkOctets` of them but at the end; they are valid until it returns.
   */
  write(chunkOctets: number, take: (octets: Uint8Array) => void): Result<void, MrtEncodeError> {
    const rows = this.#sortedPeers();
    const index = new Map(rows.map(({ peer }, at) => [keyOf(peer), at]));
    const peers = rows.map(({ peer }) => peer);
    const created = createTableDump({ timestamp: this.#timestamp, collectorBgpId: '0.0.0.0', peers });
    if (!created.ok) return created;
    const writer = created.value;
    for (const { routes, ...prefix } of this.rows()) {
      // A record has path identifiers for all of its entries or for none (RFC 8050 §4.1).
      for (const addPath of [false, true]) {
        writer.begin(prefix, addPath);
        for (const { peer, pathId, originatedTime, attributes } of routes) {
          if (pathId >= 0 !== addPath) continue;
          const error = writer.add(index.get(keyOf(peer)) ?? 0, originatedTime, Math.max(0, pathId), attributes);
          if (error !== undefined) return { ok: false, error };
        }
        writer.end();
      }
      if (writer.length < chunkOctets) continue;
      take(writer.view());
      writer.reset();
    }
    take(writer.view());
    return { ok: true, value: undefined };
  }

  /** By family, address, AS number and BGP identifier, so that equal tables are equal files. */
  #sortedPeers(): PeerRow[] {
    const sortKey = ({ peer }: PeerRow) => {
      const address = parseIpAddress(peer.address);
      const octets = address.ok ? address.value : new Uint8Array(4);
      const id = parseIpAddress(peer.bgpIdentifier ?? '0.0.0.0');
      const text = (some: Uint8Array) => String.fromCharCode(some.length, ...some);
      return `${text(octets)}${String.fromCharCode(peer.as >>> 16, peer.as & 0xffff)}${id.ok ? text(id.value) : ''}`;
    };
    const keyed = [...this.#peers.values()].map((row) => ({ row, key: sortKey(row) }));
    return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
  }

  #peerRow(peer: MrtPeer): PeerRow {
    const key = keyOf(peer);
    let row = this.#peers.get(key);
    if (row === undefined) {
      row = { peer, session: 0 };
      this.#peers.set(key, row);
    }
    return row;
  }

  #intern(octets: Uint8Array): Uint8Array {
    let key = '';
    for (let at = 0; at < octets.length; at += 4096) key += String.fromCharCode(...octets.subarray(at, at + 4096));
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const copy = octets.slice();
    this.#blocks.set(key, copy);
    return copy;
  }
}

function keyOf({ address, as, bgpIdentifier = '' }: MrtPeer): string {
  return `${address} ${as} ${bgpIdentifier}`;
}

/** Sorts as the family, the address and the length do; one character per octet. */
function prefixKey({ afi, safi, address, prefixLength }: MrtElement): string {
  const width = afi === 1 ? 4 : 16;
  let key = String.fromCharCode(afi, safi);
  for (let i = 0; i < width; i++) {
    const bits = prefixLength - i * 8;
    key += String.fromCharCode((address[i] ?? 0) & (bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xff << (8 - bits)) & 0xff);
  }
  return key + String.fromCharCode(prefixLength);
}
