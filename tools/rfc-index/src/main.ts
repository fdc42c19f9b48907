/**
 * Collects every `RFC n §x` from the sources into docs/rfc/README.md: which files implement a section, which tests name it.
 * A section with code and no test (or the other way round) is marked, so that gaps show. `--check` only compares.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Citation, citationsIn, renderIndex } from './citations.ts';

const root = resolve(import.meta.dirname, '../../..');
const target = join(root, 'docs/rfc/README.md');

const citations: Citation[] = [];
for (const file of globSync('{libs,apps,interop}/**/*.ts', { cwd: root }).sort()) {
  if (/node_modules|dist\/|\/gen\//.test(file)) continue;
  citations.push(...citationsIn(readFileSync(join(root, file), 'utf8'), file));
}
const page = renderIndex(citations);

if (process.argv.includes('--check')) {
  const current = readFileSync(target, 'utf8');
  if (current !== page) {
    console.error('docs/rfc/README.md is not current: run "npm run docs:rfc".');
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, page);
  console.log(`docs/rfc/README.md: ${new Set(citations.map(({ rfc }) => rfc)).size} RFCs`);
}
