import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import {
  compileFilter,
  Dampener,
  type EventBody,
  type EventFilter,
  EventLog,
  type EventLogOptions,
  type EventRecord,
  encodeLine,
  expiredSegments,
  formatCursor,
  fromRouteEvent,
  fromSpeakerEvent,
  kindOf,
  parseCursor,
  parseSegmentName,
  type Subscription,
  segmentName,
} from './index.ts';

function makeLog(more: Partial<EventLogOptions> = {}): EventLog {
  return new EventLog({
    epoch: 7,
    lastDurable: 0,
    bounds: { maxRecords: 4, maxOctets: 1 << 20 },
    isDurable: (type) => kindOf(type) !== 'route',
    hasHistory: false,
    ...more,
  });
}

const enabled = (peer: string): EventBody => ({ type: 'peer-enabled', peer });
const withdrawn = (prefix: string, peer = '10.0.0.2', previousPeer?: string): EventBody => ({
  type: 'route-withdrawn',
  family: prefix.includes(':') ? IPV6_UNICAST : IPV4_UNICAST,
  prefix,
  peer,
  ...(previousPeer === undefined ? {} : { previousPeer }),
});
const notification: EventBody = { type: 'notification', peer: 'a', direction: 'sent', code: 6, subcode: 2, data: '' };
const at = (body: EventBody): EventRecord => ({ epoch: 7, durable: 1, volatile: 1, atMs: 0, ...body });

function subscribe(log: EventLog, filter: EventFilter = {}, from: Parameters<EventLog['subscribe']>[1] = 'head') {
  let calls = 0;
  const made = log.subscribe(filter, from, () => calls++);
  if (!made.ok) throw new Error(made.error.message);
  return { subscription: made.value, calls: () => calls };
}

const read = (subscription: Subscription) =>
  subscription
    .read(100)
    .items.map((item) =>
      item.type === 'event' ? formatCursor(item.cursor) : `${item.lagged.reason} ${item.lagged.lost}`,
    );

describe('a subscription', () => {
  it('is told once that there is something to read, and only of what it wants', () => {
    const log = makeLog();
    const { subscription, calls } = subscribe(log, { kinds: new Set(['session']) });
    log.publish(enabled('a'), 0);
    expect(calls()).toBe(0); // it has not asked yet
    expect(subscription.read(9).state).toBe('waiting');
    log.publish(withdrawn('192.0.2.0/24'), 0);
    expect(calls()).toBe(0);
    log.publish(enabled('a'), 0);
    log.publish(enabled('a'), 0);
    expect(calls()).toBe(1);
    expect(read(subscription)).toEqual(['7.2.1', '7.3.1']);
  });

  it('from the oldest has everything that is kept, and what is gone is no loss', () => {
    const log = makeLog();
    for (const peer of 'abcdef') log.publish(enabled(peer), 0);
    expect(read(subscribe(log, {}, 'oldest').subscription)).toEqual(['7.3.0', '7.4.0', '7.5.0', '7.6.0']);
  });

  it('from a cursor behind what is kept is told how much is gone', () => {
    const log = makeLog();
    for (const peer of 'abcdef') log.publish(enabled(peer), 0);
    const { subscription } = subscribe(log, {}, { epoch: 7, durable: 1, volatile: 0 });
    expect(read(subscription)).toEqual(['not-kept 1', '7.3.0', '7.4.0', '7.5.0', '7.6.0']);
  });

  it.each([
    ['of another run, later than this one', { epoch: 8, durable: 0, volatile: 0 }],
    ['ahead in the durable lane', { epoch: 7, durable: 2, volatile: 0 }],
    ['ahead in the other lane', { epoch: 7, durable: 1, volatile: 1 }],
  ])('from a cursor %s is refused', (_, cursor) => {
    const log = makeLog();
    log.publish(enabled('a'), 0);
    expect(log.subscribe({}, cursor, () => undefined)).toMatchObject({ ok: false, error: { code: 'cursor-ahead' } });
  });

  it('of routes from an earlier run is told that nobody knows how many are gone', () => {
    const log = makeLog({ epoch: 9, lastDurable: 5 });
    const { subscription } = subscribe(log, { kinds: new Set(['route']) }, { epoch: 7, durable: 5, volatile: 3 });
    expect(subscription.read(9).items).toMatchObject([{ lagged: { lost: 0, isAtLeast: true, reason: 'restart' } }]);
  });

  it('is told where route events were not recorded, whatever else it filters by', () => {
    const log = makeLog();
    const { subscription } = subscribe(log, {
      kinds: new Set(['route']),
      prefix: { prefix: '192.0.2.0/24', match: 'exact' },
    });
    log.publish({ type: 'routes-missing' }, 0);
    log.publish(withdrawn('192.0.2.0/24'), 0);
    log.publish(withdrawn('192.0.3.0/24'), 0);
    expect(read(subscription)).toEqual(['not-recorded 0', '7.0.2']);
  });

  it('gets the start of a run after one that was killed, whatever it filters by', () => {
    const previous = { epoch: 6, durable: 4 };
    const started = (previousEnd: 'clean' | 'killed'): EventBody => ({
      type: 'process-started',
      version: '1',
      previousEnd,
      previous,
    });
    for (const [end, seen] of [
      ['killed', ['7.5.0', '7.6.0']],
      ['clean', ['7.6.0']],
    ] as const) {
      const log = makeLog({ lastDurable: 4, hasHistory: true });
      log.preload([{ ...at(enabled('a')), ...previous, volatile: 0 }]);
      log.publish(started(end), 0);
      log.publish(enabled('a'), 0);
      expect(read(subscribe(log, { kinds: new Set(['session']) }, { ...previous, volatile: 0 }).subscription)).toEqual(
        seen,
      );
    }
  });

  it('wakes the source of route events for the first who wants them, and lets it go with the last', () => {
    const wanted: boolean[] = [];
    const log = makeLog({ onRoutesWanted: (are) => wanted.push(are) });
    subscribe(log, { kinds: new Set(['session']) });
    const [first, second] = [subscribe(log), subscribe(log)];
    first.subscription.close();
    first.subscription.close();
    expect(wanted).toEqual([true]);
    second.subscription.close();
    expect(wanted).toEqual([true, false]);
    expect(log.subscribers).toEqual({ all: 1, ofRoutes: 0 });
  });

  it('keeps no more octets than it may', () => {
    const log = makeLog({ bounds: { maxRecords: 1_000_000, maxOctets: 10_000 } });
    for (let index = 0; index < 1_000; index++) log.publish(withdrawn('192.0.2.0/24'), 0);
    expect(log.inMemory.octets).toBeLessThanOrEqual(10_000);
    expect(log.inMemory.volatile).toBeGreaterThan(10);
  });
});

describe('filters', () => {
  const routes = { kinds: new Set(['route'] as const) };
  it.each<readonly [string, EventFilter, EventBody, boolean]>([
    ['nothing asked for: everything', {}, enabled('a'), true],
    ['kind', { kinds: new Set(['session']) }, enabled('a'), true],
    ['another kind', { kinds: new Set(['policy']) }, enabled('a'), false],
    ['type', { types: new Set(['peer-enabled']) }, enabled('a'), true],
    ['direction', { notifications: 'sent' }, notification, true],
    ['the other direction', { notifications: 'received' }, notification, false],
    ['another type of the kind', { types: new Set(['peer-disabled']) }, enabled('a'), false],
    ['peer', { peer: 'a' }, enabled('a'), true],
    ['another peer', { peer: 'b' }, enabled('a'), false],
    ['the peer that lost the route', { peer: 'b' }, withdrawn('192.0.2.0/24', 'a', 'b'), true],
    ['family: route events only', { family: IPV4_UNICAST }, enabled('a'), false],
    ['family', { family: IPV4_UNICAST }, withdrawn('192.0.2.0/24'), true],
    ['another family', { family: IPV6_UNICAST }, withdrawn('192.0.2.0/24'), false],
    ['prefix', { ...routes, prefix: { prefix: '192.0.2.0/24', match: 'exact' } }, withdrawn('192.0.2.0/24'), true],
    ['another', { ...routes, prefix: { prefix: '192.0.2.0/24', match: 'exact' } }, withdrawn('192.0.2.0/25'), false],
    ['longer: itself', { prefix: { prefix: '192.0.2.0/24', match: 'longer' } }, withdrawn('192.0.2.0/24'), true],
    ['longer: inside', { prefix: { prefix: '192.0.2.0/23', match: 'longer' } }, withdrawn('192.0.3.128/25'), true],
    ['longer: beside', { prefix: { prefix: '192.0.2.0/23', match: 'longer' } }, withdrawn('192.0.4.0/25'), false],
    ['longer: above', { prefix: { prefix: '192.0.2.0/23', match: 'longer' } }, withdrawn('192.0.0.0/16'), false],
    ['longer: in /0', { prefix: { prefix: '0.0.0.0/0', match: 'longer' } }, withdrawn('192.0.0.0/16'), true],
    [
      'longer: the other family',
      { prefix: { prefix: '0.0.0.0/0', match: 'longer' } },
      withdrawn('2001:db8::/32'),
      false,
    ],
    ['covering: above', { prefix: { prefix: '192.0.2.1/32', match: 'covering' } }, withdrawn('192.0.0.0/16'), true],
    ['covering: below', { prefix: { prefix: '192.0.2.0/24', match: 'covering' } }, withdrawn('192.0.2.0/25'), false],
  ])('%s', (_, filter, body, expected) => {
    expect(compileFilter(filter)(at(body))).toBe(expected);
  });

  it('by neighbor find the configuration changes that touched it', () => {
    const event: EventBody = {
      type: 'config-applied',
      origin: 'api',
      revision: 2,
      added: [],
      removed: ['a'],
      live: [],
      reset: [],
      needRestart: [],
    };
    expect(compileFilter({ peer: 'a' })(at(event))).toBe(true);
    expect(compileFilter({ peer: 'b' })(at(event))).toBe(false);
  });
});

describe('cursors', () => {
  it('come back from their text', () => {
    const cursor = { epoch: 1_763_712_345_678, durable: 98, volatile: 120 };
    expect(parseCursor(formatCursor(cursor))).toEqual({ ok: true, value: cursor });
  });

  it.each(['', 'a', '1.2', '1.2.x', '1.2.3.4', '-1.2.3', '1.9999999999999999.3', ' 1.2.3', '1.2.3\n'])(
    '%j is none',
    (text) => expect(parseCursor(text)).toMatchObject({ ok: false, error: { code: 'cursor-invalid' } }),
  );
});

describe('what goes from disk', () => {
  const segment = (durable: number, octets: number, lastMs: number) => ({
    name: segmentName(7, durable),
    epoch: 7,
    durable,
    octets,
    lastMs,
  });
  it.each([
    ['nothing within the bounds', [100, 100], [0, 0], []],
    ['the oldest beyond the size', [600, 600, 100], [0, 0, 0], [1]],
    ['the oldest beyond the age', [1, 1, 1], [-2_000, 0, 0], [1]],
    ['never the one that is written', [5_000], [-5_000], []],
    ['several', [600, 600, 600], [0, 0, 0], [1, 2]],
  ])('%s', (_, octets, times, expected) => {
    const segments = octets.map((size, index) => segment(index + 1, size, times[index] ?? 0));
    const expired = expiredSegments(segments, { maxOctets: 1_000, maxAgeMs: 1_000 }, 0);
    expect(expired.map(({ durable }) => durable)).toEqual(expected);
  });

  it('has names that sort by count and are told from other files', () => {
    expect([segmentName(7, 10), segmentName(7, 9)].sort()).toEqual([segmentName(7, 9), segmentName(7, 10)]);
    expect(parseSegmentName(segmentName(99, 9))).toEqual({ epoch: 99, durable: 9 });
    expect(parseSegmentName('notes.txt')).toBeUndefined();
  });
});

describe('what comes too often', () => {
  const away: EventBody = { type: 'state-changed', peer: 'a', from: 'Connect', to: 'Active' };

  it('passes at first, then now and then with the number that did not', () => {
    const dampener = new Dampener();
    const passed = (nowMs: number) => dampener.pass(away, nowMs)?.unreported;
    expect(Array.from({ length: 18 }, () => passed(0))).toEqual([...Array(16).fill(0), undefined, undefined]);
    expect(passed(599_999)).toBeUndefined();
    expect(passed(600_000)).toBe(3);
    expect(passed(600_001)).toBeUndefined();
  });

  it('is of one neighbor, and begins anew when that is established', () => {
    const dampener = new Dampener();
    for (let index = 0; index < 20; index++) dampener.pass(away, 0);
    expect(dampener.pass({ ...away, peer: 'b' }, 0)).toEqual({ unreported: 0 });
    expect(dampener.forget('a')).toBe(4);
    expect(dampener.pass(away, 0)).toEqual({ unreported: 0 });
  });

  it('is never a session that comes or goes', () => {
    const dampener = new Dampener();
    const down: EventBody = { type: 'session-down', peer: 'a', reason: 'tcp-closed', detail: '' };
    const lost: EventBody = { type: 'state-changed', peer: 'a', from: 'Established', to: 'Idle' };
    for (let index = 0; index < 100; index++) {
      expect([dampener.pass(down, 0), dampener.pass(lost, 0)]).toEqual([{ unreported: 0 }, { unreported: 0 }]);
    }
  });
});

describe('from the speaker', () => {
  it('a NOTIFICATION keeps its data as hex', () => {
    const data = Uint8Array.of(0, 0xff);
    const event = { type: 'notification', atMs: 5, peer: 'a', direction: 'sent', code: 6, subcode: 2, data } as const;
    expect(fromSpeakerEvent(event)).toEqual({
      type: 'notification',
      peer: 'a',
      direction: 'sent',
      code: 6,
      subcode: 2,
      data: '00ff',
    });
  });

  it('attempts of strangers are not recorded', () => {
    expect(
      fromSpeakerEvent({ type: 'connection-refused', atMs: 1, from: '192.0.2.1', reason: 'unknown-peer' }),
    ).toBeUndefined();
  });

  it('a best path is plain data that a segment can hold', () => {
    const route = {
      family: IPV4_UNICAST,
      prefix: '192.0.2.0/24',
      pathId: 3,
      peer: 'a',
      nextHop: ['10.0.0.2'],
      best: true,
      stale: false,
      receivedAtMs: 0,
      attributes: {
        origin: 0,
        asPath: [{ type: 'sequence', asns: [65002] }],
        aigp: 5n,
        extendedCommunities: [{ octets: Uint8Array.of(0, 2, 0, 1, 0, 0, 0, 9) }],
        largeCommunities: [{ globalAdministrator: 1, localData1: 2, localData2: 3 }],
      },
    } as never;
    const body = fromRouteEvent({
      type: 'added',
      atMs: 1,
      family: IPV4_UNICAST,
      prefix: '192.0.2.0/24',
      peer: 'a',
      route,
    });
    expect(body).toMatchObject({
      type: 'route-added',
      route: {
        largeCommunities: ['1:2:3'],
        extendedCommunities: ['0002000100000009'],
        asPath: [{ type: 'sequence', asns: [65002] }],
      },
    });
    expect(encodeLine(at(body!)).length).toBeGreaterThan(100);
  });

  it('a dump has no end in the stream, and what a watch lost is missing', () => {
    const common = { atMs: 1, family: 0 as never, prefix: '', peer: '' };
    expect(fromRouteEvent({ ...common, type: 'end-of-initial-dump' })).toBeUndefined();
    expect(fromRouteEvent({ ...common, type: 'lagged', lost: 5 })).toEqual({ type: 'routes-missing', lost: 5 });
  });
});
