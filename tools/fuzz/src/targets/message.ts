import { decodeMessage, encodeMessage } from '@bgp/wire';
import { contextOf, frameOf } from '../context-of.ts';

/** Every message type: decoding never throws, and what it accepts can be encoded and decodes again. */
export function fuzz(data: Uint8Array): void {
  const [choice = 0, type = 0] = data;
  const ctx = contextOf(choice);
  const decoded = decodeMessage(frameOf(1 + (type % 5), data.subarray(2, 4000)), ctx);
  if (!decoded.ok || (decoded.value.type === 'UPDATE' && decoded.value.errors.length > 0)) return;
  const encoded = encodeMessage(decoded.value, ctx);
  if (!encoded.ok) return; // two families at once, say, do not fit one message of ours
  const again = decodeMessage(encoded.value, ctx);
  if (!again.ok) throw new Error(`what we encoded does not decode: ${again.error.code}`);
}
