import { type Capability, encodeMessage, INITIAL_CONTEXT, type Message, type Open } from '@bgp/wire';
import type { BmpMessage, PerPeerHeader } from '../types.ts';
import { PEER_TYPE } from '../types.ts';

/** What a router would say, for tests. */
export function header(last: number, change: Partial<PerPeerHeader> = {}): PerPeerHeader {
  return {
    peerType: PEER_TYPE.GLOBAL,
    flags: 0,
    distinguisher: new Uint8Array(8),
    address: Uint8Array.of(...new Array<number>(12).fill(0), 192, 0, 2, last),
    as: 65000 + last,
    bgpId: last,
    seconds: 1,
    microseconds: 2,
    ...change,
  };
}

export function locRibHeader(change: Partial<PerPeerHeader> = {}): PerPeerHeader {
  return header(0, { peerType: PEER_TYPE.LOC_RIB, address: new Uint8Array(16), as: 65000, ...change });
}

export function openFrame(as: number, capabilities: readonly Capability[] = []): Uint8Array {
  const open: Open = {
    type: 'OPEN',
    version: 4,
    myAs: as,
    holdTime: 90,
    bgpIdentifier: '192.0.2.254',
    capabilities: [{ type: 'four-octet-as', as }, ...capabilities],
  };
  return frameOf(open);
}

export function frameOf(message: Message, ctx = INITIAL_CONTEXT): Uint8Array {
  const encoded = encodeMessage(message, ctx);
  if (!encoded.ok) throw new Error(encoded.error.code);
  return encoded.value;
}

export const INITIATION: BmpMessage = { type: 'initiation', information: [] };

export function peerUp(
  peer: PerPeerHeader,
  sent: readonly Capability[] = [],
  received: readonly Capability[] = [],
): Extract<BmpMessage, { type: 'peer-up' }> {
  return {
    type: 'peer-up',
    peer,
    localAddress: new Uint8Array(16),
    localPort: 179,
    remotePort: 40_000,
    sentOpen: openFrame(65000, sent),
    receivedOpen: openFrame(peer.as, received),
    information: [],
  };
}

export function peerDown(peer: PerPeerHeader): Extract<BmpMessage, { type: 'peer-down' }> {
  return { type: 'peer-down', peer, reason: 4, data: new Uint8Array(0) };
}

export function monitoring(peer: PerPeerHeader, update: Uint8Array): BmpMessage {
  return { type: 'route-monitoring', peer, update };
}
