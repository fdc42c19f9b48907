import { ByteWriter, err, parseIpAddress, type Result } from '@bgp/wire';
import { MRT_TYPE, BGP4MP_SUBTYPE as S } from './codes.ts';
import { type MrtEncodeError, outOfRange } from './encode-error.ts';
import { encodeMrt } from './encode-mrt.ts';

/** The session that a record is about, and when. */
export interface Bgp4mpSession {
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** 0–999999; with it the record is a BGP4MP_ET one. */
  readonly microseconds?: number;
  readonly peerAs: number;
  readonly localAs: number;
  /** 0 when unknown. */
  readonly interfaceIndex?: number;
  /** Both of one address family. */
  readonly peerAddress: string;
  readonly localAddress: string;
}

export interface Bgp4mpMessage extends Bgp4mpSession {
  /** Whole, with its header. */
  readonly message: Uint8Array;
  /** Whether AS numbers in the message have four octets. With two, peers whose AS needs four are named AS_TRANS by the caller. */
  readonly fourOctetAs: boolean;
  /** NLRI of the message has path identifiers. */
  readonly addPath?: boolean;
  /** We sent it. */
  readonly isLocal?: boolean;
}

/** One BGP4MP record of a message, freshly allocated. RFC 6396 §4.4.2–§4.4.6, RFC 8050 §3. */
export function encodeBgp4mpMessage(message: Bgp4mpMessage): Result<Uint8Array, MrtEncodeError> {
  const { fourOctetAs, addPath = false, isLocal = false } = message;
  const out = new ByteWriter(message.message.length + 64);
  const error = putSession(out, message, fourOctetAs ? 32 : 16);
  if (error !== undefined) return err(error);
  out.copy(message.message);
  const plain = fourOctetAs ? [S.MESSAGE_AS4, S.MESSAGE_AS4_LOCAL] : [S.MESSAGE, S.MESSAGE_LOCAL];
  const withIds = fourOctetAs
    ? [S.MESSAGE_AS4_ADDPATH, S.MESSAGE_AS4_LOCAL_ADDPATH]
    : [S.MESSAGE_ADDPATH, S.MESSAGE_LOCAL_ADDPATH];
  return encodeRecord(message, (addPath ? withIds : plain)[isLocal ? 1 : 0] ?? S.MESSAGE_AS4, out);
}

/** One BGP4MP_STATE_CHANGE_AS4 record, freshly allocated; states are 1 Idle … 6 Established. RFC 6396 §4.4.5. */
export function encodeStateChange(
  change: Bgp4mpSession & { readonly oldState: number; readonly newState: number },
): Result<Uint8Array, MrtEncodeError> {
  const out = new ByteWriter(64);
  const states = [['oldState', change.oldState, 16] as const, ['newState', change.newState, 16] as const];
  const error = outOfRange(states) ?? putSession(out, change, 32);
  if (error !== undefined) return err(error);
  out.u16(change.oldState);
  out.u16(change.newState);
  return encodeRecord(change, S.STATE_CHANGE_AS4, out);
}

function encodeRecord(session: Bgp4mpSession, subtype: number, out: ByteWriter): Result<Uint8Array, MrtEncodeError> {
  const { timestamp, microseconds } = session;
  const common = { timestamp, subtype, body: out.toOctetsView() };
  if (microseconds === undefined) return encodeMrt({ ...common, type: MRT_TYPE.BGP4MP });
  return encodeMrt({ ...common, type: MRT_TYPE.BGP4MP_ET, microseconds });
}

function putSession(out: ByteWriter, session: Bgp4mpSession, asBits: 16 | 32): MrtEncodeError | undefined {
  const { peerAs, localAs, interfaceIndex = 0, peerAddress, localAddress } = session;
  const error = outOfRange([
    ['peerAs', peerAs, asBits],
    ['localAs', localAs, asBits],
    ['interfaceIndex', interfaceIndex, 16],
  ]);
  if (error !== undefined) return error;
  const peer = parseIpAddress(peerAddress);
  if (!peer.ok) return { code: 'address-invalid', field: 'peerAddress', text: peerAddress };
  const local = parseIpAddress(localAddress);
  if (!local.ok || local.value.length !== peer.value.length)
    return { code: 'address-invalid', field: 'localAddress', text: localAddress };
  for (const as of [peerAs, localAs]) asBits === 32 ? out.u32(as) : out.u16(as);
  out.u16(interfaceIndex);
  out.u16(peer.value.length === 4 ? 1 : 2);
  out.copy(peer.value);
  out.copy(local.value);
  return undefined;
}
