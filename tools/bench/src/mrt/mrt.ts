import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ElementReader, ElementTable, LineWriter, MrtFramer } from '@bgp/mrt';
import { figuresOf, type Report } from '../figure.ts';
import { throughput } from '../measure.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const DATA = resolve(ROOT, '../../shared/data');
const CTL = join(ROOT, 'apps/ctl/dist/main.js');
const BGPDUMP = '/usr/bin/bgpdump';
/** Enough that the start of a process does not count. */
const COPIES = 8;
const CHUNK_OCTETS = 1 << 18;

export const MRT_CASES: Readonly<Record<string, (report: Report) => void>> = {
  rib: (report) => measureFile('rib', 'rib.20140523.0600.first-half.mrt.gz', report),
  updates: (report) => measureFile('updates', 'updates.20190101.0000.first-half.mrt.gz', report),
};

type Figure = ReturnType<typeof figuresOf>;

/** A real file several times over: by the library in this process, then by tsbgpctl and by bgpdump in processes of their own. */
function measureFile(name: string, file: string, report: Report): void {
  const source = join(DATA, file);
  if (!existsSync(source)) {
    console.error(`${name}: skipped, ${source} is not there`);
    return;
  }
  const figure = figuresOf('mrt', name, report);
  const once = gunzipSync(readFileSync(source));
  const octets = Buffer.concat(new Array<Buffer>(COPIES).fill(once));
  let elements = 0;
  read(octets, () => elements++);
  figure('elements', elements, 'elements');
  figure('size', octets.length / 2 ** 20, 'MiB');
  figure(
    'read: elements',
    throughput(elements, () => read(octets, () => undefined)),
    'elements/s',
  );
  const lines = new LineWriter();
  const write = () =>
    read(octets, (element) => {
      lines.write(element);
      if (lines.length > CHUNK_OCTETS) lines.reset();
    });
  figure('read and write lines', throughput(elements, write), 'elements/s');
  const decode = () => read(once, (element) => element.decodeAttributes());
  figure('read and decode all attributes', throughput(elements / COPIES, decode), 'elements/s');
  if (name === 'rib') measureTable(once, elements / COPIES, figure);
  measureProcesses(octets, elements, figure);
}

function measureTable(octets: Uint8Array, elements: number, figure: Figure): void {
  const table = new ElementTable();
  read(octets, (element) => table.apply(element));
  const write = () => {
    const written = table.write(CHUNK_OCTETS, () => undefined);
    if (!written.ok) throw new Error(written.error.code);
  };
  figure('write TABLE_DUMP_V2, sorting included', throughput(elements, write), 'entries/s');
}

function measureProcesses(octets: Uint8Array, elements: number, figure: Figure): void {
  const folder = mkdtempSync(join(tmpdir(), 'bench-mrt-'));
  try {
    const path = join(folder, 'file.mrt');
    writeFileSync(path, octets);
    const programs = [
      ['tsbgpctl mrt convert', CTL, [process.execPath, CTL, 'mrt', 'convert', path, '--to', 'bgpdump']],
      ['bgpdump -m', BGPDUMP, [BGPDUMP, '-q', '-m', path]],
    ] as const;
    const digests = new Set<string>();
    for (const [name, program, command] of programs) {
      if (!existsSync(program)) {
        console.error(`${name}: skipped, ${program} is not there`);
        continue;
      }
      const { seconds, cpuSeconds } = timed(command);
      figure(`${name}: elements`, elements / seconds, 'elements/s');
      figure(`${name}: CPU`, cpuSeconds, 'CPU s');
      digests.add(
        spawnSync('bash', ['-c', '"$@" 2>/dev/null | sha256sum', 'bash', ...command], { encoding: 'utf8' }).stdout,
      );
    }
    if (digests.size > 1) throw new Error('tsbgpctl and bgpdump print different lines');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The best of three runs with their output thrown away. */
function timed(command: readonly string[]): { readonly seconds: number; readonly cpuSeconds: number } {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>/dev/null';
  const runs = [1, 2, 3].map(() => {
    const { stderr } = spawnSync('bash', ['-c', script, 'bash', ...command], { encoding: 'utf8' });
    const [seconds = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number);
    return { seconds, cpuSeconds: user + system };
  });
  return runs.reduce((best, run) => (run.seconds < best.seconds ? run : best));
}

function read(octets: Uint8Array, visit: Parameters<ElementReader['read']>[1]): void {
  const framer = new MrtFramer();
  const reader = new ElementReader();
  for (let at = 0; at < octets.length; at += CHUNK_OCTETS) {
    framer.push(octets.subarray(at, at + CHUNK_OCTETS));
    for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next())
      reader.read(next.value, visit);
  }
}
