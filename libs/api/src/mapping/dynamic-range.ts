import type { DynamicNeighborRange } from '@bgp/api-proto';
import type { DynamicRange } from '@bgp/speaker';
import { type IpPrefix, ok, parseIpPrefix, type Result } from '@bgp/wire';
import { type RequestError, requestError } from '../errors.ts';

export function toDynamicNeighborRange({ prefix, peerGroup, remoteAses, description }: DynamicRange) {
  const [onlyAs] = remoteAses;
  return {
    prefix,
    peerGroup,
    remoteAsn: remoteAses.length === 1 && onlyAs !== undefined ? onlyAs : 0,
    remoteAsns: remoteAses.length > 1 ? [...remoteAses] : [],
    description: description ?? '',
  };
}

/** The request as a `[[dynamic_neighbors]]` table; its values are checked where the file's are. */
export function toDynamicRangeTable(
  range: DynamicNeighborRange | undefined,
): Result<Readonly<Record<string, unknown>>, RequestError> {
  if (range === undefined) return requestError('missing', 'range', 'the range to add is needed');
  const { prefix, peerGroup, remoteAsn, remoteAsns, description } = range;
  return ok({
    prefix,
    peer_group: peerGroup,
    ...(remoteAsn === 0 ? {} : { remote_asn: remoteAsn }),
    ...(remoteAsns.length === 0 ? {} : { remote_asns: [...remoteAsns] }),
    ...(description === '' ? {} : { description }),
  });
}

export function parsePrefixText(text: string, field: string): Result<IpPrefix, RequestError> {
  return parseIpPrefix(text).ok ? ok(text) : requestError('address-invalid', field, `"${text}" is not a prefix`);
}
