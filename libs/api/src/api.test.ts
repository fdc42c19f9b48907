import {
  type AddFlowSpecRequestSchema,
  AddressFamily,
  ControlService,
  ErrorDetailSchema,
  GlobalService,
  Health,
  InjectionService,
  NeighborService,
  RibService,
  type RouteEvent,
  RouteEventType,
  SessionState,
  HealthCheckResponse_ServingStatus as Status,
  WatchRoutesRequestSchema,
} from '@bgp/api-proto';
import { defaultPeerConfig, type PeerConfig, Speaker, type SpeakerConfig } from '@bgp/speaker';
import { createMemoryNetwork } from '@bgp/testkit';
import { err, IPV4_UNICAST, ok } from '@bgp/wire';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import type { ApiDependencies, ShutdownRequest } from './dependencies.ts';
import { registerServices } from './register-services.ts';
import { watchRoutes } from './services/watch-routes.ts';

const PERMIT = [{ name: 'permit-all', defaultAction: 'permit', statements: [] }] as const;

function peer(name: string, remoteAs: number, more: Partial<PeerConfig> = {}): PeerConfig {
  return {
    ...defaultPeerConfig(name, remoteAs),
    gracefulRestart: false,
    importChain: PERMIT,
    exportChain: PERMIT,
    ...more,
  };
}

function speakerConfig(asn: number, routerId: string, peers: readonly PeerConfig[]): SpeakerConfig {
  return { asn, routerId, ebgpRequiresPolicy: true, med: 'per-neighbor-as', peers };
}

class CountingSpeaker extends Speaker {
  watches = 0;

  override watchRoutes(...args: Parameters<Speaker['watchRoutes']>): () => void {
    this.watches += 1;
    const stop = super.watchRoutes(...args);
    return () => {
      this.watches -= 1;
      stop();
    };
  }
}

/** Two routers on a wire of virtual time; the API is the first one's. */
function lab(peerOptions: Partial<PeerConfig> = {}) {
  const network = createMemoryNetwork({ seed: 1 });
  const [near, far] = [network.addHost({ addresses: ['10.0.0.1'] }), network.addHost({ addresses: ['10.0.0.2'] })];
  const ours = new CountingSpeaker(
    speakerConfig(65001, '10.0.0.1', [peer('10.0.0.2', 65002, peerOptions)]),
    near.ports,
  );
  const theirs = new Speaker(speakerConfig(65002, '10.0.0.2', [peer('10.0.0.1', 65001)]), far.ports);
  ours.start();
  theirs.start();
  const stopping = new AbortController();
  const shutdowns: ShutdownRequest[] = [];
  const dependencies: ApiDependencies = {
    speaker: ours,
    metrics: () => 'bgp_x 1\n',
    resolveNeighbor: (table) =>
      table.remote_asn === 23456
        ? err([{ path: 'remote_asn', message: 'AS 23456 is reserved', hint: 'use the real AS' }])
        : ok(peer(String(table.address), Number(table.remote_asn))),
    resolveDynamicRange: ({ prefix, peer_group }) =>
      peer_group === 'ix'
        ? ok({ prefix: String(prefix), peerGroup: 'ix', remoteAses: [], template: peer('10.0.0.0', 0) })
        : err([{ path: 'peer_group', message: `undefined peer_group "${peer_group}"` }]),
    control: {
      version: '1.2.3',
      ebgpRequiresPolicy: true,
      listening: () => ({ addresses: ['10.0.0.1'], port: 179 }),
      wallMs: () => near.ports.clock.wallMs(),
      memoryOctets: () => 42,
      stopping: stopping.signal,
      shutdown: (request) => void shutdowns.push(request),
    },
  };
  const transport = createRouterTransport((router) => registerServices(router, dependencies));
  const settle = (ms = 30_000) => network.runFor(ms);
  return {
    network,
    ours,
    theirs,
    stopping,
    shutdowns,
    settle,
    announce: (count: number, from = 0) => {
      for (let index = from; index < from + count; index++) {
        theirs.inject({
          family: IPV4_UNICAST,
          prefix: `20.${index >> 8}.${index & 255}.0/24`,
          nextHop: ['10.0.0.2'],
          pathId: 0,
          attributes: { origin: 0, asPath: [] },
        });
      }
      settle();
    },
    global: createClient(GlobalService, transport),
    neighbor: createClient(NeighborService, transport),
    rib: createClient(RibService, transport),
    injection: createClient(InjectionService, transport),
    control: createClient(ControlService, transport),
    health: createClient(Health, transport),
  };
}

/** Status and the code that programs read. */
async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const connectError = ConnectError.from(error);
    return `${Code[connectError.code]} ${connectError.findDetails(ErrorDetailSchema)[0]?.code ?? ''}`.trim();
  }
}

const prefixesOf = (routes: readonly { readonly prefix: string }[]) => routes.map((route) => route.prefix);

describe('GlobalService and ControlService', () => {
  it('say who and how this is', async () => {
    const { global, control, settle, announce } = lab();
    settle();
    announce(3);
    expect(await global.getGlobal({})).toMatchObject({
      asn: 65001,
      routerId: '10.0.0.1',
      listenPort: 179,
      version: '1.2.3',
    });
    expect(await control.getHealth({})).toMatchObject({
      healthy: true,
      uptimeSeconds: 60n,
      activePeers: 1,
      configuredPeers: 1,
      totalRoutes: 3,
      memoryOctets: 42n,
    });
    expect(await control.getMetrics({})).toMatchObject({ prometheusText: 'bgp_x 1\n' });
    expect(await failure(global.setGlobal({ asn: 1 }))).toBe('Unimplemented not-supported');
  });

  it('hand a shutdown on', async () => {
    const { control, shutdowns } = lab();
    await control.shutdown({ reason: 'maintenance' });
    await control.shutdown({ forGood: true });
    expect(shutdowns).toEqual([
      { reason: 'maintenance', forGood: false },
      { reason: 'requested by API', forGood: true },
    ]);
  });
});

describe('NeighborService', () => {
  it('shows sessions', async () => {
    const { neighbor, settle, announce } = lab();
    settle();
    announce(2);
    const { neighbors } = await neighbor.listNeighbors({});
    expect(neighbors).toHaveLength(1);
    expect(neighbors[0]).toMatchObject({
      config: { address: '10.0.0.2', remoteAsn: 65002 },
      state: SessionState.ESTABLISHED,
      prefixesReceived: 2n,
      remoteRouterId: '10.0.0.2',
    });
    expect(await neighbor.getNeighborState({ address: '10.0.0.2' })).toEqual(neighbors[0]);
    expect(await failure(neighbor.getNeighborState({ address: '10.0.0.9' }))).toBe('NotFound peer-not-found');
    expect(await failure(neighbor.getNeighborState({ address: 'x' }))).toBe('InvalidArgument address-invalid');
  });

  it('says which policy is missing', async () => {
    const network = createMemoryNetwork();
    const host = network.addHost({ addresses: ['10.0.0.1'] });
    const { importChain: _import, exportChain: _export, ...bare } = peer('10.0.0.2', 65002);
    const speaker = new Speaker(speakerConfig(65001, '10.0.0.1', [bare]), host.ports);
    speaker.start();
    expect(speaker.peers()[0]?.missingPolicy).toEqual(['import', 'export']);
  });

  it('disables with a reason that the neighbor receives, enables, deletes', async () => {
    const { neighbor, theirs, settle } = lab();
    settle();
    await neighbor.disableNeighbor({ address: '10.0.0.2', reason: 'see ticket 7' });
    settle(1_000);
    expect((await neighbor.getNeighborState({ address: '10.0.0.2' })).state).toBe(SessionState.IDLE);
    expect(theirs.peer('10.0.0.1')?.lastError).toContain('see ticket 7');
    await neighbor.enableNeighbor({ address: '10.0.0.2' });
    settle(60_000);
    expect((await neighbor.getNeighborState({ address: '10.0.0.2' })).state).toBe(SessionState.ESTABLISHED);
    await neighbor.deleteNeighbor({ address: '10.0.0.2' });
    settle(1_000);
    expect((await neighbor.listNeighbors({})).neighbors).toEqual([]);
    expect(await failure(neighbor.deleteNeighbor({ address: '10.0.0.2' }))).toBe('NotFound peer-not-found');
  });

  it('refuses a reason that RFC 9003 cannot carry', async () => {
    const { neighbor } = lab();
    const call = neighbor.disableNeighbor({ address: '10.0.0.2', reason: 'ä'.repeat(128) });
    expect(await failure(call)).toBe('InvalidArgument value-out-of-range');
  });

  it('adds what the configuration library accepts, once', async () => {
    const { neighbor } = lab();
    await neighbor.addNeighbor({ config: { address: '10.0.0.3', remoteAsn: 65003 } });
    expect((await neighbor.listNeighbors({})).neighbors).toHaveLength(2);
    expect(await failure(neighbor.addNeighbor({ config: { address: '10.0.0.3', remoteAsn: 65003 } }))).toBe(
      'AlreadyExists peer-exists',
    );
    const refused = neighbor.addNeighbor({ config: { address: '10.0.0.4', remoteAsn: 23456 } });
    await expect(refused).rejects.toThrow('remote_asn: AS 23456 is reserved; use the real AS');
    expect(await failure(neighbor.addNeighbor({}))).toBe('InvalidArgument missing');
  });

  it('tells a precondition from an internal error', async () => {
    const { neighbor, settle } = lab({ enabled: false });
    settle();
    expect(await failure(neighbor.softResetIn({ address: '10.0.0.2' }))).toBe('FailedPrecondition not-established');
    expect(await failure(neighbor.softResetIn({ address: '10.0.0.2', families: ['ipv5'] }))).toBe(
      'InvalidArgument family-invalid',
    );
  });

  it('adds, lists and deletes FlowSpec rules', async () => {
    const { injection, rib, settle } = lab();
    const rule = {
      afiSafi: AddressFamily.IPV4_FLOWSPEC,
      components: [
        { type: 1, prefix: '192.168.1.0/24' },
        { type: 3, value: '=6' },
        { type: 5, value: '==80, >=8000 & <=8100' },
        { type: 9, value: '!0x02, 0x12/match' },
      ],
    };
    await injection.addFlowSpec({ ...rule, actions: [{ action: { case: 'trafficRate', value: { rate: 0 } } }] });
    await injection.addFlowSpec({
      afiSafi: AddressFamily.IPV4_FLOWSPEC,
      rule: 'dst 192.168.1.128/25 proto udp',
      actions: [{ action: { case: 'trafficMarking', value: { dscp: 46 } } }],
    });
    settle();
    const { routes } = await rib.listFlowSpecRoutes({});
    expect(routes.map(({ text }) => text)).toEqual([
      'dst 192.168.1.128/25 proto udp → mark 46',
      'dst 192.168.1.0/24 proto tcp dst-port 80,>=8000&<=8100 tcp-flags !syn,=syn+ack → drop',
    ]);
    expect(routes[1]?.components).toMatchObject([
      { type: 1, prefix: '192.168.1.0/24' },
      { type: 3, value: '==6' },
      { type: 5, value: '==80, >=8000 & <=8100' },
      { type: 9, value: '!0x0002, 0x0012/match' },
    ]);
    expect(routes[1]?.actions[0]?.action).toMatchObject({ case: 'trafficRate', value: { rate: 0 } });
    expect((await rib.listBestRoutes({})).routes).toEqual([]); // rules are no prefixes
    await injection.deleteFlowSpec(rule);
    settle();
    expect((await rib.listFlowSpecRoutes({ afiSafi: AddressFamily.IPV4_FLOWSPEC })).routes).toHaveLength(1);
    expect(await failure(injection.deleteFlowSpec(rule))).toBe('NotFound route-not-found');
  });

  it.each<[MessageInitShape<typeof AddFlowSpecRequestSchema>, string]>([
    [{ afiSafi: 1, rule: 'proto tcp' }, 'InvalidArgument family-invalid'],
    [{ afiSafi: 3 }, 'InvalidArgument combination-invalid'],
    [
      {
        afiSafi: 3,
        components: [
          { type: 3, value: '=6' },
          { type: 1, prefix: '10.0.0.0/8' },
        ],
      },
      'InvalidArgument combination-invalid',
    ],
    [{ afiSafi: 3, components: [{ type: 13, value: '=6' }] }, 'InvalidArgument value-out-of-range'],
    [{ afiSafi: 3, components: [{ type: 4, value: '' }] }, 'InvalidArgument value-out-of-range'],
    [{ afiSafi: 3, components: [{ type: 4, value: '70000' }] }, 'InvalidArgument value-out-of-range'],
    [
      {
        afiSafi: 3,
        rule: 'proto tcp',
        actions: [{ action: { case: 'trafficMarking' as const, value: { dscp: 64 } } }],
      },
      'InvalidArgument value-out-of-range',
    ],
    [
      { afiSafi: 3, rule: 'proto tcp', actions: [{ action: { case: 'text' as const, value: 'explode' } }] },
      'InvalidArgument value-out-of-range',
    ],
  ])('refuses the rule %j: %s', async (request, expected) => {
    const { injection } = lab();
    expect(await failure(injection.addFlowSpec(request))).toBe(expected);
  });

  it('begins and ends a graceful shutdown (RFC 8326)', async () => {
    const { neighbor, settle, network } = lab();
    settle();
    const isOn = async () => (await neighbor.getNeighborState({ address: '10.0.0.2' })).gracefulShutdown;
    await neighbor.setGracefulShutdown({ address: '10.0.0.2', enabled: true });
    expect(await isOn()).toBe(true);
    await neighbor.setGracefulShutdown({ enabled: false });
    expect(await isOn()).toBe(false);
    expect(await failure(neighbor.setGracefulShutdown({ address: '10.0.0.9', enabled: true }))).toBe(
      'NotFound peer-not-found',
    );
    network.runFor(1);
  });

  it('lists, adds and deletes ranges of neighbors', async () => {
    const { neighbor } = lab();
    const range = { prefix: '10.9.0.0/16', peerGroup: 'ix' };
    await neighbor.addDynamicNeighbor({ range });
    expect(await neighbor.listDynamicNeighbors({})).toMatchObject({ ranges: [range], neighbors: 0, limit: 100 });
    expect(await failure(neighbor.addDynamicNeighbor({ range }))).toBe('AlreadyExists peer-exists');
    expect(await failure(neighbor.addDynamicNeighbor({ range: { ...range, peerGroup: 'x' } }))).toBe(
      'InvalidArgument neighbor-invalid',
    );
    expect(await failure(neighbor.deleteDynamicNeighbor({ prefix: '10.9.0.0' }))).toBe(
      'InvalidArgument address-invalid',
    );
    await neighbor.deleteDynamicNeighbor({ prefix: '10.9.0.0/16' });
    expect(await failure(neighbor.deleteDynamicNeighbor({ prefix: '10.9.0.0/16' }))).toBe('NotFound peer-not-found');
  });

  it('soft-resets without a flap', async () => {
    const { neighbor, settle } = lab();
    settle();
    await neighbor.softResetIn({ address: '10.0.0.2', families: ['ipv4_unicast'] });
    settle();
    // What the neighbor sent is kept here: it is not asked unless somebody wants that.
    expect((await neighbor.getNeighborState({ address: '10.0.0.2' })).messagesSent?.routeRefresh).toBe(0n);
    await neighbor.softResetIn({ address: '10.0.0.2', families: ['ipv4_unicast'], askNeighbor: true });
    settle();
    const state = await neighbor.getNeighborState({ address: '10.0.0.2' });
    expect(state).toMatchObject({ state: SessionState.ESTABLISHED, flapCount: 0n });
    expect(state.messagesSent?.routeRefresh).toBe(1n);
    expect(await failure(neighbor.softResetIn({ address: '10.0.0.2', families: ['ipv6_unicast'] }))).toBe(
      'FailedPrecondition family-not-negotiated',
    );
  });
});

describe('RibService', () => {
  it('pages with the token "2" of the seed (M2)', async () => {
    const { rib, settle, announce } = lab();
    settle();
    announce(3);
    const first = await rib.listBestRoutes({ pageSize: 2 });
    expect([first.routes.length, first.nextPageToken, first.totalCount]).toEqual([2, '2', 3]);
    const second = await rib.listBestRoutes({ pageSize: 2, pageToken: '2' });
    expect([second.routes.length, second.nextPageToken, second.totalCount]).toEqual([1, '', 3]);
    expect(prefixesOf([...first.routes, ...second.routes]).sort()).toEqual(['20.0.0.0', '20.0.1.0', '20.0.2.0']);
    expect(first.routes[0]).toMatchObject({
      best: true,
      peerAddress: '10.0.0.2',
      asPath: [65002],
      nextHop: '10.0.0.2',
    });
  });

  it('counts on from page to page, whatever their sizes', async () => {
    const { rib, settle, announce } = lab();
    settle();
    announce(6);
    const tokens: string[] = [];
    for (const pageSize of [2, 1, 2, 9]) {
      tokens.push((await rib.listBestRoutes({ pageSize, pageToken: tokens.at(-1) ?? '' })).nextPageToken);
    }
    expect(tokens).toEqual(['2', '3', '5', '']);
  });

  it('neither skips nor repeats a route that stays, while others come and go between pages', async () => {
    const { rib, theirs, settle, announce } = lab();
    settle();
    announce(300);
    const seen: string[] = [];
    for (let pageToken = '', round = 0; ; round++) {
      const page = await rib.listReceivedRoutes({ neighborAddress: '10.0.0.2', pageSize: 7, pageToken });
      seen.push(...prefixesOf(page.routes));
      if (page.nextPageToken === '') break;
      pageToken = page.nextPageToken;
      theirs.withdrawInjected(IPV4_UNICAST, `20.0.${round}.0/24`, 0); // Behind, at and before the place in turn.
      announce(2, 1_000 + 2 * round);
    }
    const stayed = Array.from({ length: 300 }, (_, index) => `20.${index >> 8}.${index & 255}.0`).slice(60);
    expect(new Set(seen).size).toBe(seen.length);
    expect(stayed.filter((prefix) => !seen.includes(prefix))).toEqual([]);
  });

  it('lets two clients walk the same question at once', async () => {
    const { rib, settle, announce } = lab();
    settle();
    announce(20);
    const walks = [
      { token: '', seen: [] as string[] },
      { token: '', seen: [] as string[] },
    ];
    for (let round = 0; round < 4; round++) {
      for (const walk of walks) {
        const page = await rib.listBestRoutes({ pageSize: 5, pageToken: walk.token });
        walk.seen.push(...prefixesOf(page.routes));
        walk.token = page.nextPageToken;
      }
      announce(1, 2_000 + round);
    }
    for (const { seen } of walks) expect(new Set(seen).size).toBe(seen.length);
  });

  it('refuses tokens it did not give, and those of another question', async () => {
    const { rib, settle, announce } = lab();
    settle();
    announce(3);
    await rib.listBestRoutes({ pageSize: 2 });
    for (const call of [
      rib.listBestRoutes({ pageToken: 'x' }),
      rib.listBestRoutes({ pageToken: '99' }),
      rib.listReceivedRoutes({ pageToken: '2' }),
    ]) {
      expect(await failure(call)).toBe('InvalidArgument page-token-invalid');
    }
  });

  it('filters by prefix, longer, origin AS and neighbor', async () => {
    const { rib, settle, announce } = lab();
    settle();
    announce(300);
    expect(prefixesOf((await rib.listBestRoutes({ prefixFilter: '20.0.7.0/24' })).routes)).toEqual(['20.0.7.0']);
    expect((await rib.listBestRoutes({ prefixFilter: '20.1.0.0/16', longerPrefixes: true })).routes).toHaveLength(44);
    expect((await rib.listBestRoutes({ originAsn: 65002, pageSize: 1000 })).routes).toHaveLength(300);
    expect((await rib.listBestRoutes({ originAsn: 65003 })).routes).toEqual([]);
    expect((await rib.listReceivedRoutes({ neighborAddress: '0.0.0.0' })).routes).toEqual([]);
    expect(await failure(rib.listAdvertisedRoutes({}))).toBe('InvalidArgument missing');
  });

  it('explains the best path', async () => {
    const { rib, injection, settle, announce } = lab();
    settle();
    announce(1);
    await injection.addPath({ prefix: '20.0.0.0', prefixLength: 24, nextHop: '10.0.0.1', localPref: 50 });
    settle();
    const answer = await rib.explainBestPath({ prefix: '20.0.0.0', prefixLength: 24 });
    expect(answer.bestRoute?.peerAddress).toBe('10.0.0.2');
    expect(answer.candidates).toMatchObject([{ route: { peerAddress: '0.0.0.0' }, vsBestOrdering: 'worse' }]);
    expect(answer.candidates[0]?.vsBestReason).not.toBe('');
    expect((await rib.explainBestPath({ prefix: '99.0.0.0/8' })).bestRoute).toBeUndefined();
  });
});

describe('InjectionService', () => {
  it('announces a route and withdraws it again', async () => {
    const { injection, rib, theirs, settle } = lab();
    settle();
    const route = { prefix: '198.51.100.0', prefixLength: 24 };
    await injection.addPath({ ...route, nextHop: '10.0.0.1', asPath: [65010], communities: [7], med: 0 });
    settle();
    const advertised = await rib.listAdvertisedRoutes({ neighborAddress: '10.0.0.2' });
    expect(advertised.routes).toMatchObject([
      { prefix: '198.51.100.0', asPath: [65001, 65010], communities: [7], best: false },
    ]);
    expect((await rib.listBestRoutes({})).routes).toMatchObject([{ peerAddress: '0.0.0.0', medAttr: 0, best: true }]);
    expect(theirs.ribStatus()[0]?.prefixes).toBe(1);
    await injection.deletePath(route);
    settle();
    expect(theirs.ribStatus().reduce((total, { prefixes }) => total + prefixes, 0)).toBe(0);
    expect(await failure(injection.deletePath(route))).toBe('NotFound route-not-found');
    expect(await failure(injection.addPath({ ...route, nextHop: '::1' }))).toBe('InvalidArgument combination-invalid');
  });
});

describe('WatchRoutes', () => {
  const turn = () => new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));

  /** Reads until `isEnough`; virtual time runs whenever the stream has nothing. */
  async function take(
    stream: AsyncIterator<RouteEvent>,
    settle: (ms: number) => void,
    isEnough: (events: readonly RouteEvent[]) => boolean,
  ): Promise<RouteEvent[]> {
    const events: RouteEvent[] = [];
    while (!isEnough(events)) {
      const next = stream.next();
      let result = await Promise.race([next, turn()]);
      for (let patience = 0; result === undefined && patience < 100; patience++) {
        settle(50);
        result = await Promise.race([next, turn()]);
      }
      if (result === undefined || result.done) break;
      events.push(result.value);
    }
    return events;
  }

  it('begins with the table and a marker, then follows changes', async () => {
    const { rib, theirs, settle, announce } = lab();
    settle();
    announce(3);
    const cut = new AbortController();
    const stream = rib.watchRoutes({}, { signal: cut.signal })[Symbol.asyncIterator]();
    const dump = await take(stream, settle, (events) => events.length === 4);
    expect(dump.map((event) => event.eventType)).toEqual([
      RouteEventType.ADDED,
      RouteEventType.ADDED,
      RouteEventType.ADDED,
      RouteEventType.END_OF_INITIAL_DUMP,
    ]);
    theirs.withdrawInjected(IPV4_UNICAST, '20.0.1.0/24', 0);
    expect(await take(stream, settle, (events) => events.length === 1)).toMatchObject([
      { eventType: RouteEventType.WITHDRAWN, prefix: '20.0.1.0', prefixLength: 24, previousPeerAddress: '10.0.0.2' },
    ]);
    cut.abort();
    await expect(stream.next()).rejects.toThrow();
  });

  it('of a client that does not read is bounded, and says exactly how much was lost', async () => {
    const { ours, settle, announce } = lab();
    settle();
    const cut = new AbortController();
    const stream = watchRoutes(ours, create(WatchRoutesRequestSchema, { liveOnly: true }), cut.signal);
    const first = stream.next();
    announce(1);
    expect((await first).done).toBe(false);
    const count = 30_000;
    announce(count, 1); // All of it while nobody reads.
    const events = await take(stream, settle, (all) => all.at(-1)?.eventType === RouteEventType.LAGGED);
    const lagged = events.at(-1);
    expect(lagged?.eventType).toBe(RouteEventType.LAGGED);
    expect(events.length).toBeLessThan(15_000);
    expect(BigInt(events.length - 1) + (lagged?.lost ?? 0n)).toBe(BigInt(count));
    const idle = stream.next();
    expect(ours.watches).toBe(1);
    cut.abort();
    expect((await idle).done).toBe(true);
    expect(ours.watches).toBe(0);
  });

  it('live_only leaves the dump and the marker out', async () => {
    const { rib, settle, announce } = lab();
    settle();
    announce(3);
    const cut = new AbortController();
    const stream = rib.watchRoutes({ liveOnly: true }, { signal: cut.signal })[Symbol.asyncIterator]();
    const first = stream.next();
    await new Promise((resolve) => setImmediate(resolve));
    announce(1, 77);
    expect((await first).value).toMatchObject({ eventType: RouteEventType.ADDED, prefix: '20.0.77.0' });
    cut.abort();
  });

  it('ends when the process stops', async () => {
    const { rib, stopping } = lab();
    const stream = rib.watchRoutes({ liveOnly: true })[Symbol.asyncIterator]();
    const next = stream.next();
    setImmediate(() => stopping.abort());
    expect(await next).toMatchObject({ done: true });
  });
});

describe('the gRPC health protocol', () => {
  it('knows the server and its services', async () => {
    const { health, stopping } = lab();
    expect(await health.check({})).toMatchObject({ status: Status.SERVING });
    expect(await health.check({ service: 'tsbgpd.v1.RibService' })).toMatchObject({ status: Status.SERVING });
    expect(await failure(health.check({ service: 'no.Such' }))).toBe('NotFound');
    const watch = health.watch({})[Symbol.asyncIterator]();
    expect((await watch.next()).value).toMatchObject({ status: Status.SERVING });
    stopping.abort();
    expect((await watch.next()).value).toMatchObject({ status: Status.NOT_SERVING });
    expect((await watch.next()).done).toBe(true);
  });
});
