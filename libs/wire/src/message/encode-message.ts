import type { CodecContext } from '../context.ts';
import type { EncodeError } from '../errors.ts';
import { ok, type Result } from '../result.ts';
import { encodeKeepalive } from './keepalive.ts';
import { encodeNotification } from './notification.ts';
import { encodeOpen } from './open.ts';
import { encodeRouteRefresh } from './route-refresh.ts';
import type { Message } from './types.ts';
import { encodeUpdate } from './update.ts';

/**
 * One message as octets, header included. An UPDATE must fit one message; `UpdateBuilder` splits where that is not known.
 * Nothing is cut to fit: what a field or the message cannot hold is an error.
 */
export function encodeMessage(message: Message, ctx: CodecContext): Result<Uint8Array, EncodeError> {
  switch (message.type) {
    case 'OPEN':
      return encodeOpen(message);
    case 'UPDATE':
      return encodeUpdate(message, ctx);
    case 'NOTIFICATION':
      return encodeNotification(message, ctx);
    case 'KEEPALIVE':
      return ok(encodeKeepalive());
    case 'ROUTE-REFRESH':
      return encodeRouteRefresh(message, ctx);
  }
}
