import type { AddPathRequest } from '@bgp/api-proto';
import type { InjectedRoute } from '@bgp/speaker';
import {
  extendedCommunityFromBigint,
  type Family,
  IPV4_UNICAST,
  IPV6_UNICAST,
  type LargeCommunity,
  ok,
  parseIpAddress,
  parseLargeCommunity,
  type Result,
} from '@bgp/wire';
import { type RequestError, requestError } from '../errors.ts';
import { parseAddress, parsePrefix } from './address.ts';

/** RFC 4271 §4.3: IGP 0, EGP 1, INCOMPLETE 2. */
const MAX_ORIGIN = 2;

export function parseInjectedRoute(request: AddPathRequest): Result<InjectedRoute, RequestError> {
  const target = parseTarget(request.prefix, request.prefixLength);
  if (!target.ok) return target;
  const nextHop = parseNextHop(request.nextHop, target.value.family);
  if (!nextHop.ok) return nextHop;
  if (request.origin > MAX_ORIGIN) {
    return requestError('value-out-of-range', 'origin', `${request.origin} is not 0 (IGP), 1 (EGP) or 2 (INCOMPLETE)`);
  }
  if (request.asPath.includes(0)) return requestError('value-out-of-range', 'as_path', 'AS 0 is reserved (RFC 7607)');
  const large = parseLargeCommunities(request.largeCommunities);
  if (!large.ok) return large;
  return ok({
    ...target.value,
    nextHop: [nextHop.value],
    pathId: request.pathId,
    attributes: {
      origin: request.origin,
      asPath: request.asPath.length === 0 ? [] : [{ type: 'sequence', asns: [...request.asPath] }],
      ...(request.localPref === undefined ? {} : { localPref: request.localPref }),
      ...(request.med === undefined ? {} : { med: request.med }),
      ...(request.communities.length === 0 ? {} : { communities: [...request.communities] }),
      ...(request.extendedCommunities.length === 0
        ? {}
        : { extendedCommunities: request.extendedCommunities.map(extendedCommunityFromBigint) }),
      ...(large.value.length === 0 ? {} : { largeCommunities: large.value }),
    },
  });
}

/** A unicast prefix and the family that follows from it. */
export function parseTarget(
  prefix: string,
  length: number,
): Result<{ readonly family: Family; readonly prefix: string }, RequestError> {
  const parsed = parsePrefix(prefix, length, 'prefix');
  if (!parsed.ok) return parsed;
  return ok({
    family: parsed.value.octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST,
    prefix: parsed.value.prefix,
  });
}

function parseNextHop(text: string, family: Family): Result<string, RequestError> {
  if (text === '') return requestError('missing', 'next_hop', 'a next hop is needed');
  const address = parseAddress(text, 'next_hop');
  if (!address.ok) return address;
  const octets = parseIpAddress(text);
  if (octets.ok && (octets.value.length === 4) !== (family === IPV4_UNICAST)) {
    return requestError('combination-invalid', 'next_hop', `${text} is not of the prefix's address family`);
  }
  return address;
}

function parseLargeCommunities(texts: readonly string[]): Result<LargeCommunity[], RequestError> {
  const communities: LargeCommunity[] = [];
  for (const text of texts) {
    const parsed = parseLargeCommunity(text);
    if (!parsed.ok) {
      return requestError(
        'community-invalid',
        'large_communities',
        `"${text}" is not a large community, write 65001:1:2`,
      );
    }
    communities.push(parsed.value);
  }
  return ok(communities);
}
