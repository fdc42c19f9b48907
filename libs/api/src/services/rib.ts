import { createHash } from 'node:crypto';
import { AddressFamily, type ListFlowSpecRoutesRequest, type ListRoutesRequest, type RibService } from '@bgp/api-proto';
import type { RouteQuery, RouteRow, RouteTable } from '@bgp/speaker';
import { ok, type Result } from '@bgp/wire';
import { compareFlowSpec, encodeFlowSpec, IPV4_FLOWSPEC, IPV6_FLOWSPEC } from '@bgp/wire/flowspec';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';
import { type RequestError, requestError, speakerValueOrThrow, valueOrThrow, withDetail } from '../errors.ts';
import { parsePeerName, splitPrefix } from '../mapping/address.ts';
import { toAdvertisedExplanation, toImportExplanation } from '../mapping/explain.ts';
import { parseFlowSpecFamily, toFlowSpecRoute } from '../mapping/flowspec.ts';
import { parseTarget } from '../mapping/injected-route.ts';
import { routeMapper, toRoute } from '../mapping/route.ts';
import { parseRouteQuery } from '../mapping/route-query.ts';
import { PageTokens } from '../page-tokens.ts';
import { workTurn } from '../work-turn.ts';
import { watchRoutes } from './watch-routes.ts';

const FLOWSPEC_FAMILIES = [IPV4_FLOWSPEC, IPV6_FLOWSPEC];

/** Between two looks at the clock. */
const SLICE_ROWS = 50;

export function ribService({ speaker, control }: ApiDependencies): ServiceImpl<typeof RibService> {
  const tokens = new PageTokens();

  async function list(table: RouteTable, request: ListRoutesRequest, signal: AbortSignal) {
    const query = valueOrThrow(parseRouteQuery(table, request));
    const question = questionOf(query);
    const start = valueOrThrow(placeOf(question, request.pageToken));
    // As in the seed, only the Loc-RIB's listing marks the best: there it is the answer, elsewhere a coincidence.
    const toMessage = routeMapper();
    const toAnswer = (row: RouteRow) => toMessage(table === 'best' ? row : { ...row, best: false });
    const { rows, nextCursor, total } = await fill({ ...query, ...start }, signal, toAnswer);
    const offset = start.offset + rows.length;
    return {
      routes: rows,
      totalCount: total,
      nextPageToken: nextCursor === undefined ? '' : tokens.issue(question, offset, nextCursor),
    };
  }

  function placeOf(question: string, token: string): Result<{ cursor?: string; offset: number }, RequestError> {
    if (token === '') return ok({ offset: 0 });
    const place = tokens.find(question, token);
    if (place !== undefined) return ok({ cursor: place.cursor, offset: place.offset });
    const message = `"${token}" is not a token of this question, or it is too old; begin again without one`;
    return requestError('page-token-invalid', 'page_token', message);
  }

  /** A page is gathered in slices: sessions and other callers have their turn in between, whatever its size and filters. */
  async function fill<T>({ limit, ...query }: RouteQuery, signal: AbortSignal, toAnswer: (row: RouteRow) => T) {
    const rows: T[] = [];
    for (let cursor = query.cursor; ; ) {
      const hasTime = await workTurn();
      signal.throwIfAborted();
      do {
        const slice = { ...query, limit: Math.min(limit - rows.length, SLICE_ROWS) };
        const part = speakerValueOrThrow(speaker.listRoutes(cursor === undefined ? slice : { ...slice, cursor }));
        for (const row of part.routes) rows.push(toAnswer(row));
        cursor = part.nextCursor;
        if (cursor === undefined) return { rows, total: part.total };
        if (rows.length >= limit) return { rows, total: part.total, nextCursor: cursor };
      } while (hasTime());
    }
  }

  async function listRules({ afiSafi, received }: ListFlowSpecRoutesRequest, signal: AbortSignal) {
    const families =
      afiSafi === AddressFamily.UNSPECIFIED ? FLOWSPEC_FAMILIES : [valueOrThrow(parseFlowSpecFamily(afiSafi))];
    const routes: RouteRow[] = [];
    for (const family of families) {
      const table = received ? 'received' : 'best';
      const { rows } = await fill({ table, family, limit: Number.POSITIVE_INFINITY }, signal, (row) => row);
      routes.push(...rows.sort(byPrecedence));
    }
    return { routes: routes.flatMap((row) => toFlowSpecRoute(row) ?? []) };
  }

  return {
    listFlowSpecRoutes: (request, context) => listRules(request, context.signal),
    listReceivedRoutes: (request, context) => list('received', request, context.signal),
    listBestRoutes: (request, context) => list('best', request, context.signal),
    listAdvertisedRoutes: (request, context) => list('advertised', request, context.signal),
    explainBestPath(request) {
      const { family, prefix } = valueOrThrow(parseTarget(request.prefix, request.prefixLength));
      const to =
        request.peerAddress === '' ? undefined : valueOrThrow(parsePeerName(request.peerAddress, 'peer_address'));
      const peer = to === undefined ? undefined : speaker.peer(to);
      if (to !== undefined && peer === undefined) {
        throw withDetail(Code.NotFound, `there is no neighbor ${to}`, 'peer-not-found', 'peer_address');
      }
      const explanation = speaker.explainBest(family, prefix, to);
      const { best, advertisedPathId, candidates = [] } = explanation ?? {};
      return {
        ...splitPrefix(prefix),
        ...(best === undefined ? {} : { bestRoute: toRoute(best) }),
        ...(advertisedPathId === undefined ? {} : { bestAdvertisedPathId: advertisedPathId }),
        peerAddress: to ?? '',
        addPathSendMax: peer?.config.addPath?.sendMax ?? 0,
        candidates: candidates.map(({ route, reason, advertisedPathId: id }) => ({
          ...(id === undefined ? {} : { advertisedPathId: id }),
          route: toRoute(route),
          vsBestReason: reason,
          vsBestOrdering: 'worse',
        })),
      };
    },
    explainAdvertisedRoute(request) {
      const { family, prefix } = valueOrThrow(parseTarget(request.prefix, request.prefixLength));
      const peer = valueOrThrow(parsePeerName(request.peerAddress, 'peer_address'));
      return toAdvertisedExplanation(peer, prefix, speakerValueOrThrow(speaker.explainExport(peer, family, prefix)));
    },
    explainImportPolicy(request) {
      const { family, prefix } = valueOrThrow(parseTarget(request.prefix, request.prefixLength));
      const peer = valueOrThrow(parsePeerName(request.neighborAddress, 'neighbor_address'));
      return toImportExplanation(speakerValueOrThrow(speaker.explainImport(peer, family, prefix)));
    },
    watchRoutes: (request, context) =>
      watchRoutes(speaker, request, AbortSignal.any([context.signal, control.stopping])),
  };
}

/** Everything but the place and the page size, which may change from page to page. */
function questionOf({ limit: _limit, cursor: _cursor, ...question }: RouteQuery): string {
  return createHash('sha1').update(JSON.stringify(question)).digest('base64');
}

/** RFC 8955 §5.1: the rule that a packet meets first comes first. */
function byPrecedence(a: RouteRow, b: RouteRow): number {
  const [first, second] = [a, b].map(({ rule }) => (rule === undefined ? undefined : encodeFlowSpec(rule)));
  if (first?.ok !== true || second?.ok !== true) return 0;
  return compareFlowSpec(first.value, second.value, a.family);
}
