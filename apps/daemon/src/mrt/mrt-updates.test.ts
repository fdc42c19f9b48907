import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { type ClockPort, defaultPeerConfig, type PeerConfig, Speaker } from '@bgp/speaker';
import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogFields } from '../log.ts';
import { linesOf } from '../testing/mrt-lines.ts';
import { MrtUpdates } from './mrt-updates.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mrt-updates-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const UPDATES = { intervalMs: 300_000, filePrefix: 'updates' };
const DUMPS = { intervalMs: 7_200_000, compress: false, filePrefix: 'rib' };

/** A collector and a neighbor of it, in virtual time; files are real. */
function daemon(
  about: Partial<PeerConfig> = {},
  ofNeighbor: Partial<PeerConfig> = about,
  clockFrom = (clock: ClockPort) => clock,
) {
  const nextHop = { localIpv6NextHop: '2001:db8::2' };
  const network = createMemoryNetwork({});
  const speakerAt = (address: string, asn: number, other: string, otherAs: number, peer: Partial<PeerConfig>) => {
    const { ports } = network.addHost({ addresses: [address] });
    const peers = [{ ...defaultPeerConfig(other, otherAs), ...peer }];
    const speaker = new Speaker(
      { asn, routerId: address, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers },
      ports,
    );
    return { speaker, clock: ports.clock };
  };
  const { speaker, clock } = speakerAt('10.0.0.1', 4_200_000_001, '10.0.0.2', 65002, about);
  const neighbor = speakerAt('10.0.0.2', 65002, '10.0.0.1', 4_200_000_001, { ...ofNeighbor, ...nextHop }).speaker;
  const log: { level: string; message: string; fields: LogFields }[] = [];
  const updates = new MrtUpdates(speaker, clockFrom(clock), {
    write: (level, message, fields = {}) => void log.push({ level, message, fields }),
    flush: async () => undefined,
  });
  const announce = (prefix: string, pathId = 0) => {
    const isIpv4 = !prefix.includes(':');
    const done = neighbor.inject({
      family: isIpv4 ? IPV4_UNICAST : IPV6_UNICAST,
      prefix,
      nextHop: [isIpv4 ? '10.0.0.2' : '2001:db8::2'],
      attributes: { origin: 0, asPath: [] },
      pathId,
    });
    if (!done.ok) throw new Error(done.error.message);
  };
  /** Virtual time in small steps, and turns of the disk between them. */
  const runFor = async (ms: number) => {
    for (let left = ms; left > 0; left -= 5_000) {
      network.runFor(Math.min(left, 5_000));
      await turn();
    }
  };
  const settle = async (isDone: () => boolean) => {
    // The disk takes real time.
    for (let tries = 0; !isDone(); tries++) {
      if (tries > 5_000) throw new Error(`it does not come to be: ${JSON.stringify(log)}, ${readdirSync(folder)}`);
      await delay(1);
    }
  };
  return { speaker, neighbor, updates, log, announce, runFor, settle };
}

const files = () => readdirSync(folder).filter((name) => !name.startsWith('.'));
const whole = () => files().map((name) => join(folder, name));

const untimed = (line: string) => line.replace(/\|\d+(\.\d+)?\|/, '|').replace(/\|(IGP)\|.*$/, '|$1');

describe('MrtUpdates', () => {
  it('has what the neighbor sent, octet for octet, and when its session came and went', async () => {
    const { updates, speaker, neighbor, announce, runFor, settle } = daemon({ families: [IPV4_UNICAST, IPV6_UNICAST] });
    updates.configure({ ...DUMPS, outputDir: folder, updates: UPDATES });
    announce('10.1.0.0/16');
    speaker.start();
    neighbor.start();
    await runFor(30_000);
    announce('2001:db8:1::/48');
    await runFor(1_000);
    neighbor.withdrawInjected(IPV4_UNICAST, '10.1.0.0/16', 0);
    await runFor(1_000);
    neighbor.stop('gone');
    await runFor(1_000);
    expect(files()).toEqual([]);
    await runFor(300_000);
    await settle(() => updates.reading()?.written === 1);
    const [path = ''] = whole();
    expect(path).toMatch(/\/updates\.\d{8}\.\d{6}\.\d{9}\.mrt$/);
    expect(linesOf(path).map(untimed)).toEqual([
      'BGP4MP_ET|STATE|10.0.0.2|65002|5|6',
      'BGP4MP_ET|A|10.0.0.2|65002|10.1.0.0/16|65002|IGP',
      'BGP4MP_ET|A|10.0.0.2|65002|2001:db8:1::/48|65002|IGP',
      'BGP4MP_ET|W|10.0.0.2|65002|10.1.0.0/16',
      'BGP4MP_ET|STATE|10.0.0.2|65002|6|1',
    ]);
    if (existsSync('/usr/bin/bgpdump')) {
      const theirs = execFileSync('bgpdump', ['-q', '-m', path], { encoding: 'utf8' });
      expect(theirs.split('\n').slice(0, -1)).toEqual(linesOf(path));
    }
    expect(updates.reading()).toMatchObject({ written: 1, failed: 0, records: 7, dropped: { slow: 0, failed: 0 } });
    await updates.close();
  });

  it('begins a file at each full interval, has one without records too, and the last one at the end', async () => {
    const { updates, speaker, neighbor, announce, runFor, settle, log } = daemon();
    updates.configure({ ...DUMPS, outputDir: folder, compress: true, updates: UPDATES });
    speaker.start();
    neighbor.start();
    await runFor(30_000);
    for (let count = 1; count <= 3; count++) {
      await runFor(300_000);
      await settle(() => updates.reading()?.written === count);
    }
    // From the second one on they begin where the one before ends: at a multiple of five minutes.
    for (const name of files().slice(1)) expect(name).toMatch(/^updates\.\d{8}\.\d{3}[05]00\.\d{9}\.mrt\.gz$/);
    expect(linesOf(whole()[2]!)).toEqual([]); // there are three
    announce('10.1.0.0/16');
    await runFor(1_000);
    await updates.close();
    expect(readdirSync(folder)).toHaveLength(4);
    expect(linesOf(whole()[3]!).map(untimed)).toEqual(['BGP4MP_ET|A|10.0.0.2|65002|10.1.0.0/16|65002|IGP']); // as above
    expect(log.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('begins it there also when timers fire a little early', async () => {
    const early = (clock: ClockPort): ClockPort => ({
      nowMs: () => clock.nowMs(),
      wallMs: () => clock.wallMs(),
      after: (delayMs, run) => clock.after(delayMs > 2 ? delayMs - 2 : delayMs, run),
      soon: (slice) => clock.soon(slice),
    });
    const { updates, speaker, runFor, settle } = daemon({}, {}, early);
    updates.configure({ ...DUMPS, outputDir: folder, updates: UPDATES });
    speaker.start();
    for (let count = 1; count <= 3; count++) {
      await runFor(300_000);
      await settle(() => updates.reading()?.written === count);
    }
    await updates.close();
    for (const name of files().slice(1)) expect(name).toMatch(/^updates\.\d{8}\.\d{3}[05]00\.000000000\.mrt$/);
    expect(files()).toHaveLength(4);
  });

  it('says which messages have path identifiers (RFC 8050)', async () => {
    const families = [IPV4_UNICAST, IPV6_UNICAST];
    const { updates, speaker, neighbor, announce, runFor } = daemon(
      { families, addPath: { receive: true, send: false, families: [IPV4_UNICAST] } },
      { families, addPath: { receive: false, send: true, families: [IPV4_UNICAST] } },
    );
    updates.configure({ ...DUMPS, outputDir: folder, updates: UPDATES });
    speaker.start();
    neighbor.start();
    announce('10.1.0.0/16', 1);
    announce('10.1.0.0/16', 2);
    announce('2001:db8:1::/48');
    await runFor(30_000);
    await updates.close();
    const lines = linesOf(whole()[0]!).map(untimed); // there is one
    expect(lines.filter((line) => line.includes('10.1.0.0/16'))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('_AP|') && line.includes('10.1.0.0/16'))).toHaveLength(2);
    expect(lines).toContain('BGP4MP_ET|A|10.0.0.2|65002|2001:db8:1::/48|65002|IGP');
  });

  it('a folder that is not there is told once a file, counted, and used as soon as it is there', async () => {
    const { updates, speaker, neighbor, announce, runFor, settle, log } = daemon();
    const later = join(folder, 'later');
    updates.configure({ ...DUMPS, outputDir: later, updates: UPDATES });
    speaker.start();
    neighbor.start();
    announce('10.1.0.0/16');
    await runFor(30_000);
    await settle(() => log.length > 0);
    expect(log).toEqual([{ level: 'error', message: 'MRT updates not written', fields: expect.anything() }]);
    expect(updates.reading()).toMatchObject({ written: 0, failed: 1 });
    const { dropped } = updates.reading()!; // it is configured
    expect(dropped.failed).toBeGreaterThan(0);
    mkdirSync(later);
    await runFor(300_000);
    announce('10.2.0.0/16');
    await runFor(1_000);
    await updates.close();
    const names = readdirSync(later);
    expect(linesOf(join(later, names.at(-1)!)).map(untimed)).toContain(
      'BGP4MP_ET|A|10.0.0.2|65002|10.2.0.0/16|65002|IGP',
    ); // there is one
  });

  it('follows a reload: off, on, and elsewhere', async () => {
    const { updates, speaker, neighbor, announce, runFor, settle } = daemon();
    updates.configure({ ...DUMPS, outputDir: folder });
    expect(updates.reading()).toBeUndefined();
    speaker.start();
    neighbor.start();
    await runFor(30_000);
    updates.configure({ ...DUMPS, outputDir: folder, updates: UPDATES });
    announce('10.1.0.0/16');
    await runFor(1_000);
    updates.configure({ ...DUMPS, outputDir: folder, updates: { ...UPDATES, filePrefix: 'bview' } });
    announce('10.2.0.0/16');
    await runFor(1_000);
    updates.configure(undefined);
    announce('10.3.0.0/16');
    await runFor(1_000);
    await settle(() => files().length === 2);
    const [second = '', first = ''] = whole(); // bview before updates
    // The session was there already: that it is up is no news.
    expect(linesOf(first).map(untimed)).toEqual(['BGP4MP_ET|A|10.0.0.2|65002|10.1.0.0/16|65002|IGP']);
    expect(linesOf(second).map(untimed)).toEqual(['BGP4MP_ET|A|10.0.0.2|65002|10.2.0.0/16|65002|IGP']);
    await updates.close();
  });
});
