import { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { EncodeError } from '../errors.ts';
import { multiprotocol } from './001-multiprotocol.ts';
import { routeRefresh } from './002-route-refresh.ts';
import { extendedNextHop } from './005-extended-next-hop.ts';
import { extendedMessage } from './006-extended-message.ts';
import { role } from './009-role.ts';
import { gracefulRestart } from './064-graceful-restart.ts';
import { fourOctetAs } from './065-four-octet-as.ts';
import { addPath } from './069-add-path.ts';
import { enhancedRouteRefresh } from './070-enhanced-route-refresh.ts';
import { longLivedGracefulRestart } from './071-long-lived-graceful-restart.ts';
import { fqdn } from './073-fqdn.ts';
import { softwareVersion } from './075-software-version.ts';
import { type CapabilityCodec, isUint, type KnownCapability, outOfRange } from './codec.ts';
import type { Capability } from './types.ts';

/** One row per capability that has a type of its own, by code. */
const CAPABILITY_CODECS = [
  multiprotocol,
  routeRefresh,
  extendedNextHop,
  extendedMessage,
  role,
  gracefulRestart,
  fourOctetAs,
  addPath,
  enhancedRouteRefresh,
  longLivedGracefulRestart,
  fqdn,
  softwareVersion,
] as const;

// Each row decodes and encodes its own type only; the lookups below pair a row with values of that type.
const ROWS = CAPABILITY_CODECS as unknown as readonly CapabilityCodec[];
const BY_CODE: ReadonlyMap<number, CapabilityCodec> = new Map(ROWS.map((codec) => [codec.code, codec]));
const BY_TYPE: ReadonlyMap<KnownCapability['type'], CapabilityCodec> = new Map(
  ROWS.map((codec) => [codec.type, codec]),
);

/** Reads one capability value. Never fails: what has no row, or a length that its row cannot have, is kept octet for octet. */
export function decodeCapability(code: number, octets: Uint8Array, start: number, end: number): Capability {
  const reader = new ByteReader(octets, start, end);
  const capability = BY_CODE.get(code)?.decode(reader);
  if (capability !== undefined && !reader.overrun && reader.remaining === 0) return capability;
  return { type: 'unknown', code, value: octets.slice(start, end) };
}

/** Writes code, length and value. */
export function encodeCapability(capability: Capability, target: ByteWriter): EncodeError | undefined {
  const start = target.length;
  if (capability.type === 'unknown') {
    if (!isUint(capability.code, 8)) return outOfRange('code', capability.code);
    target.u8(capability.code);
    target.u8(0);
    target.copy(capability.value);
  } else {
    const codec = BY_TYPE.get(capability.type);
    if (codec === undefined) return { code: 'value-out-of-range', field: 'type', value: capability.type };
    target.u8(codec.code);
    target.u8(0);
    const error = codec.encode(capability, target);
    if (error !== undefined) return error;
  }
  const length = target.length - start - 2;
  // RFC 5492 §4: one octet of length, also inside the extended parameters of RFC 9072.
  if (length > 255) return { code: 'field-too-long', field: capability.type, length, max: 255 };
  target.octets[start + 1] = length;
  return undefined;
}
