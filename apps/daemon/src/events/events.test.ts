import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventHistoryConfig } from '@bgp/config';
import { type Cursor, type EventFilter, EventReader, type EventRecord } from '@bgp/event-log';
import type { RouteEvent, WatchQuery } from '@bgp/speaker';
import { nodeClock } from '@bgp/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventRecorder } from './event-recorder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsbgpd-events-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CONFIG: EventHistoryConfig = {
  enabled: true,
  routes: false,
  maxBytes: 1_000_000,
  maxAgeSeconds: 86_400,
  synchronous: 'normal',
  memoryEvents: 16,
  memoryBytes: 1 << 20,
};

class Source {
  push: ((events: readonly RouteEvent[]) => boolean) | undefined;
  watchRoutes(_query: WatchQuery, push: (events: readonly RouteEvent[]) => boolean): () => void {
    this.push = push;
    return () => {
      this.push = undefined;
    };
  }
}

function begin(more: Partial<EventHistoryConfig> = {}) {
  const lines: unknown[] = [];
  const log = {
    write: (level: string, message: string, fields?: object) => void lines.push({ level, message, ...fields }),
    flush: async () => undefined,
  };
  const recorder = new EventRecorder({
    config: { ...CONFIG, ...more },
    stateDir: folder,
    document: { global: { asn: 1, router_id: '192.0.2.1', listen_port: 179 } },
    clock: nodeClock(),
    log,
  });
  const source = new Source();
  recorder.start(source, '1.2.3');
  return { recorder, source, lines };
}

const enable = (recorder: EventRecorder, peer: string) => recorder.observe({ type: 'peer-enabled', atMs: 1, peer });

/** Everything from a place on, as a client gets it. */
async function read(recorder: EventRecorder, from: Cursor | 'oldest', filter: EventFilter = {}) {
  const opened = EventReader.open(recorder, filter, from);
  if (!opened.ok) throw new Error(opened.error.message);
  const seen: string[] = [];
  for (let isAtEnd = false; !isAtEnd; ) {
    const part = await opened.value.read(5);
    isAtEnd = part.isAtEnd;
    for (const item of part.items) {
      seen.push(
        item.type === 'event' ? nameOf(item.record) : `lost ${item.lagged.lost}${item.lagged.isAtLeast ? '+' : ''}`,
      );
    }
  }
  const { cursor } = opened.value;
  opened.value.close();
  return { seen, cursor };
}

function nameOf(record: EventRecord): string {
  if (record.type === 'process-started') return `started ${record.previousEnd}`;
  return 'peer' in record && record.peer !== undefined ? record.peer : record.type;
}

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
const files = () => readdirSync(join(folder, 'events')).sort();
const fileOf = (name: string | undefined) => join(folder, 'events', name ?? '');

describe('events on disk', () => {
  it('are there after a restart, with more of them than memory holds, and the stream goes on', async () => {
    const first = begin();
    for (const peer of numbers(1, 50)) enable(first.recorder, peer);
    const { cursor } = await read(first.recorder, 'oldest');
    await first.recorder.stop('x');
    const second = begin();
    enable(second.recorder, '51');
    expect((await read(second.recorder, 'oldest')).seen).toEqual([
      'started none',
      ...numbers(1, 50),
      'process-stopped',
      'started clean',
      '51',
    ]);
    expect((await read(second.recorder, cursor, { kinds: new Set(['session']) })).seen).toEqual(['51']);
    expect((await read(second.recorder, { ...cursor, durable: 10 }, { kinds: new Set(['session']) })).seen).toEqual(
      numbers(10, 51),
    );
    expect((await second.recorder.latest(40, (record) => record.type === 'peer-enabled')).map(nameOf)).toEqual(
      numbers(12, 51),
    );
    await second.recorder.stop('x');
    expect(files()).toHaveLength(1);
  });

  it('are found from every place, in whatever order one asks', async () => {
    const first = begin();
    for (const peer of numbers(1, 2_000)) enable(first.recorder, peer);
    await first.recorder.stop('x');
    const second = begin();
    const { epoch } = (await read(first.recorder, 'oldest')).cursor;
    for (const at of [1_500, 0, 700, 1_999, 701, 1, 1_000]) {
      const from = { epoch, durable: at + 1, volatile: 0 }; // the run began with one event
      const { seen } = await read(second.recorder, from, { kinds: new Set(['session']) });
      expect(seen).toEqual(numbers(at + 1, 2_000));
    }
    await second.recorder.stop('x');
  });

  it('that a broken write left are cut off and counted', async () => {
    const first = begin();
    for (const peer of numbers(1, 3)) enable(first.recorder, peer);
    const { cursor } = await read(first.recorder, 'oldest');
    await first.recorder.stop('x');
    const path = fileOf(files()[0]);
    appendFileSync(path, readFileSync(path, 'latin1').split('\n')[1]?.slice(0, 60) ?? '', 'latin1');
    const second = begin();
    expect((await read(second.recorder, cursor, { kinds: new Set(['session', 'process']) })).seen).toEqual([
      'process-stopped',
      'lost 1',
      'started killed',
    ]);
    await second.recorder.stop('x');
    expect(
      readFileSync(path, 'latin1')
        .split('\n')
        .slice(0, -1)
        .every((line) => /^[0-9a-f]{8} \{.*\}$/.test(line)),
    ).toBe(true);
  });

  it('that are damaged in the middle are missing, and counted', async () => {
    const first = begin();
    for (const peer of numbers(1, 40)) enable(first.recorder, peer);
    await first.recorder.stop('x');
    const path = fileOf(files()[0]);
    const lines = readFileSync(path, 'latin1').split('\n');
    for (const at of [5, 6, 20]) lines[at] = lines[at]?.replace('peer', 'PEER') ?? '';
    writeFileSync(path, lines.join('\n'), 'latin1');
    const second = begin();
    const { seen } = await read(second.recorder, 'oldest', { kinds: new Set(['session']) });
    expect(seen).toEqual([...numbers(1, 4), 'lost 2', ...numbers(7, 19), 'lost 1', ...numbers(21, 40)]);
    await second.recorder.stop('x');
  });

  it('go when they are too many or too old, and a reader behind them is told how many', async () => {
    const first = begin();
    const { cursor } = await read(first.recorder, 'oldest');
    const text = 'x'.repeat(1_000);
    for (let index = 0; index < 3_000; index++) {
      first.recorder.observe({ type: 'peer-disabled', atMs: 1, peer: 'a', reason: text });
      if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await first.recorder.stop('x');
    const { disk } = first.recorder.reading();
    expect(disk?.octets).toBeLessThan(1_100_000);
    expect(disk).toMatchObject({ lost: 0, written: 3_002, waiting: 0 });
    const old = new Date(Date.now() - 2 * 86_400_000);
    for (const file of files().slice(0, 1)) utimesSync(fileOf(file), old, old);
    const [oldest] = files();
    const second = begin();
    const { seen } = await read(second.recorder, cursor, { kinds: new Set(['session', 'process']) });
    const kept = seen.filter((name) => name === 'a').length;
    expect(seen[0]).toBe(`lost ${3_000 - kept}`);
    expect(kept).toBeGreaterThan(300);
    expect(files()).not.toContain(oldest);
    await second.recorder.stop('x');
  });

  it('that the disk does not take wait, cost nothing else, and one line says so', async () => {
    const full = begin();
    rmSync(join(folder, 'events'), { recursive: true });
    writeFileSync(join(folder, 'events'), '');
    for (const peer of numbers(1, 10)) enable(full.recorder, peer);
    while (full.recorder.reading().disk?.isFailing !== true) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(full.recorder.reading().disk).toMatchObject({ isFailing: true, waiting: 11, lost: 0 });
    expect(full.lines).toMatchObject([{ level: 'error', message: 'event log' }]);
    expect((await read(full.recorder, 'oldest')).seen).toEqual(['started none', ...numbers(1, 10)]);
    await full.recorder.stop('x');
    expect(full.recorder.reading().disk).toMatchObject({ lost: 12 });
  });

  it('that do not fit while the disk fails are a hole with a number, before and after a restart', async () => {
    const first = begin({ maxBytes: 100_000_000 });
    rmSync(join(folder, 'events'), { recursive: true });
    writeFileSync(join(folder, 'events'), '');
    for (const peer of numbers(1, 70_000)) enable(first.recorder, peer);
    const { lost = 0 } = first.recorder.reading().disk ?? {};
    expect(lost).toBe(70_001 - 65_536);
    const turn = () => new Promise((resolve) => setTimeout(resolve, 10));
    while (first.recorder.reading().disk?.isFailing !== true) await turn();
    rmSync(join(folder, 'events'));
    while (first.recorder.reading().disk?.waiting !== 0) await turn();
    enable(first.recorder, 'late');
    const expected = ['1', '2', `lost ${lost}`, 'late'];
    const ends = async (recorder: EventRecorder) => {
      const { seen } = await read(recorder, 'oldest', { kinds: new Set(['session']) });
      return [...seen.slice(0, 2), ...seen.slice(-2)];
    };
    await first.recorder.stop('x');
    expect(first.lines.map((line) => (line as { level: string }).level)).toEqual(['error', 'warn']);
    const second = begin({ maxBytes: 100_000_000 });
    expect(await ends(second.recorder)).toEqual(expected);
    await second.recorder.stop('x');
  });

  it('go on in a new file when somebody removes the old ones', async () => {
    const first = begin();
    enable(first.recorder, '1');
    await first.recorder.stop('x');
    const second = begin();
    rmSync(join(folder, 'events'), { recursive: true });
    for (const peer of numbers(2, 40)) enable(second.recorder, peer);
    await second.recorder.stop('x');
    expect(second.lines).toEqual([]);
    const third = begin();
    expect((await read(third.recorder, 'oldest', { kinds: new Set(['session']) })).seen).toEqual(numbers(2, 40));
    await third.recorder.stop('x');
  });

  it('are none where they are switched off, and a cursor of an earlier run says so', async () => {
    const first = begin({ enabled: false });
    const { cursor } = await read(first.recorder, 'oldest');
    await first.recorder.stop('x');
    const second = begin({ enabled: false });
    expect(
      (await read(second.recorder, { ...cursor, epoch: cursor.epoch - 1 }, { kinds: new Set(['session', 'process']) }))
        .seen,
    ).toEqual(['lost 0+', 'started none']);
    expect(() => files()).toThrow();
  });
});

describe('route events', () => {
  const route = (prefix: string): RouteEvent => ({
    type: 'withdrawn',
    atMs: 1,
    family: 65537 as never,
    prefix,
    peer: 'a',
  });

  it('cost nothing until somebody wants them, and say where nobody looked', async () => {
    const { recorder, source } = begin();
    expect(source.push).toBeUndefined();
    const { cursor } = await read(recorder, 'oldest', { kinds: new Set(['session']) });
    expect(source.push).toBeUndefined();
    const { seen } = await read(recorder, cursor);
    expect(seen).toEqual(['lost 0+']);
    source.push?.([route('192.0.2.0/24')]); // recorded on, for whoever comes back
    expect((await read(recorder, cursor, { kinds: new Set(['route']) })).seen).toEqual(['lost 0+', 'a']);
    await recorder.stop('x');
    expect(readFileSync(fileOf(files()[0]), 'latin1')).not.toContain('route-');
  });

  it('are all on disk when the configuration says so', async () => {
    const first = begin({ routes: true });
    first.source.push?.([route('192.0.2.0/24'), { ...route(''), type: 'lagged', lost: 7 }]);
    await first.recorder.stop('x');
    const second = begin({ routes: true });
    expect((await read(second.recorder, 'oldest', { kinds: new Set(['route']) })).seen).toEqual(['a', 'lost 7']);
    await second.recorder.stop('x');
  });
});
