import { type BmpMessage, decodeBmp, INFORMATION_TLV, Station } from '@bgp/bmp';
import { encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST, IPV6_UNICAST, type Open } from '@bgp/wire';
import { IPV4_FLOWSPEC } from '@bgp/wire/flowspec';
import { frameOf } from '../context-of.ts';

const MAX_ROUTES = 50;
const KINDS = [
  { peerType: 0, flags: 0 },
  { peerType: 0, flags: 0x20 },
  { peerType: 0, flags: 0x40 },
  { peerType: 0, flags: 0x50 },
  { peerType: 3, flags: 0 },
] as const;

/**
 * A stream with one monitored peer and a Loc-RIB: UPDATEs of any octets, in any of the tables, between Peer Ups and Downs. What the station
 * counts is what it holds, its fingerprints are those of the routes, and it never has more than it may.
 *
 * ```text
 * | choice of capabilities | { choice of message | length | octets … } … |
 * ```
 */
export function fuzz(data: Uint8Array): void {
  const station = new Station({ maxRoutes: MAX_ROUTES });
  station.apply({ type: 'initiation', information: [{ type: INFORMATION_TLV.SYS_NAME, value: data.subarray(0, 8) }] });
  const [capabilities = 0] = data;
  for (const kind of KINDS) station.apply(peerUp(kind, capabilities));
  for (let at = 1; at + 2 < data.length; ) {
    const choice = data[at]!;
    const length = data[at + 1]!;
    const octets = data.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    const peer = headerOf(KINDS[choice % KINDS.length]!); // in range
    const action = (choice >>> 4) & 7;
    if (action === 0) station.apply({ type: 'peer-down', peer, reason: 4, data: new Uint8Array(0) });
    else if (action === 1) station.apply(peerUp(peer, octets[0] ?? 0));
    else if (action === 2) applyRaw(station, octets);
    else station.apply({ type: 'route-monitoring', peer, update: frameOf(2, octets) });
    check(station);
  }
}

function applyRaw(station: Station, body: Uint8Array): void {
  const frame = new Uint8Array(body.length + 5);
  frame.set(body, 5);
  frame[0] = 3;
  new DataView(frame.buffer).setUint32(1, frame.length);
  const decoded = decodeBmp(frame);
  if (decoded.ok && decoded.value.type !== 'termination') station.apply(decoded.value);
}

function check(station: Station): void {
  let count = 0;
  for (const { tables } of station.peers()) {
    for (const table of tables.values()) {
      for (const family of table.families) {
        const routes = [...table.routes(family)];
        count += table.size(family);
        if (routes.length !== table.size(family)) throw new Error('size and routes differ');
        if (routes.length === 0 && table.fingerprint(family).join() !== '0,0')
          throw new Error('a fingerprint of nothing');
        if (routes.some(({ prefix }) => prefix === '')) throw new Error('a route without a name');
      }
    }
  }
  if (count !== station.routeCount) throw new Error(`${count} routes, counted ${station.routeCount}`);
  if (count > MAX_ROUTES) throw new Error(`${count} routes are too many`);
}

function headerOf({ peerType, flags }: { readonly peerType: number; readonly flags: number }) {
  const address = new Uint8Array(16);
  if (peerType === 0) address[15] = 1;
  return {
    peerType,
    flags,
    distinguisher: new Uint8Array(8),
    address,
    as: 65001,
    bgpId: 1,
    seconds: 0,
    microseconds: 0,
  };
}

function peerUp(kind: { readonly peerType: number; readonly flags: number }, choice: number): BmpMessage {
  const open: Open = {
    type: 'OPEN',
    version: 4,
    myAs: 65001,
    holdTime: 90,
    bgpIdentifier: '192.0.2.1',
    capabilities: [
      {
        type: 'add-path',
        entries: [
          { family: IPV4_UNICAST, sendReceive: choice & 3 },
          { family: IPV6_UNICAST, sendReceive: (choice >>> 2) & 3 },
          { family: IPV4_FLOWSPEC, sendReceive: (choice >>> 4) & 3 },
        ],
      },
    ],
  };
  const encoded = encodeMessage(open, INITIAL_CONTEXT);
  if (!encoded.ok) throw new Error(encoded.error.code);
  return {
    type: 'peer-up',
    peer: headerOf(kind),
    localAddress: new Uint8Array(16),
    localPort: 179,
    remotePort: 40_000,
    sentOpen: encoded.value,
    receivedOpen: encoded.value,
    information: [],
  };
}
