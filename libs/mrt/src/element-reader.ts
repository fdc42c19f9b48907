import { ATTRIBUTE } from '@bgp/wire';
import type { BgpMessage, StateChange } from './bgp4mp.ts';
import { decodeMrtBody } from './decode-body.ts';
import { MrtElement } from './element.ts';
import type { MrtError } from './errors.ts';
import type { MrtRecord } from './framer.ts';
import type { MrtPeer } from './peer-index-table.ts';
import type { Rib } from './rib.ts';
import { isPrefixFamily } from './rib.ts';
import { RibEntryCursor } from './rib-entry-cursor.ts';
import type { TableDump } from './table-dump.ts';
import { UpdateElements } from './update-elements.ts';

const NO_OCTETS = new Uint8Array(0);
const NO_PROBLEMS: readonly MrtError[] = [];
/** Peers of BGP4MP records that are remembered so that their text is made once; a route server has hundreds. */
const MAX_KNOWN_PEERS = 4096;

export type VisitElement = (element: MrtElement) => void;

/**
 * Takes records apart into elements, in the order of the file. One reader reads one file: it remembers the PEER_INDEX_TABLE. Never throws;
 * what is wrong is returned, and whatever could still be read has been visited.
 */
export class ElementReader {
  readonly #element = new MrtElement();
  readonly #cursor = new RibEntryCursor();
  readonly #update = new UpdateElements();
  #peers: readonly MrtPeer[] = [];
  #knownPeers = new Map<string, MrtPeer>();

  /** Of the latest PEER_INDEX_TABLE. */
  get peers(): readonly MrtPeer[] {
    return this.#peers;
  }

  /** @returns what was wrong with this record, usually nothing. */
  read(record: MrtRecord, visit: VisitElement): readonly MrtError[] {
    const body = decodeMrtBody(record);
    if (!body.ok) return [body.error];
    const element = this.#element;
    element.type = record.type;
    element.subtype = record.subtype;
    element.timestamp = record.timestamp;
    element.microseconds = record.microseconds ?? -1;
    element.pathId = -1;
    element.originatedTime = 0;
    switch (body.value.kind) {
      case 'peer-index-table':
        this.#peers = body.value.peers;
        return NO_PROBLEMS;
      case 'rib':
        return this.#readRib(body.value, visit);
      case 'table-dump':
        return this.#readTableDump(body.value, visit);
      case 'state-change':
        return this.#readState(body.value, visit);
      case 'message':
        return this.#readMessage(body.value, visit);
      case 'other':
        return [{ code: 'record-unsupported', type: record.type, subtype: record.subtype }];
    }
  }

  #readRib(rib: Rib, visit: VisitElement): readonly MrtError[] {
    const element = this.#element;
    element.kind = 'rib';
    element.afi = rib.afi;
    element.safi = rib.safi;
    element.isPrefix = isPrefixFamily(rib.afi, rib.safi);
    element.nlri = rib.octets.subarray(rib.nlriStart, rib.nlriEnd);
    element.address.fill(0);
    element.prefixLength = 0;
    if (element.isPrefix) {
      element.prefixLength = rib.octets[rib.nlriStart] ?? 0;
      for (let at = rib.nlriStart + 1; at < rib.nlriEnd; at++)
        element.address[at - rib.nlriStart - 1] = rib.octets[at]!; // nlriEnd is inside the body
    }
    let problems: MrtError[] | undefined;
    const cursor = this.#cursor.reset(rib);
    while (cursor.next()) {
      const peer = this.#peers[cursor.peerIndex];
      if (peer === undefined) {
        problems ??= [];
        problems.push({ code: 'peer-index-unknown', peerIndex: cursor.peerIndex });
        continue;
      }
      element.peer = peer;
      element.originatedTime = cursor.originatedTime;
      element.pathId = rib.addPath ? cursor.pathId : (rib.pathId ?? -1);
      // RFC 6396 §4.3.4: always 4-octet AS numbers.
      const problem = this.#tableAttributes(rib.octets, cursor.attributesStart, cursor.attributesEnd, 4);
      if (problem !== undefined) {
        problems ??= [];
        problems.push(problem);
      }
      visit(element);
    }
    if (cursor.overrun) {
      problems ??= [];
      problems.push({ code: 'body-truncated', type: element.type, subtype: element.subtype });
    }
    return problems ?? NO_PROBLEMS;
  }

  #readTableDump(route: TableDump, visit: VisitElement): readonly MrtError[] {
    const element = this.#element;
    element.kind = 'rib';
    element.afi = route.afi;
    element.safi = 1;
    element.isPrefix = true;
    element.nlri = NO_OCTETS;
    element.address.fill(0);
    element.address.set(route.address);
    element.prefixLength = route.prefixLength;
    element.originatedTime = route.originatedTime;
    element.peer = route.peer;
    const { octets, attributesStart, attributesEnd, asOctets } = route;
    const problem = this.#tableAttributes(octets, attributesStart, attributesEnd, asOctets);
    visit(element);
    return problem === undefined ? NO_PROBLEMS : [problem];
  }

  #tableAttributes(octets: Uint8Array, start: number, end: number, asOctets: 2 | 4): MrtError | undefined {
    const element = this.#element;
    const { attributes } = element;
    attributes.reset(octets, start, end, asOctets);
    const isSound = attributes.findTableNextHop();
    element.nextHopIsMp = attributes.mpNextHopLength > 0;
    element.nextHopStart = element.nextHopIsMp
      ? attributes.mpNextHopStart
      : Math.max(0, attributes.find(ATTRIBUTE.NEXT_HOP));
    element.nextHopLength = element.nextHopIsMp ? attributes.mpNextHopLength : attributes.lengthOf(ATTRIBUTE.NEXT_HOP);
    if (attributes.faultAt >= 0) return { code: 'attributes-truncated', offset: attributes.faultAt };
    return isSound ? undefined : { code: 'mp-attribute-invalid', attribute: ATTRIBUTE.MP_REACH_NLRI };
  }

  #readState(change: StateChange, visit: VisitElement): readonly MrtError[] {
    const element = this.#element;
    element.kind = 'state';
    element.peer = this.#peerOf(change);
    element.afi = 0;
    element.safi = 0;
    element.isPrefix = false;
    element.nlri = NO_OCTETS;
    element.oldState = change.oldState;
    element.newState = change.newState;
    visit(element);
    return NO_PROBLEMS;
  }

  #readMessage(message: BgpMessage, visit: VisitElement): readonly MrtError[] {
    this.#element.peer = this.#peerOf(message);
    return this.#update.read(message, this.#element, visit) ?? NO_PROBLEMS;
  }

  #peerOf(session: BgpMessage | StateChange): MrtPeer {
    const { octets, addressStart } = session;
    let key = `${session.peerAs}`;
    for (let at = addressStart; at < addressStart + session.addressWidth; at += 2)
      key += `,${(octets[at]! << 8) | octets[at + 1]!}`; // the decoder has seen them
    const known = this.#knownPeers.get(key);
    if (known !== undefined) return known;
    if (this.#knownPeers.size >= MAX_KNOWN_PEERS) this.#knownPeers.clear();
    const peer = { address: session.peerAddress, as: session.peerAs };
    this.#knownPeers.set(key, peer);
    return peer;
  }
}
