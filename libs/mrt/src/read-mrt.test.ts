import { expect, it } from 'vitest';
import { encodeMrt } from './encode-mrt.ts';
import { readMrt } from './read-mrt.ts';

function record(type: number, body: readonly number[]): Uint8Array {
  const encoded = encodeMrt({ timestamp: 7, type, subtype: 1, body: Uint8Array.from(body) });
  if (!encoded.ok) throw new Error(encoded.error.code);
  return encoded.value;
}

async function read(octets: Uint8Array, chunk: number, max?: number): Promise<string[]> {
  async function* chunks() {
    for (let at = 0; at < octets.length; at += chunk) yield octets.subarray(at, at + chunk);
  }
  const found: string[] = [];
  for await (const one of readMrt(chunks(), max)) {
    found.push(one.ok ? `${one.value.type}:${one.value.body.join('.')}` : one.error.code);
  }
  return found;
}

const FILE = Uint8Array.from([...record(13, [1, 2]), ...record(16, []), ...record(12, [3])]);
/** A BGP4MP_ET whose length has no room for its microseconds. */
const SHORT = Uint8Array.of(0, 0, 0, 7, 0, 17, 0, 4, 0, 0, 0, 2, 9, 9);

it.each([1, 5, 1000])('gives every record of a stream, in chunks of %i', async (chunk) => {
  expect(await read(FILE, chunk)).toEqual(['13:1.2', '16:', '12:3']);
});

it('goes on after a record that is wrong in itself', async () => {
  expect(await read(Uint8Array.from([...SHORT, ...FILE]), 3)).toEqual(['body-truncated', '13:1.2', '16:', '12:3']);
});

it('ends where the place of the next record is lost, or the file', async () => {
  expect(await read(FILE, 4, 1)).toEqual(['record-too-large']);
  expect(await read(FILE.subarray(0, -1), 4)).toEqual(['13:1.2', '16:', 'file-truncated']);
});
