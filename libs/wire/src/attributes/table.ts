import { origin } from './01-origin.ts';
import { asPath } from './02-as-path.ts';
import { nextHop } from './03-next-hop.ts';
import { med } from './04-med.ts';
import { localPref } from './05-local-pref.ts';
import { atomicAggregate } from './06-atomic-aggregate.ts';
import { aggregator } from './07-aggregator.ts';
import { communities } from './08-communities.ts';
import { originatorId } from './09-originator-id.ts';
import { clusterList } from './10-cluster-list.ts';
import { extendedCommunities } from './16-extended-communities.ts';
import { pmsiTunnel } from './22-pmsi-tunnel.ts';
import { ipv6ExtendedCommunities } from './25-ipv6-extended-communities.ts';
import { aigp } from './26-aigp.ts';
import { largeCommunities } from './32-large-communities.ts';
import { otc } from './35-otc.ts';
import type { AttributeCodec } from './codec.ts';

/**
 * One row per path attribute with a field of its own, by ascending code. MP_REACH_NLRI and MP_UNREACH_NLRI belong to
 * `UpdateView`; AS4_PATH and AS4_AGGREGATOR end in `AttributeReader`.
 */
export const ATTRIBUTE_CODECS: readonly AttributeCodec[] = [
  origin,
  asPath,
  nextHop,
  med,
  localPref,
  atomicAggregate,
  aggregator,
  communities,
  originatorId,
  clusterList,
  extendedCommunities,
  pmsiTunnel,
  ipv6ExtendedCommunities,
  aigp,
  largeCommunities,
  otc,
];

const BY_CODE: readonly (AttributeCodec | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  ATTRIBUTE_CODECS.find((codec) => codec.code === code),
);

export function attributeCodec(code: number): AttributeCodec | undefined {
  return BY_CODE[code];
}
