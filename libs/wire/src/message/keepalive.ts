import { MESSAGE_TYPE } from './framer.ts';
import { beginMessage } from './header.ts';

/** A header and nothing else. A new array each time, because octets given to a socket belong to it. @source RFC 4271 §4.4 */
export function encodeKeepalive(): Uint8Array {
  const writer = beginMessage(MESSAGE_TYPE.KEEPALIVE);
  writer.patchU16(16, writer.length);
  return writer.toOctets();
}
