import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from './diagnostics.ts';
import { loadConfig } from './load.ts';

const folder = new URL('../../../examples/config/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.toml'));

describe('examples/config', () => {
  it('has examples', () => {
    expect(files).toContain('minimal.toml');
  });

  it.each(files)('%s loads', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const config = loadConfig(text, name);
    expect(config.ok ? '' : formatDiagnostics(config.error, text)).toBe('');
    if (config.ok) expect(config.value.speaker.peers.length).toBeGreaterThan(0);
  });
});
