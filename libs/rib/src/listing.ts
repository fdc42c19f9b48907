import type { FamilyTable } from './family-table.ts';
import { NOT_REJECTED } from './path-table.ts';
import { mask } from './prefix-table.ts';
import type { AttrId, PeerIndex, PrefixId, RouteRow } from './types.ts';
import { NOT_VALIDATED } from './validity.ts';

type Visit = (row: RouteRow) => boolean;

/** Refilled for each visit. */
const ROW: RouteRow = {
  family: 0,
  prefixId: 0,
  w0: 0,
  w1: 0,
  w2: 0,
  w3: 0,
  length: 0,
  pathId: 0,
  receivedPathId: 0,
  peer: 0,
  received: 0,
  effective: 0,
  rejectedBy: -1,
  best: false,
  stale: false,
  arrivedAt: 0,
  validity: NOT_VALIDATED,
};

function fillPathRow(table: FamilyTable, path: number): RouteRow {
  const { paths } = table;
  const prefix = paths.prefix[path]!;
  table.prefixes.read(prefix, ROW);
  ROW.family = table.family;
  ROW.prefixId = prefix;
  ROW.pathId = paths.pathId[path]!;
  ROW.receivedPathId = ROW.pathId;
  ROW.peer = paths.peer[path]!;
  ROW.received = paths.received[path]!;
  ROW.effective = paths.effective[path]!;
  ROW.rejectedBy = paths.rejectedBy[path] === NOT_REJECTED ? -1 : paths.rejectedBy[path]!;
  ROW.best = table.bestRow[prefix] === path;
  ROW.stale = paths.flags[path] !== 0;
  ROW.arrivedAt = paths.arrivedAt[path]!;
  ROW.validity = paths.validity[path]!;
  return ROW;
}

/** `path`: the path that is advertised, or 0 when it has gone meanwhile. */
export function fillAdvertisedRow(
  table: FamilyTable,
  prefix: PrefixId,
  source: PeerIndex,
  attributes: AttrId,
  pathId: number,
  path: number,
): RouteRow {
  table.prefixes.read(prefix, ROW);
  ROW.family = table.family;
  ROW.prefixId = prefix;
  ROW.pathId = pathId;
  ROW.receivedPathId = path === 0 ? 0 : table.paths.pathId[path]!;
  ROW.peer = source;
  ROW.received = attributes;
  ROW.effective = attributes;
  ROW.rejectedBy = -1;
  ROW.best = path !== 0 && path === table.bestRow[prefix];
  ROW.stale = path !== 0 && table.paths.flags[path] !== 0;
  ROW.arrivedAt = path === 0 ? 0 : table.paths.arrivedAt[path]!;
  ROW.validity = path === 0 ? NOT_VALIDATED : table.paths.validity[path]!;
  return ROW;
}

/** All paths of all peers, or of one (-1: all), by path row. */
export function scanPaths(
  table: FamilyTable,
  peer: PeerIndex | -1,
  cursor: number,
  budget: number,
  visit: Visit,
): number | undefined {
  const { paths } = table;
  let row = Math.max(cursor, 1);
  for (let looks = budget; row < paths.end && looks > 0; looks--) {
    const at = row++;
    if (!paths.isUsed(at) || (peer >= 0 && paths.peer[at] !== peer)) continue;
    if (!visit(fillPathRow(table, at))) break;
  }
  return row < paths.end ? row : undefined;
}

/** One path of each prefix that has any, by prefix id. */
export function scanPrefixes(table: FamilyTable, cursor: number, budget: number, visit: Visit): number | undefined {
  const { prefixes } = table;
  let prefix = Math.max(cursor, 1);
  for (let looks = budget; prefix < prefixes.end && looks > 0; looks--) {
    const at = prefix++;
    const path = table.head[at] ?? 0;
    if (path === 0 || !prefixes.isUsed(at)) continue;
    if (!visit(fillPathRow(table, path))) break;
  }
  return prefix < prefixes.end ? prefix : undefined;
}

/** Best paths by prefix id; with `words`, only the prefixes inside it. */
export function scanBest(
  table: FamilyTable,
  inside: { readonly words: Words; readonly length: number } | undefined,
  cursor: number,
  budget: number,
  visit: Visit,
): number | undefined {
  const { prefixes } = table;
  let prefix = Math.max(cursor, 1);
  for (let looks = budget; prefix < prefixes.end && looks > 0; looks--) {
    const at = prefix++;
    const path = table.bestRow[at] ?? 0;
    if (path === 0 || !prefixes.isUsed(at)) continue;
    if (inside !== undefined) {
      const [w0, w1, w2, w3] = inside.words;
      if (!prefixes.isInside(at, w0, w1, w2, w3, inside.length)) continue;
    }
    if (!visit(fillPathRow(table, path))) break;
  }
  return prefix < prefixes.end ? prefix : undefined;
}

/** What the last decision said of each prefix, whatever has become of its paths since. */
export function scanDecided(
  table: FamilyTable,
  cursor: number,
  budget: number,
  visit: (prefix: PrefixId, attributes: AttrId) => boolean,
): number | undefined {
  const { prefixes, bestAttributes } = table;
  let prefix = Math.max(cursor, 1);
  for (let looks = budget; prefix < prefixes.end && looks > 0; looks--) {
    const at = prefix++;
    const attributes = bestAttributes[at] ?? 0;
    if (attributes !== 0 && prefixes.isUsed(at) && !visit(at, attributes)) break;
  }
  return prefix < prefixes.end ? prefix : undefined;
}

export type Words = readonly [w0: number, w1: number, w2: number, w3: number];

/** Four words of an address of 4 or 16 octets, the bits past `length` cleared. */
export function wordsOf(address: Uint8Array, length: number): Words {
  const word = (index: number) => {
    const at = index * 4;
    if (at >= address.length) return 0;
    const value =
      ((address[at] ?? 0) << 24) |
      ((address[at + 1] ?? 0) << 16) |
      ((address[at + 2] ?? 0) << 8) |
      (address[at + 3] ?? 0);
    return (value & mask(Math.min(32, Math.max(0, length - index * 32)))) >>> 0;
  };
  return [word(0), word(1), word(2), word(3)];
}

/** Every path of one prefix, the best first. */
export function visitPrefix(table: FamilyTable, prefix: PrefixId, visit: Visit): void {
  const best = table.bestRow[prefix]!;
  if (best !== 0 && !visit(fillPathRow(table, best))) return;
  for (let path = table.head[prefix]!; path !== 0; path = table.paths.nextInPrefix[path]!) {
    if (path !== best && !visit(fillPathRow(table, path))) return;
  }
}

/**
 * The longest prefix, of `from` bits at most, with a best path that holds the address, or 0. One hash look-up per length: a trie would save some
 * microseconds per question and cost tens of octets per prefix.
 */
export function findLongest(table: FamilyTable, address: Uint8Array, from = table.prefixes.maxLength): PrefixId {
  for (let length = from; length >= 0; length--) {
    const prefix = table.prefixes.find(...wordsOf(address, length), length);
    if (prefix !== 0 && table.bestRow[prefix] !== 0) return prefix;
  }
  return 0;
}
