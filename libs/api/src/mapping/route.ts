import { RawAttributeSchema, type Route, RouteSchema } from '@bgp/api-proto';
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

/**
 * For many routes: what attributes say is put into words once for as long as they are the same object.
 *
 * A message is made as the object that it is, with every field, instead of by `create`: that looks each field up in the schema and makes
 * its list anew, which was a third of the garbage and of the time of a listing.
 */
export function routeMapper(): (row: AnyRoute) => Route {
  let last: { readonly attributes: PathAttributes; readonly fields: AttributeFields } | undefined;
  return (row) => {
    const { attributes, originValidity, aspaState } = row;
    if (last?.attributes !== attributes) last = { attributes, fields: attributeFields(attributes) };
    const [nextHop = attributes.nextHop ?? '', linkLocalNextHop = attributes.linkLocalNextHop ?? ''] = row.nextHop;
    const { prefix, prefixLength } = splitPrefix(row.prefix);
    return {
      ...last.fields,
      prefix,
      prefixLength,
      nextHop,
      linkLocalNextHop,
      peerAddress: toPeerAddress(row.peer),
      best: row.best,
      pathId: row.pathId,
      rejectedBy: row.rejectedBy ?? '',
      isStale: row.stale,
      validationState: originValidity === undefined ? '' : VALIDATION_STATES[originValidity],
      aspaState: aspaState ?? '',
      receivedAt: BigInt(Math.floor(row.receivedAtMs / 1000)),
      afiSafi: toAddressFamily(row.family),
    };
  };
}

/** Shared by all routes with the attributes. */
type AttributeFields = Pick<
  Route,
  | '$typeName'
  | 'origin'
  | 'asPath'
  | 'asPathText'
  | 'localPref'
  | 'localPrefAttr'
  | 'med'
  | 'medAttr'
  | 'communities'
  | 'extendedCommunities'
  | 'largeCommunities'
  | 'originatorId'
  | 'clusterList'
  | 'otc'
  | 'atomicAggregate'
  | 'aggregator'
  | 'otherAttributes'
>;

function attributeFields(attributes: PathAttributes): AttributeFields {
  const { localPref, med, otc, aggregator } = attributes;
  return {
    $typeName: RouteSchema.typeName,
    origin: attributes.origin ?? 0,
    asPath: attributes.asPath?.flatMap((segment) => [...segment.asns]) ?? [],
    asPathText: formatAsPath(attributes.asPath ?? []),
    localPref: localPref ?? 0,
    med: med ?? 0,
    communities: [...(attributes.communities ?? [])],
    extendedCommunities: attributes.extendedCommunities?.map(extendedCommunityToBigint) ?? [],
    largeCommunities: attributes.largeCommunities?.map(formatLargeCommunity) ?? [],
    originatorId: attributes.originatorId ?? '',
    clusterList: [...(attributes.clusterList ?? [])],
    atomicAggregate: attributes.atomicAggregate ?? false,
    aggregator: aggregator === undefined ? '' : `${aggregator.as} ${aggregator.address}`,
    otherAttributes: attributes.unknown?.map((one) => create(RawAttributeSchema, { ...one })) ?? [],
    // Fields that are there or not.
    ...(localPref === undefined ? {} : { localPrefAttr: localPref }),
    ...(med === undefined ? {} : { medAttr: med }),
    ...(otc === undefined ? {} : { otc }),
  };
}
