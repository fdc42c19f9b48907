import { decodeBmp, encodeBmp } from '@bgp/bmp';

/** Whatever is accepted is written again octet for octet. The common header is set right, so that bodies are reached. */
export function fuzz(data: Uint8Array): void {
  const frame = new Uint8Array(data.length + 5);
  frame.set(data, 5);
  frame[0] = 3;
  new DataView(frame.buffer).setUint32(1, frame.length);
  const decoded = decodeBmp(frame);
  if (!decoded.ok) return;
  const encoded = encodeBmp(decoded.value);
  if (!encoded.ok) throw new Error(`read but not writable: ${encoded.error.code}`);
  if (encoded.value.join() !== frame.join()) throw new Error('written differently');
}
