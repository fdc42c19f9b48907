import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { constants, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type CodecContext, INITIAL_CONTEXT } from '../context.ts';
import { decodeUpdate, encodeUpdate } from './update.ts';

/**
 * UPDATE messages that real collectors recorded. Origin and terms: README.md beside the files, which are not part of this
 * repository. Each file was cut, so the last record may be incomplete.
 */
const DATA = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));

interface Recorded {
  readonly frame: Uint8Array;
  readonly fourOctetAs: boolean;
}

/** UPDATEs of BGP4MP and BGP4MP_ET records, RFC 6396 §4.4. */
function readUpdates(file: string): Recorded[] {
  const raw = readFileSync(`${DATA}${file}`);
  const octets = file.endsWith('.gz') ? gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH }) : raw;
  const updates: Recorded[] = [];
  for (let record = 0; record + 12 <= octets.length; ) {
    const type = octets.readUInt16BE(record + 4);
    const subtype = octets.readUInt16BE(record + 6);
    const end = record + 12 + octets.readUInt32BE(record + 8);
    const isMessage = (type === 16 || type === 17) && (subtype === 1 || subtype === 4);
    if (isMessage && end <= octets.length) {
      const fourOctetAs = subtype === 4;
      const afiAt = record + 12 + (type === 17 ? 4 : 0) + (fourOctetAs ? 8 : 4) + 2;
      const frame = new Uint8Array(octets.subarray(afiAt + 2 + (octets.readUInt16BE(afiAt) === 1 ? 8 : 32), end));
      if (frame[18] === 2) updates.push({ frame, fourOctetAs });
    }
    record = end;
  }
  return updates;
}

describe.each([
  ['updates.20190101.0000.first-half.mrt.gz', 27_059],
  ['updates.rrc06.1427846400.mrt.gz', 761],
])('recorded UPDATEs: %s', (file, count) => {
  it.skipIf(!existsSync(`${DATA}${file}`))(
    'all are sound, and survive decode → encode → decode (skipped without ../shared/data)',
    () => {
      const updates = readUpdates(file);
      expect(updates).toHaveLength(count);
      for (const { frame, fourOctetAs } of updates) {
        const ctx: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs };
        const decoded = decodeUpdate(frame, ctx);
        if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
        if (decoded.value.errors.length > 0) throw new Error(JSON.stringify(decoded.value.errors));
        const encoded = encodeUpdate(decoded.value, ctx);
        if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
        const again = decodeUpdate(encoded.value, ctx);
        // Most are octet-identical; the others differ in what carries no meaning (order, extended lengths, sections' order).
        if (Buffer.compare(frame, encoded.value) !== 0) expect(again).toEqual(decoded);
      }
    },
  );
});
