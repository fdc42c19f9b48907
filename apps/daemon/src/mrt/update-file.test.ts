import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UpdateFile } from './update-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'update-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([false, true])('has all records in order, whatever the disk does (gzip: %s)', async (compress) => {
  const file = new UpdateFile(folder, 'x', compress);
  const expected: Buffer[] = [];
  for (let at = 0; at < 20_000; at++) {
    const record = Buffer.alloc(1 + (at % 500), at);
    expected.push(record);
    expect(file.add(record)).toBe(true);
    if (at % 1_000 === 0) await new Promise((done) => setImmediate(done));
  }
  await file.commit();
  const raw = readFileSync(join(folder, 'x'));
  expect((compress ? gunzipSync(raw) : raw).equals(Buffer.concat(expected))).toBe(true);
  expect(file).toMatchObject({ records: 20_000, waitingOctets: 0 });
});

it('takes no more than its bound while the disk takes nothing', async () => {
  const file = new UpdateFile(folder, 'x', false, 1 << 20);
  // In one turn: nothing reaches the disk meanwhile.
  let taken = 0;
  while (file.add(new Uint8Array(10_000))) taken++;
  expect(file.waitingOctets).toBeLessThanOrEqual(1 << 20);
  expect(taken).toBeGreaterThan(100);
  expect(taken).toBeLessThan(400);
  await file.commit();
  expect(readFileSync(join(folder, 'x'))).toHaveLength(taken * 10_000);
});

it('leaves nothing behind when it is given up', async () => {
  const file = new UpdateFile(folder, 'x', false);
  file.add(new Uint8Array(10));
  await file.discard();
  expect(readdirSync(folder)).toEqual([]);
});
