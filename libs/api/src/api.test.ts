import {
  type AddFlowSpecRequestSchema,
  AddressFamily,
  ConfigService,
  ControlService,
  ErrorDetailSchema,
  GlobalService,
  Health,
  InjectionService,
  NeighborService,
  PeerGroupService,
  PolicyService,
  RibService,
  type RouteEvent,
  RouteEventType,
  SessionState,
  HealthCheckResponse_ServingStatus as Status,
  WatchRoutesRequestSchema,
} from '@bgp/api-proto';
import { loadConfig, resolveDynamicRange, resolveNeighbor, testPolicies } from '@bgp/config';
import { ConfigLifecycle } from '@bgp/lifecycle';
import { defaultPeerConfig, type PeerConfig, Speaker, type SpeakerConfig } from '@bgp/speaker';
import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST, ok } from '@bgp/wire';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import type { ApiDependencies, ApiMrt, ShutdownRequest } from './dependencies.ts';
import { registerServices } from './register-services.ts';
import { watchRoutes } from './services/watch-routes.ts';
import { memoryEvents } from './testing/memory-events.ts';

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
function lab(neighborKeys = '') {
  const network = createMemoryNetwork({ seed: 1 });
  const [near, far] = [network.addHost({ addresses: ['10.0.0.1'] }), network.addHost({ addresses: ['10.0.0.2'] })];
  const text = `[global]
asn = 65001
router_id = "10.0.0.1"
listen_port = 179

[[neighbors]]
address = "10.0.0.2"
remote_asn = 65002
graceful_restart = false
import_policy_chain = ["permit-all"]
export_policy_chain = ["permit-all"]
${neighborKeys}

[peer_groups.ix]

[policy.definitions.permit-all]
default_action = "permit"
`;
  const load = (from: string) => loadConfig(from, 'config.toml');
  const config = load(text);
  if (!config.ok) throw new Error(config.error[0]?.message);
  const files = new Map([['config', text]]);
  const ours = new CountingSpeaker(config.value.speaker, near.ports);
  const theirs = new Speaker(speakerConfig(65002, '10.0.0.2', [peer('10.0.0.1', 65001)]), far.ports);
  const lifecycle = new ConfigLifecycle({
    text,
    config: config.value,
    load,
    speaker: ours,
    clock: near.ports.clock,
    file: {
      path: '/etc/tsbgpd/config.toml',
      read: () => ok(files.get('config') ?? ''),
      write: (written) => {
        files.set('config', written);
        return ok(undefined);
      },
      journal: { read: () => ok(undefined), write: () => ok(undefined), remove: () => ok(undefined) },
    },
    state: {
      read: (name) => ok(files.get(name)),
      write: (name, written) => ok(void files.set(name, written)),
      remove: () => ok(undefined),
    },
    observe: () => undefined,
  });
  ours.start();
  theirs.start();
  const stopping = new AbortController();
  const shutdowns: ShutdownRequest[] = [];
  /** What the next dump comes to. */
  const mrt: { outcome?: Awaited<ReturnType<ApiMrt['dump']>> } = {};
  const dependencies: ApiDependencies = {
    events: memoryEvents().events,
    speaker: ours,
    metrics: async () => 'bgp_x 1\n',
    mrt: { dump: async () => mrt.outcome ?? { ok: false, error: { code: 'not-configured', message: 'no dumps' } } },
    lifecycle,
    configPath: '/etc/tsbgpd/config.toml',
    testPolicies: (text) => (text === undefined ? ok(lifecycle.config.policyTests) : testPolicies(text, 'tsbgpd.toml')),
    resolveNeighbor: (table) => resolveNeighbor(lifecycle.config, table),
    resolveDynamicRange: (table) => resolveDynamicRange(lifecycle.config, table),
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
    mrt,
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
    files,
    /** The answer to a call that takes the router some time. */
    async answer<T>(call: Promise<T>): Promise<T> {
      let isOver = false;
      const over = call.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        settle(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return await over;
    },
    config: createClient(ConfigService, transport),
    policy: createClient(PolicyService, transport),
    group: createClient(PeerGroupService, transport),
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

  it('have a table dump written, and say why there is none', async () => {
    const { control, mrt } = lab();
    expect(await failure(control.triggerMrtDump({}))).toBe('FailedPrecondition not-configured');
    mrt.outcome = { ok: false, error: { code: 'not-written', message: '/d/rib.mrt cannot be written: no space' } };
    expect(await failure(control.triggerMrtDump({}))).toBe('Internal not-written');
    mrt.outcome = { ok: false, error: { code: 'stopping', message: 'stopping' } };
    expect(await failure(control.triggerMrtDump({}))).toBe('Unavailable stopping');
    mrt.outcome = { ok: true, value: { path: '/d/rib.mrt', routes: 3, octets: 200 } };
    expect(await control.triggerMrtDump({})).toMatchObject({ filePath: '/d/rib.mrt', routes: 3n, octets: 200n });
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
    expect(await failure(neighbor.getNeighborState({ address: '10.0.0' }))).toBe('InvalidArgument address-invalid');
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
    const refused = neighbor.addNeighbor({ config: { address: '10.0.0.4', remoteAsn: 65004, holdTime: 2 } });
    await expect(refused).rejects.toThrow('hold_time: invalid hold_time 2: must be 0 or >= 3');
    expect(await failure(neighbor.addNeighbor({}))).toBe('InvalidArgument missing');
  });

  it('tells a precondition from an internal error', async () => {
    const { neighbor, settle } = lab('enabled = false');
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

  it('says what of an addition has no effect, and nothing of what was there before', async () => {
    const { neighbor } = lab();
    const chains = { importPolicyChain: ['permit-all'], exportPolicyChain: ['permit-all'] };
    const add = (address: string, more: object) =>
      neighbor.addNeighbor({ config: { address, remoteAsn: 65003, ...more } }).then(({ notices }) => notices);
    expect(await add('10.0.0.3', { ...chains, maxPrefixesWarning: 80 })).toEqual([
      'neighbors[1].max_prefixes_warning: max_prefixes_warning has no effect without max_prefixes or max_prefixes_per_family',
    ]);
    expect(await add('10.0.0.4', chains)).toEqual([]);
    expect(await add('10.0.0.5', {})).toEqual([expect.stringMatching(/^neighbors\[3\]: external .* \(RFC 8212\)/)]);
    const { notices } = await neighbor.addDynamicNeighbor({ range: { prefix: '10.9.0.0/16', peerGroup: 'ix' } });
    expect(notices).toEqual([expect.stringMatching(/^dynamic_neighbors\[0\]: range without .* \(RFC 8212\)/)]);
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

describe('PolicyService', () => {
  const deny = { defaultAction: 'permit', statements: [{ action: 'deny', prefix: '20.0.1.0', le: 32 }] };
  const denyOne = { defaultAction: 'permit', statements: [{ action: 'deny', prefix: '20.0.1.0/24' }] };

  it('creates, shows, uses, replaces, and deletes what nobody uses', async () => {
    const { policy, files } = lab();
    expect(await policy.setPolicy({ name: 'edge', definition: denyOne })).toMatchObject({ revision: 2n });
    expect(files.get('config')).toContain('[policy.definitions.edge]');
    expect(await policy.getPolicy({ name: 'edge' })).toMatchObject({
      name: 'edge',
      definition: { ...denyOne, toml: expect.stringContaining('[[statements]]') },
      usedBy: [],
    });
    await policy.setNeighborImportChain({ address: '10.0.0.2', policyNames: ['edge', 'permit-all'] });
    expect(await policy.getNeighborPolicyChains({ address: '10.0.0.2' })).toMatchObject({
      importPolicyNames: ['edge', 'permit-all'],
      exportPolicyNames: ['permit-all'],
    });
    await expect(policy.deletePolicy({ name: 'edge' })).rejects.toThrow(
      'policy "edge" is used by neighbors["10.0.0.2"].import_policy_chain; change these first',
    );
    await policy.clearNeighborImportChain({ address: '10.0.0.2' });
    await policy.deletePolicy({ name: 'edge' });
    expect(await failure(policy.getPolicy({ name: 'edge' }))).toBe('NotFound name-unknown');
    expect((await policy.listPolicies({})).policies.map(({ name }) => name)).toEqual(['permit-all']);
  });

  it('takes effect on routes that are here, and on the wire of nobody else', async () => {
    const { policy, rib, settle, announce, answer } = lab();
    settle();
    announce(3);
    const best = async () => prefixesOf((await rib.listBestRoutes({})).routes).sort();
    const tried = await answer(policy.tryPolicy({ name: 'permit-all', definition: denyOne }));
    expect(tried).toMatchObject({
      basedOn: 1n,
      change: { neighbors: [{ address: '10.0.0.2', effect: 'live' }] },
      neighbors: [],
      received: [{ address: '10.0.0.2', accepted: 0n, refused: 1n, changed: 0n }],
      receivedRoutes: [{ address: '10.0.0.2', before: { prefix: '20.0.1.0', prefixLength: 24 } }],
    });
    expect(await best()).toHaveLength(3);
    await policy.setPolicy({ name: 'permit-all', definition: denyOne });
    settle();
    expect(await best()).toEqual(['20.0.0.0', '20.0.2.0']);
    await policy.setPolicy({ name: 'permit-all', definition: { toml: 'default_action = "permit"' } });
    settle();
    expect(await best()).toHaveLength(3);
  });

  it('says which field is wrong, and changes nothing', async () => {
    const { policy, files } = lab();
    const before = files.get('config');
    await expect(policy.setPolicy({ name: 'edge', definition: deny })).rejects.toThrow(
      /policy\.definitions\.edge\.statements\[0\]\.prefix: /,
    );
    await expect(policy.setPolicy({ name: 'edge', definition: { toml: 'x = [' } })).rejects.toThrow('line 1');
    const asInFile = '[policy.definitions.edge]\ndefault_action = "deny"\n';
    await expect(policy.setPolicy({ name: 'edge', definition: { toml: asInFile } })).rejects.toThrow(
      'definition.toml: leave the header [policy.definitions.edge] out, and write [[statements]] below it',
    );
    expect(await failure(policy.setPolicy({ name: ' ', definition: denyOne }))).toBe('InvalidArgument missing');
    expect(await failure(policy.setPolicy({ name: 'x' }))).toBe('InvalidArgument missing');
    expect(await failure(policy.setGlobalImportChain({ policyNames: ['nobody'] }))).toBe('InvalidArgument invalid');
    expect(await failure(policy.setGlobalImportChain({}))).toBe('InvalidArgument missing');
    expect(await failure(policy.setNeighborExportChain({ address: '10.0.0.9', policyNames: ['permit-all'] }))).toBe(
      'NotFound peer-not-found',
    );
    expect(files.get('config')).toBe(before);
  });

  it('runs the tests beside policies, of the file in force and of another', async () => {
    const { policy, files } = lab();
    expect(await policy.testPolicies({})).toMatchObject({ tests: [], coverage: [] });
    const own = files.get('config') ?? '';
    const test = (expected: string) => `${own}
[[policy.definitions.permit-all.tests]]
name = "anything"
route = { prefix = "20.0.0.0/24", as_path = "65002" }
expect = "${expected}"
`;
    expect(await policy.testPolicies({ toml: test('deny') })).toMatchObject({
      tests: [
        {
          name: 'anything',
          subject: 'policy permit-all',
          path: 'policy.definitions.permit-all.tests[0]',
          failures: ['expected deny, but permit-all/default says permit'],
        },
      ],
      coverage: [{ policy: 'permit-all', terms: [{ term: 'default', count: 1n }] }],
    });
    await expect(policy.testPolicies({ toml: test('maybe') })).rejects.toThrow('expect');
    const wrong = {
      toml: 'default_action = "deny"\n[[tests]]\nname = "t"\nroute = { prefix = "20.0.0.0/24" }\nexpect = "permit"',
    };
    await expect(policy.setPolicy({ name: 'permit-all', definition: wrong })).rejects.toThrow(
      'policy test "t" fails: expected permit, but permit-all/default says deny',
    );
    expect(files.get('config')).toBe(own);
  });

  it('counts the routes that come by each statement', async () => {
    const { policy, settle, announce } = lab();
    settle();
    announce(3);
    await policy.setPolicy({ name: 'permit-all', definition: denyOne });
    settle();
    expect(await policy.countPolicyHits({ address: '10.0.0.2', direction: 'import' })).toMatchObject({
      routes: 3n,
      terms: [
        { policy: 'permit-all', term: 'statement-1', count: 1n },
        { policy: 'permit-all', term: 'default', count: 2n },
      ],
    });
    expect(await failure(policy.countPolicyHits({ address: '10.0.0.2' }))).toBe('InvalidArgument combination-invalid');
    expect(await failure(policy.countPolicyHits({ address: '10.0.0.9', direction: 'export' }))).toBe(
      'NotFound peer-not-found',
    );
  });

  it('keeps sets of neighbors, and chains for all', async () => {
    const { policy } = lab();
    await policy.setNeighborSet({ name: 'members', definition: { remoteAsns: [65002] } });
    const uses = { statements: [{ action: 'deny', matchNeighborSet: 'members' }] };
    await policy.setPolicy({ name: 'no-members', definition: uses });
    await policy.setGlobalExportChain({ policyNames: ['no-members'] });
    expect(await policy.getGlobalPolicyChains({})).toMatchObject({
      exportPolicyNames: ['no-members'],
      importPolicyNames: [],
    });
    expect(await policy.getNeighborSet({ name: 'members' })).toMatchObject({
      definition: { remoteAsns: [65002] },
      usedBy: ['policy.definitions.no-members.statements[0].match_neighbor_set'],
    });
    expect(await failure(policy.deleteNeighborSet({ name: 'members' }))).toBe('FailedPrecondition in-use');
    await policy.clearGlobalExportChain({});
    await policy.deletePolicy({ name: 'no-members' });
    await policy.deleteNeighborSet({ name: 'members' });
    expect((await policy.listNeighborSets({})).neighborSets).toEqual([]);
  });
});

describe('PeerGroupService', () => {
  it('changes all members at once; passwords stay unless they are taken away', async () => {
    const { group, neighbor, files } = lab();
    await group.setPeerGroup({ name: 'ix', definition: { holdTime: 30, md5Password: 'secret' } });
    await group.setNeighborPeerGroup({ address: '10.0.0.2', peerGroup: 'ix' });
    const holdTime = async () => (await neighbor.getNeighborState({ address: '10.0.0.2' })).config?.holdTime;
    expect(await holdTime()).toBe(30);
    expect(await group.getPeerGroup({ name: 'ix' })).toMatchObject({
      definition: {
        holdTime: 30,
        hasMd5Password: true,
        toml: 'hold_time = 30\nmd5_password = "<redacted>"\n',
      },
      usedBy: ['neighbors["10.0.0.2"].peer_group'],
    });
    await group.setPeerGroup({ name: 'ix', definition: { holdTime: 45 } });
    expect(files.get('config')).toContain('md5_password = "secret"');
    await group.setPeerGroup({ name: 'ix', definition: { toml: 'hold_time = 60\nmd5_password = "<redacted>"' } });
    expect(files.get('config')).toContain('md5_password = "secret"');
    await group.setPeerGroup({ name: 'ix', definition: { holdTime: 60, hasMd5Password: false } });
    expect(files.get('config')).not.toContain('secret');
    expect(await holdTime()).toBe(60);
    expect(await failure(group.deletePeerGroup({ name: 'ix' }))).toBe('FailedPrecondition in-use');
    await group.clearNeighborPeerGroup({ address: '10.0.0.2' });
    await group.deletePeerGroup({ name: 'ix' });
    expect((await group.listPeerGroups({})).peerGroups).toEqual([]);
    expect(await failure(group.setNeighborPeerGroup({ address: '10.0.0.2', peerGroup: 'ix' }))).toBe(
      'InvalidArgument invalid',
    );
  });
});

describe('ConfigService', () => {
  it('plans, applies, and goes back', async () => {
    const { config, settle, announce, rib, answer } = lab();
    settle();
    announce(2);
    const { toml, revision, path } = await config.getConfig({});
    expect([revision?.revision, path]).toEqual([1n, '/etc/tsbgpd/config.toml']);
    const text = `${toml}\n[[policy.definitions.permit-all.statements]]\naction = "deny"\nprefix = "20.0.1.0/24"\n`;
    const plan = await answer(config.planConfig({ toml: text }));
    expect(plan).toMatchObject({ basedOn: 1n, change: { neighbors: [{ address: '10.0.0.2', effect: 'live' }] } });
    const applied = await config.applyConfig({ toml: text, basedOn: plan.basedOn, note: 'no 20.0.1.0/24' });
    expect(applied).toMatchObject({
      revision: 2n,
      change: { documents: [{ path: 'policy.definitions.permit-all.statements' }] },
    });
    settle();
    expect(prefixesOf((await rib.listBestRoutes({})).routes)).toEqual(['20.0.0.0']);
    expect(await failure(config.applyConfig({ toml, basedOn: 1n }))).toBe('FailedPrecondition stale');
    await config.rollbackConfig({});
    settle();
    expect((await rib.listBestRoutes({})).routes).toHaveLength(2);
    expect((await config.listConfigRevisions({})).revisions).toMatchObject([
      { revision: 1n, origin: 'start' },
      { revision: 2n, origin: 'api', note: 'no 20.0.1.0/24' },
      { revision: 3n, origin: 'rollback' },
    ]);
    expect((await config.getConfig({ revision: 2n })).toml).toBe(text);
  });

  it('waits for a confirmation', async () => {
    const { config, neighbor, settle } = lab();
    const { toml } = await config.getConfig({});
    const changed = toml.replace('remote_asn = 65002', 'remote_asn = 65009');
    const { pending } = await config.applyConfig({ toml: changed, confirmWithinSeconds: 60 });
    expect(pending).toMatchObject({ revision: 2n, fallback: 1n, secondsLeft: 60 });
    expect(await failure(neighbor.addNeighbor({ config: { address: '10.0.0.3', remoteAsn: 65003 } }))).toBe(
      'FailedPrecondition confirmation-pending',
    );
    settle(61_000);
    expect((await neighbor.listNeighbors({})).neighbors[0]?.config?.remoteAsn).toBe(65002);
    expect(await failure(config.confirmConfig({}))).toBe('FailedPrecondition nothing-to-confirm');
    await config.applyConfig({ toml: changed, confirmWithinSeconds: 60 });
    await config.confirmConfig({});
    settle(61_000);
    expect((await neighbor.listNeighbors({})).neighbors[0]?.config?.remoteAsn).toBe(65009);
    expect(await failure(config.applyConfig({ toml, confirmWithinSeconds: 100_000 }))).toBe(
      'InvalidArgument value-out-of-range',
    );
  });

  it('names every mistake with its line', async () => {
    const { config } = lab();
    const { toml } = await config.getConfig({});
    const wrong = `${toml.replace('router_id = "10.0.0.1"', 'router_id = "x"')}\n[nonsense]\n`;
    await expect(config.applyConfig({ toml: wrong })).rejects.toThrow(
      /line 3: global\.router_id: .*\n.*line \d+: nonsense: /s,
    );
    expect(await failure(config.applyConfig({}))).toBe('InvalidArgument missing');
    expect(await failure(config.rollbackConfig({ revision: 9n }))).toBe('NotFound unknown-revision');
    expect(await failure(config.reloadConfig({}))).toBe('ok');
  });
});

describe('explanations', () => {
  it('say of a route that is not sent which statement kept it back, and of one that is what it became', async () => {
    const { policy, rib, injection, settle, announce } = lab();
    settle();
    announce(2);
    await policy.setPolicy({
      name: 'out',
      definition: {
        statements: [
          { name: 'no-tests', action: 'deny', prefix: '198.51.100.0/24' },
          {
            action: 'permit',
            matchAsPathLengthLe: 0,
            setMed: 7,
            setCommunityRemove: ['65001:*', '65001:1', 'LC:65001:1-9:*', 'RT:65001:*'],
          },
        ],
      },
    });
    await policy.setNeighborExportChain({ address: '10.0.0.2', policyNames: ['out'] });
    for (const prefix of ['198.51.100.0', '203.0.113.0']) {
      await injection.addPath({ prefix, prefixLength: 24, nextHop: '192.0.2.1' });
    }
    settle();
    const ask = (prefix: string) => rib.explainAdvertisedRoute({ peerAddress: '10.0.0.2', prefix, prefixLength: 24 });
    expect(await ask('198.51.100.0')).toMatchObject({
      decision: 'not_advertised',
      reasons: [{ code: 'local_route' }, { code: 'policy_denied' }],
      paths: [
        {
          refusal: 'policy_denied',
          trace: [
            {
              policy: 'out',
              term: 'no-tests',
              outcome: 'deny',
              matched: [{ condition: 'prefix', has: '198.51.100.0/24', wanted: '198.51.100.0/24' }],
            },
          ],
        },
      ],
    });
    expect(await ask('203.0.113.0')).toMatchObject({
      decision: 'advertised',
      reasons: [{ code: 'local_route' }, { code: 'policy_permitted' }],
      modifications: {
        setMed: 7,
        communitiesRemove: [0xfde9_0001],
        communityPatternsRemove: ['65001:*', 'RT:65001:*', 'LC:65001:1-9:*'],
      },
      paths: [
        {
          trace: [
            {
              term: 'no-tests',
              outcome: 'no-match',
              condition: 'prefix',
              wanted: '198.51.100.0/24',
              has: '203.0.113.0/24',
            },
            {
              term: 'statement-2',
              outcome: 'permit',
              changes: ['MED = 7', 'remove 65001:*, 65001:1, LC:65001:1-9:*, RT:65001:*'],
            },
          ],
          sent: { med: 7, asPath: [65001] },
        },
      ],
    });
    expect(await ask('20.0.0.0')).toMatchObject({ reasons: [{ code: 'ebgp_route' }, { code: 'split_horizon' }] });
    expect(await ask('1.0.0.0')).toMatchObject({ reasons: [{ code: 'no_best_route' }] });
    expect(
      await failure(rib.explainAdvertisedRoute({ peerAddress: '10.0.0.9', prefix: '1.0.0.0', prefixLength: 24 })),
    ).toBe('NotFound peer-not-found');
  });

  it('keep what was refused on the way in, with the reason', async () => {
    const { policy, rib, settle, announce } = lab();
    settle();
    announce(2);
    const definition = { statements: [{ name: 'one', action: 'deny', prefix: '20.0.1.0/24' }] };
    await policy.setPolicy({ name: 'permit-all', definition });
    settle();
    const ask = (prefix: string) => rib.explainImportPolicy({ neighborAddress: '10.0.0.2', prefix, prefixLength: 24 });
    expect(await ask('20.0.1.0')).toMatchObject({
      outcome: 'deny',
      paths: [{ outcome: 'deny', trace: [{ policy: 'permit-all', term: 'one', outcome: 'deny' }] }],
    });
    expect(await ask('20.0.0.0')).toMatchObject({
      outcome: 'permit',
      paths: [{ trace: [{ outcome: 'no-match' }, { term: 'default' }] }],
    });
    expect(await ask('1.0.0.0')).toMatchObject({ outcome: 'not_seen', paths: [] });
  });
});
