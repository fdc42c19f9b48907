import { MessageFramer } from '@bgp/wire';

/** Cuts the same octets in two ways; the messages must be the same ones. */
export function fuzz(data: Uint8Array): void {
  const [choice = 0] = data;
  // Mostly right headers, so that whole messages come out.
  const stream = data.slice(1);
  for (let at = 0; at + 19 <= stream.length; at += 19 + (choice & 31)) stream.fill(0xff, at, at + 16);
  const whole = messages([stream]);
  const pieces: Uint8Array[] = [];
  const size = 1 + (choice >>> 5);
  for (let at = 0; at < stream.length; at += size) pieces.push(stream.slice(at, at + size));
  const cut = messages(pieces);
  if (whole.join() !== cut.join()) throw new Error('chunking changes the messages');
}

function messages(chunks: readonly Uint8Array[]): string[] {
  const framer = new MessageFramer();
  const found: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (;;) {
      const next = framer.next();
      if (!next.ok) return [...found, next.error.code];
      if (next.value === undefined) break;
      found.push(next.value.join(' '));
    }
  }
  return found;
}
