import { setImmediate } from 'node:timers/promises';
import { AddressFamily, type BgpEvent, BgpEventType, EventCategory, EventService, PrefixMatch } from '@bgp/api-proto';
import type { EventBody } from '@bgp/event-log';
import { defaultPeerConfig, type PeerConfig, Speaker } from '@bgp/speaker';
import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import type { ApiDependencies } from '../dependencies.ts';
import { memoryEvents } from '../testing/memory-events.ts';
import { eventService } from './event.ts';

const PERMIT = [{ name: 'permit-all', defaultAction: 'permit', statements: [] }] as const;
const neighbor = (name: string, remoteAs: number): PeerConfig => ({
  ...defaultPeerConfig(name, remoteAs),
  gracefulRestart: false,
  importChain: PERMIT,
  exportChain: PERMIT,
});

/** Two routers in virtual time; the API is the first one's. */
function lab(options: Parameters<typeof memoryEvents>[0] = {}) {
  const network = createMemoryNetwork({ seed: 1 });
  const [near, far] = [network.addHost({ addresses: ['10.0.0.1'] }), network.addHost({ addresses: ['10.0.0.2'] })];
  const memory = memoryEvents(options);
  const common = { ebgpRequiresPolicy: true, med: 'per-neighbor-as' } as const;
  const ours = new Speaker(
    { asn: 65001, routerId: '10.0.0.1', peers: [neighbor('10.0.0.2', 65002)], ...common },
    { ...near.ports, observe: memory.observe },
  );
  const theirs = new Speaker(
    { asn: 65002, routerId: '10.0.0.2', peers: [neighbor('10.0.0.1', 65001)], ...common },
    far.ports,
  );
  memory.attach(ours);
  const stopping = new AbortController();
  const dependencies = {
    speaker: ours,
    events: memory.events,
    control: { stopping: stopping.signal, wallMs: () => near.ports.clock.wallMs() },
  } as unknown as ApiDependencies; // the service reads nothing else
  const client = createClient(
    EventService,
    createRouterTransport((router) => void router.service(EventService, eventService(dependencies))),
  );
  ours.start();
  theirs.start();
  const inject = (prefix: string) => {
    const injected = ours.inject({
      family: IPV4_UNICAST,
      prefix,
      nextHop: ['10.0.0.1'],
      attributes: {
        origin: 0,
        asPath: [],
        communities: [65001 * 65536 + 7],
        largeCommunities: [{ globalAdministrator: 1, localData1: 2, localData2: 3 }],
      },
      pathId: 0,
    });
    if (!injected.ok) throw new Error(injected.error.message);
  };
  return { ...memory, network, ours, theirs, client, stopping, inject, settle: () => network.runFor(30_000) };
}

type Client = ReturnType<typeof lab>['client'];

/** Reads until the stream has nothing for a few turns of the event loop. */
function follow(client: Client, request: Parameters<Client['watchEvents']>[0]) {
  const seen: BgpEvent[] = [];
  const aborted = new AbortController();
  let failure: unknown;
  const done = (async () => {
    try {
      for await (const event of client.watchEvents(request, { signal: aborted.signal })) seen.push(event);
    } catch (error) {
      failure = error;
    }
  })();
  return {
    seen,
    async rest() {
      for (let before = -1; before !== seen.length; ) {
        before = seen.length;
        for (let turn = 0; turn < 20; turn++) await setImmediate();
      }
      return seen;
    },
    async end() {
      aborted.abort();
      await done;
      return failure;
    },
  };
}

const typesOf = (events: readonly BgpEvent[]) => events.map(({ eventType }) => eventType);
const summaries = (events: readonly BgpEvent[]) => events.map(({ summary }) => summary);
const enabled = (peer: string): EventBody => ({ type: 'peer-enabled', peer });
const T = BgpEventType;
const EVERYTHING = [
  EventCategory.ROUTE,
  EventCategory.SESSION,
  EventCategory.POLICY,
  EventCategory.CONFIG,
  EventCategory.LIMIT,
  EventCategory.PROCESS,
];

describe('WatchEvents', () => {
  it('tells a session and its routes in order, without a category asked for', async () => {
    const { client, network, ours, inject, settle } = lab();
    const stream = follow(client, {});
    await stream.rest();
    settle();
    inject('192.0.2.0/24');
    settle();
    ours.resetPeer('10.0.0.2', 'hard');
    network.runFor(100);
    const seen = await stream.rest();
    const types = typesOf(seen);
    const important = types
      .slice(types.indexOf(T.SESSION_ESTABLISHED)) // before it, a collision
      .filter((type) => type !== T.SESSION_STATE_CHANGED && type !== T.END_OF_RIB);
    expect(important).toEqual([T.SESSION_ESTABLISHED, T.ROUTE_ADDED, T.NOTIFICATION_SENT, T.SESSION_LOST]);
    expect(seen.find(({ eventType }) => eventType === T.ROUTE_ADDED)).toMatchObject({
      category: EventCategory.ROUTE,
      prefix: '192.0.2.0',
      prefixLength: 24,
      afiSafi: AddressFamily.IPV4_UNICAST,
      peerAddress: '0.0.0.0',
      payload: {
        case: 'route',
        value: { route: { nextHop: '10.0.0.1', communities: [65001 * 65536 + 7], largeCommunities: ['1:2:3'] } },
      },
    });
    expect(seen.findLast(({ eventType }) => eventType === T.NOTIFICATION_SENT)).toMatchObject({
      category: EventCategory.SESSION,
      peerAddress: '10.0.0.2',
      payload: { case: 'notification', value: { direction: 'sent', code: 6, subcode: 4 } },
    });
    const changes = seen.flatMap(({ payload }) =>
      payload.case === 'session' && payload.value.newState !== ''
        ? [`${payload.value.oldState}>${payload.value.newState}`]
        : [],
    );
    expect(changes).toContain('OpenConfirm>Established');
    expect(new Set(seen.map(({ cursor }) => cursor)).size).toBe(seen.length);
    await stream.end();
  });

  it('begins with the state, if wanted, and says where that ends', async () => {
    const { client, inject, settle } = lab();
    settle();
    for (const prefix of ['192.0.2.0/24', '192.0.2.0/25', '198.51.100.0/24']) inject(prefix);
    settle();
    const stream = follow(client, { snapshot: true });
    const seen = await stream.rest();
    expect(typesOf(seen)).toEqual([
      T.SESSION_STATE_CHANGED,
      T.ROUTE_ADDED,
      T.ROUTE_ADDED,
      T.ROUTE_ADDED,
      T.END_OF_SNAPSHOT,
    ]);
    expect(seen[0]).toMatchObject({ isSnapshot: true, cursor: '', payload: { value: { newState: 'Established' } } });
    expect(seen[4]?.cursor).not.toBe('');
    inject('203.0.113.0/24');
    settle();
    expect(typesOf(await stream.rest()).slice(5)).toEqual([T.ROUTE_ADDED]);
    await stream.end();
    for (const [match, prefix, expected] of [
      [PrefixMatch.UNSPECIFIED, '192.0.2.0/25', 1],
      [PrefixMatch.LONGER, '192.0.0.0/16', 2],
      [PrefixMatch.COVERING, '192.0.2.1', 2],
      [PrefixMatch.COVERING, '192.0.2.255', 1],
    ] as const) {
      const part = follow(client, { snapshot: true, prefix, prefixMatch: match });
      expect((await part.rest()).length - 1).toBe(expected);
      await part.end();
    }
  });

  it('with a snapshot while routes come and go ends with the state as it is', async () => {
    const { client, ours, inject, settle } = lab({ capacity: 4096 });
    settle();
    const prefixes = Array.from({ length: 900 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
    for (const prefix of prefixes) inject(prefix);
    settle();
    const stream = client.watchEvents({ snapshot: true })[Symbol.asyncIterator]();
    const held = new Set<string>();
    let changed = 0;
    for (;;) {
      const { value: event } = await stream.next();
      if (event === undefined) throw new Error('the stream ended');
      const prefix = `${event.prefix}/${event.prefixLength}`;
      if (event.eventType === T.ROUTE_ADDED) held.add(prefix);
      if (event.eventType === T.ROUTE_WITHDRAWN) held.delete(prefix);
      if (event.eventType === T.END_OF_SNAPSHOT) break;
      expect(event.cursor).toBe('');
      const victim = prefixes[(changed * 37) % prefixes.length] ?? '';
      if (changed++ % 3 === 0) ours.withdrawInjected(IPV4_UNICAST, victim, 0);
      else inject(`172.16.${changed & 255}.0/24`);
      settle();
    }
    ours.withdrawInjected(IPV4_UNICAST, '172.16.2.0/24', 0);
    settle();
    const last = await stream.next();
    const prefix = `${last.value?.prefix}/${last.value?.prefixLength}`;
    if (last.value?.eventType === T.ROUTE_WITHDRAWN) held.delete(prefix);
    const page = ours.listRoutes({ table: 'best', limit: 5_000 });
    if (!page.ok) throw new Error(page.error.message);
    expect([...held].sort()).toEqual(page.value.routes.map((route) => route.prefix).sort());
    await stream.return?.();
  });

  it.each<readonly [string, Parameters<Client['watchEvents']>[0], readonly string[]]>([
    ['nothing: routes and sessions', {}, ['a', 'b', 'a: N']],
    ['a category', { categories: [EventCategory.POLICY] }, ['p']],
    ['all', { categories: EVERYTHING }, ['a', 'b', 'a: N', 'p', 'l', 'x']],
    ['a type', { eventTypes: [T.PEER_ENABLED] }, ['a', 'b']],
    ['a direction', { eventTypes: [T.NOTIFICATION_RECEIVED] }, []],
    ['the other direction', { eventTypes: [T.NOTIFICATION_SENT] }, ['a: N']],
    ['a neighbor', { neighborAddress: '10.0.0.8' }, ['b']],
    [
      'a category and a type that is not of it',
      { categories: [EventCategory.POLICY], eventTypes: [T.PEER_ENABLED] },
      [],
    ],
    ['a family: route events only', { afiSafi: AddressFamily.IPV4_UNICAST }, []],
  ])('filters by %s', async (_, request, expected) => {
    const { client, publish } = lab();
    const { seen, rest, end } = follow(client, request);
    await rest();
    publish(enabled('10.0.0.7'));
    publish(enabled('10.0.0.8'));
    publish({ type: 'notification', peer: '10.0.0.7', direction: 'sent', code: 6, subcode: 2, data: '' });
    publish({ type: 'policy-changed', operation: 'set', targetType: 'policy', target: 'p', affectedPeers: 1 });
    publish({ type: 'max-prefixes-warning', peer: '10.0.0.7', limit: 10, received: 9 });
    publish({ type: 'process-stopped', reason: 'x' });
    await rest();
    const short: Readonly<Record<number, string>> = {
      [T.NOTIFICATION_SENT]: 'a: N',
      [T.POLICY_CHANGED]: 'p',
      [T.PREFIX_LIMIT_NEAR]: 'l',
      [T.PROCESS_STOPPED]: 'x',
    };
    const name = ({ eventType, peerAddress }: BgpEvent) => short[eventType] ?? (peerAddress === '10.0.0.7' ? 'a' : 'b');
    expect(seen.filter(({ eventType }) => eventType !== T.SESSION_STATE_CHANGED).map(name)).toEqual(expected);
    await end();
  });

  it('goes on from a cursor, and tells a reader who was away too long how much is gone', async () => {
    const { client, publish, lagged } = lab({ capacity: 8 });
    const first = follow(client, { eventTypes: [T.PEER_ENABLED] });
    await first.rest();
    publish(enabled('a'));
    const [event] = await first.rest();
    await first.end();
    for (const peer of 'bcd') publish(enabled(peer));
    const second = follow(client, { since: event?.cursor ?? '', eventTypes: [T.PEER_ENABLED] });
    expect(summaries(await second.rest())).toEqual(['b: enabled', 'c: enabled', 'd: enabled']);
    await second.end();
    for (let index = 0; index < 17; index++) publish(enabled(String(index)));
    const third = follow(client, { since: event?.cursor ?? '', eventTypes: [T.PEER_ENABLED] });
    const [lag, ...kept] = await third.rest();
    expect(lag).toMatchObject({
      eventType: T.STREAM_LAGGED,
      summary: '12 events are missing here: not-kept',
      payload: { case: 'streamLag', value: { missedCount: 12n, reason: 'not-kept' } },
    });
    expect(kept).toHaveLength(8);
    expect(lagged).toEqual([12]);
    await third.end();
  });

  it('ends when the daemon stops', async () => {
    const { client, stopping, events } = lab();
    const stream = follow(client, {});
    await stream.rest();
    expect(events.reading().subscribers).toEqual({ all: 1, ofRoutes: 1 });
    stopping.abort();
    await stream.rest();
    expect(events.reading().subscribers).toEqual({ all: 0, ofRoutes: 0 });
    expect(await stream.end()).toBeUndefined();
  });

  it.each<readonly [string, Parameters<Client['watchEvents']>[0], string]>([
    ['no cursor', { since: 'yesterday' }, 'since: "yesterday" is not a cursor'],
    ['a cursor of another daemon', { since: 'zzzzzzzz.1.1' }, 'since: the cursor is not from this daemon'],
    ['two beginnings', { since: '1.0.0', snapshot: true }, 'snapshot: not together with since'],
    ['no address', { neighborAddress: '10.0.0' }, 'neighbor_address'],
    ['no prefix', { prefix: '1.2.3.4/99' }, 'prefix'],
    ['a match without a prefix', { prefixMatch: PrefixMatch.LONGER }, 'prefix_match: needs prefix'],
    ['an unknown match', { prefix: '10.0.0.0/8', prefixMatch: 9 as never }, 'prefix_match'],
    ['an unknown category', { categories: [4 as never] }, 'categories'],
    ['an unknown type', { eventTypes: [77 as never] }, 'event_types'],
  ])('refuses %s', async (_, request, message) => {
    const failure = await (async () => {
      const stream = follow(lab().client, request);
      await stream.rest();
      return await stream.end();
    })();
    expect(failure).toBeInstanceOf(ConnectError);
    expect(failure).toMatchObject({ code: Code.InvalidArgument, rawMessage: expect.stringContaining(message) });
  });
});

describe('ListEvents', () => {
  it('goes through all of it in pages, and gives the latest at once', async () => {
    const { client, publish } = lab();
    for (let index = 0; index < 25; index++) publish(enabled(String(index)), index * 1000);
    const types = { eventTypes: [T.PEER_ENABLED] };
    const walked: string[] = [];
    const tokens: string[] = [];
    for (let pageToken = ''; ; ) {
      const page = await client.listEvents({ ...types, pageSize: 10, pageToken });
      walked.push(...summaries(page.events));
      pageToken = page.nextPageToken;
      tokens.push(pageToken);
      if (pageToken === '') break;
    }
    const all = Array.from({ length: 25 }, (_, index) => `${index}: enabled`);
    expect(walked).toEqual(all);
    expect(tokens).toEqual(['10', '20', '']);
    expect(summaries((await client.listEvents({ ...types, latest: true, pageSize: 3 })).events)).toEqual(all.slice(-3));
    expect(summaries((await client.listEvents({ ...types, fromTime: 5n, toTime: 6n })).events)).toEqual(
      all.slice(5, 7),
    );
    const [, second] = (await client.listEvents(types)).events;
    expect(summaries((await client.listEvents({ ...types, since: second?.cursor ?? '' })).events)).toEqual(
      all.slice(2),
    );
  });

  it('makes nobody record routes', async () => {
    const { client, events } = lab();
    await client.listEvents({});
    expect(events.reading().areRoutesRecorded).toBe(false);
  });

  it.each<readonly [string, Parameters<Client['listEvents']>[0], string]>([
    ['a token of another question', { pageToken: '10' }, 'page_token'],
    ['two beginnings', { latest: true, since: '1.0.0' }, 'latest'],
    ['an end before the beginning', { fromTime: 5n, toTime: 4n }, 'to_time'],
  ])('refuses %s', async (_, request, message) => {
    await expect(lab().client.listEvents(request)).rejects.toThrow(message);
  });
});

describe("the seed's rings", () => {
  it('have the latest events of sessions, without NOTIFICATIONs', async () => {
    const { client, publish } = lab();
    for (const peer of ['10.0.0.7', '10.0.0.8', '10.0.0.9']) publish(enabled(peer));
    publish({ type: 'notification', peer: '10.0.0.7', direction: 'sent', code: 6, subcode: 2, data: '' });
    const types = { eventTypes: [T.PEER_ENABLED] };
    expect(summaries((await client.listSessionEvents(types)).events)).toHaveLength(3);
    expect(summaries((await client.listSessionEvents({ ...types, limit: 1 })).events)).toEqual(['10.0.0.9: enabled']);
    expect((await client.listSessionEvents({ neighborAddress: '10.0.0.7' })).events).toHaveLength(1);
    await expect(client.listSessionEvents({ eventTypes: [T.NOTIFICATION_SENT] })).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
  });

  it('have policy changes; by neighbor only those that are its own', async () => {
    const { client, publish } = lab();
    const change = { type: 'policy-changed', operation: 'set', affectedPeers: 1 } as const;
    publish({ ...change, targetType: 'policy', target: 'p' });
    publish({ ...change, targetType: 'neighbor-chain', target: '10.0.0.7', peer: '10.0.0.7' });
    publish({ type: 'policy-missing', peer: '10.0.0.7', directions: ['import'] });
    expect((await client.listPolicyEvents({})).events).toHaveLength(2);
    expect(summaries((await client.listPolicyEvents({ neighborAddress: '10.0.0.7' })).events)).toEqual([
      'neighbor-chain 10.0.0.7 changed, 1 neighbor affected',
    ]);
  });
});

it('GetEventLog says where the stream is', async () => {
  const { client, publish } = lab();
  publish(enabled('a'));
  const { cursor, isDurable } = await client.getEventLog({});
  expect(cursor).toMatch(/^1\.\d+\.0$/);
  expect(isDurable).toBe(false);
});
