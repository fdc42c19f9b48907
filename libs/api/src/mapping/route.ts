import { type Route, RouteSchema } from '@bgp/api-proto';
import type { RouteRow } from '@bgp/speaker';
import { extendedCommunityToBigint, formatAsPath, formatLargeCommunity, type PathAttributes } from '@bgp/wire';
import { create } from '@bufbuild/protobuf';
import { splitPrefix, toPeerAddress } from './address.ts';
import { toAddressFamily } from './family.ts';

/** A route with what RPKI says of it as received, or one as sent, of which it says nothing. */
export type AnyRoute = Omit<RouteRow, 'originValidity' | 'aspaState'> &
  Partial<Pick<RouteRow, 'originValidity' | 'aspaState'>>;

/** The API's words. */
export const VALIDATION_STATES = { valid: 'valid', invalid: 'invalid', 'not-found': 'not_found' } as const;

export function toRoute(row: AnyRoute): Route {
  return routeMapper()(row);
}

/** For many routes: what attributes say is put into words once for as long as they are the same object. */
export function routeMapper(): (row: AnyRoute) => Route {
  let last: { readonly attributes: PathAttributes; readonly fields: ReturnType<typeof attributeFields> } | undefined;
  return (row) => {
    const { attributes, originValidity, aspaState } = row;
    if (last?.attributes !== attributes) last = { attributes, fields: attributeFields(attributes) };
    const [nextHop = attributes.nextHop ?? '', linkLocalNextHop = attributes.linkLocalNextHop ?? ''] = row.nextHop;
    return create(RouteSchema, {
      ...splitPrefix(row.prefix),
      nextHop,
      linkLocalNextHop,
      peerAddress: toPeerAddress(row.peer),
      best: row.best,
      pathId: row.pathId,
      rejectedBy: row.rejectedBy ?? '',
      isStale: row.stale,
      ...(originValidity === undefined ? {} : { validationState: VALIDATION_STATES[originValidity] }),
      ...(aspaState === undefined ? {} : { aspaState }),
      receivedAt: BigInt(Math.floor(row.receivedAtMs / 1000)),
      afiSafi: toAddressFamily(row.family),
      ...last.fields,
    });
  };
}

function attributeFields(attributes: PathAttributes) {
  return {
    origin: attributes.origin ?? 0,
    asPath: attributes.asPath?.flatMap((segment) => [...segment.asns]) ?? [],
    asPathText: formatAsPath(attributes.asPath ?? []),
    localPref: attributes.localPref ?? 0,
    med: attributes.med ?? 0,
    communities: [...(attributes.communities ?? [])],
    extendedCommunities: attributes.extendedCommunities?.map(extendedCommunityToBigint) ?? [],
    largeCommunities: attributes.largeCommunities?.map(formatLargeCommunity) ?? [],
    ...lessCommon(attributes),
  };
}

function lessCommon(attributes: PathAttributes) {
  const { localPref, med, originatorId, clusterList, otc, atomicAggregate, aggregator, unknown } = attributes;
  return {
    ...(localPref === undefined ? {} : { localPrefAttr: localPref }),
    ...(med === undefined ? {} : { medAttr: med }),
    ...(originatorId === undefined ? {} : { originatorId }),
    ...(clusterList === undefined ? {} : { clusterList: [...clusterList] }),
    ...(otc === undefined ? {} : { otc }),
    ...(atomicAggregate === undefined ? {} : { atomicAggregate }),
    ...(aggregator === undefined ? {} : { aggregator: `${aggregator.as} ${aggregator.address}` }),
    ...(unknown === undefined ? {} : { otherAttributes: unknown.map((one) => ({ ...one })) }),
  };
}
