import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadConfig } from '@bgp/config';
import { describe, expect, it } from 'vitest';

const folder = import.meta.dirname;
const repository = resolve(folder, '../../..');
const unit = readFileSync(join(folder, 'tsbgpd.service'), 'utf8');
const ownRoutes = readFileSync(join(folder, 'own-routes.conf'), 'utf8');

/** All values of a key, in order. */
const valuesOf = (text: string, key: string) =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((match) => match[1] ?? '');

describe('tsbgpd.service', () => {
  it('starts what the build makes, as the program itself does', () => {
    const [command = ''] = valuesOf(unit, 'ExecStart');
    const [, ...rest] = command.split(' ');
    const flags = rest.filter((word) => word.startsWith('--'));
    const [main] = rest.slice(flags.length);
    const bin = readFileSync(join(repository, 'apps/daemon/bin/tsbgpd.js'), 'utf8');
    expect(bin).toContain(`node ${flags.join(' ')}\n`);
    expect(bin).toContain("'../dist/main.js'");
    expect(main).toBe('/opt/tsbgp/apps/daemon/dist/main.js');
    expect(existsSync(join(repository, 'apps/daemon/package.json'))).toBe(true);
  });

  it('gives it the folders that it writes to, and no others', () => {
    const config = loadConfig(readFileSync(join(repository, 'examples/config/edge.toml'), 'utf8'), 'edge.toml');
    if (!config.ok) throw new Error('edge.toml is not valid');
    const [state] = valuesOf(unit, 'StateDirectory').flatMap((value) => value.split(' '));
    expect(`/var/lib/${state}`).toBe(config.value.runtimeStateDir);
    expect(valuesOf(unit, 'ReadWritePaths')).toEqual(['/etc/tsbgpd']);
    expect(valuesOf(unit, 'ProtectSystem')).toEqual(['strict']);
    expect(valuesOf(unit, 'ExecStart')[0]).toMatch(/ \/etc\/tsbgpd\/config\.toml$/);
  });

  it('lets it bind port 179 and nothing else that root can do', () => {
    expect(valuesOf(unit, 'AmbientCapabilities')).toEqual(['CAP_NET_BIND_SERVICE']);
    expect(valuesOf(unit, 'CapabilityBoundingSet')).toEqual(['CAP_NET_BIND_SERVICE']);
    expect(valuesOf(unit, 'NoNewPrivileges')).toEqual(['yes']);
    expect(valuesOf(unit, 'User')).toEqual(['tsbgpd']);
    expect(readFileSync(join(folder, 'tsbgpd.sysusers.conf'), 'utf8')).toMatch(/^u tsbgpd /m);
    // V8 does not start with it.
    expect(valuesOf(unit, 'MemoryDenyWriteExecute')).toEqual([]);
  });

  it('reloads by SIGHUP and waits for the daemon to say goodbye', () => {
    expect(valuesOf(unit, 'ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    expect(Number(valuesOf(unit, 'TimeoutStopSec')[0])).toBeGreaterThan(8);
  });

  it('own-routes.conf adds routes by commands that there are', () => {
    const commands = valuesOf(ownRoutes, 'ExecStartPost').filter((command) => !command.startsWith('/bin/sh'));
    expect(commands.length).toBeGreaterThan(0);
    const reference = readFileSync(join(repository, 'docs/operations/cli.md'), 'utf8');
    for (const command of commands) {
      const [, verb, ...options] = /main\.js (rib add) \S+ (.*)$/.exec(command) ?? [];
      expect(reference).toContain(`## ${verb} PREFIX`);
      for (const option of options.join(' ').match(/--\S+/g) ?? []) expect(reference).toContain(`\`${option} `);
    }
  });

  const { stdout } = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
  /** Units in files are rated from 250 on; NaN without systemd. */
  const version = Number(/^systemd (\d+)/.exec(stdout ?? '')?.[1]);
  it.runIf(version >= 250)('is what systemd understands, and keeps to itself', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'tsbgp-unit-'));
    try {
      // Programs that are here; the check is about the unit.
      const here = (text: string) =>
        text.replaceAll('/usr/bin/node', process.execPath).replaceAll('/opt/tsbgp', repository);
      const path = join(scratch, 'tsbgpd.service');
      writeFileSync(path, here(unit));
      mkdirSync(`${path}.d`);
      writeFileSync(join(`${path}.d`, 'own-routes.conf'), here(ownRoutes));
      copyFileSync(join(folder, 'tsbgpd.sysusers.conf'), join(scratch, 'tsbgpd.sysusers.conf'));
      const verified = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
      expect(verified.stderr).not.toContain('tsbgpd.service');
      expect(verified.status).toBe(0);
      // Out of 10; what is left is what a BGP daemon on Node needs: the network, port 179, machine code made at run time.
      const rated = execFileSync('systemd-analyze', ['security', '--offline=yes', '--threshold=20', path], {
        encoding: 'utf8',
      });
      expect(rated).toContain('Overall exposure level for tsbgpd.service');
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
