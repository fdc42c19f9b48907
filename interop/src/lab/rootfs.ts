import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { must, run } from './shell.ts';

/** Debian release and packages of the peers; a change of this list makes a new root file system. */
const RELEASE = 'trixie';
const PACKAGES = [
  'frr',
  'bird3',
  'gobgpd',
  'openbgpd',
  'stayrtr',
  'exabgp',
  'bgpdump',
  'pmacct',
  'iproute2',
  'iputils-ping',
  'tcpdump',
  'kmod',
  'procps',
  'jq',
];

export function cacheFolder(): string {
  return process.env.TSBGP_LAB_CACHE ?? '/var/cache/tsbgp-lab';
}

/**
 * The folder of a Debian with every peer installed: built once (about a minute and 600 MB), then taken from the cache.
 * Two runs at once are safe: each builds beside the cache and the first rename wins.
 */
export async function peerRootfs(say: (line: string) => void): Promise<string> {
  const key = createHash('sha256')
    .update([RELEASE, ...PACKAGES].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const target = join(cacheFolder(), `rootfs-${key}`);
  if (existsSync(target)) return target;

  say(`building the peers' root file system in ${target} (once, about a minute) ...`);
  mkdirSync(cacheFolder(), { recursive: true });
  const building = `${target}.building-${process.pid}`;
  try {
    await installDebootstrap();
    const minutes = { timeoutMs: 15 * 60_000 };
    await must(['debootstrap', '--variant=minbase', RELEASE, building], minutes);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await must(['chroot', building, 'apt-get', 'update', '-qq'], { ...minutes, env });
    // Not in debootstrap's own package list: configuration would fail before the base system is complete.
    const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...PACKAGES];
    await must(['chroot', building, ...install], { ...minutes, env });
    if (existsSync(target)) return target;
    renameSync(building, target);
    return target;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

async function installDebootstrap(): Promise<void> {
  if ((await run(['debootstrap', '--version'])).code === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await must(['apt-get', 'update', '-qq'], { timeoutMs: 5 * 60_000 });
  await must(['apt-get', 'install', '-y', '-qq', 'debootstrap'], { timeoutMs: 5 * 60_000, env });
}

/** Name and version of each peer in the root file system, for reports. */
export async function peerVersions(rootfs: string): Promise<string> {
  const peers = ['frr', 'bird3', 'gobgpd', 'openbgpd'];
  const table = await must(['chroot', rootfs, 'dpkg', '--list', ...peers]);
  return [...table.matchAll(/^ii\s+(\S+)\s+(\S+)/gm)].map(([, name, version]) => `${name} ${version}`).join(', ');
}

/** Half-built folders of runs that no longer exist. */
export function removeStaleBuilds(isAlive: (pid: number) => boolean): void {
  if (!existsSync(cacheFolder())) return;
  for (const entry of readdirSync(cacheFolder())) {
    const pid = /\.building-(\d+)$/.exec(entry)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(cacheFolder(), entry), { recursive: true, force: true });
  }
}
