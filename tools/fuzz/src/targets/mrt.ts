import { ElementReader, encodeMrt, LineWriter, MrtFramer } from '@bgp/mrt';

const TYPES = [12, 13, 16, 17];

/** Any file: every element can be asked for everything, chunks do not matter, and no octet is lost. */
export function fuzz(data: Uint8Array): void {
  const whole = linesOf([data]);
  const half = data.length >>> 1;
  const pieces = linesOf([data.subarray(0, half), data.subarray(half)]);
  if (whole !== pieces) throw new Error('chunks change what is read');
  asOneRecord(data);
}

/** The first octets choose type and subtype, so that bodies are reached without a right length. */
function asOneRecord(data: Uint8Array): void {
  const type = TYPES[(data[0] ?? 0) & 3] ?? 13;
  const record = { timestamp: 1, type, subtype: (data[1] ?? 0) % 13, body: data.subarray(2) };
  const encoded = encodeMrt(type === 17 ? { ...record, microseconds: 7 } : record);
  if (!encoded.ok) throw new Error(`not writable: ${encoded.error.code}`);
  linesOf([encoded.value]);
}

function linesOf(chunks: readonly Uint8Array[]): string {
  const framer = new MrtFramer(1 << 16);
  const reader = new ElementReader();
  const lines = new LineWriter();
  let used = 0;
  let problems = '';
  for (const chunk of chunks) {
    framer.push(chunk);
    for (;;) {
      const next = framer.next();
      if (!next.ok) {
        problems += ` ${next.error.code}`;
        if (next.error.code === 'record-too-large') return `${lines.length}${problems}`;
        used += 12;
        continue;
      }
      if (next.value === undefined) break;
      used += 12 + next.value.body.length;
      for (const problem of reader.read(next.value, (element) => {
        lines.write(element);
        element.decodeAttributes();
        if (element.prefixLength > 128) throw new Error('a prefix longer than its address');
      })) {
        problems += ` ${problem.code}`;
      }
    }
  }
  if (used > chunks.reduce((sum, chunk) => sum + chunk.length, 0)) throw new Error('more octets than there are');
  return `${String.fromCharCode(...lines.view().subarray(0, 1000))} ${lines.length}${problems} ${framer.pendingOctets}`;
}
