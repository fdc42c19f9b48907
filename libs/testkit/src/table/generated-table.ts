import { SeededRandom } from '@bgp/speaker/simulation';
import { type AsPathSegment, type Family, IPV4_UNICAST, IPV6_UNICAST, type PathAttributes } from '@bgp/wire';

/** Routes in columns: a million of them as objects would be the largest thing in a bench. */
export interface GeneratedTable {
  readonly family: typeof IPV4_UNICAST | typeof IPV6_UNICAST;
  readonly count: number;
  /** Address words, most significant first: one per route for IPv4, four for IPv6. */
  readonly words: Uint32Array;
  readonly lengths: Uint8Array;
  /** Index into `sets`, by route. Routes of one set are neighbors. */
  readonly setOf: Uint32Array;
  /** Attributes without a next hop; the AS path begins behind the announcing neighbor. */
  readonly sets: readonly PathAttributes[];
}

export interface TableOptions {
  readonly seed: number;
  readonly count: number;
  /** IPv4 unicast unless told. */
  readonly family?: Family;
  /** Mean number of prefixes that share a set of attributes; 10 unless told. */
  readonly prefixesPerSet?: number;
}

// biome-ignore-start format: tables of pairs read best in rows
/** How often each prefix length occurs in a global table of a million prefixes, rounded. */
const IPV4_LENGTHS = [
  [24, 610_000],
  [23, 100_000],
  [22, 110_000],
  [21, 52_000],
  [20, 45_000],
  [19, 25_000],
  [18, 14_000],
  [17, 8_500],
  [16, 13_500],
  [15, 2_000],
  [14, 1_200],
  [13, 600],
  [12, 300],
  [11, 100],
  [10, 40],
] as const;

const IPV6_LENGTHS = [
  [48, 470],
  [44, 100],
  [40, 110],
  [36, 60],
  [32, 130],
  [33, 20],
  [34, 20],
  [46, 30],
  [47, 25],
  [29, 25],
  [42, 10],
] as const;

/** Shares of AS path lengths behind the neighbor, in per mille. */
const PATH_LENGTHS = [
  [1, 60],
  [2, 250],
  [3, 350],
  [4, 200],
  [5, 90],
  [6, 35],
  [7, 15],
] as const;
// biome-ignore-end format: tables of pairs read best in rows

/**
 * A table shaped like the global one: about 60 % of /24, more specifics inside their aggregates, AS paths around four hops
 * (counting the neighbor) with some prepending, a set of attributes for about ten prefixes, communities on most.
 * Prefixes are distinct. Equal options give equal tables.
 */
export function fullTable(options: TableOptions): GeneratedTable {
  const { seed, count, prefixesPerSet = 10 } = options;
  const family = options.family === IPV6_UNICAST ? IPV6_UNICAST : IPV4_UNICAST;
  const wordsPerRoute = family === IPV4_UNICAST ? 1 : 4;
  const random = new SeededRandom(seed);
  const words = new Uint32Array(count * wordsPerRoute);
  const lengths = new Uint8Array(count);
  const setOf = new Uint32Array(count);
  const sets: PathAttributes[] = [];
  const nextPrefix = family === IPV4_UNICAST ? ipv4Prefixes(random.fork()) : ipv6Prefixes(random.fork());
  for (let route = 0; route < count; route++) {
    const { high, low, length } = nextPrefix();
    words[route * wordsPerRoute] = high;
    if (wordsPerRoute === 4) words[route * 4 + 1] = low;
    lengths[route] = length;
    if (sets.length === 0 || random.next() < 1 / prefixesPerSet) sets.push(attributeSet(random));
    setOf[route] = sets.length - 1;
  }
  return { family, count, words, lengths, setOf, sets };
}

interface PrefixWords {
  readonly high: number;
  readonly low: number;
  readonly length: number;
}

/**
 * Walks up the address space. Specifics take the next block that is free; an aggregate (up to `aggregateLength`) is the
 * block that the walk is in, or the next one if that is taken, so that specifics lie inside it.
 */
function prefixWalk(
  random: SeededRandom,
  start: number,
  end: number,
  bits: number,
  aggregateLength: number,
  shares: readonly (readonly [value: number, share: number])[],
): () => { readonly address: number; readonly length: number } {
  let cursor = start;
  const aggregates = new Set<number>();
  return () => {
    const length = weighted(random, shares);
    const size = 2 ** (bits - length);
    const isAggregate = length <= aggregateLength;
    let address = (isAggregate ? Math.floor(cursor / size) : Math.ceil(cursor / size)) * size;
    if (isAggregate) {
      while (aggregates.has(address * 64 + length)) address += size;
      aggregates.add(address * 64 + length);
      cursor = Math.max(cursor, address);
    } else {
      cursor = address + size;
    }
    if (address + size > end) throw new RangeError('more prefixes than the address space of the generator holds');
    return { address, length };
  };
}

/** From 1.0.0.0 to the end of the unicast space. */
function ipv4Prefixes(random: SeededRandom): () => PrefixWords {
  const next = prefixWalk(random, 0x0100_0000, 0xe000_0000, 32, 20, IPV4_LENGTHS);
  return () => {
    const { address, length } = next();
    return { high: address, low: 0, length };
  };
}

/** In steps of /48 from 2001::/16 on. */
function ipv6Prefixes(random: SeededRandom): () => PrefixWords {
  const next = prefixWalk(random, 0x2001_0000_0000, 0x2fff_0000_0000, 48, 40, IPV6_LENGTHS);
  return () => {
    const { address, length } = next();
    return { high: Math.floor(address / 0x1_0000), low: (address % 0x1_0000) * 0x1_0000, length };
  };
}

function attributeSet(random: SeededRandom): PathAttributes {
  const asns = asPath(random);
  const segment: AsPathSegment = { type: 'sequence', asns };
  const hasCommunities = random.next() < 0.75;
  return {
    origin: random.next() < 0.9 ? 0 : 2,
    asPath: [segment],
    ...(random.next() < 0.2 && { med: random.between(0, 200) }),
    ...(random.next() < 0.05 && { atomicAggregate: true as const }),
    ...(hasCommunities && { communities: communities(random, asns[0]!) }), // a path has at least one AS
    ...(random.next() < 0.05 && {
      largeCommunities: [
        { globalAdministrator: asns[0]!, localData1: random.between(1, 9), localData2: random.between(1, 999) },
      ],
    }),
  };
}

function asPath(random: SeededRandom): number[] {
  const length = weighted(random, PATH_LENGTHS);
  const asns = [transitAs(random)];
  while (asns.length < length - 1) asns.push(random.next() < 0.4 ? transitAs(random) : regionalAs(random));
  if (asns.length < length) asns.push(originAs(random));
  const origin = asns.at(-1)!;
  if (random.next() < 0.15) for (let times = random.between(1, 3); times > 0; times--) asns.push(origin);
  return asns;
}

/** Few large networks, some regional ones, many origins, a third of them with 4-octet numbers; none of them private. */
function transitAs(random: SeededRandom): number {
  return 1_000 + random.between(0, 39) * 70;
}

function regionalAs(random: SeededRandom): number {
  return 5_000 + random.between(0, 2_999) * 5;
}

function originAs(random: SeededRandom): number {
  return random.next() < 0.33 ? random.between(196_608, 220_000) : random.between(20_000, 60_000);
}

function communities(random: SeededRandom, tagger: number): number[] {
  const values = new Set<number>();
  for (let wanted = random.between(1, 8); wanted > 0; wanted--) {
    values.add((tagger % 0x1_0000) * 0x1_0000 + random.between(1, 60) * 50);
  }
  return [...values].sort((a, b) => a - b);
}

function weighted(random: SeededRandom, shares: readonly (readonly [value: number, share: number])[]): number {
  let total = 0;
  for (const [, share] of shares) total += share;
  let left = random.next() * total;
  for (const [value, share] of shares) {
    left -= share;
    if (left < 0) return value;
  }
  return shares[0]![0]; // rounding: the last share did not quite reach the total
}
