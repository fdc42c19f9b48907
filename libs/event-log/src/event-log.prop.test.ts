import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  comparePlaces,
  compareRecords,
  compileFilter,
  type EventBody,
  type EventFilter,
  EventLog,
  type EventRecord,
  encodeLine,
  kindOf,
  SegmentReader,
  type StreamItem,
  type Subscription,
} from './index.ts';

/** A daemon with a disk that can be slow, full, expired or torn; everything that happens is also kept aside as the truth. */
class Lab {
  readonly published: EventRecord[] = [];
  /** Durable events that a crash took before they were on disk. */
  readonly lostInCrash = new Set<EventRecord>();
  readonly hasHistory: boolean;
  /** Lines, each with its event. */
  disk: { readonly octets: Uint8Array; readonly record: EventRecord | undefined }[] = [];
  pending: EventRecord[] = [];
  epoch = 0;
  log!: EventLog;

  constructor(hasHistory: boolean) {
    this.hasHistory = hasHistory;
    this.start('none');
  }

  start(previousEnd: 'none' | 'clean' | 'killed'): void {
    const reader = new SegmentReader();
    const records = this.disk.flatMap(({ octets }) => reader.feed(octets));
    const { tornLines } = reader.tail;
    while (this.disk.at(-1)?.record === undefined && this.disk.length > 0) this.disk.pop();
    const last = records.at(-1);
    this.epoch++;
    this.log = new EventLog({
      epoch: this.epoch,
      lastDurable: (last?.durable ?? 0) + tornLines,
      bounds: { maxRecords: 6, maxOctets: 1 << 20 },
      isDurable: (type) => kindOf(type) !== 'route',
      hasHistory: this.hasHistory,
    });
    this.log.preload(records.slice(-3));
    const previous = last === undefined ? {} : { previous: { epoch: last.epoch, durable: last.durable } };
    this.publish({ type: 'process-started', version: '1', previousEnd, ...previous });
  }

  publish(body: EventBody): void {
    const record = this.log.publish(body, 0);
    this.published.push(record);
    if (kindOf(record.type) !== 'route') this.pending.push(record);
  }

  flush(): void {
    for (const record of this.pending) this.disk.push({ octets: encodeLine(record), record });
    this.pending = [];
  }

  /** `written`: so many of the waiting events got to disk; of the next one a part. */
  crash(written: number, part: number): void {
    const late = this.pending.splice(written);
    this.flush();
    const [torn] = late;
    if (torn !== undefined && part > 0) {
      const line = encodeLine(torn);
      this.disk.push({
        octets: line.subarray(0, Math.max(1, Math.floor((line.length - 1) * part))),
        record: undefined,
      });
    }
    const onDisk = new Set(this.disk.map(({ record }) => record));
    for (const record of this.published) {
      const wasExpired = comparePlaces(record, this.disk[0]?.record ?? record) < 0;
      if (record.epoch === this.epoch && kindOf(record.type) !== 'route' && !onDisk.has(record) && !wasExpired) {
        this.lostInCrash.add(record);
      }
    }
    this.pending = [];
    this.start('killed');
  }

  stop(): void {
    this.publish({ type: 'process-stopped', reason: 'x' });
    this.flush();
    this.start('clean');
  }
}

class Client {
  readonly seen: EventRecord[] = [];
  readonly lags: Extract<StreamItem, { type: 'lagged' }>[] = [];
  readonly lab: Lab;
  readonly filter: EventFilter;
  cursor;
  subscription: Subscription | undefined;

  constructor(lab: Lab, filter: EventFilter) {
    this.lab = lab;
    this.filter = filter;
    this.cursor = lab.log.head;
    this.connect();
  }

  connect(): void {
    const subscribed = this.lab.log.subscribe(this.filter, this.cursor, () => {});
    if (!subscribed.ok) throw new Error(subscribed.error.message);
    this.subscription = subscribed.value;
  }

  disconnect(): void {
    this.subscription?.close();
    this.subscription = undefined;
  }

  read(max: number): 'more' | 'waiting' {
    if (this.subscription === undefined) this.connect();
    const subscription = this.subscription!;
    const { items, state } = subscription.read(max);
    for (const item of items) {
      this.cursor = item.cursor;
      if (item.type === 'event') this.seen.push(item.record);
      else this.lags.push(item);
    }
    if (state !== 'behind') return state;
    this.lab.flush();
    const { after, upTo } = subscription.behind;
    const reader = new SegmentReader();
    const rest = this.lab.disk
      .flatMap(({ octets }) => reader.feed(octets))
      .filter((record) => comparePlaces(record, after) > 0 && comparePlaces(record, upTo) <= 0);
    subscription.supply(rest.slice(0, 2), rest.length <= 2 ? upTo : undefined);
    return 'more';
  }

  drain(): void {
    while (this.read(3) === 'more');
  }

  get lost(): number {
    return this.lags.reduce((sum, { lagged }) => sum + lagged.lost, 0);
  }

  get isExact(): boolean {
    return this.lags.every(({ lagged }) => !lagged.isAtLeast);
  }
}

const peers = fc.constantFrom('10.0.0.2', '10.0.0.3');
const body: fc.Arbitrary<EventBody> = fc.oneof(
  peers.map((peer) => ({ type: 'peer-enabled' as const, peer })),
  peers.map((peer) => ({ type: 'route-withdrawn' as const, family: 65537 as never, prefix: '192.0.2.0/24', peer })),
);

type Step =
  | { readonly do: 'publish'; readonly body: EventBody }
  | { readonly do: 'read'; readonly count: number }
  | { readonly do: 'flush' | 'disconnect' | 'drop' | 'stop' }
  | { readonly do: 'expire'; readonly count: number }
  | { readonly do: 'crash'; readonly written: number; readonly part: number };

const quiet: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant('publish' as const), body }),
  fc.record({ do: fc.constant('publish' as const), body }),
  fc.record({ do: fc.constant('publish' as const), body }),
  fc.record({ do: fc.constant('read' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constantFrom('flush' as const, 'disconnect' as const, 'drop' as const) }),
  fc.record({ do: fc.constant('expire' as const), count: fc.integer({ min: 1, max: 4 }) }),
];
const restarts: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant('stop' as const) }),
  fc.record({
    do: fc.constant('crash' as const),
    written: fc.integer({ min: 0, max: 3 }),
    part: fc.constantFrom(0, 0.01, 0.5, 1),
  }),
];

function take(lab: Lab, client: Client, step: Step): void {
  switch (step.do) {
    case 'publish':
      return lab.publish(step.body);
    case 'read':
      return void client.read(step.count);
    case 'flush':
      return lab.flush();
    case 'disconnect':
      return client.disconnect();
    case 'drop':
      lab.pending = [];
      return;
    case 'expire':
      lab.flush();
      // The file that is being written stays.
      lab.disk = lab.disk.slice(Math.min(step.count, lab.disk.length - 1));
      return;
    case 'crash':
      client.disconnect();
      return lab.crash(step.written, step.part);
    case 'stop':
      client.disconnect();
      return lab.stop();
  }
}

function expectOrder(seen: readonly EventRecord[]): void {
  for (const [index, record] of seen.entries()) {
    if (index > 0) expect(compareRecords(seen[index - 1]!, record)).toBeLessThan(0);
  }
}

describe('a subscriber', () => {
  test.prop([fc.array(fc.oneof(...quiet), { maxLength: 80 })], { numRuns: 500 })(
    'sees every event once and in order, or is told how many it lost',
    (steps) => {
      const lab = new Lab(true);
      const client = new Client(lab, {});
      const before = lab.published.length;
      for (const step of steps) take(lab, client, step);
      client.drain();
      expectOrder(client.seen);
      expect(client.isExact).toBe(true);
      expect(client.seen.length + client.lost).toBe(lab.published.length - before);
      const own = new Set(lab.published.slice(before).map((record) => JSON.stringify(record)));
      for (const record of client.seen) expect(own.has(JSON.stringify(record))).toBe(true);
    },
  );

  test.prop([fc.array(fc.oneof(...quiet, ...restarts), { maxLength: 80 })], { numRuns: 1_000 })(
    'of durable events, also over restarts and torn writes, except what a killed process took along, which it is told of',
    (steps) => {
      const lab = new Lab(true);
      const client = new Client(lab, { kinds: new Set(['session', 'process']) });
      const before = new Set(lab.published);
      for (const step of steps) take(lab, client, step);
      client.drain();
      expectOrder(client.seen);
      const seen = new Set(client.seen.map((record) => JSON.stringify(record)));
      const isDurable = (record: EventRecord) => kindOf(record.type) !== 'route' && !before.has(record);
      const missing = lab.published.filter((record) => isDurable(record) && !seen.has(JSON.stringify(record)));
      const taken = missing.filter((record) => lab.lostInCrash.has(record));
      if (client.isExact) expect(client.lost).toBeGreaterThanOrEqual(missing.length - taken.length);
      // Nobody can count what is gone together with the beginning of a run.
      const isGone = (step: Step) =>
        step.do === 'expire' || step.do === 'drop' || (step.do === 'crash' && step.written === 0);
      if (!steps.some(isGone)) expect(client.isExact).toBe(true);
      expect(client.lost).toBeLessThanOrEqual(missing.length);
      const isTold = client.seen.some((record) => 'previousEnd' in record && record.previousEnd === 'killed');
      if (taken.length > 0) expect(isTold || client.lost > 0 || !client.isExact).toBe(true);
    },
  );

  test.prop([fc.array(fc.oneof(...quiet.slice(0, 4)), { maxLength: 120 })], { numRuns: 500 })(
    'that stays subscribed without a disk: the number lost is exactly what its filter would have let through',
    (steps) => {
      const lab = new Lab(false);
      const client = new Client(lab, { peer: '10.0.0.2' });
      const before = lab.published.length;
      for (const step of steps) take(lab, client, step);
      client.drain();
      const matches = compileFilter(client.filter);
      expect(client.isExact).toBe(true);
      expect(client.seen.every(matches)).toBe(true);
      expect(client.seen.length + client.lost).toBe(lab.published.slice(before).filter(matches).length);
    },
  );
});

describe('segments', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string());
  const record = fc
    .record({ epoch: fc.nat(), durable: fc.nat(), volatile: fc.nat(), atMs: fc.nat(), reason: text })
    .map((fields): EventRecord => ({ type: 'process-stopped', ...fields }));

  test.prop([fc.array(record, { maxLength: 20 }), fc.integer({ min: 1, max: 50 })])(
    'come back whole, in chunks of any size',
    (records, size) => {
      const octets = joined(records);
      const reader = new SegmentReader();
      const read: EventRecord[] = [];
      for (let at = 0; at < octets.length; at += size) read.push(...reader.feed(octets.subarray(at, at + size)));
      expect(read).toEqual(records.map((one) => JSON.parse(JSON.stringify(one))));
      expect(reader.tail).toEqual({ wholeOctets: octets.length, tornOctets: 0, tornLines: 0 });
    },
  );

  test.prop([fc.array(record, { minLength: 1, maxLength: 10 }), fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'with one octet changed lose the lines that had it, and no other',
    (records, at, change) => {
      const octets = joined(records);
      const place = at % octets.length;
      octets[place] = (octets[place] ?? 0) ^ change;
      const reader = new SegmentReader();
      const read = reader.feed(octets);
      expect(read.length).toBeGreaterThanOrEqual(records.length - 2);
      expect(read.length).toBeLessThan(records.length);
      const whole = new Set(records.map((one) => JSON.stringify(one)));
      for (const one of read) expect(whole.has(JSON.stringify(one))).toBe(true);
    },
  );

  test.prop([fc.array(record, { minLength: 1, maxLength: 10 }), fc.nat()])(
    'that are torn keep what is whole, and say where it ends',
    (records, at) => {
      const octets = joined(records);
      const torn = octets.subarray(0, at % octets.length);
      const reader = new SegmentReader();
      const read = reader.feed(torn);
      const { wholeOctets, tornOctets, tornLines } = reader.tail;
      expect(wholeOctets + tornOctets).toBe(torn.length);
      expect(tornLines).toBe(tornOctets > 0 ? 1 : 0);
      expect(joined(read)).toEqual(octets.subarray(0, wholeOctets));
    },
  );

  test.prop([fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 40 })])(
    'of any octets at all are read without an exception',
    (octets, size) => {
      const reader = new SegmentReader();
      for (let at = 0; at < octets.length; at += size) {
        expect(reader.feed(octets.subarray(at, at + size))).toEqual([]);
      }
      expect(reader.tail.wholeOctets).toBe(0);
      expect(reader.tail.tornOctets).toBe(octets.length);
    },
  );

  function joined(records: readonly EventRecord[]): Uint8Array {
    return Uint8Array.from(records.flatMap((one) => [...encodeLine(one)]));
  }
});
