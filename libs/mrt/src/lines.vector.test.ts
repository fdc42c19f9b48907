import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { linesOf } from './testing/read-all.ts';

/** Files of other people's routers and collectors, as bgpdump reads them: `vectors/README.md`. The large ones are not in this repository. */
const VECTORS = fileURLToPath(new URL('../vectors/', import.meta.url));
const DATA = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const EXPECTED = JSON.parse(readFileSync(`${VECTORS}bgpdump-lines.json`, 'utf8')) as Readonly<
  Record<string, { readonly lines: number; readonly sha256: string }>
>;

/** What bgpdump warns about too. */
const PROBLEMS: Readonly<Record<string, readonly string[]>> = {
  // Path identifiers in messages that are not marked as having any.
  'bird_bgp.mrt': new Array<string>(6).fill('nlri-invalid'),
  // VPN routes; bgpdump warns about their End-of-RIB as well.
  'quagga_bgp.mrt': new Array<string>(4).fill('address-family-unsupported'),
};

function pathOf(file: string): string | undefined {
  return [`${VECTORS}${file}`, `${DATA}${file}`].find((path) => existsSync(path));
}

describe('the lines of bgpdump -m, octet for octet', () => {
  for (const [file, { lines, sha256 }] of Object.entries(EXPECTED)) {
    const path = pathOf(file);
    it.skipIf(path === undefined)(`${file} (the large ones are skipped without ../shared/data)`, () => {
      const raw = readFileSync(path ?? '');
      const { text, problems } = linesOf(file.endsWith('.gz') ? gunzipSync(raw) : raw);
      expect(problems.map(({ code }) => code)).toEqual(PROBLEMS[file] ?? []);
      expect(text.split('\n').length - 1).toBe(lines);
      expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
    });
  }

  it('records that the files of routers lack', () => {
    const { text } = linesOf(readFileSync(`${VECTORS}unusual.mrt`));
    expect(text).toBe(readFileSync(`${VECTORS}unusual.txt`, 'utf8'));
  });
});
