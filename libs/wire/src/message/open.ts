import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { isUint, outOfRange } from '../capability/codec.ts';
import { decodeCapability, encodeCapability } from '../capability/table.ts';
import type { Capability } from '../capability/types.ts';
import type { EncodeError, WireError } from '../errors.ts';
import { formatIpv4, parseIpv4 } from '../net/ip-address.ts';
import { err, ok, type Result } from '../result.ts';
import { HEADER_OCTETS, MESSAGE_TYPE } from './framer.ts';
import { beginMessage, endMessage } from './header.ts';
import type { Open } from './types.ts';

/** RFC 8654 §4: an OPEN keeps to the old limit, whatever is negotiated. */
const MAX_OPEN_OCTETS = 4096;
const CAPABILITIES = 2;
/** RFC 9072 §2: as length and as type, the mark of extended optional parameters. */
const EXTENDED = 255;

/**
 * ```text
 * | version (1) | my AS (2) | hold time (2) | BGP identifier (4) | length (1) | parameters |
 * parameter:   | type (1) | length (1) | value |     a capability parameter holds | code (1) | length (1) | value | …
 * RFC 9072:    | … | 255 | 255 | length (2) | parameters with | type (1) | length (2) | value |
 * ```
 * Values are not judged here but where the session's configuration is known (`negotiate` of `@bgp/fsm`).
 *
 * @param frame a whole message with header; nothing of it is retained.
 * @returns `open-malformed` when parameters or capabilities run past their field, `open-parameter-unsupported` for a parameter
 *          other than capabilities.
 * @source RFC 4271 §4.2, RFC 5492 §4, RFC 9072 §2
 */
export function decodeOpen(frame: Uint8Array): Result<Open, WireError> {
  const reader = new ByteReader(frame, HEADER_OCTETS);
  const version = reader.u8();
  const myAs = reader.u16();
  const holdTime = reader.u16();
  const bgpIdentifier = formatIpv4(reader.u32());
  let parametersLength = reader.u8();
  let isExtended = false;
  // RFC 9072 §2: the type decides; the old length field must not be 0 then, but may be any other value.
  if (parametersLength !== 0 && frame[reader.offset] === EXTENDED) {
    isExtended = true;
    reader.u8();
    parametersLength = reader.u16();
  }
  if (reader.overrun || parametersLength !== reader.remaining) return err({ code: 'open-malformed' });

  const capabilities: Capability[] = [];
  while (reader.remaining > 0) {
    const type = reader.u8();
    const length = isExtended ? reader.u16() : reader.u8();
    if (reader.overrun || length > reader.remaining) return err({ code: 'open-malformed' });
    const end = reader.offset + length;
    if (type !== CAPABILITIES) return err({ code: 'open-parameter-unsupported', parameter: type });
    if (!readCapabilities(frame, reader.offset, end, capabilities)) return err({ code: 'open-malformed' });
    reader.offset = end;
  }
  return ok({ type: 'OPEN', version, myAs, holdTime, bgpIdentifier, capabilities });
}

function readCapabilities(frame: Uint8Array, start: number, end: number, into: Capability[]): boolean {
  let offset = start;
  while (offset < end) {
    const code = frame[offset] ?? 0;
    const length = frame[offset + 1] ?? 0;
    const next = offset + 2 + length;
    if (offset + 2 > end || next > end) return false;
    into.push(decodeCapability(code, frame, offset + 2, next));
    offset = next;
  }
  return true;
}

/** One capability parameter with everything, the extended form only when 255 octets do not hold it. */
export function encodeOpen(open: Open): Result<Uint8Array, EncodeError> {
  const identifier = parseIpv4(open.bgpIdentifier);
  if (!identifier.ok) return err({ code: 'address-invalid', field: 'bgpIdentifier', value: open.bgpIdentifier });
  if (!isUint(open.version, 8)) return err(outOfRange('version', open.version));
  if (!isUint(open.myAs, 16)) return err(outOfRange('myAs', open.myAs));
  if (!isUint(open.holdTime, 16)) return err(outOfRange('holdTime', open.holdTime));
  const capabilities = new ByteWriter();
  for (const capability of open.capabilities) {
    const error = encodeCapability(capability, capabilities);
    if (error !== undefined) return err(error);
  }

  const writer = beginMessage(MESSAGE_TYPE.OPEN);
  writer.u8(open.version);
  writer.u16(open.myAs);
  writer.u16(open.holdTime);
  writer.u32(identifier.value);
  if (capabilities.length === 0) {
    writer.u8(0);
  } else if (capabilities.length + 2 <= 255) {
    writer.u8(capabilities.length + 2);
    writer.u8(CAPABILITIES);
    writer.u8(capabilities.length);
  } else {
    if (capabilities.length > MAX_OPEN_OCTETS) {
      return err({ code: 'message-too-large', octets: capabilities.length, max: MAX_OPEN_OCTETS });
    }
    writer.u8(EXTENDED);
    writer.u8(EXTENDED);
    writer.u16(capabilities.length + 3);
    writer.u8(CAPABILITIES);
    writer.u16(capabilities.length);
  }
  writer.copy(capabilities.octets, 0, capabilities.length);
  return endMessage(writer, MAX_OPEN_OCTETS);
}
