import { stripVTControlCharacters } from 'node:util';
import {
  AddressFamily,
  type BgpEvent,
  BgpEventSchema,
  BgpEventType,
  EventCategory,
  EventService,
  EventSeverity,
  type ListEventsRequest,
  PrefixMatch,
  type WatchEventsRequest,
} from '@bgp/api-proto';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type ConnectRouter, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { clientsOver } from '../connect.ts';
import { run } from '../run.ts';

const T = BgpEventType;

function event(fields: MessageInitShape<typeof BgpEventSchema>): BgpEvent {
  return create(BgpEventSchema, {
    timestamp: '1700000000',
    timestampMs: 1_700_000_000_123n,
    severity: EventSeverity.INFO,
    category: EventCategory.SESSION,
    cursor: 'abc.1.0',
    ...fields,
  });
}

const up = event({ eventType: T.SESSION_ESTABLISHED, peerAddress: '10.0.0.2', summary: '10.0.0.2: established' });
const lost = event({
  eventType: T.SESSION_LOST,
  severity: EventSeverity.WARNING,
  peerAddress: '10.0.0.2',
  summary: '10.0.0.2: session lost, evil \u001b[2J',
  cursor: 'abc.2.0',
  unreported: 3,
  payload: { case: 'session', value: { reason: 'hold-timer-expired' } },
});
const withdrawn = event({
  eventType: T.ROUTE_WITHDRAWN,
  category: EventCategory.ROUTE,
  prefix: '0.0.0.0',
  prefixLength: 0,
  afiSafi: AddressFamily.IPV4_UNICAST,
  previousPeerAddress: '10.0.0.2',
  summary: '0.0.0.0/0 withdrawn, was from 10.0.0.2',
  payload: { case: 'route', value: { previousPeerAddress: '10.0.0.2' } },
});
const lagged = event({
  eventType: T.STREAM_LAGGED,
  category: EventCategory.UNSPECIFIED,
  severity: EventSeverity.WARNING,
  summary: '12 events are missing here: not-kept',
  payload: { case: 'streamLag', value: { missedCount: 12n, reason: 'not-kept' } },
});

interface Daemon {
  watched: WatchEventsRequest[];
  listed: ListEventsRequest[];
}

async function ctl(line: string, events: readonly BgpEvent[], failure?: ConnectError, isTerminal = false) {
  const daemon: Daemon = { watched: [], listed: [] };
  const routes = (router: ConnectRouter) =>
    void router.service(EventService, {
      async *watchEvents(request) {
        daemon.watched.push(request);
        yield* events;
        if (failure !== undefined) throw failure;
      },
      listEvents(request) {
        daemon.listed.push(request);
        if (request.pageToken === '' && !request.latest) return { events: [...events], nextPageToken: 'next' };
        if (failure !== undefined) throw failure;
        return { events: [...events] };
      },
      listSessionEvents: ({ limit, eventTypes }) => {
        const found = events.filter(({ eventType }) => eventTypes.length === 0 || eventTypes.includes(eventType));
        return { events: found.slice(0, limit) };
      },
      listPolicyEvents: () => ({ events: [] }),
      getEventLog: () => ({ cursor: 'abc.9.0', isDurable: true, octets: 2_500_000n, segments: 2, writtenEvents: 9n }),
    });
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(line.split(' '), {
    env: {},
    version: '1.2.3',
    isTerminal,
    writeOut: async (text) => void out.push(String(text)),
    pause: async () => false,
    writeError: (text) => void err.push(text),
    connect: async () => clientsOver(createRouterTransport(routes)),
  });
  return { code, out: out.join(''), err: err.join(''), ...daemon };
}

describe('events', () => {
  it('prints a line for each event, harmless on a terminal, and how to go on', async () => {
    const { out, code, watched } = await ctl('events', [up, lost, withdrawn]);
    expect(out).toMatchInlineSnapshot(`
      "2023-11-14 22:13:20.123Z session  10.0.0.2: established
      2023-11-14 22:13:20.123Z session  10.0.0.2: session lost, evil ?[2J (3 like it before)
      2023-11-14 22:13:20.123Z route    0.0.0.0/0 withdrawn, was from 10.0.0.2
      the stream ended; to go on: tsbgpctl events --since abc.1.0
      "
    `);
    expect(code).toBe(0);
    expect(watched[0]?.categories).not.toContain(EventCategory.ROUTE);
    expect(watched[0]?.categories).toHaveLength(5);
    const colored = await ctl('events', [up, lost, withdrawn], undefined, true);
    expect(colored.out).toContain('\u001b[32m10.0.0.2: established\u001b[0m');
    expect(colored.out).toContain('\u001b[31m0.0.0.0/0 withdrawn');
    expect(stripVTControlCharacters(colored.out)).toBe(out);
  });

  it('says with its exit code that something is missing', async () => {
    const { out, code } = await ctl('events --json', [lagged]);
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({ event_type: 'stream_lagged', stream_lag: { missed_count: '12' } });
  });

  it('prints JSON with names in lower case and the cursor', async () => {
    const { out } = await ctl('events watch -j', [lost, withdrawn]);
    const [first, second] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      event_type: 'session_lost',
      category: 'session',
      severity: 'warning',
      cursor: 'abc.2.0',
      peer_address: '10.0.0.2',
      session: { reason: 'hold-timer-expired' },
      unreported: 3,
    });
    expect(second).toMatchObject({ event_type: 'route_withdrawn', prefix: '0.0.0.0/0', afi_safi: 'ipv4_unicast' });
  });

  it('still says how to go on when the daemon goes away', async () => {
    const { out, code, err } = await ctl('events', [up], new ConnectError('gone', Code.Unavailable));
    expect(out).toContain('to go on: tsbgpctl events --since abc.1.0');
    expect([code, err]).toEqual([3, 'Error: the daemon went away: gone\n']);
  });

  it('passes its filters on', async () => {
    const line =
      'events --category Route --type session-lost --address 10.0.0.2 -a ipv4 -p 192.0.2.0/24 --longer --since abc.1.0';
    const { watched } = await ctl(line, []);
    expect(watched[0]).toMatchObject({
      categories: [EventCategory.ROUTE],
      eventTypes: [T.SESSION_LOST],
      neighborAddress: '10.0.0.2',
      afiSafi: AddressFamily.IPV4_UNICAST,
      prefix: '192.0.2.0/24',
      prefixMatch: PrefixMatch.LONGER,
      since: 'abc.1.0',
      snapshot: false,
    });
    const byPrefix = await ctl('events -p 192.0.2.1 --covering --snapshot', []);
    expect(byPrefix.watched[0]).toMatchObject({
      categories: [EventCategory.ROUTE],
      prefixMatch: PrefixMatch.COVERING,
      snapshot: true,
    });
  });

  it.each([
    ['events --category sesion', 'did you mean session?'],
    ['events --longer', 'need --prefix'],
    ['events --limit 5', 'needs --history'],
    ['events --history --snapshot', 'does not go with --history'],
    ['events --history --limit 501', 'at most 500'],
  ])('%s: %s', async (line, message) => {
    const { code, err } = await ctl(line, []);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('events --history', () => {
  it('asks for the latest, or pages on from a cursor', async () => {
    const latest = await ctl('events --history --limit 20', [up, lost]);
    expect(latest.listed).toMatchObject([{ latest: true, pageSize: 20 }]);
    expect(latest.out.split('\n')).toHaveLength(3);
    const paged = await ctl('events --history --since abc.1.0 --json', [up]);
    expect(paged.listed.map(({ pageToken, since }) => [pageToken, since])).toEqual([
      ['', 'abc.1.0'],
      ['next', 'abc.1.0'],
    ]);
    expect(JSON.parse(paged.out)).toHaveLength(2);
    const some = await ctl('events --history --since abc.1.0 --limit 1', [up]);
    expect(some.listed).toMatchObject([{ pageSize: 1 }]);
  });

  it('keeps JSON valid when it breaks off', async () => {
    const failure = new ConnectError('gone', Code.Unavailable);
    const { code, out, err } = await ctl('events --history --limit 0 --json', [up], failure);
    expect(code).toBe(4);
    expect(JSON.parse(out)).toHaveLength(1);
    expect(err).toContain('it broke off after 1 entries');
  });

  it('says that there is none', async () => {
    expect(await ctl('events policy', [])).toMatchObject({ code: 0, out: 'No events\n' });
    expect(await ctl('events sessions --limit 1', [up, lost])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/established\n$/),
    });
    const { out } = await ctl('events sessions --type session_lost,peer_disabled', [up, lost]);
    expect(out).toMatch(/^[^\n]*session lost[^\n]*\n$/);
  });
});

it('events status', async () => {
  expect((await ctl('events status', [])).out).toMatchInlineSnapshot(`
    "Cursor:      abc.9.0
    Disk:        2.5 MB in 2 segments
    Writing:     works
    Written:     9
    Not on disk: 0 lost, 0 waiting
    Readers:     0
    Routes:      recorded while somebody reads them
    "
  `);
  expect(JSON.parse((await ctl('events status -j', [])).out)).toMatchObject({ cursor: 'abc.9.0', octets: 2_500_000 });
});
