import { decodeMessage, encodeMessage, INITIAL_CONTEXT } from '@bgp/wire';
import { frameOf } from '../context-of.ts';

/** OPEN with its capabilities: whatever decodes encodes to something that decodes to the same. */
export function fuzz(data: Uint8Array): void {
  const decoded = decodeMessage(frameOf(1, data.subarray(0, 4000)), INITIAL_CONTEXT);
  if (!decoded.ok) return;
  const encoded = encodeMessage(decoded.value, INITIAL_CONTEXT);
  if (!encoded.ok) {
    if (encoded.error.code === 'message-too-large') return;
    throw new Error(`a decoded OPEN cannot be encoded: ${encoded.error.code}`);
  }
  const again = decodeMessage(encoded.value, INITIAL_CONTEXT);
  const text = (value: unknown) =>
    JSON.stringify(value, (_key, field) => (field instanceof Uint8Array ? [...field] : field));
  if (text(again) !== text(decoded)) throw new Error('OPEN changed on its way through encode and decode');
}
