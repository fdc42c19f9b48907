import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import {
  AddressFamily,
  BgpEventType,
  BmpService,
  ConfigService,
  ControlService,
  EventService,
  GlobalService,
  InjectionService,
  type NeighborConfig,
  NeighborService,
  type NeighborState,
  NeighborStateSchema,
  PolicyService,
  RibService,
  RouteEventType,
  RouteSchema,
  RpkiService,
  RpkiSourceKind,
  SessionState,
} from '@bgp/api-proto';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, type ConnectRouter, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { COMMANDS, GLOBAL_OPTIONS } from './commands.ts';
import { clientsOver, parseAddress, Unreachable } from './connect.ts';
import { manPage, referencePage } from './help.ts';
import { isArgument } from './parse-arguments.ts';
import { run } from './run.ts';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ctl(
  line: string,
  routes: (router: ConnectRouter) => void,
  isTerminal = false,
  pause: (milliseconds: number) => boolean = () => false,
): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const argv = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const code = await run(argv, {
    env: {},
    version: '1.2.3',
    isTerminal,
    writeOut: async (text) => void out.push(typeof text === 'string' ? text : Buffer.from(text).toString('latin1')),
    pause: async (milliseconds) => pause(milliseconds),
    writeError: (text) => void err.push(text),
    connect: async () => clientsOver(createRouterTransport(routes)),
  });
  return { code, out: out.join(''), err: err.join('') };
}

const nobody = () => undefined;

const up = neighbor({ address: '10.0.0.2', remoteAsn: 65002, description: 'upstream A' }, SessionState.ESTABLISHED, {
  uptimeSeconds: 100_000n,
  prefixesReceived: 1_000_000n,
  prefixesSent: 12n,
});
const unpoliced = neighbor({ address: '10.0.0.3', remoteAsn: 65003 }, SessionState.ESTABLISHED, {
  uptimeSeconds: 61n,
  prefixesReceived: 5n,
  missingPolicy: ['import', 'export'],
});
const down = neighbor({ address: '2001:db8::1', remoteAsn: 4_200_000_000, enabled: false }, SessionState.IDLE, {
  lastError: 'evil \u001b[2Jtext',
});

type Fields<T> = Partial<Omit<T, '$typeName' | '$unknown'>>;

function neighbor(config: Fields<NeighborConfig>, state: SessionState, rest: Fields<NeighborState>): NeighborState {
  return create(NeighborStateSchema, { ...rest, config: { enabled: true, ...config }, state });
}

const neighbors = (router: ConnectRouter) =>
  void router.service(NeighborService, {
    listNeighbors: () => ({ neighbors: [up, unpoliced, down] }),
    getNeighborState({ address }) {
      const found = [up, unpoliced, down].find((state) => state.config?.address === address);
      if (found === undefined) throw new ConnectError(`there is no neighbor ${address}`, Code.NotFound);
      return found;
    },
  });

describe('neighbor', () => {
  it('prints an aligned table and says what a missing policy means', async () => {
    expect(await ctl('neighbor', neighbors)).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "Neighbor             AS  State               Uptime         Rx Pfx         Tx Pfx  Description
      10.0.0.2          65002  Established      1d 3h 46m        1000000             12  upstream A
      10.0.0.3          65003  Established       00:01:01  5 (no policy)  0 (no policy)
      2001:db8::1  4200000000  Idle (disabled)          -              0              0

      10.0.0.3: no import and no export policy, so nothing it sends is used and nothing is announced to it (RFC 8212). Give it import_policy and export_policy, or set ebgp_requires_policy = false in [global] to allow everything.
      ",
      }
    `);
  });

  it('colors on a terminal only, without disturbing the alignment', async () => {
    const { out } = await ctl('neighbor', neighbors, true);
    expect(out).toContain('\u001b[32mEstablished\u001b[0m');
    expect(stripVTControlCharacters(out)).toBe((await ctl('neighbor', neighbors)).out);
    expect((await ctl('neighbor --no-color', neighbors, true)).out).not.toContain('\u001b');
  });

  it('prints an array of objects as JSON', async () => {
    const { out } = await ctl('neighbor --json', neighbors);
    expect(JSON.parse(out)[0]).toEqual({
      address: '10.0.0.2',
      remote_asn: 65002,
      state: 'Established',
      uptime_seconds: 100_000,
      prefixes_received: 1_000_000,
      prefixes_sent: 12,
      description: 'upstream A',
    });
    expect(JSON.parse(out)).toHaveLength(3);
  });

  it('says when there is none', async () => {
    const none = (router: ConnectRouter) => void router.service(NeighborService, { listNeighbors: () => ({}) });
    expect(await ctl('neighbor', none)).toEqual({ code: 0, out: 'No neighbors configured\n', err: '' });
    expect((await ctl('neighbor -j', none)).out).toBe('[]\n');
  });

  it('shows one neighbor, with control characters of the peer made harmless', async () => {
    expect(await ctl('neighbor 2001:db8::1', neighbors)).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "Neighbor:               2001:db8::1
      Remote ASN:             4200000000
      State:                  Idle (disabled)
      Enabled:                no
      Uptime:                 -
      Hold Time:              0 s
      Route Server Client:    no
      Prefixes Received:      0
      Prefixes Accepted:      0
      Prefixes Sent:          0
      Updates Received:       0
      Updates Sent:           0
      Notifications Received: 0
      Notifications Sent:     0
      Octets Received:        0
      Octets Sent:            0
      Flap Count:             0
      Last Error:             evil ?[2Jtext
      ",
      }
    `);
  });

  it('passes what add was given and leaves the rest to the daemon', async () => {
    let got: unknown;
    const router = (r: ConnectRouter) =>
      void r.service(NeighborService, {
        addNeighbor(request) {
          got = request.config;
          return {};
        },
      });
    const line =
      'neighbor 10.0.0.9 add --asn 65009 --hold-time 0 --families ipv4,ipv6-unicast --passive --description "a b"';
    expect(await ctl(line, router)).toEqual({ code: 0, out: 'Neighbor 10.0.0.9 added\n', err: '' });
    expect(got).toMatchObject({
      address: '10.0.0.9',
      remoteAsn: 65009,
      disableHoldTimer: true,
      holdTime: 0,
      families: ['ipv4_unicast', 'ipv6_unicast'],
      passive: true,
      description: 'a b',
    });
    expect(got).not.toHaveProperty('ttlSecurity', false);
  });

  it('says what of a new neighbor has no effect', async () => {
    const notices = ['neighbors[1]: no routes pass\u001b[31m'];
    const router = (r: ConnectRouter) => void r.service(NeighborService, { addNeighbor: () => ({ notices }) });
    const line = 'neighbor 10.0.0.9 add --asn 65009';
    expect(await ctl(line, router)).toEqual({
      code: 0,
      out: 'Neighbor 10.0.0.9 added\n',
      err: 'Note: neighbors[1]: no routes pass?[31m\n',
    });
    expect(JSON.parse((await ctl(`${line} --json`, router)).out)).toMatchObject({ ok: true, notices });
  });

  it('passes every setting of a session that add knows', async () => {
    let got: unknown;
    const router = (r: ConnectRouter) =>
      void r.service(NeighborService, {
        addNeighbor(request) {
          got = request.config;
          return {};
        },
      });
    const line =
      'neighbor 10.0.0.9 add --asn 65009 --role provider --strict-role --allow-own-as 2 --as-override --local-as 64999 ' +
      '--local-as-replace --per-client-best --add-path-send --add-path-families ipv4,ipv6 --no-graceful-restart ' +
      '--gr-restart-time 30 --gr-stale-routes-time 40 --llgr-stale-time 0 --no-flowspec-validation ' +
      '--max-prefixes-per-family ipv4=1000,ipv6_unicast=500 --max-prefixes-warning 80 --max-prefixes-action warn ' +
      '--max-prefixes-restart-time 0 --max-prefixes-out 9';
    expect((await ctl(line, router)).err).toBe('');
    expect(got).toMatchObject({
      strictRole: true,
      allowOwnAs: 2,
      asOverride: true,
      localAs: { asn: 64999, prependInbound: true, replaceAs: true },
      perClientBest: true,
      addPathFamilies: ['ipv4_unicast', 'ipv6_unicast'],
      gracefulRestart: false,
      grRestartTime: 30,
      grStaleRoutesTime: 40,
      llgrStaleTime: 0,
      flowspecValidation: false,
      maxPrefixesPerFamily: { ipv4_unicast: 1000, ipv6_unicast: 500 },
      maxPrefixesWarning: 80,
      maxPrefixesAction: 'warn',
      maxPrefixesRestartTime: 0,
      maxPrefixesOut: 9,
    });
  });

  it('rehearses a deletion', async () => {
    expect((await ctl('neighbor 10.0.0.2 delete --dry-run', neighbors)).out).toBe(
      'Neighbor 10.0.0.2 would be deleted; its session is up, 1000000 received prefixes would go\n',
    );
    expect(await ctl('neighbor 10.0.0.77 delete --dry-run', neighbors)).toMatchObject({
      code: 1,
      err: 'Error: there is no neighbor 10.0.0.77\n',
    });
  });
});

const route = create(RouteSchema, {
  prefix: '192.0.2.0',
  prefixLength: 24,
  nextHop: '10.0.0.2',
  peerAddress: '10.0.0.2',
  asPath: [65002, 65003],
  asPathText: '65002 {65003}',
  localPrefAttr: 0,
  medAttr: 50,
  med: 50,
  best: true,
  communities: [0xffff_ff01, 4_259_840_100],
  largeCommunities: ['65001:1:2'],
});
const refused = create(RouteSchema, {
  prefix: '2001:db8::',
  prefixLength: 32,
  nextHop: '2001:db8::1',
  peerAddress: '2001:db8::1',
  origin: 2,
  pathId: 7,
  rejectedBy: 'customers/3',
});

describe('rib', () => {
  it('prints routes with the best marker and why one was refused', async () => {
    const router = (r: ConnectRouter) =>
      void r.service(RibService, { listBestRoutes: () => ({ routes: [route, refused] }) });
    expect(await ctl('rib', router)).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "    Prefix         Next Hop     AS Path        LP  MED  Origin      PathID  Peer         RPKI
      *>  192.0.2.0/24   10.0.0.2     65002 {65003}   0   50  igp                 10.0.0.2
          2001:db8::/32  2001:db8::1                          incomplete       7  2001:db8::1        rejected by customers/3
      ",
      }
    `);
    expect(JSON.parse((await ctl('rib -j', router)).out)).toMatchInlineSnapshot(`
      [
        {
          "as_path": [
            65002,
            65003,
          ],
          "best": true,
          "communities": [
            "65535:65281",
            "65000:100",
          ],
          "large_communities": [
            "65001:1:2",
          ],
          "local_pref": 0,
          "med": 50,
          "next_hop": "10.0.0.2",
          "origin": "igp",
          "peer_address": "10.0.0.2",
          "prefix": "192.0.2.0/24",
        },
        {
          "as_path": [],
          "best": false,
          "communities": [],
          "large_communities": [],
          "local_pref": 0,
          "med": 0,
          "next_hop": "2001:db8::1",
          "origin": "incomplete",
          "path_id": 7,
          "peer_address": "2001:db8::1",
          "prefix": "2001:db8::/32",
          "rejected_by": "customers/3",
        },
      ]
    `);
  });

  it('follows the page tokens to the end', async () => {
    const asked: string[] = [];
    const router = (r: ConnectRouter) =>
      void r.service(RibService, {
        listBestRoutes({ pageToken }) {
          asked.push(pageToken);
          return { routes: [route, route], nextPageToken: ['2', '4', ''][asked.length - 1] ?? '' };
        },
      });
    expect(JSON.parse((await ctl('rib --json', router)).out)).toHaveLength(6);
    expect(asked).toEqual(['', '2', '4']);
  });

  it('says by exit code that a listing broke off, and leaves valid JSON', async () => {
    const router = (r: ConnectRouter) =>
      void r.service(RibService, {
        listBestRoutes({ pageToken }) {
          if (pageToken !== '') throw new ConnectError('gone', Code.Unavailable);
          return { routes: [route], nextPageToken: '1' };
        },
      });
    const { code, out, err } = await ctl('rib --json', router);
    expect(code).toBe(4);
    expect(JSON.parse(out)).toHaveLength(1);
    expect(err).toContain('broke off after 1 entries');
  });

  it('turns filters into the request', async () => {
    let got: unknown;
    const router = (r: ConnectRouter) =>
      void r.service(RibService, {
        listReceivedRoutes(request) {
          got = request;
          return {};
        },
      });
    const line =
      'rib received 10.0.0.2 -a ipv6 -p 2001:db8::/32 -l --origin-asn 65003 -c NO_EXPORT,65000:100 --large-community 1:2:3';
    expect(await ctl(line, router)).toEqual({ code: 0, out: 'No routes\n', err: '' });
    expect(got).toMatchObject({
      neighborAddress: '10.0.0.2',
      afiSafi: AddressFamily.IPV6_UNICAST,
      prefixFilter: '2001:db8::/32',
      longerPrefixes: true,
      originAsn: 65003,
      communityFilter: [0xffff_ff01, 65000 * 65536 + 100],
      largeCommunityFilter: ['1:2:3'],
    });
  });

  it('explains a choice', async () => {
    const router = (r: ConnectRouter) =>
      void r.service(RibService, {
        explainBestPath: () => ({
          prefix: '192.0.2.0',
          prefixLength: 24,
          bestRoute: route,
          candidates: [
            { route: { ...refused, rejectedBy: '' }, vsBestReason: 'shorter_as_path', vsBestOrdering: 'worse' },
          ],
        }),
      });
    expect((await ctl('rib -p 192.0.2.0/24 --explain', router)).out).toMatchInlineSnapshot(`
      "192.0.2.0/24: 2 paths
      Peer         Next Hop     AS Path        LP  MED  Result
      10.0.0.2     10.0.0.2     65002 {65003}   0   50  best
      2001:db8::1  2001:db8::1                          longer AS path
      "
    `);
  });

  it('explains that nothing is usable, and who refused what', async () => {
    const router = (r: ConnectRouter) =>
      void r.service(RibService, {
        explainBestPath: () => ({
          prefix: '192.0.2.0',
          prefixLength: 24,
          candidates: [
            {
              route: { ...refused, peerAddress: '10.0.0.3', rejectedBy: 'in/bogons' },
              vsBestReason: 'rejected_by_policy',
            },
            { route: { ...refused, rejectedBy: '' }, vsBestReason: 'next_hop_unreachable' },
          ],
        }),
      });
    expect((await ctl('rib explain 192.0.2.0/24', router)).out).toMatchInlineSnapshot(`
      "192.0.2.0/24: 2 paths, none usable
      Peer         Next Hop     AS Path  LP  MED  Result
      10.0.0.3     2001:db8::1                    refused by in/bogons
      2001:db8::1  2001:db8::1                    next hop unreachable

      Why: tsbgpctl rib explain 192.0.2.0/24 --from 10.0.0.3
      "
    `);
    const none = (r: ConnectRouter) =>
      void r.service(RibService, { explainBestPath: () => ({ prefix: '192.0.2.0', prefixLength: 24 }) });
    expect((await ctl('rib explain 192.0.2.0/24', none)).out).toBe('No route for 192.0.2.0/24\n');
  });

  it('explains what a neighbor gets of it', async () => {
    const router = (r: ConnectRouter) =>
      void r.service(RibService, {
        explainBestPath: ({ peerAddress }) => ({
          prefix: '192.0.2.0',
          prefixLength: 24,
          bestRoute: route,
          bestAdvertisedPathId: 1,
          peerAddress,
          candidates: [{ route: { ...refused, rejectedBy: '' }, vsBestReason: 'lower_med', vsBestOrdering: 'worse' }],
        }),
        explainAdvertisedRoute: ({ peerAddress }) => ({
          decision: 'advertised',
          peerAddress,
          prefix: '192.0.2.0',
          prefixLength: 24,
          reasons: [{ code: 'ebgp_route', message: 'it is external' }],
          paths: [
            {
              route,
              trace: [
                { policy: 'out', term: 'a', outcome: 'no-match', condition: 'MED', wanted: 'at least 5', has: '1' },
                {
                  policy: 'out',
                  term: 'b',
                  outcome: 'permit',
                  matched: [{ condition: 'prefix', wanted: '192.0.0.0/8 le 24', has: '192.0.2.0/24' }],
                  changes: ['MED = 7'],
                },
              ],
              sent: { ...route, medAttr: 7 },
            },
          ],
        }),
      });
    expect((await ctl('rib -p 192.0.2.0/24 --explain --to 10.0.0.9', router)).out).toMatchInlineSnapshot(`
      "192.0.2.0/24: 2 paths
      Peer         Next Hop     AS Path        LP  MED  Result      Sent to 10.0.0.9
      10.0.0.2     10.0.0.2     65002 {65003}   0   50  best        as path 1
      2001:db8::1  2001:db8::1                          higher MED  no

      10.0.0.9 has 192.0.2.0/24: it is external

      path from 10.0.0.2, path 65002 {65003}, next hop 10.0.0.2, LOCAL_PREF 0, MED 50, communities 65535:65281 65000:100
        out/a: no match, MED 1 (wanted at least 5)
        out/b: permit, prefix 192.0.2.0/24 (wanted 192.0.0.0/8 le 24): MED = 7
        sent as path 65002 {65003}, next hop 10.0.0.2, LOCAL_PREF 0, MED 7, communities 65535:65281 65000:100
      "
    `);
  });

  it('injects with 0 as a value of its own', async () => {
    let got: unknown;
    const router = (r: ConnectRouter) =>
      void r.service(InjectionService, {
        addPath(request) {
          got = request;
          return {};
        },
      });
    const line =
      'inject 198.51.100.0/24 --nexthop 10.0.0.1 --local-pref 0 --as-path "65001 65002" --communities BLACKHOLE';
    expect((await ctl(line, router)).out).toBe('Route 198.51.100.0/24 added\n');
    expect(got).toMatchObject({ localPref: 0, asPath: [65001, 65002], communities: [0xffff_029a] });
    expect(got).not.toHaveProperty('med', 0);
  });
});

describe('watch', () => {
  const router = (r: ConnectRouter) =>
    void r.service(RibService, {
      async *watchRoutes() {
        const at = {
          prefix: '192.0.2.0',
          prefixLength: 24,
          timestamp: '1700000000',
          afiSafi: AddressFamily.IPV4_UNICAST,
        };
        yield { ...at, eventType: RouteEventType.ADDED, peerAddress: '10.0.0.2', route };
        yield { eventType: RouteEventType.END_OF_INITIAL_DUMP, timestamp: '1700000000' };
        yield { ...at, eventType: RouteEventType.WITHDRAWN, previousPeerAddress: '10.0.0.2' };
        yield { eventType: RouteEventType.LAGGED, timestamp: '1700000000', lost: 12n };
      },
    });

  it('prints one line per event; lost events make the exit code 4', async () => {
    expect(await ctl('watch', router)).toMatchInlineSnapshot(`
      {
        "code": 4,
        "err": "",
        "out": "[2023-11-14T22:13:20Z] added 192.0.2.0/24 from 10.0.0.2 via 10.0.0.2 path 65002 {65003}
      [2023-11-14T22:13:20Z] -- end of initial dump --
      [2023-11-14T22:13:20Z] withdrawn 192.0.2.0/24 from 10.0.0.2
      [2023-11-14T22:13:20Z] 12 events lost: this reader is too slow; list the table again
      ",
      }
    `);
  });

  it('prints one JSON object per line and stops at the marker when asked to', async () => {
    const { out, code } = await ctl('watch --json --until-dumped', router);
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).event_type),
    ).toEqual(['added', 'end_of_initial_dump']);
  });
});

describe('the daemon', () => {
  const router = (r: ConnectRouter) =>
    void r
      .service(ControlService, {
        getHealth: () => ({
          healthy: true,
          uptimeSeconds: 700_000n,
          activePeers: 2,
          configuredPeers: 3,
          totalRoutes: 5,
        }),
        getMetrics: () => ({ prometheusText: 'a 1\n' }),
        shutdown: () => ({}),
      })
      .service(GlobalService, {
        getGlobal: () => ({ asn: 65001, routerId: '10.0.0.1', listenPort: 179, ebgpRequiresPolicy: true }),
      });

  it('health, global, metrics, shutdown', async () => {
    expect((await ctl('health', router)).out).toMatchInlineSnapshot(`
      "Status: healthy
      Uptime: 8d 2h
      Peers:  2 established of 3
      Routes: 5
      Memory: 0 MiB
      "
    `);
    expect(JSON.parse((await ctl('health -j', router)).out)).toEqual({
      healthy: true,
      uptime_seconds: 700_000,
      active_peers: 2,
      total_routes: 5,
    });
    expect((await ctl('global', router)).out).toMatchInlineSnapshot(`
      "ASN:                  65001
      Router ID:            10.0.0.1
      Listen Port:          179 (not listening)
      EBGP Requires Policy: yes (RFC 8212)
      "
    `);
    expect((await ctl('metrics --json', router)).out).toBe('a 1\n');
    expect(JSON.parse((await ctl('shutdown -j', router)).out)).toEqual({
      ok: true,
      action: 'shutdown',
      target: 'daemon',
    });
  });
});

describe('FlowSpec', () => {
  const asked: unknown[] = [];
  const router = (r: ConnectRouter) =>
    void r
      .service(InjectionService, {
        addFlowSpec: ({ rule, actions }) => {
          asked.push([rule, ...actions.map(({ action }) => action.value)]);
          return {};
        },
        deleteFlowSpec: ({ rule }) => {
          asked.push(rule);
          return {};
        },
      })
      .service(RibService, {
        listFlowSpecRoutes: () => ({
          routes: [
            { text: 'dst 192.0.2.0/24 proto tcp port 80 → drop', peerAddress: '10.0.0.2', afiSafi: 3, best: true },
            { text: 'proto udp → accept', peerAddress: '10.0.0.3', afiSafi: 3, rejectedBy: 'flowspec_not_feasible' },
          ],
        }),
      });

  it('rules are sentences, in our words or in those of the seed', async () => {
    const add = (match: string, action: string) =>
      ctl(`flowspec add -a ipv4_flowspec --match "${match}" --action "${action}"`, router);
    expect((await add('dst 192.0.2.0/24 proto tcp port 80', 'drop')).code).toBe(0);
    await add('dest=192.0.2.0/24 proto==6 port==80,==443 dst-port>=1024&<=2047', 'rate=1000,mark-dscp=46');
    await ctl('flowspec delete -a ipv4-flowspec --match "proto udp"', router);
    expect(asked).toEqual([
      ['dst 192.0.2.0/24 proto tcp port 80', 'drop'],
      ['dst 192.0.2.0/24 proto 6 port 80,443 dst-port >=1024&<=2047', 'rate 1000 B/s', 'mark 46'],
      'proto udp',
    ]);
    expect((await ctl('flowspec add -a ipv4 --match x --action drop', router)).code).toBe(2);
  });

  it('list reads like a sentence', async () => {
    expect((await ctl('flowspec --received', router)).out).toMatchInlineSnapshot(`
      "dst 192.0.2.0/24 proto tcp port 80 → drop  from 10.0.0.2 (ipv4_flowspec)
      proto udp → accept  from 10.0.0.3 (ipv4_flowspec)  not used: flowspec_not_feasible
      "
    `);
    expect(JSON.parse((await ctl('flowspec -j', router)).out)[0]).toMatchObject({
      rule: 'dst 192.0.2.0/24 proto tcp port 80',
      actions: ['drop'],
      afi_safi: 'ipv4_flowspec',
    });
  });
});

describe('graceful shutdown and ranges of neighbors', () => {
  const asked: unknown[] = [];
  const router = (r: ConnectRouter) =>
    void r.service(NeighborService, {
      setGracefulShutdown: ({ address, enabled }) => {
        asked.push({ address, enabled });
        return {};
      },
      addDynamicNeighbor: ({ range }) => {
        asked.push([range?.prefix, range?.peerGroup, range?.remoteAsns]);
        return {};
      },
      deleteDynamicNeighbor: ({ prefix }) => {
        asked.push(prefix);
        return {};
      },
      listDynamicNeighbors: () => ({
        ranges: [
          { prefix: '10.0.0.0/24', peerGroup: 'ix', description: 'members' },
          { prefix: '10.1.0.0/16', peerGroup: 'lab', remoteAsns: [65002, 65003] },
        ],
        neighbors: 3,
        limit: 100,
      }),
    });

  it('say what they did', async () => {
    expect((await ctl('gshut --peer 10.0.0.2', router)).out).toBe('The routes of 10.0.0.2 are the last resort now\n');
    expect((await ctl('gshut --clear', router)).out).toBe('The routes of all neighbors count as before\n');
    expect((await ctl('dynamic-neighbor add 10.2.0.0/16 --peer-group ix --asn 1,2', router)).code).toBe(0);
    expect((await ctl('dynamic-neighbor delete 10.2.0.0/16', router)).out).toBe('Range 10.2.0.0/16 deleted\n');
    expect(asked).toEqual([
      { address: '10.0.0.2', enabled: true },
      { address: '', enabled: false },
      ['10.2.0.0/16', 'ix', [1, 2]],
      '10.2.0.0/16',
    ]);
  });

  it('list the ranges', async () => {
    expect((await ctl('dynamic-neighbor', router)).out).toMatchInlineSnapshot(`
      "Range        Peer Group  AS            Description
      10.0.0.0/24  ix          any           members
      10.1.0.0/16  lab         65002, 65003

      3 of at most 100 neighbors came from ranges
      "
    `);
    expect(JSON.parse((await ctl('dynamic-neighbor list --json', router)).out)).toMatchObject({
      ranges: [{ prefix: '10.0.0.0/24', remote_asns: [] }, { remote_asns: [65002, 65003] }],
      neighbors: 3,
    });
  });
});

describe('a wrong command line asks nobody and exits with 2', () => {
  it.each([
    ['nieghbor', 'did you mean "neighbor"?'],
    ['neighbor 10.0.0.2 delte', 'did you mean "delete"?'],
    ['neighbor delete', 'forms of neighbor'],
    ['rib --commnity 1:2', 'did you mean --community?'],
    ['rib -c 1:2:3:4', 'write 65001:100 or NO_EXPORT'],
    ['rib -c NO_EXPROT', 'did you mean NO_EXPORT?'],
    ['rib -a ipv5', 'one of ipv4_unicast, ipv6_unicast'],
    ['rib --longer', '--longer needs --prefix'],
    ['rib --explain -p 10.0.0.0/8 -l', '--explain cannot be combined with --longer'],
    ['neighbor 10.0.0.2 add', 'needs --asn ASN'],
    ['neighbor 10.0.0.2 add --asn 0', 'from 1 to 4294967295'],
    ['neighbor 10.0.0.2 add --asn 1 --local-as-replace', '--local-as-replace needs --local-as ASN'],
    ['neighbor 10.0.0.2 add --asn 1 --max-prefixes-per-family ipv4', 'write ipv4_unicast=1000'],
    ['neighbor 10.0.0.2 add --asn 1 --max-prefixes-per-family ipv5=1', 'is not an address family'],
    ['neighbor 10.0.0.2 add --asn 1 --max-prefixes-per-family ipv4=0', 'from 1 to 4294967295'],
    ['neighbor 10.0.0.2 add --asn', '--asn needs a value'],
    ['neighbor 10.0.0.2 --longer', 'does not know --longer'],
    ['health --json=yes', '--json takes no value'],
    ['health -o yaml', 'table, json or jsonl'],
    ['health -s unix://relative', 'unix:///var/lib/tsbgpd/grpc.sock'],
    ['inject 10.0.0.0/8 --nexthop 10.0.0.1 --as-path "1 x"', '"x" is not an AS number'],
    ['health more', 'is not a command'],
  ])('%s', async (line, expected) => {
    const { code, out, err } = await ctl(line, nobody);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(expected);
  });
});

describe('failures', () => {
  const failing = (code: Code) => (r: ConnectRouter) =>
    void r.service(ControlService, {
      getHealth() {
        throw new ConnectError('why', code);
      },
    });

  it.each([
    [Code.NotFound, 1, 'Error: why\n'],
    [Code.PermissionDenied, 1, 'Error: PermissionDenied: why\n'],
    [Code.Unauthenticated, 1, "Error: why; give the daemon's token with --token-file FILE or TSBGPD_TOKEN_FILE\n"],
    [Code.Unavailable, 3, 'Error: the daemon went away: why\n'],
  ])('status %i exits with %i', async (status, code, err) => {
    expect(await ctl('health', failing(status))).toEqual({ code, out: '', err });
  });

  it('several mistakes keep their lines, and nothing in them steers the terminal', async () => {
    const message = 'two mistakes\nline 3: neighbors\u001b[31m\nline 9: policy';
    const service = (r: ConnectRouter) =>
      void r.service(ControlService, {
        getHealth() {
          throw new ConnectError(message, Code.InvalidArgument);
        },
      });
    expect((await ctl('health', service)).err).toBe('Error: two mistakes\nline 3: neighbors?[31m\nline 9: policy\n');
  });

  it('nobody there exits with 3', async () => {
    const err: string[] = [];
    const code = await run(['health'], {
      env: {},
      version: '',
      isTerminal: false,
      writeOut: async () => undefined,
      pause: async () => false,
      writeError: (text) => void err.push(text),
      connect: () => Promise.reject(new Unreachable('nobody listens')),
    });
    expect({ code, err }).toEqual({ code: 3, err: ['Error: nobody listens\n'] });
  });
});

describe('bmp', () => {
  const collectors = (states: readonly object[]) => (router: ConnectRouter) =>
    void router.service(BmpService, { getBmpStatus: () => ({ collectors: [...states] }) });
  const good = {
    address: '192.0.2.1:5000',
    state: 'connected',
    isSynchronized: true,
    attempts: 1n,
    replays: 1n,
    sentMessages: 7n,
  };

  it('shows who is told what; its exit code says whether all have everything', async () => {
    const lost = {
      address: '[2001:db8::1]:5000',
      state: 'waiting',
      attempts: 3n,
      droppedMessages: 9n,
      overflows: 1n,
      waitingOctets: 5n,
    };
    const { out, code } = await ctl('bmp', collectors([good, lost]));
    expect(out).toBe(`Collector           State          Waiting        Sent           Dropped  Replays  Attempts
192.0.2.1:5000      synchronized         0  7 messages                 0        1         1
[2001:db8::1]:5000  waiting       5 octets  0 messages  9 in 1 overflows        0         3
`);
    expect(code).toBe(1);
    expect((await ctl('bmp', collectors([good]))).code).toBe(0);
    expect((await ctl('bmp', collectors([]))).out).toBe('No BMP collector is configured\n');
    const json = await ctl('bmp --json', collectors([lost]));
    expect(JSON.parse(json.out)).toMatchObject([{ state: 'waiting', synchronized: false, dropped_messages: 9 }]);
  });
});

describe('--watch', () => {
  it('asks again until it is interrupted, and goes on after a failure', async () => {
    let asked = 0;
    const pauses: number[] = [];
    const health = (router: ConnectRouter) =>
      void router.service(ControlService, {
        getHealth() {
          asked++;
          if (asked === 2) throw new ConnectError('not now', Code.Unavailable);
          return { healthy: true, version: String(asked) };
        },
      });
    const watched = (isTerminal: boolean) =>
      ctl('health --watch 5 --json', health, isTerminal, (milliseconds) => {
        pauses.push(milliseconds);
        return pauses.length % 3 !== 0;
      });
    const { out, err } = await watched(false);
    expect([asked, pauses, err]).toEqual([3, [5_000, 5_000, 5_000], 'Error: the daemon went away: not now\n']);
    expect(out.match(/"healthy": true/g)).toHaveLength(2);
    expect(out).not.toContain('\u001b');
    expect((await watched(true)).out.startsWith('\u001b[H\u001b[2J')).toBe(true);
  });

  it('ends at once when the command line is wrong', async () => {
    const wrong = await ctl('rib 1.2.3 --watch 1', nobody, false, () => {
      throw new Error('asked again');
    });
    expect(wrong.code).toBe(2);
    expect((await ctl('health --watch 0', nobody)).err).toContain('from 1 to 3600');
  });
});

describe('doctor', () => {
  const daemon = (states: readonly NeighborState[]) => (router: ConnectRouter) => {
    router.service(NeighborService, { listNeighbors: () => ({ neighbors: [...states] }) });
    router.service(ControlService, {
      getHealth: () => ({ healthy: true, version: '0.1.0' }),
      getMetrics: () => ({ prometheusText: 'bgp_event_loop_stall_max_seconds 2.5\nbgp_x 1\n' }),
    });
    router.service(GlobalService, { getGlobal: () => ({ asn: 65001 }) });
    router.service(ConfigService, {
      getConfig: () => ({ toml: '[global]\nasn = 65001\n' }),
      listConfigRevisions: () => ({ revisions: [{ revision: 1n, origin: 'start' }] }),
    });
    router.service(EventService, {
      listEvents: ({ latest }) => ({ events: latest ? [{ eventType: BgpEventType.SESSION_LOST }] : [] }),
    });
    router.service(PolicyService, {
      listPolicies() {
        throw new ConnectError('not for observers', Code.PermissionDenied);
      },
    });
  };
  const failing = create(NeighborStateSchema, {
    ...down,
    config: { ...down.config, enabled: true, address: '10.0.0.4' } as NeighborConfig,
  });

  it('says what is wrong and what to do', async () => {
    const { out, code } = await ctl('doctor', daemon([up, unpoliced, failing]));
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^! 10\.0\.0\.3: no import and no export policy/),
      '✗ 10.0.0.4 is Idle: evil ?[2Jtext',
      '! the event loop stood still for 2.5 s once: hold timers below three times that are at risk',
      '',
    ]);
    expect(code).toBe(1);
    expect((await ctl('doctor', daemon([up, down]))).code).toBe(0);
  });

  it('looks at sources of RPKI data, collectors and the event log too', async () => {
    const around = (router: ConnectRouter) => {
      daemon([up])(router);
      router.service(RpkiService, {
        getRpkiStatus: () => ({
          isConfigured: true,
          sources: [
            { name: 'cache:323', kind: RpkiSourceKind.CACHE, state: 'waiting', lastError: 'connection refused' },
            { name: 'old:323', kind: RpkiSourceKind.CACHE, state: 'waiting', hasData: true },
            { name: 'well:323', kind: RpkiSourceKind.CACHE, state: 'querying', hasData: true },
            { name: 'vrps.json', kind: RpkiSourceKind.FILE, hasData: true, lastError: 'json-invalid' },
          ],
          slurmError: 'json-invalid',
        }),
      });
      router.service(BmpService, {
        getBmpStatus: () => ({
          collectors: [
            { address: '192.0.2.9:11019', state: 'waiting', attempts: 7n },
            { address: '192.0.2.10:11019', state: 'connected', isSynchronized: true, overflows: 3n },
          ],
        }),
      });
    };
    const { out, code } = await ctl('doctor', around);
    expect(out.split('\n').slice(1, -1)).toEqual([
      '✗ RPKI cache cache:323 has given no data: connection refused',
      '! RPKI cache old:323 is waiting; what it gave before counts until it expires',
      '! RPKI file vrps.json was refused, what it said before counts: json-invalid',
      '! local exceptions (SLURM) were refused: json-invalid',
      '! BMP collector 192.0.2.9:11019 is waiting after 7 attempts',
      '! BMP collector 192.0.2.10:11019 reads too slowly: its buffer was full 3 times',
    ]);
    expect(code).toBe(1);
  });

  it('writes an archive that tar reads; what could not be asked is in it as the reason', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsbgpctl-doctor-'));
    const file = join(folder, 'report.tar.gz');
    const { out } = await ctl(`doctor --archive ${file}`, daemon([up]));
    expect(out).toContain('Look through it before you send it');
    execFileSync('tar', ['xzf', file, '-C', folder]);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    expect(read('config.toml')).toBe('[global]\nasn = 65001\n');
    expect(read('metrics.txt')).toContain('bgp_x 1');
    expect(JSON.parse(read('neighbors.json'))).toMatchObject({ neighbors: [{ config: { address: '10.0.0.2' } }] });
    expect(read('policies.json.error.txt')).toContain('not for observers');
    expect(JSON.parse(read('revisions.json'))).toMatchObject([{ revision: '1' }]);
    expect(read('events.jsonl')).toContain('"event_type":"session_lost"');
    const wrong = await ctl('doctor --archive /nowhere/x.tar.gz', daemon([up]));
    expect(wrong.err).toContain('--archive: cannot write /nowhere/x.tar.gz');
  });
});

describe('the command table', () => {
  it('is what docs/operations/cli.md shows', () => {
    const page = readFileSync(new URL('../../../docs/operations/cli.md', import.meta.url), 'utf8');
    expect(page === referencePage(), 'run: npm run reference -w @bgp/ctl').toBe(true);
  });

  it('is what docs/man/tsbgpctl.1 shows, and man can read it', () => {
    const page = readFileSync(new URL('../../../docs/man/tsbgpctl.1', import.meta.url), 'utf8');
    expect(page === manPage(), 'run: npm run reference -w @bgp/ctl').toBe(true);
    for (const line of page.split('\n')) expect(line).not.toMatch(/^(?!\.(TH|SH|SS|B|TP|P|EX|EE|\\")( |$))\./);
  });

  it('has no form twice and no option that takes a value here and none there', () => {
    const forms = COMMANDS.flatMap((command) => command.forms).map((form) =>
      form
        .split(' ')
        .map((part) => (isArgument(part) ? '*' : part))
        .join(' '),
    );
    expect(new Set(forms).size).toBe(forms.length);
    const shapes = new Map<string, boolean>();
    for (const option of [...GLOBAL_OPTIONS, ...COMMANDS.flatMap((command) => command.options)]) {
      for (const name of [option.long, option.short].filter((one) => one !== undefined)) {
        expect(shapes.get(name) ?? option.value !== undefined, name).toBe(option.value !== undefined);
        shapes.set(name, option.value !== undefined);
      }
    }
  });

  it('answers --help for every form, without a daemon', async () => {
    for (const form of COMMANDS.flatMap((command) => command.forms)) {
      const { code, out } = await ctl(`${form} --help`, nobody);
      expect(code).toBe(0);
      expect(out).toContain('Usage: tsbgpctl');
    }
    expect((await ctl('--version', nobody)).out).toBe('tsbgpctl 1.2.3\n');
  });
});

describe('completion', () => {
  it.each([
    ['complete -- nei', 'neighbor neighbor-set'],
    ['complete -- rib ""', 'add advertised best delete explain received'],
    ['complete -- neighbor 10.0.0.2 d', 'delete disable'],
    ['complete -- -s unix:///x rib rec', 'received'],
    ['complete -- --addr u', ''],
    ['complete -- rib --lo', '--longer'],
    ['complete -- health --lo', ''],
    ['complete -- rib received 10.0.0.2 --origin', '--origin-asn'],
    ['complete -- nothing ""', ''],
    ['complete -- completions ""', 'bash fish zsh'],
    ['complete -- rib -a ipv4_f', 'ipv4_flowspec'],
    ['complete -- -o ""', 'json jsonl table'],
    ['complete -- -o json hea', 'health'],
    ['complete -- --output=json hea', 'health'],
    ['complete -- mrt convert rib.mrt --to b', 'bgpdump'],
  ])('%s', async (line, expected) => {
    const { out, code } = await ctl(line, nobody);
    expect([out.trim().split('\n').join(' '), code]).toEqual([expected, 0]);
  });

  it('has a script for each shell that asks back', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      expect((await ctl(`completions ${shell}`, nobody)).out).toContain('tsbgpctl complete --');
    }
    expect(await ctl('completions tcsh', nobody)).toMatchObject({ code: 2 });
  });
});

describe('parseAddress', () => {
  it.each([
    ['unix:///run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['http://127.0.0.1:50051', { kind: 'http', url: new URL('http://127.0.0.1:50051') }],
    ['localhost:50051', { kind: 'http', url: new URL('http://localhost:50051') }],
    ['http://[::1]:50051', { kind: 'http', url: new URL('http://[::1]:50051') }],
  ])('%s', (text, expected) => {
    expect(parseAddress(text)).toEqual(expected);
  });
});

describe('config', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tsbgpctl-')), 'new.toml');
  writeFileSync(file, 'text of a configuration');
  const change = {
    documents: [
      { path: 'neighbors["10.0.0.2"].hold_time', before: '90', after: '30' },
      { path: 'mrt', after: '{}' },
    ],
    neighbors: [
      { address: '10.0.0.2', effect: 'session-reset' },
      { address: '10.0.0.3', effect: 'live' },
    ],
    needRestart: ['grpc'],
  };
  const route = create(RouteSchema, { prefix: '192.0.2.0', prefixLength: 24, nextHop: '10.0.0.9', asPath: [65001] });
  const requests: unknown[] = [];
  const service = (router: ConnectRouter) =>
    void router.service(ConfigService, {
      planConfig(request) {
        requests.push(request);
        return {
          basedOn: 7n,
          change,
          neighbors: [{ address: '10.0.0.3', announced: 2n, withdrawn: 1n }],
          routes: [
            { address: '10.0.0.3', before: route },
            { address: '10.0.0.3', after: route },
            { address: '10.0.0.3', before: route, after: create(RouteSchema, { ...route, med: 7, medAttr: 7 }) },
          ],
          truncated: true,
          received: [{ address: '10.0.0.2', accepted: 1n, refused: 2n, changed: 1n }],
          receivedRoutes: [
            { address: '10.0.0.2', after: route },
            { address: '10.0.0.2', before: route, after: create(RouteSchema, { ...route, localPrefAttr: 200 }) },
          ],
          receivedTruncated: true,
        };
      },
      applyConfig(request) {
        requests.push(request);
        return { revision: 8n, change, pending: { revision: 8n, fallback: 7n, secondsLeft: 60 } };
      },
    });

  it('plan shows sessions and routes, and how to go on', async () => {
    const { out, code } = await ctl(`config plan ${file} --limit 5`, service);
    expect(code).toBe(0);
    expect(out).toBe(`What changes
  neighbors["10.0.0.2"].hold_time: 90 → 30
  mrt: new → {}
  neighbor 10.0.0.2: the session starts anew
  neighbor 10.0.0.3: the session stays up
  grpc: takes effect after a restart of the daemon

What becomes of routes that came in
  from 10.0.0.2: 1 newly accepted, 2 newly refused, 1 changed

  + 192.0.2.0/24 from 10.0.0.2: via 10.0.0.9, path 65001
  ~ 192.0.2.0/24 from 10.0.0.2: local_pref none → 200
  … there are more; --limit N lists more of them

What neighbors would hear
  10.0.0.3: 2 announced, 1 withdrawn

  - 192.0.2.0/24 to 10.0.0.3
  + 192.0.2.0/24 to 10.0.0.3: via 10.0.0.9, path 65001
  ~ 192.0.2.0/24 to 10.0.0.3: med none → 7
  … there are more; --limit N lists more of them

Apply it with: tsbgpctl config apply ${file} --based-on 7
`);
    expect(requests.at(-1)).toMatchObject({ toml: 'text of a configuration', maxRoutes: 5 });
    expect((await ctl(`config diff --from-file ${file} --limit 5`, service)).out).toBe(out);
    const json = JSON.parse((await ctl(`config plan ${file} --json`, service)).out);
    expect(json).toMatchObject({ based_on: 7, neighbors: [{ announced: 2, withdrawn: 1 }], truncated: true });
    expect(json.routes[0]).not.toHaveProperty('after');
    expect(json).toMatchObject({ received: [{ address: '10.0.0.2', accepted: 1, refused: 2, changed: 1 }] });
    expect(json.received_routes[0]).not.toHaveProperty('before');
  });

  it('apply says until when a confirmation has to come', async () => {
    const { out } = await ctl(`config apply ${file} --confirm-within 1m --based-on 7 --note "less"`, service);
    expect(out).toContain('Revision 8 is taken back in 60 s, to revision 7, unless you say: tsbgpctl config confirm');
    expect(requests.at(-1)).toMatchObject({ confirmWithinSeconds: 60, basedOn: 7n, note: 'less' });
    expect((await ctl(`config apply ${file} --confirm-within soon`, service)).err).toContain('write 60s, 5m or 1h');
    expect((await ctl('config apply /nowhere.toml', service)).err).toContain('cannot read /nowhere.toml');
  });
});

describe('policy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsbgpctl-'));
  const requests: unknown[] = [];
  const service = (router: ConnectRouter) =>
    void router.service(PolicyService, {
      listPolicies: () => ({ policies: [{ name: 'edge', usedBy: ['policy.import_chain'] }, { name: 'spare' }] }),
      setPolicy(request) {
        requests.push(request);
        return {};
      },
      setGlobalExportChain(request) {
        requests.push(request);
        return {};
      },
    });

  it('list says who uses what', async () => {
    expect((await ctl('policy', service)).out).toBe('Name   Used by\nedge   policy.import_chain\nspare  nobody\n');
  });

  it('try says what would come of it, and how to go on', async () => {
    const file = join(folder, 'try.toml');
    writeFileSync(file, 'default_action = "deny"');
    const trying = (neighbors: { address: string; effect: string }[]) => (router: ConnectRouter) =>
      void router.service(PolicyService, {
        tryPolicy: () => ({ change: { documents: [{ path: 'policy.definitions.new', after: '{}' }], neighbors } }),
      });
    expect((await ctl(`policy try new --from-file ${file}`, trying([]))).out).toBe(`What changes
  policy.definitions.new: new → {}

No neighbor runs this policy: a chain has to name it first (tsbgpctl policy chain set-import, set-export).
`);
    const used = await ctl(`policy try new --from-file ${file}`, trying([{ address: '10.0.0.2', effect: 'live' }]));
    expect(used.out).toContain('No neighbor whose session stays up would hear anything.\n');
    expect(used.out).toContain(`Put it in force with: tsbgpctl policy set new --from-file ${file}\n`);
  });

  it('set takes TOML and JSON, and refuses fields that nobody reads', async () => {
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    await ctl(`policy set edge --from-file ${write('a.toml', 'default_action = "deny"')}`, service);
    expect(requests.at(-1)).toMatchObject({ name: 'edge', definition: { toml: 'default_action = "deny"' } });
    const json = '{"default_action": "deny", "statements": [{"action": "permit", "match_as_path": "_65002_"}]}';
    await ctl(`policy set edge --from-file ${write('a.json', json)}`, service);
    expect(requests.at(-1)).toMatchObject({ definition: { statements: [{ matchAsPath: '_65002_' }] } });
    const wrong = await ctl(`policy set edge --from-file ${write('b.json', '{"defualt_action": "deny"}')}`, service);
    expect(wrong.err).toContain('defualt_action');
    expect(wrong.code).toBe(2);
  });

  it('test prints what passes, what fails and what nothing tests; its exit code says whether any failed', async () => {
    const asked: string[] = [];
    let failures = ['expected deny, but edge/default says permit'];
    const tested = (router: ConnectRouter) =>
      void router.service(PolicyService, {
        testPolicies({ toml }) {
          asked.push(toml);
          return {
            tests: [
              { name: 'bogons are out', subject: 'policy edge', failures: [] },
              { name: 'others\u001b[2J too', subject: 'policy edge', failures },
              { name: 'members', subject: 'import from 10.0.0.2', failures: [] },
            ],
            coverage: [
              {
                policy: 'edge',
                terms: [
                  { policy: 'edge', term: 'bogon', count: 1n },
                  { policy: 'edge', term: 'long', count: 0n },
                  { policy: 'edge', term: 'default', count: 1n },
                ],
              },
            ],
          };
        },
      });
    const file = join(folder, 'new.toml');
    writeFileSync(file, 'x = 1');
    const { out, code } = await ctl(`policy test --from-file ${file}`, tested);
    expect(out).toBe(`policy edge
  ok    bogons are out
  FAIL  others?[2J too
        expected deny, but edge/default says permit
import from 10.0.0.2
  ok    members

2 passed, 1 failed
edge: 2 of 3 statements tested; none of long
`);
    expect([asked, code]).toEqual([['x = 1'], 1]);
    failures = [];
    const passing = await ctl('policy test --json', tested);
    expect(JSON.parse(passing.out)).toMatchObject({ passed: 3, failed: 0, coverage: [{ policy: 'edge' }] });
    expect([asked.at(-1), passing.code]).toEqual(['', 0]);
  });

  it('hits shows how the routes are spread over the statements', async () => {
    const counted = (router: ConnectRouter) =>
      void router.service(PolicyService, {
        countPolicyHits: ({ address, direction }) => ({
          routes: address === '10.0.0.2' && direction === 'export' ? 8n : 0n,
          terms: [
            { policy: 'edge', term: 'bogon', count: 2n },
            { policy: 'edge', term: 'default', count: 6n },
          ],
        }),
      });
    expect((await ctl('policy hits 10.0.0.2 --direction export', counted)).out).toBe(`Policy  Statement  Routes
edge    bogon           2  █████
edge    default         6  ███████████████
8 routes came before the policy
`);
    const json = await ctl('policy hits 10.0.0.2 --direction export --json', counted);
    expect(JSON.parse(json.out)).toEqual({
      address: '10.0.0.2',
      direction: 'export',
      routes: 8,
      terms: [
        { policy: 'edge', term: 'bogon', routes: 2 },
        { policy: 'edge', term: 'default', routes: 6 },
      ],
    });
    expect((await ctl('policy hits 10.0.0.2 --direction out', counted)).err).toContain('is not import or export');
  });

  it('chain set-export needs names', async () => {
    await ctl('policy chain set-export --policies a,b', service);
    expect(requests.at(-1)).toMatchObject({ policyNames: ['a', 'b'] });
    expect((await ctl('policy chain set-export --policies ,', service)).err).toContain('clear-export');
  });
});
