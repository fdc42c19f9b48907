import type { ServerResponse } from 'node:http';
import { constants, Http2ServerResponse } from 'node:http2';

/** Octets that a caller has to take in one go; a large answer is so judged by whether it moves, not by how long it takes. */
const PIECE_OCTETS = 65_536;

/**
 * The same octets, for `response`; a caller that leaves what is given to it for `afterMs` is cut off. Who waits for events that do not come
 * has taken everything and is let be.
 */
export async function* cutOffStalled(
  body: AsyncIterable<Uint8Array>,
  response: ServerResponse | Http2ServerResponse,
  afterMs: number,
  onStalled: () => void,
): AsyncGenerator<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const disarm = () => clearTimeout(timer);
  const arm = () => {
    timer = setTimeout(() => {
      onStalled();
      // Only this call: others of the caller may share the connection.
      if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_CANCEL);
      else response.destroy();
    }, afterMs);
    timer.unref();
  };
  response.once('finish', disarm);
  response.once('close', disarm);
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length || at === 0; at += PIECE_OCTETS) {
      arm();
      try {
        yield chunk.subarray(at, at + PIECE_OCTETS);
      } finally {
        disarm();
      }
    }
  }
  // The last piece may still wait in the response.
  if (!response.writableFinished && !response.destroyed) arm();
}
