import { ElementReader, LineWriter, MrtFramer, TextWriter } from '@bgp/mrt';

/** Any file: every element can be asked for everything, chunks do not matter, and no octet is lost. */
export function fuzz(data: Uint8Array): void {
  const half = data.length >>> 1;
  if (linesOf([data]) !== linesOf([data.subarray(0, half), data.subarray(half)])) {
    throw new Error('chunks change what is read');
  }
}

function linesOf(chunks: readonly Uint8Array[]): string {
  const framer = new MrtFramer(1 << 16);
  const reader = new ElementReader();
  const lines = new LineWriter(new TextWriter(256));
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
      for (const { code } of reader.read(next.value, (element) => lines.write(element))) problems += ` ${code}`;
    }
  }
  if (used > chunks.reduce((sum, chunk) => sum + chunk.length, 0)) throw new Error('more octets than there are');
  return `${String.fromCharCode(...lines.view().subarray(0, 1000))} ${lines.length}${problems} ${framer.pendingOctets}`;
}
