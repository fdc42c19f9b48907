import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { ElementReader, LineWriter, MrtFramer } from '@bgp/mrt';
import { expect } from 'vitest';

/** The lines of bgpdump on a file, which must be whole. */
export function linesOf(path: string): string[] {
  const raw = readFileSync(path);
  const framer = new MrtFramer();
  framer.push(path.endsWith('.gz') ? gunzipSync(raw) : raw);
  const reader = new ElementReader();
  const lines = new LineWriter();
  for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) {
    expect(reader.read(next.value, (element) => lines.write(element))).toEqual([]);
  }
  expect(framer.end().ok).toBe(true);
  return Buffer.from(lines.view()).toString().split('\n').slice(0, -1);
}
