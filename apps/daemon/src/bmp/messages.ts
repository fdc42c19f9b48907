import {
  type BmpMessage,
  INFORMATION_TLV,
  MIRRORING_CODE,
  MIRRORING_TLV,
  PEER_DOWN_REASON,
  PEER_FLAG,
  PEER_TYPE,
  type PerPeerHeader,
  type Tlv,
} from '@bgp/bmp';
import type { TapMessage, TapRoutes, TapSession, TapSessionEnd, TapTable } from '@bgp/speaker';
import { AS_TRANS, encodeMessage, type Family, INITIAL_CONTEXT, parseIpAddress, parseIpv4 } from '@bgp/wire';

/** RFC 7854 §4.2, RFC 8671 §4: which table a message is about. */
const TABLE_FLAGS: Readonly<Record<TapTable, number>> = {
  'adj-rib-in-pre': 0,
  'adj-rib-in-post': PEER_FLAG.L,
  'adj-rib-out-post': PEER_FLAG.O | PEER_FLAG.L,
  'loc-rib': 0,
};
/** RFC 4271 §8.1.2: the event that ends a session without a NOTIFICATION: we go, to come back (RFC 4724). */
const MANUAL_STOP = 2;
/** RFC 9069 §5.2.1. */
const GLOBAL_TABLE: Tlv = { type: INFORMATION_TLV.VRF_NAME, value: new TextEncoder().encode('global') };

/** What the router says of itself in per-peer headers of its Loc-RIB. */
export interface LocRibIdentity {
  readonly asn: number;
  readonly routerId: string;
  readonly families: readonly Family[];
}

export function peerUp(session: TapSession): BmpMessage {
  const { local, remote, sentOpen, receivedOpen, sinceMs } = session;
  return {
    type: 'peer-up',
    peer: headerOf(session, 0, sinceMs),
    localAddress: addressOf(local.address).octets,
    localPort: local.port,
    remotePort: remote.port,
    sentOpen,
    receivedOpen,
    information: [],
  };
}

/** RFC 7854 §4.9. */
export function peerDown(session: TapSession, { atMs, by, notification }: TapSessionEnd): BmpMessage {
  const peer = headerOf(session, 0, atMs);
  const R = PEER_DOWN_REASON;
  if (notification !== undefined) {
    const reason = by === 'local' ? R.LOCAL_NOTIFICATION : R.REMOTE_NOTIFICATION;
    return { type: 'peer-down', peer, reason, data: notification };
  }
  if (by === 'remote') return { type: 'peer-down', peer, reason: R.REMOTE_NO_NOTIFICATION, data: NO_OCTETS };
  return { type: 'peer-down', peer, reason: R.LOCAL_NO_NOTIFICATION, data: Uint8Array.of(0, MANUAL_STOP) };
}

/** One message for each UPDATE. */
export function* routeMonitoring(routes: TapRoutes, locRib: LocRibIdentity): Generator<BmpMessage> {
  const { table, session, octets, fourOctetAs, atMs } = routes;
  const flags = TABLE_FLAGS[table] | (fourOctetAs ? 0 : PEER_FLAG.A);
  const peer = session === undefined ? locRibHeader(locRib, atMs) : headerOf(session, flags, atMs);
  for (let at = 0; at < octets.length; ) {
    const end = at + ((octets[at + 16] ?? 0) << 8) + (octets[at + 17] ?? 0);
    yield { type: 'route-monitoring', peer, update: octets.subarray(at, end) };
    at = end;
  }
}

/** RFC 7854 §4.7: the message stands last. */
export function routeMirroring({ session, octets, isErrored, atMs }: TapMessage): BmpMessage {
  const errored = { type: MIRRORING_TLV.INFORMATION, value: Uint8Array.of(0, MIRRORING_CODE.ERRORED_PDU) };
  const message = { type: MIRRORING_TLV.BGP_MESSAGE, value: octets };
  return {
    type: 'route-mirroring',
    peer: headerOf(session, 0, atMs),
    information: isErrored ? [errored, message] : [message],
  };
}

/** RFC 9069 §5.2: an OPEN that nobody sent says how the routes are written: with AS numbers of four octets, in these families. */
export function locRibUp(identity: LocRibIdentity, atMs: number): BmpMessage | undefined {
  const { asn, routerId, families } = identity;
  const open = encodeMessage(
    {
      type: 'OPEN',
      version: 4,
      myAs: asn > 0xffff ? AS_TRANS : asn,
      holdTime: 0,
      bgpIdentifier: routerId,
      capabilities: [
        ...families.map((family) => ({ type: 'multiprotocol' as const, family })),
        { type: 'four-octet-as', as: asn },
      ],
    },
    INITIAL_CONTEXT,
  );
  if (!open.ok) return undefined;
  return {
    type: 'peer-up',
    peer: locRibHeader(identity, atMs),
    localAddress: new Uint8Array(16),
    localPort: 0,
    remotePort: 0,
    sentOpen: open.value,
    receivedOpen: open.value,
    information: [GLOBAL_TABLE],
  };
}

/** RFC 9069 §5.1. */
export function locRibHeader({ asn, routerId }: LocRibIdentity, atMs: number): PerPeerHeader {
  return {
    peerType: PEER_TYPE.LOC_RIB,
    flags: 0,
    distinguisher: new Uint8Array(8),
    address: new Uint8Array(16),
    as: asn,
    bgpId: idOf(routerId),
    ...timeOf(atMs),
  };
}

export function headerOf({ remote, remoteAs, remoteRouterId }: TapSession, flags: number, atMs: number): PerPeerHeader {
  const { octets, isIpv6 } = addressOf(remote.address);
  return {
    peerType: PEER_TYPE.GLOBAL,
    flags: flags | (isIpv6 ? PEER_FLAG.V : 0),
    distinguisher: new Uint8Array(8),
    address: octets,
    as: remoteAs,
    bgpId: idOf(remoteRouterId),
    ...timeOf(atMs),
  };
}

/** RFC 7854 §4.2: an IPv4 address stands in the last four octets. */
function addressOf(text: string): { readonly octets: Uint8Array; readonly isIpv6: boolean } {
  const octets = new Uint8Array(16);
  const parsed = parseIpAddress(text);
  if (parsed.ok) octets.set(parsed.value, 16 - parsed.value.length);
  return { octets, isIpv6: parsed.ok && parsed.value.length === 16 };
}

function idOf(text: string): number {
  const parsed = parseIpv4(text);
  return parsed.ok ? parsed.value : 0;
}

function timeOf(atMs: number): Pick<PerPeerHeader, 'seconds' | 'microseconds'> {
  return { seconds: Math.floor(atMs / 1000), microseconds: Math.floor(atMs % 1000) * 1000 };
}

const NO_OCTETS = new Uint8Array(0);
