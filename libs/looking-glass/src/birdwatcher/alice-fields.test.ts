import { beforeAll, describe, expect, it } from 'vitest';
import { announce, get, HYGIENE, type Lab, startLab, TAGGED } from '../testing/lab.ts';

/*
 * What alice-lg reads of a birdwatcher, and as what. From github.com/alice-lg/alice-lg: pkg/sources/birdwatcher/
 * {parsers,stream_decoder,source_singletable,source_multitable}.go and pkg/decoders/types.go, whose `String`, `IntList` and `Int`
 * take exactly these JSON types and replace anything else by a default without a word.
 */
type Kind =
  | 'string'
  | 'number'
  | 'boolean'
  | 'digits'
  | 'short-time'
  | 'api-time'
  | 'object'
  | 'texts'
  | 'digit-texts'
  | 'pairs'
  | 'triples'
  | 'text-triples';

interface Field {
  /** From the document, or from each route or protocol. */
  readonly path: string;
  readonly kind: Kind;
  /** May be missing: alice-lg then shows 0 or nothing, which is true. */
  readonly optional?: true;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const listOf = (value: unknown, each: (one: unknown) => boolean) => Array.isArray(value) && value.every(each);

const KINDS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: isText,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  // strconv.Atoi of a text
  digits: (value) => isText(value) && /^\d+$/.test(value),
  // time.Parse with servertime_short = 2006-01-02 15:04:05
  'short-time': (value) => isText(value) && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value),
  // time.Parse with servertime = 2006-01-02T15:04:05.999999999Z07:00
  'api-time': (value) => isText(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value),
  texts: (value) => listOf(value, isText),
  'digit-texts': (value) => listOf(value, (one) => isText(one) && /^\d+$/.test(one)),
  pairs: (value) => listOf(value, (one) => listOf(one, Number.isInteger) && (one as unknown[]).length === 2),
  triples: (value) => listOf(value, (one) => listOf(one, Number.isInteger) && (one as unknown[]).length === 3),
  'text-triples': (value) => listOf(value, (one) => listOf(one, isText) && (one as unknown[]).length === 3),
};

const API: readonly Field[] = [
  { path: 'api', kind: 'object' }, // parseAPIStatus
  { path: 'api.Version', kind: 'string' },
  { path: 'api.result_from_cache', kind: 'boolean' },
  { path: 'api.cache_status.cached_at.date', kind: 'api-time' }, // parseCacheStatus
  { path: 'ttl', kind: 'api-time' },
];

const STATUS: readonly Field[] = [
  { path: 'status.router_id', kind: 'string' }, // parseBirdwatcherStatus
  { path: 'status.version', kind: 'string' },
  { path: 'status.message', kind: 'string' },
  { path: 'status.current_server', kind: 'short-time' },
  { path: 'status.last_reboot', kind: 'short-time' },
  { path: 'status.last_reconfig', kind: 'short-time' },
];

const PROTOCOL: readonly Field[] = [
  { path: 'bird_protocol', kind: 'string' }, // filterProtocols
  { path: 'protocol', kind: 'string' }, // multi_table: Neighbors
  { path: 'table', kind: 'string' },
  { path: 'neighbor_address', kind: 'string' }, // parseNeighbors
  { path: 'neighbor_as', kind: 'number' },
  { path: 'state', kind: 'string' },
  { path: 'description', kind: 'string' },
  { path: 'state_changed', kind: 'short-time' },
  { path: 'last_error', kind: 'string', optional: true },
  { path: 'routes.imported', kind: 'number' },
  { path: 'routes.filtered', kind: 'number' },
  { path: 'routes.exported', kind: 'number' },
  { path: 'routes.preferred', kind: 'number' },
];

const SHORT_PROTOCOL: readonly Field[] = [
  { path: 'state', kind: 'string' }, // parseNeighborsShort
  { path: 'since', kind: 'short-time' },
];

const ROUTE: readonly Field[] = [
  { path: 'network', kind: 'string' }, // parseRouteData
  { path: 'gateway', kind: 'string' },
  { path: 'from_protocol', kind: 'string' },
  { path: 'interface', kind: 'string' },
  { path: 'metric', kind: 'number' },
  { path: 'primary', kind: 'boolean' },
  { path: 'learnt_from', kind: 'string' },
  { path: 'age', kind: 'short-time' },
  { path: 'type', kind: 'texts' },
  { path: 'bgp.origin', kind: 'string' }, // parseRouteBgpInfo
  { path: 'bgp.as_path', kind: 'digit-texts' },
  { path: 'bgp.next_hop', kind: 'string' },
  { path: 'bgp.local_pref', kind: 'digits', optional: true },
  { path: 'bgp.med', kind: 'digits', optional: true },
  { path: 'bgp.communities', kind: 'pairs' }, // parseBgpCommunities
  { path: 'bgp.large_communities', kind: 'triples' },
  { path: 'bgp.ext_communities', kind: 'text-triples' }, // parseExtBgpCommunities
];

interface Endpoint {
  /** As alice-lg asks, source and function in the comment. */
  readonly target: string;
  readonly document?: readonly Field[];
  /** Of each element of this list or map, which must have some. */
  readonly each?: readonly [of: 'routes' | 'protocols', fields: readonly Field[]];
}

const ENDPOINTS: readonly Endpoint[] = [
  { target: '/status', document: STATUS }, // source.go Status
  { target: '/protocols/short?uncached=true', each: ['protocols', SHORT_PROTOCOL] }, // source.go fetchProtocolsShort
  { target: '/protocols/bgp', each: ['protocols', PROTOCOL] }, // source_singletable.go Neighbors
  { target: '/protocols', each: ['protocols', PROTOCOL] }, // source_multitable.go fetchProtocols
  { target: '/routes/protocol/bgp_10.0.0.2', each: ['routes', ROUTE] }, // source_singletable.go fetchReceivedRoutes
  { target: '/routes/filtered/bgp_10.0.0.2', each: ['routes', ROUTE] }, // fetchFilteredRoutes
  { target: '/routes/noexport/bgp_10.0.0.3', each: ['routes', ROUTE] }, // fetchNotExportedRoutes
  { target: '/routes/peer/10.0.0.2', each: ['routes', ROUTE] }, // source_multitable.go fetchReceivedRoutes
  { target: '/routes/table/master', each: ['routes', ROUTE] }, // AllRoutes
  { target: '/routes/table/master/filtered', each: ['routes', ROUTE] }, // source_singletable.go AllRoutes
  { target: '/routes/table/master4/peer/10.0.0.2', each: ['routes', ROUTE] }, // source_multitable.go
  { target: '/routes/prefix?prefix=192.0.2.0/24', each: ['routes', ROUTE] }, // source.go LookupPrefix
];

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

/** What is missing or of another type. */
function faults(value: unknown, fields: readonly Field[]): string[] {
  return fields.flatMap(({ path, kind, optional }) => {
    const found = at(value, path);
    if (found === undefined && optional === true) return [];
    return KINDS[kind](found) ? [] : [`${path} is ${JSON.stringify(found)}, not ${kind}`];
  });
}

describe('what alice-lg reads', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = startLab([
      { importChain: HYGIENE, description: 'one' },
      { exportChain: [{ name: 'none', defaultAction: 'deny', statements: [] }] },
    ]);
    announce(lab, 0, ['192.0.2.0/24', '198.51.100.0/24'], {
      med: 7,
      asPath: [{ type: 'sequence', asns: [65010, 4_200_000_000] }],
      communities: [65002 * 65536 + 1],
      largeCommunities: [{ globalAdministrator: 65002, localData1: 4_294_967_295, localData2: 3 }],
      extendedCommunities: [
        { octets: Uint8Array.of(0, 2, 0xfd, 0xea, 0, 0, 0, 100) },
        { octets: Uint8Array.of(0x43, 0, 0, 0, 0, 0, 0, 1) },
      ],
    });
    announce(lab, 0, ['203.0.113.0/24'], TAGGED);
  });

  it.each(ENDPOINTS)('$target', ({ target, document = [], each }) => {
    const { status, body } = get(lab.context, target);
    expect(status).toBe(200);
    expect(faults(body, [...API, ...document])).toEqual([]);
    if (each === undefined) return;
    const elements = Object.values(at(body, each[0]) ?? {});
    expect(elements.length).toBeGreaterThan(0);
    for (const element of elements) expect(faults(element, each[1])).toEqual([]);
  });

  it('no key before the routes is one that its stream decoder takes for another', () => {
    const { body } = get(lab.context, '/routes/protocol/bgp_10.0.0.2');
    expect(Object.keys(body as object)).toEqual(['api', 'routes', 'pagination', 'ttl']);
    expect(JSON.stringify(at(body, 'pagination'))).not.toMatch(/"(api|routes|ttl)"/);
  });

  it('an error has no api block: alice-lg then shows the sentence', () => {
    const { status, body } = get(lab.context, '/routes/protocol/x');
    expect(status).toBe(400);
    expect(at(body, 'api')).toBeUndefined();
  });
});
