import {
  AddPathRequestSchema,
  AddressFamily,
  ListRoutesRequestSchema,
  NeighborConfigSchema,
  NeighborStateSchema,
  RouteEventType,
  RouteSchema,
} from '@bgp/api-proto';
import { defaultPeerConfig, type PeerConfig, type PeerStatus, type RouteRow } from '@bgp/speaker';
import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { create, fromBinary, type MessageInitShape, toBinary, toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { parsePeerName, parsePrefix } from './address.ts';
import { formatCapability } from './capability.ts';
import { parseInjectedRoute } from './injected-route.ts';
import { toNeighborState } from './neighbor-state.ts';
import { toNeighborTable } from './neighbor-table.ts';
import { toRoute } from './route.ts';
import { toRouteEvent } from './route-event.ts';
import { pageSize, parseRouteQuery } from './route-query.ts';

describe('addresses and prefixes', () => {
  it.each([
    ['10.0.0.2', '10.0.0.2'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['eth0', 'eth0'],
    ['swp1.100', 'swp1.100'],
    ['', 'missing'],
    ['10.0.0', 'address-invalid'],
    ['10.0.0.2/32', 'address-invalid'],
  ])('neighbor %j is %s', (text, expected) => {
    const parsed = parsePeerName(text, 'address');
    expect(parsed.ok ? parsed.value : parsed.error.code).toBe(expected);
  });

  it.each([
    ['192.0.2.0', 24, '192.0.2.0/24'],
    ['192.0.2.77', 24, '192.0.2.0/24'],
    ['192.0.2.0/25', 0, '192.0.2.0/25'],
    ['192.0.2.1', 0, '192.0.2.1/32'],
    ['2001:db8::1', 0, '2001:db8::1/128'],
    ['0.0.0.0', 0, '0.0.0.0/0'],
    ['::', 0, '::/0'],
    ['::', 64, '::/64'],
    ['', 0, 'missing'],
    ['192.0.2.0', 33, 'prefix-invalid'],
    ['192.0.2.0/33', 0, 'prefix-invalid'],
    ['nonsense', 0, 'prefix-invalid'],
  ])('prefix %j with length %i is %s', (text, length, expected) => {
    const parsed = parsePrefix(text, length, 'prefix');
    expect(parsed.ok ? parsed.value.prefix : parsed.error.code).toBe(expected);
  });
});

const row: RouteRow = {
  family: IPV4_UNICAST,
  prefix: '192.0.2.0/24',
  pathId: 0,
  peer: '10.0.0.2',
  nextHop: ['10.0.0.2'],
  attributes: {
    origin: 0,
    asPath: [
      { type: 'sequence', asns: [65002, 4_200_000_000] },
      { type: 'set', asns: [65003, 65004] },
    ],
    nextHop: '10.0.0.2',
    communities: [0xffff_ff01],
    // RFC 4360 §3: 842131417596004 is RT 65002:100 in the seed's test M12.
    extendedCommunities: [{ octets: Uint8Array.of(0, 2, 0xfd, 0xea, 0, 0, 0, 100) }],
    largeCommunities: [{ globalAdministrator: 4_294_967_295, localData1: 0, localData2: 1 }],
  },
  best: true,
  stale: false,
  originValidity: 'not-found',
  aspaState: 'invalid',
  receivedAtMs: 1_700_000_000_999,
};

describe('routes', () => {
  it('have the shape in JSON that scripts read: zeros absent, 64 bits as text', () => {
    const message = toRoute(row);
    expect(toJson(RouteSchema, message)).toEqual({
      prefix: '192.0.2.0',
      prefixLength: 24,
      nextHop: '10.0.0.2',
      peerAddress: '10.0.0.2',
      asPath: [65002, 4_200_000_000, 65003, 65004],
      asPathText: '65002 4200000000 {65003,65004}',
      best: true,
      communities: [0xffff_ff01],
      extendedCommunities: ['842131417596004'],
      largeCommunities: ['4294967295:0:1'],
      aspaState: 'invalid',
      validationState: 'not_found',
      receivedAt: '1700000000',
      afiSafi: 'ADDRESS_FAMILY_IPV4_UNICAST',
    });
  });

  it.each<[string, Partial<RouteRow>]>([
    ['usual attributes', {}],
    ['none', { attributes: {}, nextHop: [] }],
    [
      'all',
      {
        rejectedBy: 'import policy',
        stale: true,
        attributes: {
          ...row.attributes,
          localPref: 0,
          med: 0,
          originatorId: '10.0.0.1',
          clusterList: ['10.0.0.2'],
          otc: 0,
          atomicAggregate: true,
          aggregator: { as: 65001, address: '10.0.0.3' },
          unknown: [{ code: 99, flags: 0xc0, value: Uint8Array.of(1, 2) }],
        },
      },
    ],
  ])('are whole messages, as the schema makes them: %s', (_attributes, part) => {
    const message = toRoute({ ...row, ...part });
    expect(message).toEqual(create(RouteSchema, { ...message }));
    expect(Object.keys(message)).toEqual(expect.arrayContaining(Object.keys(create(RouteSchema))));
    expect(fromBinary(RouteSchema, toBinary(RouteSchema, message))).toEqual(message);
  });

  it('tell LOCAL_PREF 0 from no LOCAL_PREF', () => {
    expect(toRoute(row).localPrefAttr).toBeUndefined();
    expect(toRoute({ ...row, attributes: { ...row.attributes, localPref: 0 } }).localPrefAttr).toBe(0);
  });

  it('of our own come from 0.0.0.0', () => {
    expect(toRoute({ ...row, peer: 'local' }).peerAddress).toBe('0.0.0.0');
  });
});

describe('route events', () => {
  const event = { atMs: 1_700_000_000_000, family: IPV4_UNICAST, prefix: '192.0.2.0/24', peer: '10.0.0.2' };

  it.each([
    [
      { ...event, type: 'added', route: row },
      { eventType: RouteEventType.ADDED, peerAddress: '10.0.0.2', previousPeerAddress: '', prefix: '192.0.2.0' },
    ],
    [
      { ...event, type: 'withdrawn' },
      { eventType: RouteEventType.WITHDRAWN, peerAddress: '', previousPeerAddress: '10.0.0.2' },
    ],
    [
      { ...event, type: 'best-changed', previousPeer: 'local' },
      { eventType: RouteEventType.BEST_CHANGED, peerAddress: '10.0.0.2', previousPeerAddress: '0.0.0.0' },
    ],
    [
      { ...event, type: 'end-of-initial-dump' },
      { eventType: RouteEventType.END_OF_INITIAL_DUMP, prefix: '', peerAddress: '' },
    ],
    [
      { ...event, type: 'lagged', lost: 7 },
      { eventType: RouteEventType.LAGGED, prefix: '', lost: 7n },
    ],
  ] as const)('%j', (from, expected) => {
    expect(toRouteEvent(from)).toMatchObject({ ...expected, timestamp: '1700000000' });
  });
});

describe('route queries', () => {
  const query = (table: 'best' | 'received' | 'advertised', init: MessageInitShape<typeof ListRoutesRequestSchema>) => {
    const parsed = parseRouteQuery(table, create(ListRoutesRequestSchema, init));
    return parsed.ok ? parsed.value : `${parsed.error.field}: ${parsed.error.code}`;
  };

  it.each([
    [0, 100],
    [1, 1],
    [2_000, 2_000],
    [2_001, 2_000],
    [0xffff_ffff, 2_000],
  ])('a page size of %i is %i', (asked, expected) => {
    expect(pageSize(asked)).toBe(expected);
  });

  it('carry every filter', () => {
    expect(
      query('received', {
        neighborAddress: '2001:DB8::2',
        afiSafi: AddressFamily.IPV6_UNICAST,
        prefixFilter: '2001:db8::',
        prefixFilterLength: 32,
        longerPrefixes: true,
        originAsn: 65003,
        communityFilter: [1, 2],
        largeCommunityFilter: ['1:2:3'],
      }),
    ).toEqual({
      table: 'received',
      limit: 100,
      peer: '2001:db8::2',
      family: IPV6_UNICAST,
      prefix: '2001:db8::/32',
      longer: true,
      originAs: 65003,
      communities: [1, 2],
      largeCommunities: ['1:2:3'],
    });
  });

  it('ignore the neighbor in the Loc-RIB, need it for the Adj-RIB-Out, know our own routes', () => {
    expect(query('best', { neighborAddress: '10.0.0.2' })).toEqual({ table: 'best', limit: 100 });
    expect(query('advertised', {})).toBe('neighbor_address: missing');
    expect(query('received', { neighborAddress: '0.0.0.0' })).toMatchObject({ peer: 'local' });
  });

  it.each([
    [{ longerPrefixes: true }, 'longer_prefixes: combination-invalid'],
    [{ prefixFilter: 'x' }, 'prefix_filter: prefix-invalid'],
    [{ largeCommunityFilter: ['1:2'] }, 'large_community_filter: community-invalid'],
    [{ largeCommunityFilter: ['1:2:4294967296'] }, 'large_community_filter: community-invalid'],
    [{ afiSafi: 5 as AddressFamily }, 'afi_safi: family-invalid'],
  ])('%j is refused: %s', (init, expected) => {
    expect(query('received', init)).toBe(expected);
  });
});

describe('injected routes', () => {
  const good = { prefix: '198.51.100.0', prefixLength: 24, nextHop: '10.0.0.1' };
  const parse = (init: MessageInitShape<typeof AddPathRequestSchema>) =>
    parseInjectedRoute(create(AddPathRequestSchema, init));

  it('carry what was given, and 0 where it was given', () => {
    const parsed = parse({
      ...good,
      asPath: [65001],
      localPref: 0,
      communities: [7],
      extendedCommunities: [842_131_417_596_004n],
      largeCommunities: ['1:2:3'],
      pathId: 9,
    });
    expect(parsed.ok && parsed.value).toEqual({
      family: IPV4_UNICAST,
      prefix: '198.51.100.0/24',
      nextHop: ['10.0.0.1'],
      pathId: 9,
      attributes: {
        origin: 0,
        asPath: [{ type: 'sequence', asns: [65001] }],
        localPref: 0,
        communities: [7],
        extendedCommunities: [{ octets: Uint8Array.of(0, 2, 0xfd, 0xea, 0, 0, 0, 100) }],
        largeCommunities: [{ globalAdministrator: 1, localData1: 2, localData2: 3 }],
      },
    });
  });

  it.each([
    [{ ...good, prefix: '' }, 'prefix: missing'],
    [{ ...good, prefixLength: 33 }, 'prefix: prefix-invalid'],
    [{ ...good, nextHop: '' }, 'next_hop: missing'],
    [{ ...good, nextHop: '2001:db8::1' }, 'next_hop: combination-invalid'],
    [{ ...good, nextHop: 'self' }, 'next_hop: address-invalid'],
    [{ ...good, origin: 3 }, 'origin: value-out-of-range'],
    [{ ...good, asPath: [65001, 0] }, 'as_path: value-out-of-range'],
    [{ ...good, largeCommunities: ['x'] }, 'large_communities: community-invalid'],
  ])('%j is refused: %s', (init, expected) => {
    const parsed = parse(init);
    expect(parsed.ok || `${parsed.error.field}: ${parsed.error.code}`).toBe(expected);
  });
});

describe('a neighbor to add, as a table of the configuration file', () => {
  const NEW = { address: '10.0.0.9', remoteAsn: 65009 };
  const parse = (init: MessageInitShape<typeof NeighborConfigSchema>) =>
    toNeighborTable(create(NeighborConfigSchema, init));

  it('holds only what the caller set, so that groups and defaults decide the rest', () => {
    expect(parse({ address: '10.0.0.9', remoteAsn: 65009 })).toEqual({
      ok: true,
      value: { address: '10.0.0.9', remote_asn: 65009 },
    });
  });

  it('takes a link-local neighbor as listings show it', () => {
    const table = { address: 'fe80::1', interface: 'eth0', remote_asn: 65009 };
    expect(parse({ address: 'fe80::1%eth0', remoteAsn: 65009 })).toEqual({ ok: true, value: table });
    expect(parse({ address: 'fe80::1', interface: 'eth0', remoteAsn: 65009 })).toEqual({ ok: true, value: table });
  });

  it('takes ADD-PATH with its families', () => {
    const addPath = { addPathSend: true, addPathSendMax: 4, addPathFamilies: ['ipv6_unicast'] };
    expect(parse({ ...NEW, ...addPath, flowspecValidation: false, hasMd5Password: true, md5Password: 'k' })).toEqual({
      ok: true,
      value: {
        address: '10.0.0.9',
        remote_asn: 65009,
        md5_password: 'k',
        flowspec_validation: false,
        add_path: { receive: false, send: true, send_max: 4, families: ['ipv6_unicast'] },
      },
    });
  });

  it.each([
    { address: 'eth0', remoteAsn: 65009 },
    { interface: 'eth0', remoteAsn: 65009 },
  ])('%j is whoever is found there', (init) => {
    expect(parse(init)).toEqual({ ok: true, value: { interface: 'eth0', remote_asn: 65009 } });
  });

  it('tells false and 0 that were set from what was not', () => {
    expect(
      parse({ address: '10.0.0.9', remoteAsn: 1, gracefulRestart: false, delayOpenTime: 0, disableHoldTimer: true }),
    ).toEqual({
      ok: true,
      value: { address: '10.0.0.9', remote_asn: 1, graceful_restart: false, delay_open_time: 0, hold_time: 0 },
    });
  });

  it.each([
    [{}, 'config.address: missing'],
    [{ address: '10.0.0.9' }, 'config.remote_asn: missing'],
    [{ address: 'fe80::1%eth0', interface: 'eth1', remoteAsn: 1 }, 'config.interface: combination-invalid'],
    [{ ...NEW, addPathFamilies: ['ipv4_unicast'] }, 'config.add_path_families: combination-invalid'],
    [{ ...NEW, addPathReceive: true, addPathSendMax: 4 }, 'config.add_path_send_max: combination-invalid'],
    [{ ...NEW, hasMd5Password: true }, 'config.has_md5_password: combination-invalid'],
    [{ ...NEW, hasTcpAo: true }, 'config.has_tcp_ao: combination-invalid'],
  ])('%j is refused: %s', (init, expected) => {
    const parsed = parse(init);
    expect(parsed.ok || `${parsed.error.field}: ${parsed.error.code}`).toBe(expected);
  });
});

const zero = { open: 0, update: 0, notification: 0, keepalive: 0, route_refresh: 0 };
const config: PeerConfig = {
  ...defaultPeerConfig('10.0.0.2', 65002),
  families: [IPV4_UNICAST, IPV6_UNICAST],
  md5Password: 'hunter2',
};
const status: PeerStatus = {
  config,
  state: 'Established',
  sinceMs: 61_900,
  uptimeSeconds: 61.9,
  isDynamic: false,
  gracefulShutdown: false,
  local: { address: '2001:db8::1', port: 179 },
  counters: {
    messagesReceived: { ...zero, update: 5 },
    messagesSent: { ...zero, update: 6, notification: 1 },
    octetsReceived: 2 ** 40,
    octetsSent: 1,
    established: 2,
    flaps: 1,
    asPathLoops: 0,
    reflectionLoops: 0,
    updateErrors: {},
    judged: {
      rejectedByPolicy: 0,
      duplicateAnnouncements: 0,
      duplicateWithdrawals: 0,
      duplicateUpdates: 0,
      asPathLoops: 0,
      confederationLoops: 0,
      clusterListLoops: 0,
      originatorIdLoops: 0,
      treatedUpdates: 0,
      treatedRoutes: 0,
    },
  },
  prefixes: [
    { family: IPV4_UNICAST, received: 3, accepted: 2, stale: 0, sent: 4 },
    { family: IPV6_UNICAST, received: 1, accepted: 1, stale: 0, sent: 0 },
  ],
  missingPolicy: ['export'],
  queuedOctets: 0,
  prefixLimits: [
    { max: 4, received: 4, level: 'warning' },
    { family: IPV6_UNICAST, max: 9, received: 1, level: 'within' },
  ],
};

describe('neighbor state', () => {
  it('adds the families up and uses whole seconds', () => {
    expect(toNeighborState(status)).toMatchObject({
      prefixesReceived: 4n,
      prefixesSent: 4n,
      updatesReceived: 5n,
      updatesSent: 6n,
      notificationsSent: 1n,
      octetsReceived: 1_099_511_627_776n,
      uptimeSeconds: 61n,
      flapCount: 1n,
      missingPolicy: ['export'],
      localEndpoint: '[2001:db8::1]:179',
      remoteEndpoint: '',
    });
  });

  it('says of each prefix limit how near the neighbor is', () => {
    expect(toNeighborState(status).prefixLimits).toMatchObject([
      { family: '', limit: 4, received: 4n, level: 'warning' },
      { family: 'ipv6_unicast', limit: 9, received: 1n, level: 'within' },
    ]);
  });

  it('never carries the TCP-AO key', () => {
    const tcpAo = { key: 'hunter3', sendId: 1, recvId: 2, algorithm: 'hmac(sha1)' } as const;
    const state = toNeighborState({ ...status, config: { ...status.config, tcpAo, flowSpecValidation: false } });
    const json = JSON.stringify(toJson(NeighborStateSchema, state));
    expect(json).not.toContain('hunter3');
    expect(json).toContain('"hasTcpAo":true');
    expect(json).toContain('"flowspecValidation":false');
  });

  it('never carries the MD5 key', () => {
    const json = JSON.stringify(toJson(NeighborStateSchema, toNeighborState(status)));
    expect(json).not.toContain('hunter2');
    expect(json).toContain('"hasMd5Password":true');
  });

  it('has one line with "state" per neighbor, which scripts count', () => {
    const text = JSON.stringify(toJson(NeighborStateSchema, toNeighborState(status)), null, 2);
    expect(text.match(/"state"/g)).toHaveLength(1);
    expect(text).toContain('"state": "SESSION_STATE_ESTABLISHED"');
  });
});

it('capabilities in words, with nothing in them that steers a terminal', () => {
  expect(formatCapability({ type: 'multiprotocol', family: IPV6_UNICAST })).toBe('multiprotocol ipv6_unicast');
  expect(formatCapability({ type: 'software-version', version: 'x\u001b[31m' })).toBe('software-version x?[31m');
  expect(formatCapability({ type: 'add-path', entries: [{ family: IPV4_UNICAST, sendReceive: 3 }] })).toBe(
    'add-path ipv4_unicast send and receive',
  );
});
