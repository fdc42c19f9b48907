import type { ListRoutesRequest } from '@bgp/api-proto';
import type { RouteQuery, RouteTable } from '@bgp/speaker';
import { ok, parseLargeCommunity, type Result } from '@bgp/wire';
import { type RequestError, requestError } from '../errors.ts';
import { parsePeerName, parsePrefix, parseRouteSource } from './address.ts';
import { parseAddressFamily } from './family.ts';

const DEFAULT_PAGE_SIZE = 100;
/** A page is one answer, encoded in one turn, and no session may wait longer than 50 ms. */
const MAX_PAGE_SIZE = 2_000;

/** The question without the place in the table. */
export function parseRouteQuery(table: RouteTable, request: ListRoutesRequest): Result<RouteQuery, RequestError> {
  const family = parseAddressFamily(request.afiSafi, 'afi_safi');
  if (!family.ok) return family;
  const peer = parsePeer(table, request.neighborAddress);
  if (!peer.ok) return peer;
  const large = parseLargeCommunities(request.largeCommunityFilter);
  if (!large.ok) return large;
  const narrowed = parsePrefixFilter(request);
  if (!narrowed.ok) return narrowed;
  return ok({
    table,
    limit: pageSize(request.pageSize),
    ...(family.value === undefined ? {} : { family: family.value }),
    ...(peer.value === undefined ? {} : { peer: peer.value }),
    ...narrowed.value,
    ...(request.originAsn === 0 ? {} : { originAs: request.originAsn }),
    ...(request.communityFilter.length === 0 ? {} : { communities: [...request.communityFilter] }),
    ...(large.value.length === 0 ? {} : { largeCommunities: large.value }),
  });
}

/** 0 is the seed's default; more than the cap is the cap. */
export function pageSize(asked: number): number {
  return asked === 0 ? DEFAULT_PAGE_SIZE : Math.min(asked, MAX_PAGE_SIZE);
}

function parsePeer(table: RouteTable, address: string): Result<string | undefined, RequestError> {
  // Every neighbor's contribution is in the one Loc-RIB, so the seed ignores the filter there.
  if (table === 'best') return ok(undefined);
  if (table === 'advertised') return parsePeerName(address, 'neighbor_address');
  return address === '' ? ok(undefined) : parseRouteSource(address, 'neighbor_address');
}

function parsePrefixFilter(
  request: ListRoutesRequest,
): Result<{ readonly prefix?: string; readonly longer?: true }, RequestError> {
  if (request.prefixFilter === '') {
    return request.longerPrefixes
      ? requestError('combination-invalid', 'longer_prefixes', 'needs prefix_filter')
      : ok({});
  }
  const parsed = parsePrefix(request.prefixFilter, request.prefixFilterLength, 'prefix_filter');
  if (!parsed.ok) return parsed;
  return ok({ prefix: parsed.value.prefix, ...(request.longerPrefixes ? { longer: true as const } : {}) });
}

function parseLargeCommunities(texts: readonly string[]): Result<string[], RequestError> {
  for (const text of texts) {
    if (!parseLargeCommunity(text).ok) {
      return requestError(
        'community-invalid',
        'large_community_filter',
        `"${text}" is not a large community, write 65001:1:2`,
      );
    }
  }
  return ok([...texts]);
}
