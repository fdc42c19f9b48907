import { ByteWriter } from '../bytes/byte-writer.ts';
import type { EncodeError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';

/** Starts a message: marker, room for the length, type. @source RFC 4271 §4.1 */
export function beginMessage(type: number): ByteWriter {
  const writer = new ByteWriter();
  for (let i = 0; i < 4; i++) writer.u32(0xffff_ffff);
  writer.u16(0);
  writer.u8(type);
  return writer;
}

/** Fills in the length, or refuses a message that is too long for its type and session. */
export function endMessage(writer: ByteWriter, max: number): Result<Uint8Array, EncodeError> {
  if (writer.length > max) return err({ code: 'message-too-large', octets: writer.length, max });
  writer.patchU16(16, writer.length);
  return ok(writer.toOctets());
}
