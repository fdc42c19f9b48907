import {
  decodeAttributes,
  formatAsPath,
  formatCommunity,
  formatExtendedCommunity,
  formatFamily,
  formatIpv4Prefix,
  formatIpv6Prefix,
  formatLargeCommunity,
  type PathAttributes,
} from '@bgp/wire';
import type { NumberRange, PolicyContext, PolicyMatch, PrefixRange, RouteView } from './types.ts';

const SHOWN = 5;

const WORDS: Readonly<Record<keyof PolicyMatch, string>> = {
  prefixes: 'prefix',
  families: 'family',
  communities: 'communities',
  asPath: 'AS path',
  asPathLength: 'AS path length',
  localPref: 'LOCAL_PREF',
  med: 'MED',
  nextHop: 'next hop',
  originAs: 'origin AS',
  neighborAs: 'AS of the neighbor',
  neighbors: 'neighbor',
  neighborSet: 'neighbor',
  routeType: 'route type',
  originValidity: 'origin validity',
  aspaState: 'path validity',
  any: 'route with',
  all: 'route with',
  not: 'route with',
};

/** A condition in words: `AS path`. */
export function describeCondition(key: keyof PolicyMatch): string {
  return WORDS[key];
}

/**
 * What a condition asks for, in words.
 *
 * @param entry of a list, the one that is meant; absent: all of them.
 */
export function describeWanted(key: keyof PolicyMatch, match: PolicyMatch, entry = -1): string {
  if (entry >= 0 && key === 'prefixes') return shortened((match.prefixes ?? []).slice(entry, entry + 1).map(rangeText));
  if (entry >= 0 && key === 'communities') return match.communities?.[entry] ?? '';
  switch (key) {
    case 'prefixes':
      return shortened((match.prefixes ?? []).map(rangeText));
    case 'families':
      return shortened((match.families ?? []).map((family) => formatFamily(family)));
    case 'asPathLength':
    case 'localPref':
    case 'med':
      return boundsText(match[key] ?? {});
    case 'neighborSet': {
      const { addresses = [], remoteAs = [], peerGroups = [] } = match.neighborSet ?? {};
      return shortened([
        ...addresses,
        ...remoteAs.map((as) => `AS ${as}`),
        ...peerGroups.map((group) => `group ${group}`),
      ]);
    }
    case 'any':
    case 'all':
      return (match[key] ?? []).map((part) => `(${describeMatch(part)})`).join(key === 'any' ? ' or ' : ' and ');
    case 'not':
      return `not (${describeMatch(match.not ?? {})})`;
    default: {
      const value: unknown = match[key];
      return Array.isArray(value) ? shortened(value.map(String)) : String(value);
    }
  }
}

function describeMatch(match: PolicyMatch): string {
  const keys = (Object.keys(match) as (keyof PolicyMatch)[]).filter((key) => match[key] !== undefined);
  return keys.map((key) => `${isComposition(key) ? '' : `${WORDS[key]} `}${describeWanted(key, match)}`).join(', ');
}

/** What the route has in the place of a condition, in words. */
function describeHas(key: keyof PolicyMatch, route: RouteView, ctx: PolicyContext): string {
  const attributes = decoded(route);
  switch (key) {
    case 'prefixes':
      return prefixText(route);
    case 'families':
      return formatFamily(route.family);
    case 'asPath':
      return formatAsPath(attributes.asPath ?? []) || 'an empty path';
    case 'asPathLength':
      return String(route.attributes.asPathLength);
    case 'originAs':
      return route.attributes.originAs === 0 ? 'no origin AS' : String(route.attributes.originAs);
    case 'localPref':
      return attributes.localPref === undefined ? 'none, counted as 100' : String(attributes.localPref);
    case 'med':
      return attributes.med === undefined ? 'none, counted as 0' : String(attributes.med);
    case 'nextHop':
      return attributes.nextHop ?? 'none';
    case 'communities':
      return communitiesText(attributes);
    case 'neighborAs':
      return String(ctx.neighborAs);
    case 'neighbors':
      return ctx.neighbor;
    case 'neighborSet':
      return `${ctx.neighbor}, AS ${ctx.neighborAs}${ctx.peerGroup === undefined ? '' : `, group ${ctx.peerGroup}`}`;
    case 'routeType':
      return ctx.routeType;
    case 'originValidity':
      return route.originValidity ?? 'not-found';
    case 'aspaState':
      return route.aspaState ?? 'unknown';
    case 'any':
    case 'all':
    case 'not':
      return ''; // `describeHasAll` names what is inside
  }
}

/** The same for a condition that is put together of others: everything that they look at. */
export function describeHasAll(
  key: keyof PolicyMatch,
  match: PolicyMatch,
  route: RouteView,
  ctx: PolicyContext,
): string {
  if (!isComposition(key)) return describeHas(key, route, ctx);
  const parts = key === 'not' ? [match.not ?? {}] : (match[key] ?? []);
  const keys = new Set(parts.flatMap(plainKeys));
  return [...keys].map((one) => `${WORDS[one]} ${describeHas(one, route, ctx)}`).join(', ');
}

function plainKeys(match: PolicyMatch): (keyof PolicyMatch)[] {
  const keys = (Object.keys(match) as (keyof PolicyMatch)[]).filter((key) => match[key] !== undefined);
  return keys.flatMap((key) => {
    if (!isComposition(key)) return [key];
    return (key === 'not' ? [match.not ?? {}] : (match[key] ?? [])).flatMap(plainKeys);
  });
}

function isComposition(key: keyof PolicyMatch): key is 'any' | 'all' | 'not' {
  return key === 'any' || key === 'all' || key === 'not';
}

function decoded({ attributes }: RouteView): PathAttributes {
  return decodeAttributes(attributes.octets.subarray(attributes.start, attributes.end));
}

function prefixText({ family, w0, w1, w2, w3, length }: RouteView): string {
  return family >>> 8 === 1 ? formatIpv4Prefix(w0, length) : formatIpv6Prefix(w0, w1, w2, w3, length);
}

function communitiesText({
  communities = [],
  extendedCommunities = [],
  largeCommunities = [],
}: PathAttributes): string {
  const standard = communities.map(formatCommunity);
  const extended = extendedCommunities.map(formatExtendedCommunity);
  const large = largeCommunities.map((one) => `LC:${formatLargeCommunity(one)}`);
  return shortened([...standard, ...extended, ...large]) || 'none';
}

function rangeText({ prefix, ge, le }: PrefixRange): string {
  return `${prefix}${ge === undefined ? '' : ` ge ${ge}`}${le === undefined ? '' : ` le ${le}`}`;
}

function boundsText({ ge, le }: NumberRange): string {
  if (ge !== undefined && le !== undefined) return ge === le ? String(ge) : `${ge} to ${le}`;
  return ge === undefined ? `at most ${le}` : `at least ${ge}`;
}

function shortened(texts: readonly string[]): string {
  const rest = texts.length - SHOWN;
  return rest > 0 ? `${texts.slice(0, SHOWN).join(', ')} and ${rest} more` : texts.join(', ');
}
