import { MessageFramer } from '@bgp/wire';

/** Calls `visit` for each message in buffers of messages. A frame is a view that is valid until the next one. */
export function eachFrame(buffers: readonly Uint8Array[], visit: (frame: Uint8Array) => void): void {
  const framer = new MessageFramer();
  for (const buffer of buffers) {
    framer.push(buffer);
    for (;;) {
      const frame = framer.next();
      if (!frame.ok) throw new Error(`bench messages do not frame: ${frame.error.code}`);
      if (frame.value === undefined) break;
      visit(frame.value);
    }
  }
}
