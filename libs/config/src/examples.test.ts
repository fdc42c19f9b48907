import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from './diagnostics.ts';
import { loadConfig } from './load.ts';

const folder = new URL('../../../examples/', import.meta.url);
const files = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.toml'))
  .sort();

/** What the seed's deployments need that program no packet path. */
const DEPLOYMENTS = ['minimal', 'route-server', 'ddos-mitigation', 'hosting-provider', 'route-collector'];

describe('examples', () => {
  it('has one for each deployment', () => {
    expect(files).toEqual(expect.arrayContaining(DEPLOYMENTS.map((name) => `config/${name}.toml`)));
  });

  it.each(files)('%s loads', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const config = loadConfig(text, name);
    expect(config.ok ? '' : formatDiagnostics(config.error, text)).toBe('');
    if (!config.ok) return;
    const { peers, dynamicNeighbors = [] } = config.value.speaker;
    expect(peers.length + dynamicNeighbors.length).toBeGreaterThan(0);
    // What has no effect yet is said by the file itself, as `# Not yet active: PATH`.
    const admitted = [...text.matchAll(/^# Not yet active: (\S+)$/gm)].map((match) => match[1]);
    const inactive = config.value.notices.filter(({ kind }) => kind === 'not-yet-active').map(({ path }) => path);
    expect(admitted).toEqual(expect.arrayContaining(inactive));
  });
});
