import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** The part that most users import: framing, and decoding and encoding of every message, with both unicast families. */
const UNICAST_CORE = `
  export { decodeMessage, encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST, IPV6_UNICAST, MessageFramer }
  from './index.ts';
`;
const MAX_GZIP_OCTETS = 15_000;

it(`the unicast core is at most ${MAX_GZIP_OCTETS} octets, minified and gzipped`, async () => {
  const { outputFiles } = await build({
    stdin: { contents: UNICAST_CORE, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  const gzipped = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
  console.log(`unicast core: ${gzipped} octets gzipped`);
  expect(gzipped).toBeGreaterThan(1_000);
  expect(gzipped).toBeLessThanOrEqual(MAX_GZIP_OCTETS);
});
