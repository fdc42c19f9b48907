import { err, ok, type Result } from '@bgp/wire';
import { BMP_VERSION, COMMON_HEADER_OCTETS } from './framer.ts';
import { concat, u16Octets, u32Octets, writeU32 } from './octets.ts';
import { writePerPeerHeader } from './per-peer-header.ts';
import { writeStatistic } from './statistics.ts';
import {
  BMP_TYPE,
  type BmpEncodeError,
  type BmpMessage,
  type PerPeerHeader,
  type Statistic,
  type Tlv,
} from './types.ts';

const MAX_U8 = 0xff;
const MAX_U16 = 0xffff;
const MAX_U32 = 0xffff_ffff;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/**
 * Writes one whole message, common header included; the inverse of `decodeBmp`. BGP messages inside are written as given.
 * @source RFC 7854 §4
 */
export function encodeBmp(message: BmpMessage): Result<Uint8Array, BmpEncodeError> {
  const error = checkMessage(message);
  if (error !== undefined) return err(error);
  const [type, parts] = bodyOf(message);
  const octets = concat([new Uint8Array(COMMON_HEADER_OCTETS), ...parts]);
  octets[0] = BMP_VERSION;
  writeU32(octets, 1, octets.length);
  octets[5] = type;
  return ok(octets);
}

function bodyOf(message: BmpMessage): readonly [type: number, parts: readonly Uint8Array[]] {
  switch (message.type) {
    case 'route-monitoring':
      return [BMP_TYPE.ROUTE_MONITORING, [writePerPeerHeader(message.peer), message.update]];
    case 'statistics-report': {
      const tlvs = message.statistics.map((statistic) => ({ type: statistic.type, value: writeStatistic(statistic) }));
      return [
        BMP_TYPE.STATISTICS_REPORT,
        [writePerPeerHeader(message.peer), u32Octets(tlvs.length), ...writeTlvs(tlvs)],
      ];
    }
    case 'peer-down':
      return [BMP_TYPE.PEER_DOWN, [writePerPeerHeader(message.peer), Uint8Array.of(message.reason), message.data]];
    case 'peer-up':
      return [
        BMP_TYPE.PEER_UP,
        [
          writePerPeerHeader(message.peer),
          message.localAddress,
          u16Octets(message.localPort),
          u16Octets(message.remotePort),
          message.sentOpen,
          message.receivedOpen,
          ...writeTlvs(message.information),
        ],
      ];
    case 'initiation':
      return [BMP_TYPE.INITIATION, writeTlvs(message.information)];
    case 'termination':
      return [BMP_TYPE.TERMINATION, writeTlvs(message.information)];
    case 'route-mirroring':
      return [BMP_TYPE.ROUTE_MIRRORING, [writePerPeerHeader(message.peer), ...writeTlvs(message.information)]];
    case 'unknown':
      return [message.messageType, [message.body]];
  }
}

function writeTlvs(tlvs: readonly Tlv[]): Uint8Array[] {
  return tlvs.flatMap(({ type, value }) => [u16Octets(type), u16Octets(value.length), value]);
}

function checkMessage(message: BmpMessage): BmpEncodeError | undefined {
  if (message.type === 'unknown') return outOfRange('messageType', message.messageType, MAX_U8);
  if (message.type === 'initiation' || message.type === 'termination') return checkTlvs(message.information);
  const error = checkPeer(message.peer);
  if (error !== undefined) return error;
  switch (message.type) {
    case 'route-monitoring':
      return undefined;
    case 'statistics-report':
      return firstError(message.statistics, checkStatistic);
    case 'peer-down':
      return outOfRange('reason', message.reason, MAX_U8);
    case 'route-mirroring':
      return checkTlvs(message.information);
    case 'peer-up':
      return (
        wrongLength('localAddress', message.localAddress, 16) ??
        outOfRange('localPort', message.localPort, MAX_U16) ??
        outOfRange('remotePort', message.remotePort, MAX_U16) ??
        checkTlvs(message.information)
      );
  }
}

function checkPeer(peer: PerPeerHeader): BmpEncodeError | undefined {
  return (
    outOfRange('peerType', peer.peerType, MAX_U8) ??
    outOfRange('flags', peer.flags, MAX_U8) ??
    wrongLength('distinguisher', peer.distinguisher, 8) ??
    wrongLength('address', peer.address, 16) ??
    outOfRange('as', peer.as, MAX_U32) ??
    outOfRange('bgpId', peer.bgpId, MAX_U32) ??
    outOfRange('seconds', peer.seconds, MAX_U32) ??
    outOfRange('microseconds', peer.microseconds, MAX_U32)
  );
}

function checkStatistic(statistic: Statistic): BmpEncodeError | undefined {
  const error = outOfRange('statistic type', statistic.type, MAX_U16);
  if (error !== undefined) return error;
  if (statistic.form === 'raw') return tooLong('statistic', statistic.value);
  if (statistic.form === 'counter32') return outOfRange('statistic', statistic.value, MAX_U32);
  if (statistic.form === 'family-gauge64') {
    const family = outOfRange('family', statistic.family, 0xff_ffff);
    if (family !== undefined) return family;
  }
  const { value } = statistic;
  return value < 0n || value > MAX_U64 ? { code: 'field-out-of-range', field: 'statistic', value } : undefined;
}

function checkTlvs(tlvs: readonly Tlv[]): BmpEncodeError | undefined {
  return firstError(tlvs, ({ type, value }) => outOfRange('tlv type', type, MAX_U16) ?? tooLong('tlv', value));
}

function firstError<T>(
  items: readonly T[],
  check: (item: T) => BmpEncodeError | undefined,
): BmpEncodeError | undefined {
  for (const item of items) {
    const error = check(item);
    if (error !== undefined) return error;
  }
  return undefined;
}

function outOfRange(field: string, value: number, max: number): BmpEncodeError | undefined {
  const fits = Number.isInteger(value) && value >= 0 && value <= max;
  return fits ? undefined : { code: 'field-out-of-range', field, value };
}

function wrongLength(field: string, value: Uint8Array, length: number): BmpEncodeError | undefined {
  return value.length === length ? undefined : { code: 'field-length-invalid', field, length: value.length };
}

function tooLong(field: string, value: Uint8Array): BmpEncodeError | undefined {
  return value.length <= MAX_U16 ? undefined : { code: 'field-length-invalid', field, length: value.length };
}
