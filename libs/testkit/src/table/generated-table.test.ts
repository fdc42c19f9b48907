import {
  decodeAttributes,
  encodeAttributes,
  IPV4_UNICAST,
  IPV6_UNICAST,
  Ipv4NlriCursor,
  Ipv6NlriCursor,
  MessageFramer,
  UpdateView,
} from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { encodeTable, encodeWithdrawals } from './encode-table.ts';
import { fullTable, type GeneratedTable } from './generated-table.ts';
import { tableRoute } from './table-routes.ts';

const CONTEXT = {
  fourOctetAs: true,
  maxMessageOctets: 4096,
  addPath: new Map(),
  extendedNextHop: new Set<number>(),
  peerKind: 'external',
} as const;

describe.each([
  ['IPv4', IPV4_UNICAST],
  ['IPv6', IPV6_UNICAST],
])('%s table', (_name, family) => {
  const table = fullTable({ seed: 7, count: 20_000, family });

  it('is the same for the same seed, and another for another', () => {
    expect(fullTable({ seed: 7, count: 100, family }).words).toEqual(table.words.slice(0, 100 * wordsPerRoute(table)));
    expect(fullTable({ seed: 8, count: 100, family }).lengths).not.toEqual(table.lengths.slice(0, 100));
  });

  it('has distinct prefixes without host bits', () => {
    const prefixes = new Set(Array.from({ length: table.count }, (_, route) => tableRoute(table, route).prefix));
    expect(prefixes.size).toBe(table.count);
    for (let route = 0; route < table.count; route++) {
      const high = BigInt(table.words[route * wordsPerRoute(table)]!);
      const low = family === IPV4_UNICAST ? 0n : BigInt(table.words[route * 4 + 1]!);
      const hostBits = 64n - BigInt(table.lengths[route]!);
      expect(((high << 32n) | low) & ((1n << hostBits) - 1n)).toBe(0n);
    }
  });

  it('has about ten prefixes for each set of attributes', () => {
    expect(table.count / table.sets.length).toBeGreaterThan(8);
    expect(table.count / table.sets.length).toBeLessThan(12);
  });

  it('encodes to messages that say the table, and then withdraw it', () => {
    const nextHop = family === IPV4_UNICAST ? '192.0.2.1' : '2001:db8::1';
    const announced = readBack(encodeTable(table, { peerAs: 64_500, nextHop }).buffers, 'announced');
    const expected = Array.from({ length: table.count }, (_, route) => tableRoute(table, route).prefix);
    expect(announced).toEqual(expected);
    expect(readBack(encodeWithdrawals(table, { nextHop }).buffers, 'withdrawn')).toEqual(expected);
  });
});

describe('shape', () => {
  const table = fullTable({ seed: 1, count: 50_000 });

  it('about 60 % of IPv4 prefixes are /24', () => {
    const share = table.lengths.filter((length) => length === 24).length / table.count;
    expect(share).toBeGreaterThan(0.55);
    expect(share).toBeLessThan(0.7);
  });

  it('paths have around four hops with the neighbor, and some prepend', () => {
    const paths = table.sets.map((set) => (set.asPath ?? []).flatMap((segment) => segment.asns));
    const mean = paths.reduce((sum, path) => sum + path.length + 1, 0) / paths.length;
    expect(mean).toBeGreaterThan(3.5);
    expect(mean).toBeLessThan(5);
    expect(paths.some((path) => path.length > 1 && path.at(-1) === path.at(-2))).toBe(true);
  });

  it('attributes survive encoding', () => {
    for (const set of table.sets.slice(0, 200)) {
      const encoded = encodeAttributes({ ...set, nextHop: '192.0.2.1' });
      expect(encoded.ok && decodeAttributes(encoded.value)).toEqual({ ...set, nextHop: '192.0.2.1' });
    }
  });
});

function wordsPerRoute(table: GeneratedTable): number {
  return table.family === IPV4_UNICAST ? 1 : 4;
}

function readBack(buffers: readonly Uint8Array[], field: 'announced' | 'withdrawn'): string[] {
  const framer = new MessageFramer();
  const view = new UpdateView();
  const prefixes: string[] = [];
  for (const buffer of buffers) {
    framer.push(buffer);
    for (;;) {
      const frame = framer.next();
      if (!frame.ok) throw new Error(frame.error.code);
      if (frame.value === undefined) break;
      expect(frame.value.length).toBeLessThanOrEqual(4096);
      if (!view.parse(frame.value, CONTEXT)) throw new Error(view.errors[0]?.code);
      prefixes.push(...prefixesOf(view, field));
    }
  }
  return prefixes;
}

function prefixesOf(view: UpdateView, field: 'announced' | 'withdrawn'): string[] {
  const table: GeneratedTable = {
    family: IPV4_UNICAST,
    count: 1,
    words: new Uint32Array(4),
    lengths: new Uint8Array(1),
    setOf: new Uint32Array(1),
    sets: [{}],
  };
  const prefixes: string[] = [];
  const ipv4 = new Ipv4NlriCursor();
  const [start, end] =
    field === 'announced' ? [view.nlriStart, view.nlriEnd] : [view.withdrawnStart, view.withdrawnEnd];
  ipv4.reset(view.frame, start, end, false);
  while (ipv4.next()) {
    table.words[0] = ipv4.address;
    table.lengths[0] = ipv4.length;
    prefixes.push(tableRoute(table, 0).prefix);
  }
  const [mpStart, mpEnd] =
    field === 'announced' ? [view.reachNlriStart, view.reachNlriEnd] : [view.unreachStart, view.unreachEnd];
  if ((field === 'announced' ? view.reachFamily : view.unreachFamily) === 0) return prefixes;
  const ipv6 = new Ipv6NlriCursor();
  ipv6.reset(view.frame, mpStart, mpEnd, false);
  while (ipv6.next()) {
    table.words.set([ipv6.w0, ipv6.w1, ipv6.w2, ipv6.w3]);
    table.lengths[0] = ipv6.length;
    prefixes.push(tableRoute({ ...table, family: IPV6_UNICAST }, 0).prefix);
  }
  return prefixes;
}
