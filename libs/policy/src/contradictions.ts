import { parseIpAddress, parseIpPrefix } from '@bgp/wire';
import { describeCondition } from './describe.ts';
import type { DiagnosticList, DiagnosticPath } from './diagnostics.ts';
import type { NumberRange, PolicyMatch, PrefixRange } from './types.ts';

/*
 * Conditions that cannot hold together. A statement with such a pair would never match: the route that it was written for goes on to the
 * next one, and nobody notices. Only what is certain is said; a statement that passes may still match nothing.
 */

type Key = keyof PolicyMatch;
type Plain = Exclude<Key, 'any' | 'all' | 'not'>;

/** One thing that must hold. */
interface Conjunct {
  readonly key: Plain;
  readonly match: PolicyMatch;
}

/** Two lists are not compared entry by entry beyond this many pairs. */
const MAX_PAIRS = 100_000;

/** Reports the first pair that excludes each other, in the match itself or in one of its `any` tables. `match` has compiled. */
export function checkContradictions(match: PolicyMatch, path: DiagnosticPath, into: DiagnosticList): void {
  check(match, [], path, into);
}

function check(match: PolicyMatch, outer: readonly Conjunct[], path: DiagnosticPath, into: DiagnosticList): boolean {
  const conjuncts = [...outer, ...conjunctsOf(match)];
  const found = firstPair(conjuncts) ?? firstExcluded(match, conjuncts);
  if (found !== undefined) {
    into.add(
      'never-matches',
      path,
      `no route can meet this: ${found}`,
      'correct the condition, or remove the statement',
    );
    return false;
  }
  for (const [index, part] of (match.any ?? []).entries()) {
    if (!check(part, conjuncts, [...path, 'any', index], into)) return false;
  }
  return true;
}

/** The match's own conditions and those of its `all` tables. */
function conjunctsOf(match: PolicyMatch): Conjunct[] {
  const keys = (Object.keys(match) as Key[]).filter((key) => match[key] !== undefined);
  const own = keys.flatMap((key) => (key === 'any' || key === 'all' || key === 'not' ? [] : [{ key, match }]));
  return [...own, ...(match.all ?? []).flatMap(conjunctsOf)];
}

function firstPair(conjuncts: readonly Conjunct[]): string | undefined {
  for (const [at, one] of conjuncts.entries()) {
    for (const other of conjuncts.slice(at + 1)) {
      const found = one.key === other.key ? sameKey(one.key, one.match, other.match) : twoKeys(one, other);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function sameKey(key: Plain, a: PolicyMatch, b: PolicyMatch): string | undefined {
  switch (key) {
    case 'families':
    case 'originAs':
    case 'neighborAs':
    case 'neighbors': {
      const [one, other]: [readonly unknown[], readonly unknown[]] = [a[key] ?? [], b[key] ?? []];
      return one.some((value) => other.includes(value))
        ? undefined
        : `the two lists of ${describeCondition(key)} have nothing in common`;
    }
    case 'routeType':
    case 'originValidity':
    case 'aspaState':
    case 'nextHop':
      return a[key] === b[key] ? undefined : `${describeCondition(key)} is asked to be ${a[key]} and ${b[key]}`;
    case 'asPathLength':
    case 'localPref':
    case 'med':
      return overlap(a[key], b[key]) ? undefined : `the two ranges of ${describeCondition(key)} do not overlap`;
    case 'prefixes':
      return prefixesOverlap(a.prefixes ?? [], b.prefixes ?? [])
        ? undefined
        : 'the two lists of prefixes have nothing in common';
    default:
      return undefined; // a route can carry several communities; patterns and sets are not compared
  }
}

function overlap(a: NumberRange = {}, b: NumberRange = {}): boolean {
  const least = Math.max(a.ge ?? 0, b.ge ?? 0);
  return least <= Math.min(a.le ?? Number.POSITIVE_INFINITY, b.le ?? Number.POSITIVE_INFINITY);
}

function prefixesOverlap(a: readonly PrefixRange[], b: readonly PrefixRange[]): boolean {
  if (a.length * b.length > MAX_PAIRS) return true;
  const [one, other] = [a.map(blockOf), b.map(blockOf)];
  return one.some((left) => other.some((right) => blocksOverlap(left, right)));
}

interface Block {
  readonly octets: Uint8Array;
  readonly length: number;
  readonly ge: number;
  readonly le: number;
}

function blockOf({ prefix, ge, le }: PrefixRange): Block | undefined {
  const parsed = parseIpPrefix(prefix);
  if (!parsed.ok) return undefined;
  const { octets, length } = parsed.value;
  return { octets, length, ge: ge ?? length, le: le ?? (ge === undefined ? length : octets.length * 8) };
}

function blocksOverlap(a: Block | undefined, b: Block | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  if (a.octets.length !== b.octets.length) return false;
  if (Math.max(a.ge, b.ge) > Math.min(a.le, b.le)) return false;
  const common = Math.min(a.length, b.length);
  for (let bit = 0; bit < common; bit++) {
    const mask = 0x80 >>> (bit & 7);
    if (((a.octets[bit >>> 3]! ^ b.octets[bit >>> 3]!) & mask) !== 0) return false; // both have `common` bits
  }
  return true;
}

/** Pairs of different keys, in either order. */
function twoKeys(one: Conjunct, other: Conjunct): string | undefined {
  const match: PolicyMatch = { ...one.match, ...other.match };
  const isPair = (a: Plain, b: Plain) => (one.key === a && other.key === b) || (one.key === b && other.key === a);
  const afis = new Set(match.families?.map((family) => family >>> 8));
  if (isPair('families', 'prefixes')) {
    const isMet = (match.prefixes ?? []).some(({ prefix }) => afis.has(prefix.includes(':') ? 2 : 1));
    return isMet ? undefined : 'none of the prefixes is of one of the families';
  }
  if (isPair('families', 'nextHop')) {
    // RFC 8950 gives IPv4 routes IPv6 next hops; nothing gives IPv6 routes IPv4 ones.
    const address = parseIpAddress(match.nextHop ?? '');
    const isIpv4 = address.ok && address.value.length === 4;
    return isIpv4 && !afis.has(1) ? 'routes of these families have no IPv4 next hop' : undefined;
  }
  if (isPair('originAs', 'asPathLength') && match.asPathLength?.le === 0) return 'an empty AS path has no origin';
  return undefined;
}

/** A `not` that excludes what the same match asks for. */
function firstExcluded(match: PolicyMatch, conjuncts: readonly Conjunct[]): string | undefined {
  const nots = [match, ...(match.all ?? [])].flatMap(({ not }) => (not === undefined ? [] : [conjunctsOf(not)]));
  for (const excluded of nots) {
    const [first, ...more] = excluded;
    if (first === undefined || more.length > 0) continue; // several together can fail in several ways
    const isAsked = conjuncts.some(
      ({ key, match: asked }) => key === first.key && isWithin(asked[key], first.match[key]),
    );
    if (isAsked) return `${describeCondition(first.key)} asked for and excluded`;
  }
  return undefined;
}

/** Whether meeting `inner` means meeting `outer`: fewer of any-of values, or the same. */
function isWithin(inner: unknown, outer: unknown): boolean {
  if (Array.isArray(inner) && Array.isArray(outer) && inner.length * outer.length <= MAX_PAIRS) {
    const texts = new Set(outer.map((value) => JSON.stringify(value)));
    return inner.every((value) => texts.has(JSON.stringify(value)));
  }
  return JSON.stringify(inner) === JSON.stringify(outer);
}
