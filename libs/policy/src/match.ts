import { type AttributeView, isInterfaceName, parseIpAddress } from '@bgp/wire';
import { AsPathPattern } from './as-path/as-path-pattern.ts';
import { parseCommunityTest } from './community-pattern.ts';
import type { DiagnosticList, DiagnosticPath } from './diagnostics.ts';
import { checkAsn, checkNumber, checkRange, MAX_U32 } from './number-checks.ts';
import { PrefixIndexBuilder } from './prefix-ranges.ts';
import type { NeighborSet, PolicyContext, PolicyInput, PolicyMatch, RouteView } from './types.ts';

/** One condition of a statement, with everything parsed and resolved. */
export interface Condition {
  readonly reads: readonly PolicyInput[];
  holds(route: RouteView, ctx: PolicyContext): boolean;
  /** Of a list: the position of the first entry that holds, or -1. */
  entry?(route: RouteView): number;
}

/** A condition and the key that it stands under. */
export interface NamedCondition extends Condition {
  readonly key: keyof PolicyMatch;
}

type ConditionOf<K extends keyof PolicyMatch> = (
  value: NonNullable<PolicyMatch[K]>,
  path: DiagnosticPath,
  into: DiagnosticList,
) => Condition | undefined;

const DEFAULT_LOCAL_PREF = 100; // RFC 4271 §9.1.1 leaves the value open; FRR, BIRD and GoBGP agree on it
const DEFAULT_MED = 0; // RFC 4271 §9.1.2.2 (c)

/**
 * One row per condition, cheapest first: conditions are tried in this order, whatever the order in the source.
 * A row returns undefined after saying what is wrong.
 */
const CONDITIONS: { readonly [K in Exclude<keyof PolicyMatch, 'any' | 'all' | 'not'>]-?: ConditionOf<K> } = {
  families: (families, path, into) => {
    if (!checkNotEmpty(families, path, into)) return undefined;
    for (const [index, family] of families.entries()) {
      if (!checkNumber(family, 0, 0xff_ffff, [...path, index], into)) return undefined;
    }
    return { reads: ['family'], holds: (route) => families.includes(route.family) };
  },
  routeType: (routeType, path, into) => {
    if (!['local', 'internal', 'external'].includes(routeType)) {
      into.add('value-out-of-range', path, `"${routeType}" is not a route type`, 'write local, internal or external');
      return undefined;
    }
    return { reads: ['route-type'], holds: (_route, ctx) => ctx.routeType === routeType };
  },
  neighbors: (neighbors, path, into) => {
    if (!checkNotEmpty(neighbors, path, into) || !checkNeighbors(neighbors, path, into)) return undefined;
    const names = new Set(neighbors);
    return { reads: ['peer'], holds: (_route, ctx) => names.has(ctx.neighbor) };
  },
  neighborAs: (asns, path, into) => {
    if (!checkAsns(asns, path, into)) return undefined;
    const wanted = new Set(asns);
    return { reads: ['peer'], holds: (_route, ctx) => wanted.has(ctx.neighborAs) };
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
  originValidity: (wanted, path, into) => {
    if (!['valid', 'invalid', 'not-found'].includes(wanted)) {
      into.add(
        'value-out-of-range',
        path,
        `"${wanted}" is not a validation state`,
        'write valid, invalid or not-found',
      );
      return undefined;
    }
    return { reads: ['validity'], holds: (route) => (route.originValidity ?? 'not-found') === wanted };
  },
  aspaState: (wanted, path, into) => {
    if (!['valid', 'invalid', 'unknown'].includes(wanted)) {
      into.add(
        'value-out-of-range',
        path,
        `"${wanted}" is not a path validation state`,
        'write valid, invalid or unknown',
      );
      return undefined;
    }
    return { reads: ['validity'], holds: (route) => (route.aspaState ?? 'unknown') === wanted };
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
    const tests = texts.flatMap((text, index) => {
      const parsed = parseCommunityTest(text);
      if (parsed.ok) return [parsed.value];
      into.add(parsed.error.code, [...path, index], parsed.error.message, parsed.error.hint);
      return [];
    });
    if (tests.length < texts.length) return undefined;
    return {
      ...onAttributes((attributes) => tests.some((test) => test(attributes))),
      entry: ({ attributes }) => tests.findIndex((test) => test(attributes)),
    };
  },
  asPath: (text, path, into) => {
    const pattern = AsPathPattern.compile(text);
    if (pattern.ok) return onAttributes((attributes) => pattern.value.matches(attributes));
    const { at, message, hint } = pattern.error;
    const place = `invalid regex "${text.length > 60 ? `${text.slice(0, 59)}…` : text}" at character ${at + 1}: ${message}`;
    into.add('as-path-invalid', path, place, hint);
    return undefined;
  },
  prefixes: (ranges, path, into) => {
    if (!checkNotEmpty(ranges, path, into)) return undefined;
    const builder = new PrefixIndexBuilder();
    let valid = true;
    for (const [index, range] of ranges.entries()) valid = builder.add(range, index, [...path, index], into) && valid;
    if (!valid) return undefined;
    const index = builder.build();
    return {
      reads: [builder.readsPrefix ? 'prefix' : 'family'],
      holds: (route) => index.lookup(route) >= 0,
      entry: (route) => index.lookup(route),
    };
  },
};

const MATCH_KEYS: readonly (keyof PolicyMatch)[] = [
  ...(Object.keys(CONDITIONS) as (keyof PolicyMatch)[]),
  'all',
  'any',
  'not',
];

/** What `any`, `all` and `not` may nest: enough for people, and no way to a stack that overflows. */
const MAX_NESTING = 16;

/** All conditions of a match; undefined after saying what is wrong. */
export function compileMatch(
  match: PolicyMatch,
  path: DiagnosticPath,
  into: DiagnosticList,
  depth = 0,
): NamedCondition[] | undefined {
  const before = into.all.length;
  const conditions: NamedCondition[] = [];
  const keys = MATCH_KEYS.filter((key) => match[key] !== undefined);
  for (const key of keys) {
    const condition = isComposition(key)
      ? compileComposition(key, match, [...path, key], into, depth)
      : compileCondition(key, match, [...path, key], into);
    if (condition !== undefined) conditions.push({ key, ...condition });
  }
  if (keys.length === 0) {
    const hint = 'to decide all routes use the default action, or match a family';
    into.add('match-empty', path, 'a statement must have at least one match condition', hint);
  }
  return into.all.length > before ? undefined : conditions;
}

type Composition = 'any' | 'all' | 'not';

function isComposition(key: keyof PolicyMatch): key is Composition {
  return key === 'any' || key === 'all' || key === 'not';
}

function compileComposition(
  key: Composition,
  match: PolicyMatch,
  path: DiagnosticPath,
  into: DiagnosticList,
  depth: number,
): Condition | undefined {
  if (depth >= MAX_NESTING) {
    into.add('range-invalid', path, `any, all and not go deeper than ${MAX_NESTING}`);
    return undefined;
  }
  if (key === 'not') {
    const inner = compileMatch(match.not ?? {}, path, into, depth + 1);
    if (inner === undefined) return undefined;
    return { reads: readsOf(inner), holds: (route, ctx) => !inner.every((one) => one.holds(route, ctx)) };
  }
  const parts = match[key] ?? [];
  if (!checkNotEmpty(parts, path, into)) return undefined;
  const compiled = parts.flatMap((part, index) => {
    const conditions = compileMatch(part, [...path, index], into, depth + 1);
    return conditions === undefined ? [] : [conditions];
  });
  if (compiled.length < parts.length) return undefined;
  const isAll = key === 'all';
  return {
    reads: readsOf(compiled.flat()),
    holds: (route, ctx) => {
      const isMet = (conditions: readonly Condition[]) => conditions.every((one) => one.holds(route, ctx));
      return isAll ? compiled.every(isMet) : compiled.some(isMet);
    },
  };
}

function readsOf(conditions: readonly Condition[]): PolicyInput[] {
  return [...new Set(conditions.flatMap(({ reads }) => reads))];
}

function compileCondition(
  key: Exclude<keyof PolicyMatch, Composition>,
  match: PolicyMatch,
  path: DiagnosticPath,
  into: DiagnosticList,
): Condition | undefined {
  // A key's row takes that key's value; TypeScript cannot follow the pairing through a variable key.
  const row = CONDITIONS[key] as (value: unknown, ...rest: [DiagnosticPath, DiagnosticList]) => Condition | undefined;
  return row(match[key], path, into);
}

function onAttributes(holds: (attributes: AttributeView) => boolean): Condition {
  return { reads: ['attributes'], holds: (route) => holds(route.attributes) };
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
    reads: ['peer'],
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
    if (parseIpAddress(address).ok || isInterfaceName(neighbor)) continue;
    into.add('neighbor-invalid', [...path, index], `"${neighbor}" is not a neighbor address`);
    valid = false;
  }
  return valid;
}
