import type { ListRoutesRequest, ListRoutesRequestSchema, ListRoutesResponse, Route } from '@bgp/api-proto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Call, Command, Option } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { OptionValues } from '../option-values.ts';
import { explainJson, explainText } from '../render/explain.ts';
import { writeList } from '../render/list.ts';
import { writeDone, writeItem } from '../render/output.ts';
import { routeView } from '../render/route.ts';
import { advertisedJson, advertisedText, importJson, importText } from '../render/trace.ts';
import { UsageError } from '../usage-error.ts';
import { parseAsPath, parseCommunity, parseFamily, parseLargeCommunity } from '../values.ts';
import { DRY_RUN, ROUTE_FILTERS } from './options.ts';

/** Large enough that a full table takes few round trips, small enough to keep both ends responsive. */
const PAGE_SIZE = 500;

type ListRpc = 'listBestRoutes' | 'listReceivedRoutes' | 'listAdvertisedRoutes';

const PATH_ID = { long: '--path-id', value: 'N', help: 'RFC 7911 path identifier' } as const;

const TO: Option = { long: '--to', value: 'ADDR', help: 'with --explain: also why this neighbor gets it or not' };
const FROM: Option = {
  long: '--from',
  value: 'ADDR',
  help: 'with --explain: what became of what this neighbor announced',
};
const EXPLAIN: Option = { long: '--explain', help: 'with --prefix: why, statement by statement' };

export const RIB_COMMANDS: readonly Command[] = [
  {
    forms: ['rib', 'rib best'],
    summary: 'The best routes.',
    rpc: 'RibService.ListBestRoutes',
    options: [
      ...ROUTE_FILTERS,
      { long: '--explain', help: 'with --prefix: why this path and not another one' },
      TO,
      FROM,
    ],
    examples: ['tsbgpctl rib -p 192.0.2.0/24 --longer', 'tsbgpctl rib -c NO_EXPORT,65001:100 --json'],
    run: (call) => (call.options.has('explain') ? explainFiltered(call) : listRoutes(call, 'listBestRoutes', '')),
  },
  {
    forms: ['rib received', 'rib received ADDR'],
    summary: 'What neighbors, or one neighbor, sent; refused routes with the policy that refused them.',
    rpc: 'RibService.ListReceivedRoutes',
    options: [...ROUTE_FILTERS, EXPLAIN],
    run: (call) => {
      const peer = call.argument('ADDR');
      if (!call.options.has('explain')) return listRoutes(call, 'listReceivedRoutes', peer);
      if (peer === '')
        throw new UsageError('--explain needs the neighbor', 'rib received ADDR --prefix PREFIX --explain');
      return explainImport(call, explainedPrefix(call), peer);
    },
  },
  {
    forms: ['rib advertised ADDR'],
    summary: 'What is announced to a neighbor.',
    rpc: 'RibService.ListAdvertisedRoutes',
    options: [...ROUTE_FILTERS, EXPLAIN],
    run: (call) =>
      call.options.has('explain')
        ? explainAdvertised(call, explainedPrefix(call), call.argument('ADDR'))
        : listRoutes(call, 'listAdvertisedRoutes', call.argument('ADDR')),
  },
  {
    forms: ['rib explain PREFIX'],
    summary:
      'Why this path and not another one; why a neighbor has it or not; what became of what a neighbor announced.',
    rpc: 'RibService.ExplainBestPath',
    options: [TO, FROM],
    examples: ['tsbgpctl rib explain 192.0.2.0/24 --to 10.0.0.2', 'tsbgpctl rib explain 192.0.2.0/24 --from 10.0.0.3'],
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
  return explain(call, explainedPrefix(call));
}

function explainedPrefix({ options }: Call): string {
  const prefix = options.text('prefix');
  const others = ROUTE_FILTERS.filter(({ long }) => long !== '--prefix' && options.has(long.slice(2)));
  if (prefix === undefined) throw new UsageError('--explain needs --prefix PREFIX');
  if (others[0] !== undefined) throw new UsageError(`--explain cannot be combined with ${others[0].long}`);
  return prefix;
}

async function explain(call: Call, prefix: string) {
  const { clients, options, out } = call;
  const [to, from] = [options.text('to'), options.text('from')];
  if (to !== undefined && from !== undefined)
    throw new UsageError('--to and --from are two questions; ask one at a time');
  if (from !== undefined) return explainImport(call, prefix, from);
  const answer = await clients.rib.explainBestPath({ prefix, peerAddress: to ?? '' });
  const sent = to === undefined ? undefined : await clients.rib.explainAdvertisedRoute({ prefix, peerAddress: to });
  await writeItem(
    out,
    () => ({ ...explainJson(answer), ...(sent === undefined ? {} : { advertised: advertisedJson(sent) }) }),
    () => explainText(answer, out.palette) + (sent === undefined ? '' : `\n${advertisedText(sent, out.palette)}`),
  );
  return EXIT.done;
}

async function explainAdvertised({ clients, out }: Call, prefix: string, peerAddress: string) {
  const answer = await clients.rib.explainAdvertisedRoute({ prefix, peerAddress });
  await writeItem(
    out,
    () => advertisedJson(answer),
    () => advertisedText(answer, out.palette),
  );
  return EXIT.done;
}

async function explainImport({ clients, out }: Call, prefix: string, neighborAddress: string) {
  const answer = await clients.rib.explainImportPolicy({ prefix, neighborAddress });
  await writeItem(
    out,
    () => importJson(answer),
    () => importText(prefix, neighborAddress, answer, out.palette),
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
