import { readFileSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';

/*
 * Just enough MRT (RFC 6396) to announce a real table: the IPv4 routes of each peer of a collector.
 *
 *   record   timestamp(4) type(2) subtype(2) length(4) …            type 13 TABLE_DUMP_V2
 *   subtype 1 PEER_INDEX_TABLE (skipped), 2 RIB_IPV4_UNICAST
 *   RIB      sequence(4) prefix length(1) prefix count(2) { peer(2) time(4) attribute length(2) attributes } …
 */

const TABLE_DUMP_V2 = 13;
const RIB_IPV4_UNICAST = 2;
const MAX_MESSAGE = 4096;
const HEADER = 19;

export interface MrtTable {
  readonly peers: readonly MrtPeer[];
  readonly distinctPrefixes: number;
}

export interface MrtPeer {
  /** First AS of its paths: what the announcing session must claim to be. */
  readonly asn: number;
  readonly prefixes: number;
  readonly buffers: readonly Uint8Array[];
}

interface AttributeGroup {
  readonly attributes: Buffer;
  readonly nlri: Buffer[];
}

/**
 * What each peer of the collector would announce, with the attributes octet for octet as in the file. Routes whose path
 * does not begin with the AS of most of the peer's routes (a route server's) are left out. A file that was cut off is
 * read to its last record.
 */
export function readMrtTable(file: string): MrtTable {
  const byPeer = new Map<string, Map<string, AttributeGroup>>();
  eachEntry(readOctets(file), (peer, nlri, attributes) => {
    const asn = firstAs(attributes);
    if (asn === undefined) return; // the collector's own routes
    const peerKey = `${peer} ${asn}`;
    const groups = byPeer.get(peerKey) ?? new Map<string, AttributeGroup>();
    byPeer.set(peerKey, groups);
    const key = attributes.toString('latin1');
    const group = groups.get(key) ?? { attributes, nlri: [] };
    groups.set(key, group);
    group.nlri.push(nlri);
  });
  const chosen = new Map<number, MrtPeer & { readonly groups: readonly AttributeGroup[] }>();
  for (const [peerKey, byAttributes] of byPeer) {
    const [peer, asn] = peerKey.split(' ').map(Number) as [number, number]; // written above
    const groups = [...byAttributes.values()];
    const prefixes = groups.reduce((sum, { nlri }) => sum + nlri.length, 0);
    if (prefixes <= (chosen.get(peer)?.prefixes ?? 0)) continue;
    const buffers = groups.flatMap(({ attributes, nlri }) => messagesFor(attributes, nlri));
    chosen.set(peer, { asn, prefixes, buffers, groups });
  }
  const peers = [...chosen.values()];
  const distinct = new Set(
    peers.flatMap(({ groups }) => groups.flatMap(({ nlri }) => nlri.map((one) => one.toString('latin1')))),
  );
  return { peers, distinctPrefixes: distinct.size };
}

function readOctets(file: string): Buffer {
  const raw = readFileSync(file);
  // Z_SYNC_FLUSH: what a cut-off stream still gives counts.
  return file.endsWith('.gz') ? gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH }) : raw;
}

function eachEntry(octets: Buffer, visit: (peer: number, nlri: Buffer, attributes: Buffer) => void): void {
  let record = 0;
  while (record + 12 <= octets.length) {
    const end = record + 12 + octets.readUInt32BE(record + 8);
    if (end > octets.length) return;
    if (octets.readUInt16BE(record + 4) === TABLE_DUMP_V2 && octets.readUInt16BE(record + 6) === RIB_IPV4_UNICAST) {
      const nlriStart = record + 16;
      const nlriEnd = nlriStart + 1 + Math.ceil(octets[nlriStart]! / 8);
      let at = nlriEnd + 2;
      for (let left = octets.readUInt16BE(nlriEnd); left > 0; left--) {
        const attributesEnd = at + 8 + octets.readUInt16BE(at + 6);
        visit(octets.readUInt16BE(at), octets.subarray(nlriStart, nlriEnd), octets.subarray(at + 8, attributesEnd));
        at = attributesEnd;
      }
    }
    record = end;
  }
}

function messagesFor(attributes: Buffer, nlri: readonly Buffer[]): Buffer[] {
  const room = MAX_MESSAGE - HEADER - 4 - attributes.length;
  const messages: Buffer[] = [];
  let parts: Buffer[] = [];
  let used = 0;
  for (const one of nlri) {
    if (used + one.length > room) {
      messages.push(message(attributes, parts));
      parts = [];
      used = 0;
    }
    parts.push(one);
    used += one.length;
  }
  messages.push(message(attributes, parts));
  return messages;
}

function message(attributes: Buffer, nlri: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.alloc(HEADER + 4), attributes, ...nlri]);
  body.fill(0xff, 0, 16);
  body.writeUInt16BE(body.length, 16);
  body[18] = 2; // UPDATE
  body.writeUInt16BE(attributes.length, HEADER + 2);
  return body;
}

/** TABLE_DUMP_V2 has 4-octet AS numbers (RFC 6396 §4.3.4). */
function firstAs(attributes: Buffer): number | undefined {
  let at = 0;
  while (at + 3 <= attributes.length) {
    const isExtended = (attributes[at]! & 0x10) !== 0;
    const length = isExtended ? attributes.readUInt16BE(at + 2) : attributes[at + 2]!;
    const value = at + (isExtended ? 4 : 3);
    if (attributes[at + 1] === 2) return length < 6 ? undefined : attributes.readUInt32BE(value + 2);
    at = value + length;
  }
  return undefined;
}
