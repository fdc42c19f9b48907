import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { defaultPeerConfig, Speaker } from '@bgp/speaker';
import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogFields } from '../log.ts';
import { linesOf } from '../testing/mrt-lines.ts';
import { dumpFileName } from './dump-file.ts';
import { MrtDumps } from './mrt-dumps.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mrt-dumps-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CONFIG = { intervalMs: 7_200_000, compress: false, filePrefix: 'rib' };

/** A speaker with routes of its own, in virtual time; files are real. */
function daemon() {
  const network = createMemoryNetwork({});
  const { ports } = network.addHost({ addresses: ['10.0.0.1'] });
  const peers = [defaultPeerConfig('10.0.0.2', 65002)];
  const speaker = new Speaker(
    { asn: 65001, routerId: '10.0.0.1', ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers },
    ports,
  );
  speaker.start();
  const log: { level: string; message: string; fields: LogFields }[] = [];
  const dumps = new MrtDumps(speaker, ports.clock, {
    write: (level, message, fields = {}) => void log.push({ level, message, fields }),
    flush: async () => undefined,
  });
  const inject = (prefix: string, pathId = 0) => {
    const isIpv4 = !prefix.includes(':');
    const done = speaker.inject({
      family: isIpv4 ? IPV4_UNICAST : IPV6_UNICAST,
      prefix,
      nextHop: [isIpv4 ? '192.0.2.1' : '2001:db8::1'],
      attributes: { origin: 0, asPath: [{ type: 'sequence', asns: [65010, 4_200_000_000] }], med: 7 },
      pathId,
    });
    if (!done.ok) throw new Error(done.error.message);
  };
  /** Slices of the speaker and turns of the disk alternate until it is done. */
  const until = async <T>(promise: Promise<T>): Promise<T> => {
    let isDone = false;
    const settled = promise.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      network.runFor(10);
      await turn();
    }
    return settled;
  };
  return { network, clock: ports.clock, dumps, log, inject, until };
}

const withoutTime = (line: string) => line.replace(/\|\d+\|B\|/, '|B|');

describe('MrtDumps', () => {
  it('writes what is in the tables, sorted, and leaves no other file', async () => {
    const { dumps, inject, until, log } = daemon();
    dumps.configure({ ...CONFIG, outputDir: folder });
    for (const prefix of ['10.2.0.0/16', '2001:db8:1::/48', '10.0.0.0/8']) inject(prefix);
    for (const pathId of [2, 1]) inject('10.1.0.0/16', pathId);
    const dumped = await until(dumps.dump());
    if (!dumped.ok) throw new Error(dumped.error.message);
    const { path, routes } = dumped.value;
    expect(routes).toBe(5);
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([path]);
    expect(path).toMatch(/\/rib\.\d{8}\.\d{6}\.\d{9}\.mrt$/);
    const rest = '65010 4200000000|IGP|192.0.2.1|0|7||NAG||';
    expect(linesOf(path).map(withoutTime)).toEqual([
      `TABLE_DUMP2|B|0.0.0.0|0|10.0.0.0/8|${rest}`,
      `TABLE_DUMP2_AP|B|0.0.0.0|0|10.1.0.0/16|1|${rest}`,
      `TABLE_DUMP2_AP|B|0.0.0.0|0|10.1.0.0/16|2|${rest}`,
      `TABLE_DUMP2|B|0.0.0.0|0|10.2.0.0/16|${rest}`,
      `TABLE_DUMP2|B|0.0.0.0|0|2001:db8:1::/48|${rest.replace('192.0.2.1', '2001:db8::1')}`,
    ]);
    expect(log).toEqual([
      { level: 'info', message: 'MRT dump written', fields: expect.objectContaining({ path, routes: 5, prefixes: 4 }) },
    ]);
    expect(dumps.reading()).toMatchObject({ written: 1, failed: 0, last: { routes: 5, octets: dumped.value.octets } });
  });

  it('packs with gzip, and a table larger than any buffer is whole', async () => {
    const { dumps, inject, until } = daemon();
    dumps.configure({ ...CONFIG, outputDir: folder, compress: true, filePrefix: 'edge' });
    for (let i = 0; i < 40_000; i++) inject(`10.${i >>> 8}.${i & 0xff}.0/24`);
    const dumped = await until(dumps.dump());
    if (!dumped.ok) throw new Error(dumped.error.message);
    expect(dumped.value.path).toMatch(/\/edge\.[\d.]+\.mrt\.gz$/);
    expect(dumped.value.octets).toBeGreaterThan(2 << 20);
    expect(linesOf(dumped.value.path)).toHaveLength(40_000);
  });

  it('says why a file cannot be written, goes on, and writes the next one', async () => {
    const { dumps, inject, until, log } = daemon();
    const missing = join(folder, 'later');
    dumps.configure({ ...CONFIG, outputDir: missing });
    inject('10.0.0.0/8');
    const failed = await until(dumps.dump());
    expect(failed).toMatchObject({ ok: false, error: { code: 'not-written' } });
    expect(!failed.ok && failed.error.message).toMatch(/later\/rib\..*cannot be written: ENOENT/);
    expect(log.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'MRT dumps cannot be written there yet'],
      ['error', 'MRT dump failed'],
    ]);
    expect(dumps.reading()).toEqual({ written: 0, failed: 1 });
    mkdirSync(missing);
    expect((await until(dumps.dump())).ok).toBe(true);
    expect(dumps.reading()).toMatchObject({ written: 1, failed: 1 });
  });

  it('a folder that is a file is no folder', async () => {
    const { dumps, until } = daemon();
    writeFileSync(join(folder, 'file'), '');
    dumps.configure({ ...CONFIG, outputDir: join(folder, 'file') });
    expect(await until(dumps.dump())).toMatchObject({ ok: false, error: { code: 'not-written' } });
  });

  it('requests that come while one is written share the next, which has what came meanwhile', async () => {
    const { dumps, inject, until } = daemon();
    dumps.configure({ ...CONFIG, outputDir: folder });
    inject('10.0.0.0/8');
    const first = dumps.dump();
    const [second, third] = [dumps.dump(), dumps.dump()];
    inject('11.0.0.0/8');
    const results = await until(Promise.all([first, second, third]));
    expect(results[1]).toEqual(results[2]);
    expect(readdirSync(folder)).toHaveLength(2);
    const paths = results.map((result) => (result.ok ? result.value.path : result.error.message));
    expect(linesOf(paths[1] ?? '')).toHaveLength(2);
  });

  it('comes every interval; another interval begins anew, and none ends it', async () => {
    const { network, dumps, inject, until } = daemon();
    inject('10.0.0.0/8');
    /** Files after so many seconds, and the turns that as many dumps as expected need. */
    const after = async (seconds: number, expected: number) => {
      network.runFor(seconds * 1000);
      for (let left = 5_000; left > 0 && (dumps.reading()?.written ?? expected) < expected; left--) {
        network.runFor(1);
        await delay(1); // the disk is real
      }
      expect(readdirSync(folder)).toHaveLength(expected);
    };
    dumps.configure({ ...CONFIG, outputDir: folder, intervalMs: 60_000 });
    await after(50, 0);
    await after(20, 1);
    dumps.configure({ ...CONFIG, outputDir: folder, intervalMs: 600_000 });
    await after(300, 1);
    await after(310, 2);
    dumps.configure(undefined);
    await after(2000, 2);
    expect(await until(dumps.dump())).toMatchObject({ ok: false, error: { code: 'not-configured' } });
    expect(dumps.reading()).toBeUndefined();
  });

  it('closed while one is written: nothing is left, and whoever waits hears why', async () => {
    const { clock, dumps, inject, until } = daemon();
    dumps.configure({ ...CONFIG, outputDir: folder });
    for (let i = 0; i < 60_000; i++) inject(`10.${i >>> 8}.${i & 0xff}.0/24`);
    const [first, second] = [dumps.dump(), dumps.dump()];
    // After some slices of the walk.
    clock.soon(() => clock.soon(() => clock.soon(() => void dumps.close())));
    await until(first);
    for (const result of await Promise.all([first, second])) {
      expect(result).toEqual({ ok: false, error: { code: 'stopping', message: 'the daemon is stopping' } });
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});

it.each([
  [0, false, 'rib.19700101.000000.000000000.mrt'],
  [Date.UTC(2026, 10, 21, 8, 5, 9, 7), true, 'rib.20261121.080509.007000000.mrt.gz'],
])('dumpFileName of %i', (atMs, compress, name) => {
  expect(dumpFileName('rib', atMs, compress)).toBe(name);
});
