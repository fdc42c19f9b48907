import { type AttributeView, parseIpAddress } from '@bgp/wire';
import { type PolicyCommunity, parsePolicyCommunity, type RouteCommunity } from './community.ts';
import type { DiagnosticList, DiagnosticPath } from './diagnostics.ts';
import { checkAsn, checkNumber, checkRange, MAX_U32 } from './number-checks.ts';
import { PrefixIndexBuilder } from './prefix-ranges.ts';
import type { NeighborSet, PolicyContext, PolicyInput, PolicyMatch, RouteView } from './types.ts';

/** One condition of a statement, with everything parsed and resolved. */
export interface Condition {
  readonly reads: PolicyInput;
  holds(route: RouteView, ctx: PolicyContext): boolean;
}

type ConditionOf<K extends keyof PolicyMatch> = (
  value: NonNullable<PolicyMatch[K]>,
  path: DiagnosticPath,
  into: DiagnosticList,
) => Condition | undefined;

const EXTENDED_COMMUNITIES = 16;
const DEFAULT_LOCAL_PREF = 100; // RFC 4271 §9.1.1 leaves the value open; FRR, BIRD and GoBGP agree on it
const DEFAULT_MED = 0; // RFC 4271 §9.1.2.2 (c)

/**
 * One row per condition, cheapest first: conditions are tried in this order, whatever the order in the source.
 * A row returns undefined after saying what is wrong.
 */
export const CONDITIONS: { readonly [K in keyof PolicyMatch]-?: ConditionOf<K> } = {
  families: (families, path, into) => {
    if (!checkNotEmpty(families, path, into)) return undefined;
    for (const [index, family] of families.entries()) {
      if (!checkNumber(family, 0, 0xff_ffff, [...path, index], into)) return undefined;
    }
    return { reads: 'family', holds: (route) => families.includes(route.family) };
  },
  routeType: (routeType, path, into) => {
    if (!['local', 'internal', 'external'].includes(routeType)) {
      into.add('value-out-of-range', path, `"${routeType}" is not a route type`, 'write local, internal or external');
      return undefined;
    }
    return { reads: 'route-type', holds: (_route, ctx) => ctx.routeType === routeType };
  },
  neighbors: (neighbors, path, into) => {
    if (!checkNotEmpty(neighbors, path, into) || !checkNeighbors(neighbors, path, into)) return undefined;
    const names = new Set(neighbors);
    return { reads: 'peer', holds: (_route, ctx) => names.has(ctx.neighbor) };
  },
  neighborAs: (asns, path, into) => {
    if (!checkAsns(asns, path, into)) return undefined;
    const wanted = new Set(asns);
    return { reads: 'peer', holds: (_route, ctx) => wanted.has(ctx.neighborAs) };
  },
  neighborSet: compileNeighborSet,
  localPref: (range, path, into) => {
    const bounds = checkRange(range, MAX_U32, path, into);
    if (bounds === undefined) return undefined;
    return onAttributes((attributes) => {
      const value = attributes.hasLocalPref ? attributes.localPref : DEFAULT_LOCAL_PREF;
      return value >= bounds.ge && value <= bounds.le;
    });
  },
  med: (range, path, into) => {
    const bounds = checkRange(range, MAX_U32, path, into);
    if (bounds === undefined) return undefined;
    return onAttributes((attributes) => {
      const value = attributes.hasMed ? attributes.med : DEFAULT_MED;
      return value >= bounds.ge && value <= bounds.le;
    });
  },
  asPathLength: (range, path, into) => {
    const bounds = checkRange(range, MAX_U32, path, into);
    if (bounds === undefined) return undefined;
    // RFC 4271 §9.1.2.2 (a): an AS_SET counts 1.
    return onAttributes(({ asPathLength }) => asPathLength >= bounds.ge && asPathLength <= bounds.le);
  },
  originAs: (asns, path, into) => {
    if (!checkAsns(asns, path, into)) return undefined;
    const wanted = new Set(asns);
    return onAttributes((attributes) => wanted.has(attributes.originAs));
  },
  nextHop: (text, path, into) => {
    const address = parseIpAddress(text);
    if (!address.ok) {
      into.add('next-hop-invalid', path, `"${text}" is not an IP address`);
      return undefined;
    }
    return onAttributes((attributes) => nextHopIs(attributes, address.value));
  },
  communities: (texts, path, into) => {
    if (!checkNotEmpty(texts, path, into)) return undefined;
    const wanted = parseCommunities(texts, path, into);
    return wanted === undefined ? undefined : onAttributes(anyCommunity(wanted));
  },
  prefixes: (ranges, path, into) => {
    if (!checkNotEmpty(ranges, path, into)) return undefined;
    const builder = new PrefixIndexBuilder();
    let valid = true;
    for (const [index, range] of ranges.entries()) valid = builder.add(range, 0, [...path, index], into) && valid;
    if (!valid) return undefined;
    const index = builder.build();
    return { reads: builder.readsPrefix ? 'prefix' : 'family', holds: (route) => index.lookup(route) >= 0 };
  },
};

/** Communities by value; undefined after saying which are wrong. */
export function parseCommunities(
  texts: readonly string[],
  path: DiagnosticPath,
  into: DiagnosticList,
): PolicyCommunity[] | undefined {
  const communities: PolicyCommunity[] = [];
  for (const [index, text] of texts.entries()) {
    const parsed = parsePolicyCommunity(text);
    if (parsed.ok) communities.push(parsed.value);
    else into.add(parsed.error.code, [...path, index], parsed.error.message, parsed.error.hint);
  }
  return communities.length === texts.length ? communities : undefined;
}

function onAttributes(holds: (attributes: AttributeView) => boolean): Condition {
  return { reads: 'attributes', holds: (route) => holds(route.attributes) };
}

function compileNeighborSet(set: NeighborSet, path: DiagnosticPath, into: DiagnosticList): Condition | undefined {
  const { addresses = [], remoteAs = [], peerGroups = [] } = set;
  if (addresses.length + remoteAs.length + peerGroups.length === 0) {
    into.add('list-empty', path, 'a neighbor set needs at least one address, AS number or peer group');
    return undefined;
  }
  const addressesOk = checkNeighbors(addresses, [...path, 'addresses'], into);
  const asnsOk = remoteAs.length === 0 || checkAsns(remoteAs, [...path, 'remoteAs'], into);
  if (!addressesOk || !asnsOk) return undefined;
  const [names, asns, groups] = [new Set(addresses), new Set(remoteAs), new Set(peerGroups)];
  return {
    reads: 'peer',
    holds: (_route, ctx) =>
      names.has(ctx.neighbor) || asns.has(ctx.neighborAs) || (ctx.peerGroup !== undefined && groups.has(ctx.peerGroup)),
  };
}

/** An IPv6 next hop of 32 octets is global plus link-local (RFC 2545 §3); the global address counts. */
function nextHopIs(attributes: AttributeView, address: Uint8Array): boolean {
  const { octets, nextHopStart, nextHopLength } = attributes;
  if (nextHopLength !== address.length && !(nextHopLength === 32 && address.length === 16)) return false;
  return address.every((octet, index) => octet === octets[nextHopStart + index]);
}

function anyCommunity(wanted: readonly PolicyCommunity[]): (attributes: AttributeView) => boolean {
  const standard = wanted.filter((community) => community.kind === 'standard');
  const large = wanted.filter((community) => community.kind === 'large');
  const extended = wanted.filter((community) => community.kind === 'extended');
  return (attributes) =>
    standard.some(({ value }) => attributes.hasCommunity(value)) ||
    large.some(({ a, b, c }) => attributes.hasLargeCommunity(a, b, c)) ||
    (extended.length > 0 && hasRouteCommunity(attributes, extended));
}

/**
 * Compares RT and RO by meaning: types 0x00 (2-octet AS), 0x01 (IPv4 address) and 0x02 (4-octet AS) with the subtype, as
 * RFC 4360 §3–5 and RFC 5668 §2 lay them out. Non-transitive types (0x40 and up) are not route targets.
 */
function hasRouteCommunity(attributes: AttributeView, wanted: readonly RouteCommunity[]): boolean {
  const start = attributes.find(EXTENDED_COMMUNITIES);
  if (start < 0) return false;
  const { octets } = attributes;
  const end = start + attributes.findLength;
  for (let at = start; at + 8 <= end; at += 8) {
    const type = octets[at]!;
    if (type > 0x02) continue;
    const twoOctetAs = type === 0x00;
    const global = twoOctetAs ? readUnsigned(octets, at + 2, 2) : readUnsigned(octets, at + 2, 4);
    const local = twoOctetAs ? readUnsigned(octets, at + 4, 4) : readUnsigned(octets, at + 6, 2);
    for (const community of wanted) {
      if (community.subtype === octets[at + 1] && community.global === global && community.local === local) return true;
    }
  }
  return false;
}

function readUnsigned(octets: Uint8Array, start: number, length: number): number {
  let value = 0;
  for (let index = 0; index < length; index++) value = value * 256 + octets[start + index]!;
  return value;
}

function checkNotEmpty(list: readonly unknown[], path: DiagnosticPath, into: DiagnosticList): boolean {
  if (list.length === 0) into.add('list-empty', path, 'an empty list would never match', 'leave the key out');
  return list.length > 0;
}

function checkAsns(asns: readonly number[], path: DiagnosticPath, into: DiagnosticList): boolean {
  if (!checkNotEmpty(asns, path, into)) return false;
  return asns.map((asn, index) => checkAsn(asn, [...path, index], into)).every(Boolean);
}

function checkNeighbors(neighbors: readonly string[], path: DiagnosticPath, into: DiagnosticList): boolean {
  let valid = true;
  for (const [index, neighbor] of neighbors.entries()) {
    const address = neighbor.split('%')[0]!; // split gives at least one part; `%interface` follows link-local addresses
    if (parseIpAddress(address).ok) continue;
    into.add('neighbor-invalid', [...path, index], `"${neighbor}" is not a neighbor address`);
    valid = false;
  }
  return valid;
}
