import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ElementTable } from './element-table.ts';
import { linesOf, visitAll } from './testing/read-all.ts';

const VECTORS = fileURLToPath(new URL('../vectors/', import.meta.url));
const RIB = fileURLToPath(new URL('../../../../shared/data/rib.20140523.0600.first-half.mrt.gz', import.meta.url));

function tableOf(file: Uint8Array): ElementTable {
  const table = new ElementTable();
  visitAll(file, (element) => table.apply(element));
  return table;
}

function written(table: ElementTable): Uint8Array {
  const parts: Uint8Array[] = [];
  const result = table.write(200, (octets) => parts.push(octets.slice()));
  if (!result.ok) throw new Error(result.error.code);
  return Buffer.concat(parts);
}

describe('ElementTable', () => {
  it('a table goes in and comes out with the same routes', () => {
    const file = readFileSync(`${VECTORS}quagga_rib.mrt`);
    const sorted = (octets: Uint8Array) => linesOf(octets).text.split('\n').sort();
    expect(sorted(written(tableOf(file)))).toEqual(sorted(file));
  });

  it.skipIf(!existsSync(RIB))('so does the one of RouteViews (skipped without ../shared/data)', () => {
    const file = gunzipSync(readFileSync(RIB));
    const again = written(tableOf(file));
    const { text, problems } = linesOf(again);
    expect(problems).toEqual([]);
    expect(text.split('\n').sort()).toEqual(linesOf(file).text.split('\n').sort());
    expect(Buffer.compare(written(tableOf(again)), again)).toBe(0);
  });

  it('updates leave the last route of each peer; the end of a session takes its routes along', () => {
    const octets = readFileSync(`${VECTORS}quagga_bgp.mrt`);
    const table = new ElementTable();
    const before: string[] = [];
    visitAll(octets, (element) => {
      // 192.168.0.10 goes down here, then fd02::10.
      if (element.timestamp === 1_486_802_231 && before.length === 0)
        for (const row of table.rows()) before.push(...row.routes.map(({ peer }) => peer.address));
      table.apply(element);
    });
    expect(new Set(before)).toEqual(new Set(['fd02::10']));
    const after = [...table.rows()].map(({ length, routes }) => [length, ...routes.map(({ peer }) => peer.address)]);
    expect(after).toEqual([
      [24, '192.168.0.10'],
      [24, '192.168.0.10'],
      [24, '192.168.0.10'],
      [64, '192.168.0.10', 'fd02::10'],
      [64, '192.168.0.10', 'fd02::10'],
      [64, '192.168.0.10', 'fd02::10'],
    ]);
  });
});
