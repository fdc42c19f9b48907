import { isUint, outOfRange } from '../capability/codec.ts';
import type { CodecContext } from '../context.ts';
import { type EncodeError, ERROR_RULES, type WireError } from '../errors.ts';
import { err, type Result } from '../result.ts';
import { HEADER_OCTETS, MESSAGE_TYPE } from './framer.ts';
import { beginMessage, endMessage } from './header.ts';
import type { Notification } from './types.ts';

/** Code, subcode, data: whatever they are, they are kept as received. @source RFC 4271 §4.5 */
export function decodeNotification(frame: Uint8Array): Notification {
  return {
    type: 'NOTIFICATION',
    code: frame[HEADER_OCTETS] ?? 0,
    subcode: frame[HEADER_OCTETS + 1] ?? 0,
    data: frame.slice(HEADER_OCTETS + 2),
  };
}

export function encodeNotification(notification: Notification, ctx: CodecContext): Result<Uint8Array, EncodeError> {
  if (!isUint(notification.code, 8)) return err(outOfRange('code', notification.code));
  if (!isUint(notification.subcode, 8)) return err(outOfRange('subcode', notification.subcode));
  const writer = beginMessage(MESSAGE_TYPE.NOTIFICATION);
  writer.u8(notification.code);
  writer.u8(notification.subcode);
  writer.copy(notification.data);
  return endMessage(writer, ctx.maxMessageOctets);
}

/** Of a NOTIFICATION's data; the whole message must stay within 4096 octets on any session. */
const MAX_DATA_OCTETS = 4096 - HEADER_OCTETS - 2;

/**
 * The NOTIFICATION that answers an error whose action is a session reset.
 * @source RFC 4271 §6.1–§6.3 for codes and data; RFC 7313 §5
 */
export function notificationFor(error: WireError): Notification {
  const rule = ERROR_RULES[error.code];
  // An error with a weaker action reaches this only when the caller escalates it: UPDATE Message Error without a subcode.
  const [code, subcode] = 'notification' in rule ? rule.notification : ([3, 0] as const);
  return { type: 'NOTIFICATION', code, subcode, data: notificationData(error) };
}

function notificationData(error: WireError): Uint8Array {
  switch (error.code) {
    case 'message-length-invalid': // RFC 4271 §6.1: the erroneous Length field
      return Uint8Array.of(error.length >>> 8, error.length & 0xff);
    case 'message-type-invalid': // RFC 4271 §6.1: the erroneous Type field
      return Uint8Array.of(error.messageType);
    default:
      // What does not fit is left out whole: a cut attribute would mislead whoever reads the peer's log.
      return 'data' in error && error.data.length <= MAX_DATA_OCTETS ? error.data : new Uint8Array(0);
  }
}
