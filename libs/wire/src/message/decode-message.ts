import type { CodecContext } from '../context.ts';
import type { WireError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';
import { checkHeader, HEADER_OCTETS, MESSAGE_TYPE, messageType } from './framer.ts';
import { decodeNotification } from './notification.ts';
import { decodeOpen } from './open.ts';
import { decodeRouteRefresh } from './route-refresh.ts';
import type { Message } from './types.ts';
import { decodeUpdate } from './update.ts';

/**
 * One whole message as an object. Never throws.
 *
 * @param frame header included, exactly as long as its Length field says; nothing of it is retained.
 * @param ctx   what the session has negotiated; `INITIAL_CONTEXT` before the OPEN exchange.
 * @returns the error that asks for a session reset (`notificationFor` makes the answer). Lesser errors of an UPDATE are in its
 *          `errors`.
 * @source RFC 4271 §4, RFC 2918, RFC 7606
 * @example
 * ```ts
 * decodeMessage(Uint8Array.of(...Array(16).fill(0xff), 0, 19, 4), INITIAL_CONTEXT); // => { ok: true, value: { type: 'KEEPALIVE' } }
 * ```
 */
export function decodeMessage(frame: Uint8Array, ctx: CodecContext): Result<Message, WireError> {
  if (frame.length < HEADER_OCTETS) return err({ code: 'message-length-invalid', length: frame.length });
  const headerError = checkHeader(frame, 0, ctx.maxMessageOctets);
  if (headerError !== undefined) return err(headerError);
  const length = ((frame[16] ?? 0) << 8) | (frame[17] ?? 0);
  if (length !== frame.length) return err({ code: 'message-length-invalid', length });
  switch (messageType(frame)) {
    case MESSAGE_TYPE.OPEN:
      return decodeOpen(frame);
    case MESSAGE_TYPE.UPDATE:
      return decodeUpdate(frame, ctx);
    case MESSAGE_TYPE.NOTIFICATION:
      return ok(decodeNotification(frame));
    case MESSAGE_TYPE.KEEPALIVE:
      return ok({ type: 'KEEPALIVE' });
    case MESSAGE_TYPE.ROUTE_REFRESH:
      return decodeRouteRefresh(frame);
    default:
      return err({ code: 'message-type-invalid', messageType: messageType(frame) });
  }
}
