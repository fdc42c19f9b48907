import { checkHeader, err, HEADER_OCTETS, MESSAGE_TYPE, messageType, ok, type Result } from '@bgp/wire';
import { BMP_VERSION, COMMON_HEADER_OCTETS } from './framer.ts';
import { readU16, readU32 } from './octets.ts';
import { PER_PEER_HEADER_OCTETS, readPerPeerHeader } from './per-peer-header.ts';
import { readStatistic } from './statistics.ts';
import {
  BMP_TYPE,
  type BmpError,
  type BmpMessage,
  PEER_DOWN_REASON,
  type PerPeerHeader,
  type Statistic,
  type Tlv,
} from './types.ts';

type Decoded = Result<BmpMessage, BmpError>;

/**
 * Reads one whole message, as `BmpFramer` cuts it. Octet fields of the result are views of `frame`: copy what you keep.
 * Never throws. BGP messages inside are checked for their header and type, not for their contents: those depend on the session.
 * @source RFC 7854 §4
 */
export function decodeBmp(frame: Uint8Array): Decoded {
  if (frame.length < COMMON_HEADER_OCTETS) return err({ code: 'message-truncated', offset: frame.length });
  const version = frame[0]!;
  if (version !== BMP_VERSION) return err({ code: 'version-unsupported', version });
  const length = readU32(frame, 1);
  if (length !== frame.length) return err({ code: 'message-length-invalid', length, max: frame.length });
  const type = frame[5]!;
  const body = COMMON_HEADER_OCTETS;
  if (type === BMP_TYPE.INITIATION || type === BMP_TYPE.TERMINATION) {
    const information = readTlvs(frame, body);
    if (!information.ok) return information;
    return ok({ type: type === BMP_TYPE.INITIATION ? 'initiation' : 'termination', information: information.value });
  }
  const withPeer = DECODERS[type];
  if (withPeer === undefined) return ok({ type: 'unknown', messageType: type, body: frame.subarray(body) });
  const rest = body + PER_PEER_HEADER_OCTETS;
  if (frame.length < rest) return err({ code: 'message-truncated', offset: frame.length });
  return withPeer(frame, rest, readPerPeerHeader(frame, body));
}

/** By type; those without a per-peer header are read above. */
const DECODERS: Readonly<Partial<Record<number, (frame: Uint8Array, at: number, peer: PerPeerHeader) => Decoded>>> = {
  [BMP_TYPE.ROUTE_MONITORING]: readRouteMonitoring,
  [BMP_TYPE.STATISTICS_REPORT]: readStatisticsReport,
  [BMP_TYPE.PEER_DOWN]: readPeerDown,
  [BMP_TYPE.PEER_UP]: readPeerUp,
  [BMP_TYPE.ROUTE_MIRRORING]: readRouteMirroring,
};

/** RFC 7854 §4.6: one UPDATE and nothing else. */
function readRouteMonitoring(frame: Uint8Array, at: number, peer: PerPeerHeader): Decoded {
  const end = bgpMessageEnd(frame, at, MESSAGE_TYPE.UPDATE);
  if (end === undefined) return err({ code: 'bgp-message-invalid', offset: at });
  if (end !== frame.length) return err({ code: 'trailing-octets', offset: end });
  return ok({ type: 'route-monitoring', peer, update: frame.subarray(at) });
}

/** RFC 7854 §4.8. */
function readStatisticsReport(frame: Uint8Array, at: number, peer: PerPeerHeader): Decoded {
  if (frame.length < at + 4) return err({ code: 'message-truncated', offset: frame.length });
  const announced = readU32(frame, at);
  const tlvs = readTlvs(frame, at + 4);
  if (!tlvs.ok) return tlvs;
  const found = tlvs.value.length;
  if (announced !== found) return err({ code: 'statistics-count-invalid', announced, found });
  const statistics: Statistic[] = [];
  for (const { type, value } of tlvs.value) {
    const statistic = readStatistic(type, value);
    if (!statistic.ok) return statistic;
    statistics.push(statistic.value);
  }
  return ok({ type: 'statistics-report', peer, statistics });
}

/** RFC 7854 §4.9: what follows the reason depends on it. */
function readPeerDown(frame: Uint8Array, at: number, peer: PerPeerHeader): Decoded {
  if (frame.length <= at) return err({ code: 'message-truncated', offset: frame.length });
  const reason = frame[at]!;
  const data = at + 1;
  if (reason === PEER_DOWN_REASON.LOCAL_NOTIFICATION || reason === PEER_DOWN_REASON.REMOTE_NOTIFICATION) {
    const end = bgpMessageEnd(frame, data, MESSAGE_TYPE.NOTIFICATION);
    if (end === undefined) return err({ code: 'bgp-message-invalid', offset: data });
    if (end !== frame.length) return err({ code: 'trailing-octets', offset: end });
  } else if (reason === PEER_DOWN_REASON.LOCAL_NO_NOTIFICATION && frame.length < data + 2) {
    return err({ code: 'message-truncated', offset: frame.length });
  }
  return ok({ type: 'peer-down', peer, reason, data: frame.subarray(data) });
}

/** RFC 7854 §4.10. */
function readPeerUp(frame: Uint8Array, at: number, peer: PerPeerHeader): Decoded {
  const sentAt = at + 20;
  if (frame.length < sentAt) return err({ code: 'message-truncated', offset: frame.length });
  const receivedAt = bgpMessageEnd(frame, sentAt, MESSAGE_TYPE.OPEN);
  if (receivedAt === undefined) return err({ code: 'bgp-message-invalid', offset: sentAt });
  const end = bgpMessageEnd(frame, receivedAt, MESSAGE_TYPE.OPEN);
  if (end === undefined) return err({ code: 'bgp-message-invalid', offset: receivedAt });
  const information = readTlvs(frame, end);
  if (!information.ok) return information;
  return ok({
    type: 'peer-up',
    peer,
    localAddress: frame.subarray(at, at + 16),
    localPort: readU16(frame, at + 16),
    remotePort: readU16(frame, at + 18),
    sentOpen: frame.subarray(sentAt, receivedAt),
    receivedOpen: frame.subarray(receivedAt, end),
    information: information.value,
  });
}

/** RFC 7854 §4.7. The mirrored message may be malformed: that is what mirroring is for. */
function readRouteMirroring(frame: Uint8Array, at: number, peer: PerPeerHeader): Decoded {
  const information = readTlvs(frame, at);
  return information.ok ? ok({ type: 'route-mirroring', peer, information: information.value }) : information;
}

/** Where the BGP message at `at` ends; `undefined`: it is of another type, malformed in its header, or not all there. */
function bgpMessageEnd(frame: Uint8Array, at: number, type: number): number | undefined {
  if (frame.length < at + HEADER_OCTETS || messageType(frame.subarray(at, at + HEADER_OCTETS)) !== type)
    return undefined;
  // RFC 8654: the session may have agreed on extended messages; RFC 9072 aside, checkHeader keeps OPEN at 4096.
  if (checkHeader(frame, at, 65535) !== undefined) return undefined;
  const end = at + readU16(frame, at + 16);
  return end <= frame.length ? end : undefined;
}

/** RFC 7854 §4.4: two octets of type, two of length, the value. */
function readTlvs(frame: Uint8Array, start: number): Result<Tlv[], BmpError> {
  const tlvs: Tlv[] = [];
  let at = start;
  while (at < frame.length) {
    if (frame.length < at + 4) return err({ code: 'tlv-truncated', offset: at });
    const value = at + 4;
    const end = value + readU16(frame, at + 2);
    if (end > frame.length) return err({ code: 'tlv-truncated', offset: at });
    tlvs.push({ type: readU16(frame, at), value: frame.subarray(value, end) });
    at = end;
  }
  return ok(tlvs);
}
