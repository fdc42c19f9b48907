import type { ListRoutesRequest, ListRoutesRequestSchema, ListRoutesResponse, Route } from '@bgp/api-proto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Call, Command, Option } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { OptionValues } from '../option-values.ts';
import { explainJson, explainText } from '../render/explain.ts';
import { writeList } from '../render/list.ts';
import { writeDone, writeItem } from '../render/output.ts';
import { routeView } from '../render/route.ts';
import { UsageError } from '../usage-error.ts';
import { parseAsPath, parseCommunity, parseFamily, parseLargeCommunity } from '../values.ts';
import { DRY_RUN, ROUTE_FILTERS } from './options.ts';

/** Large enough that a full table takes few round trips, small enough to keep both ends responsive. */
const PAGE_SIZE = 2_000;

type ListRpc = 'listBestRoutes' | 'listReceivedRoutes' | 'listAdvertisedRoutes';

const PATH_ID = { long: '--path-id', value: 'N', help: 'RFC 7911 path identifier' } as const;

const TO: Option = { long: '--to', value: 'ADDR', help: 'with --explain: also which of the paths this neighbor gets' };

export const RIB_COMMANDS: readonly Command[] = [
  {
    forms: ['rib', 'rib best'],
    summary: 'The best routes.',
    rpc: 'RibService.ListBestRoutes',
    options: [...ROUTE_FILTERS, { long: '--explain', help: 'with --prefix: why this path and not another one' }, TO],
    examples: ['tsbgpctl rib -p 192.0.2.0/24 --longer', 'tsbgpctl rib -c NO_EXPORT,65001:100 --json'],
    run: (call) => (call.options.has('explain') ? explainFiltered(call) : listRoutes(call, 'listBestRoutes', '')),
  },
  {
    forms: ['rib received', 'rib received ADDR'],
    summary: 'What neighbors, or one neighbor, sent; refused routes with the policy that refused them.',
    rpc: 'RibService.ListReceivedRoutes',
    options: ROUTE_FILTERS,
    run: (call) => listRoutes(call, 'listReceivedRoutes', call.argument('ADDR')),
  },
  {
    forms: ['rib advertised ADDR'],
    summary: 'What is announced to a neighbor.',
    rpc: 'RibService.ListAdvertisedRoutes',
    options: ROUTE_FILTERS,
    run: (call) => listRoutes(call, 'listAdvertisedRoutes', call.argument('ADDR')),
  },
  {
    forms: ['rib explain PREFIX'],
    summary: 'Why this path and not another one.',
    rpc: 'RibService.ExplainBestPath',
    options: [TO],
    run: (call) => explain(call, call.argument('PREFIX')),
  },
  {
    forms: ['rib add PREFIX', 'inject PREFIX'],
    summary: 'Announce a route of our own; lasts until withdrawn or the daemon ends.',
    rpc: 'InjectionService.AddPath',
    options: [
      { long: '--nexthop', value: 'IP', help: 'next hop', isRequired: true },
      { long: '--origin', value: '0..2', help: '0 IGP (default), 1 EGP, 2 INCOMPLETE' },
      { long: '--as-path', value: '"1 2"', help: 'AS numbers, nearest first' },
      { long: '--local-pref', value: 'N', help: 'LOCAL_PREF' },
      { long: '--med', value: 'N', help: 'MULTI_EXIT_DISC' },
      { long: '--communities', value: 'A:B,…', help: 'communities' },
      { long: '--large-communities', value: 'A:B:C,…', help: 'large communities' },
      PATH_ID,
    ],
    examples: ['tsbgpctl inject 198.51.100.0/24 --nexthop 10.0.0.1 --communities 65001:100'],
    run: inject,
  },
  {
    forms: ['rib delete PREFIX', 'withdraw PREFIX'],
    summary: 'Withdraw a route of our own.',
    rpc: 'InjectionService.DeletePath',
    options: [PATH_ID, DRY_RUN],
    run: withdraw,
  },
];

async function listRoutes(call: Call, rpc: ListRpc, neighborAddress: string) {
  const { clients, out } = call;
  const request = { ...routeFilters(call.options), neighborAddress, pageSize: PAGE_SIZE };
  await writeList<Route>(
    out,
    pagesOf((page) => clients.rib[rpc](page), request),
    routeView(out.palette),
  );
  return EXIT.done;
}

/** Follows the tokens to the end. */
async function* pagesOf(
  list: (request: MessageInitShape<typeof ListRoutesRequestSchema>) => Promise<ListRoutesResponse>,
  request: Partial<Omit<ListRoutesRequest, '$typeName' | '$unknown'>>,
): AsyncGenerator<readonly Route[]> {
  for (let pageToken = ''; ; ) {
    const { routes, nextPageToken } = await list({ ...request, pageToken });
    yield routes;
    if (nextPageToken === '') return;
    pageToken = nextPageToken;
  }
}

function routeFilters(options: OptionValues) {
  if (options.has('longer') && !options.has('prefix')) throw new UsageError('--longer needs --prefix PREFIX');
  return {
    afiSafi: parseFamily(options.text('family')),
    prefixFilter: options.text('prefix') ?? '',
    longerPrefixes: options.has('longer'),
    originAsn: options.number('origin-asn') ?? 0,
    communityFilter: options.list('community').map(parseCommunity),
    largeCommunityFilter: options.list('large-community').map(parseLargeCommunity),
  };
}

function explainFiltered(call: Call) {
  const prefix = call.options.text('prefix');
  const others = ROUTE_FILTERS.filter(({ long }) => long !== '--prefix' && call.options.has(long.slice(2)));
  if (prefix === undefined) throw new UsageError('--explain needs --prefix PREFIX');
  if (others[0] !== undefined) throw new UsageError(`--explain cannot be combined with ${others[0].long}`);
  return explain(call, prefix);
}

async function explain({ clients, options, out }: Call, prefix: string) {
  const answer = await clients.rib.explainBestPath({ prefix, peerAddress: options.text('to') ?? '' });
  await writeItem(
    out,
    () => explainJson(answer),
    () => explainText(answer, out.palette),
  );
  return EXIT.done;
}

async function inject({ argument, options, clients, out }: Call) {
  const prefix = argument('PREFIX');
  const localPref = options.number('local-pref');
  const med = options.number('med');
  await clients.injection.addPath({
    prefix,
    nextHop: options.text('nexthop') ?? '',
    origin: options.number('origin', 2) ?? 0,
    asPath: parseAsPath(options.text('as-path')),
    communities: options.list('communities').map(parseCommunity),
    largeCommunities: options.list('large-communities').map(parseLargeCommunity),
    pathId: options.number('path-id') ?? 0,
    ...(localPref === undefined ? {} : { localPref }),
    ...(med === undefined ? {} : { med }),
  });
  await writeDone(out, 'add_route', prefix, `Route ${prefix} added`);
  return EXIT.done;
}

async function withdraw({ argument, options, clients, out }: Call) {
  const prefix = argument('PREFIX');
  const pathId = options.number('path-id') ?? 0;
  if (options.has('dry-run')) {
    const { routes } = await clients.rib.listReceivedRoutes({ neighborAddress: '0.0.0.0', prefixFilter: prefix });
    const isThere = routes.some((route) => route.pathId === pathId);
    await writeItem(
      out,
      () => ({ ok: isThere, action: 'delete_route', target: prefix, dry_run: true }),
      () => (isThere ? `Route ${prefix} would be withdrawn\n` : `There is no route ${prefix} of our own\n`),
    );
    return isThere ? EXIT.done : EXIT.refused;
  }
  await clients.injection.deletePath({ prefix, pathId });
  await writeDone(out, 'delete_route', prefix, `Route ${prefix} withdrawn`);
  return EXIT.done;
}
