/**
 * Adds to package-lock.json the optional packages of other platforms that the registry at hand did not have. npm then leaves them
 * out of the lock file, and `npm ci` refuses a lock file in which they are missing, on every platform.
 * Run after `npm install` when `npm ci` says "Missing: …": node tools/dev/complete-lock.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface LockedPackage {
  readonly license?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const OPERATING_SYSTEMS: Readonly<Record<string, string>> = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win32: 'win32',
};
const PROCESSORS: Readonly<Record<string, string>> = {
  arm: 'arm',
  arm64: 'arm64',
  armv7: 'arm',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

const file = resolve(import.meta.dirname, '../../package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> };
let added = 0;
for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const words = name.split(/[-/]/);
    const os = words.flatMap((word) => OPERATING_SYSTEMS[word] ?? []);
    const cpu = words.flatMap((word) => PROCESSORS[word] ?? []);
    // Without a platform in its name a missing package is a real one: that is for npm to say.
    if (lock.packages[path] !== undefined || os.length === 0) continue;
    const entry = {
      version: version.replace(/^[~^]/, ''),
      ...(cpu.length === 0 ? {} : { cpu: cpu.slice(-1) }),
      ...(owner.dev === true ? { dev: true } : {}),
      ...(words.includes('musl') ? { libc: ['musl'] } : {}),
      ...(owner.license === undefined ? {} : { license: owner.license }),
      optional: true,
      os: os.slice(-1),
    };
    lock.packages[path] = entry;
    added++;
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, undefined, 2)}\n`);
console.log(`${added} packages of other platforms added to package-lock.json`);
