import { type CodecContext, INITIAL_CONTEXT, IPV4_UNICAST, IPV6_UNICAST, type PeerKind } from '@bgp/wire';

const KINDS: readonly PeerKind[] = ['external', 'internal', 'confederation', 'external'];

/** A codec context from one octet, so that the fuzzer explores what OPEN may have negotiated as well. */
export function contextOf(choice: number): CodecContext {
  const addPath = (choice & 4) !== 0 ? [[IPV4_UNICAST, { receive: true, send: true }] as const] : [];
  return {
    ...INITIAL_CONTEXT,
    fourOctetAs: (choice & 1) !== 0,
    maxMessageOctets: (choice & 2) !== 0 ? 65535 : 4096,
    addPath: new Map(addPath),
    extendedNextHop: new Set((choice & 8) !== 0 ? [IPV4_UNICAST] : [IPV6_UNICAST]),
    peerKind: KINDS[(choice >>> 4) & 3] ?? 'external',
  };
}

/** A header with the right length around a body, so that the fuzzer need not find the marker. */
export function frameOf(type: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(body.length + 19).fill(0xff, 0, 16);
  frame[16] = frame.length >>> 8;
  frame[17] = frame.length;
  frame[18] = type;
  frame.set(body, 19);
  return frame;
}
