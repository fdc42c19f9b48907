import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { decodeMessage, encodeMessage, INITIAL_CONTEXT, type Message } from './index.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const MESSAGES: readonly Message[] = [
  { type: 'KEEPALIVE' },
  { type: 'NOTIFICATION', code: 6, subcode: 2, data: Uint8Array.of(2, 0x68, 0x69) },
  {
    type: 'OPEN',
    version: 4,
    myAs: 65001,
    holdTime: 90,
    bgpIdentifier: '192.0.2.1',
    capabilities: [{ type: 'four-octet-as', as: 65001 }],
  },
  {
    type: 'UPDATE',
    withdrawn: [],
    announced: [{ family: 0x0101, nlri: [{ prefix: '198.51.100.0/24' }] }],
    attributes: { origin: 0, asPath: [{ type: 'sequence', asns: [64500, 64501] }], nextHop: '192.0.2.1' },
    errors: [],
  },
];

/** Runs in both places: encodes, decodes, and tells both as text. */
const PROGRAM = `
  import { decodeMessage, encodeMessage, INITIAL_CONTEXT } from './index.ts';
  export const run = (messages) => JSON.stringify(messages.map((message) => {
    const encoded = encodeMessage(message, INITIAL_CONTEXT);
    return [[...encoded.value], decodeMessage(encoded.value, INITIAL_CONTEXT)];
  }));
`;

it.skipIf(CHROMIUM === undefined)(
  'says the same in headless Chromium as in Node (skipped where Chromium is not installed)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bgp-wire-browser-'));
    try {
      const messages = JSON.stringify(
        MESSAGES.map((message) => ('data' in message ? { ...message, data: [...message.data] } : message)),
      );
      const page = `${PROGRAM}
        const messages = ${messages}.map((m) => ('data' in m ? { ...m, data: Uint8Array.from(m.data) } : m));
        document.body.textContent = run(messages);`;
      const { outputFiles } = await build({
        stdin: { contents: page, resolveDir: import.meta.dirname, loader: 'js' },
        bundle: true,
        format: 'iife',
        platform: 'browser',
        write: false,
      });
      const html = join(folder, 'index.html');
      writeFileSync(html, `<!doctype html><meta charset="utf-8"><body><script>${outputFiles[0]?.text}</script></body>`);
      const dom = execFileSync(
        CHROMIUM ?? '',
        [...FLAGS, `--user-data-dir=${join(folder, 'profile')}`, '--dump-dom', `file://${html}`],
        {
          encoding: 'utf8',
          timeout: 100_000,
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
      const inNode = JSON.stringify(
        MESSAGES.map((message) => {
          const encoded = encodeMessage(message, INITIAL_CONTEXT);
          if (!encoded.ok) throw new Error(encoded.error.code);
          return [[...encoded.value], decodeMessage(encoded.value, INITIAL_CONTEXT)];
        }),
      );
      const shown = /<body>([\s\S]*)<\/body>/.exec(dom)?.[1]?.trim().replaceAll('&lt;', '<').replaceAll('&gt;', '>');
      expect(shown).toBe(inNode);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
