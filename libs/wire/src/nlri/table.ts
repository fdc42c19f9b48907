import type { WireError } from '../errors.ts';
import type { Family } from '../family.ts';
import { ipv4Multicast } from './ipv4-multicast.ts';
import { ipv4Unicast } from './ipv4-unicast.ts';
import { ipv6Multicast } from './ipv6-multicast.ts';
import { ipv6Unicast } from './ipv6-unicast.ts';
import type { NlriCodec } from './types.ts';

/** One row per family that we can carry. */
const NLRI_CODECS: readonly NlriCodec[] = [ipv4Unicast, ipv4Multicast, ipv6Unicast, ipv6Multicast];

const BY_FAMILY: ReadonlyMap<Family, NlriCodec> = new Map(NLRI_CODECS.map((codec) => [codec.family, codec]));

/** The families that this package can carry. */
export const SUPPORTED_FAMILIES: readonly Family[] = NLRI_CODECS.map((codec) => codec.family);

/** The row of a family, or `undefined` when we cannot read its NLRI. */
export function nlriCodec(family: Family): NlriCodec | undefined {
  return BY_FAMILY.get(family);
}

/** Whether a whole NLRI field of `family` parses (RFC 7606 §3 (j), §5.3); checked before anything in it is applied. */
export function checkNlri(
  family: Family,
  octets: Uint8Array,
  start: number,
  end: number,
  addPath: boolean,
): WireError | undefined {
  const codec = BY_FAMILY.get(family);
  return codec === undefined ? { code: 'family-unsupported', family } : codec.check(octets, start, end, addPath);
}
