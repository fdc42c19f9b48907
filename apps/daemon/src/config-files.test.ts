import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configFile } from './config-files.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsbgpd-files-'));
  path = join(folder, 'config.toml');
  writeFileSync(path, '# old\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes `size` characters in a process that may have no file above 8 KiB: what is there takes the first part of a write, as a full disk does. */
function writeWithLimit(size: number): { readonly ok: boolean; readonly error?: string } {
  const module = fileURLToPath(new URL('./config-files.ts', import.meta.url));
  const script = `const { configFile } = await import(${JSON.stringify(module)});
    console.log(JSON.stringify(configFile(${JSON.stringify(path)}).write('#'.repeat(${size}))));`;
  const command = `trap '' XFSZ; ulimit -f 8; exec "$0" --conditions=@bgp/source --input-type=module -e "$1"`;
  return JSON.parse(execFileSync('bash', ['-c', command, process.execPath, script], { encoding: 'utf8' }));
}

describe('writing the configuration file', () => {
  it('takes all of it, or leaves the old one and says why', () => {
    expect(writeWithLimit(20_000)).toMatchObject({ ok: false, error: expect.stringContaining('EFBIG') });
    expect(readFileSync(path, 'utf8')).toBe('# old\n');
    expect(readdirSync(folder)).toEqual(['config.toml']);
    expect(writeWithLimit(8_000)).toEqual({ ok: true });
    expect(readFileSync(path, 'utf8')).toHaveLength(8_000);
  });

  it('keeps permissions, whatever the umask', () => {
    chmodSync(path, 0o666); // every usual umask takes something off
    expect(configFile(path).write('# new\n')).toEqual({ ok: true, value: undefined });
    expect(statSync(path).mode & 0o777).toBe(0o666);
  });

  it.runIf(process.getuid?.() === 0)('keeps the owner, where it may', () => {
    chownSync(path, 1234, 2345);
    expect(configFile(path).write('# new\n').ok).toBe(true);
    expect(statSync(path)).toMatchObject({ uid: 1234, gid: 2345 });
  });

  it('changes what a link leads to, not the link', () => {
    mkdirSync(join(folder, 'etc'));
    const link = join(folder, 'etc', 'config.toml');
    symlinkSync('../config.toml', link);
    expect(configFile(link).write('# new\n').ok).toBe(true);
    expect(readlinkSync(link)).toBe('../config.toml');
    expect(readFileSync(path, 'utf8')).toBe('# new\n');
  });

  it('is not hindered by what a crash between write and rename left', () => {
    // A process that ended there; the number of the next one may be the same, as in a container.
    for (const name of ['config.toml.tmp', `config.toml.tmp-${process.pid}`]) {
      writeFileSync(join(folder, name), '# half', { mode: 0o400 });
    }
    expect(configFile(path).read()).toEqual({ ok: true, value: '# old\n' });
    expect(configFile(path).write('# new\n').ok).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('# new\n');
    expect(readdirSync(folder)).not.toContain('config.toml.tmp');
  });
});

describe('reading the configuration file', () => {
  it('refuses what is not UTF-8, which would come back as something else', () => {
    writeFileSync(path, Buffer.from('# Z\xfcrich\n', 'latin1'));
    expect(configFile(path).read()).toEqual({ ok: false, error: 'it is not UTF-8 text' });
  });
});
