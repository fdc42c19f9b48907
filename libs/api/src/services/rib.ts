import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { ListRoutesRequest, RibService } from '@bgp/api-proto';
import type { RoutePage, RouteQuery, RouteRow, RouteTable } from '@bgp/speaker';
import { ok, type Result } from '@bgp/wire';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';
import { type RequestError, requestError, speakerValueOrThrow, valueOrThrow } from '../errors.ts';
import { splitPrefix } from '../mapping/address.ts';
import { parseTarget } from '../mapping/injected-route.ts';
import { toRoute } from '../mapping/route.ts';
import { parseRouteQuery } from '../mapping/route-query.ts';
import { PageTokens } from '../page-tokens.ts';
import { watchRoutes } from './watch-routes.ts';

export function ribService({ speaker, control }: ApiDependencies): ServiceImpl<typeof RibService> {
  const tokens = new PageTokens();

  async function list(table: RouteTable, request: ListRoutesRequest, signal: AbortSignal) {
    const query = valueOrThrow(parseRouteQuery(table, request));
    const question = questionOf(query);
    const start = valueOrThrow(placeOf(question, request.pageToken));
    const { routes, nextCursor, total } = await fill({ ...query, ...start }, signal);
    const offset = start.offset + routes.length;
    return {
      routes: routes.map(toRoute),
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

  /** The speaker bounds the work of one call, so a page behind a narrow filter takes several. */
  async function fill({ limit, ...query }: RouteQuery, signal: AbortSignal): Promise<RoutePage> {
    const routes: RouteRow[] = [];
    for (let cursor = query.cursor; ; ) {
      const part = speakerValueOrThrow(
        speaker.listRoutes({ ...query, limit: limit - routes.length, ...(cursor === undefined ? {} : { cursor }) }),
      );
      routes.push(...part.routes);
      if (part.nextCursor === undefined) return { routes, total: part.total };
      if (routes.length >= limit) return { routes, total: part.total, nextCursor: part.nextCursor };
      signal.throwIfAborted();
      cursor = part.nextCursor;
      await setImmediate(); // Sessions and other callers have their turn.
    }
  }

  return {
    listReceivedRoutes: (request, context) => list('received', request, context.signal),
    listBestRoutes: (request, context) => list('best', request, context.signal),
    listAdvertisedRoutes: (request, context) => list('advertised', request, context.signal),
    explainBestPath(request) {
      const { family, prefix } = valueOrThrow(parseTarget(request.prefix, request.prefixLength));
      const { best, candidates } = speaker.explainBest(family, prefix) ?? { candidates: [] };
      return {
        ...splitPrefix(prefix),
        ...(best === undefined ? {} : { bestRoute: toRoute(best) }),
        candidates: candidates.map(({ route, reason }) => ({
          route: toRoute(route),
          vsBestReason: reason,
          vsBestOrdering: 'worse',
        })),
      };
    },
    watchRoutes: (request, context) =>
      watchRoutes(speaker, request, AbortSignal.any([context.signal, control.stopping])),
  };
}

/** Everything but the place and the page size, which may change from page to page. */
function questionOf({ limit: _limit, cursor: _cursor, ...question }: RouteQuery): string {
  return createHash('sha1').update(JSON.stringify(question)).digest('base64');
}
