import { type AttributeView, countInAsPath } from '@bgp/wire';

/** What we call ourselves in attributes. */
export interface OwnIdentity {
  readonly localAs: number;
  readonly routerId: number;
  readonly clusterId: number;
  readonly confederationId?: number;
}

/**
 * How often we stand in a path. RFC 5065 §4: in a confederation our member AS is looked for in the confederation's segments, and
 * its identifier in the others: outside, somebody else may have our member AS's number.
 */
export function ownAsCount(view: AttributeView, { localAs, confederationId }: OwnIdentity): number {
  return countInAsPath(view, confederationId ?? localAs, 'rest') + countInAsPath(view, localAs, 'confederation');
}
