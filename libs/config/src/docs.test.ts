import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from './diagnostics.ts';
import { loadConfig } from './load.ts';

const folders = ['operations', 'guide'].map((name) => new URL(`../../../docs/${name}/`, import.meta.url));
const MINIMAL_GLOBAL = '[global]\nasn = 65001\nrouter_id = "192.0.2.1"\nlisten_port = 179\n';

interface Example {
  /** File and line of the block's first line. */
  readonly where: string;
  readonly text: string;
}

const examples = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => examplesOf(name, readFileSync(new URL(name, folder), 'utf8'))),
);

describe('TOML in docs/operations and docs/guide', () => {
  it('is found', () => {
    expect(examples.map(({ where }) => where.replace(/:.*/, ''))).toContain('graceful-restart.md');
  });

  it.each(examples)('$where loads, and all of it is in force', ({ where, text }) => {
    const whole = text.includes('[global]') ? text : `${text}\n${MINIMAL_GLOBAL}`;
    const config = loadConfig(whole, where);
    expect(config.ok ? '' : formatDiagnostics(config.error, whole, { color: false })).toBe('');
    if (config.ok) expect(config.value.notices.filter(({ kind }) => kind === 'not-yet-active')).toEqual([]);
  });
});

function examplesOf(name: string, markdown: string): Example[] {
  return [...markdown.matchAll(/^```toml\n(.*?)^```$/gms)].map(({ 1: text = '', index }) => ({
    where: `${name}:${markdown.slice(0, index).split('\n').length + 1}`,
    text,
  }));
}
