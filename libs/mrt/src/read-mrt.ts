import type { Result } from '@bgp/wire';
import type { MrtError } from './errors.ts';
import { DEFAULT_MAX_RECORD_OCTETS, MrtFramer, type MrtRecord } from './framer.ts';

/**
 * The records of a file, in order. A record is valid until the following one is asked for. A fatal error is the last
 * element; memory is bounded by one chunk and one record.
 */
export async function* readMrt(
  chunks: AsyncIterable<Uint8Array>,
  maxRecordOctets: number = DEFAULT_MAX_RECORD_OCTETS,
): AsyncGenerator<Result<MrtRecord, MrtError>, void, void> {
  const framer = new MrtFramer(maxRecordOctets);
  for await (const chunk of chunks) {
    framer.push(chunk);
    for (;;) {
      const next = framer.next();
      if (!next.ok) {
        yield next;
        if (next.error.code === 'record-too-large') return;
        continue;
      }
      if (next.value === undefined) break;
      yield { ok: true, value: next.value };
    }
  }
  const end = framer.end();
  if (!end.ok) yield end;
}
