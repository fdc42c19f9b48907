import type { PeerIndex } from '@bgp/rib';
import { FLOWSPEC_FAMILIES } from './flowspec-validation.ts';
import type { RouteSource } from './routes.ts';

/** Prefixes looked at in one call: some milliseconds. */
const LOOKS_PER_CALL = 65_536;

export interface BestCounts {
  /** Best paths by neighbor name; `local` for injected routes. Neighbors without any are absent. */
  readonly counts: ReadonlyMap<string, number>;
  /** Absent: every table of prefixes has been counted; FlowSpec rules are not. */
  readonly next?: BestCountsCursor;
}

export interface BestCountsCursor {
  /** Index of the table, and the place in it. */
  readonly table: number;
  readonly row: number;
}

/** Who has how many of the best paths, in steps: nobody keeps this count while routes change. */
export function countBest(
  { rib, families: all, peerAt }: RouteSource,
  from: BestCountsCursor = { table: 0, row: 0 },
): BestCounts {
  const families = all.filter((family) => !FLOWSPEC_FAMILIES.includes(family));
  const family = families[from.table];
  if (family === undefined) return { counts: new Map() };
  const byIndex = new Map<PeerIndex, number>();
  const row = rib.scanBest(family, from.row, LOOKS_PER_CALL, ({ peer }) => {
    byIndex.set(peer, (byIndex.get(peer) ?? 0) + 1);
    return true;
  });
  const counts = new Map<string, number>();
  for (const [index, count] of byIndex) {
    const name = peerAt(index)?.name ?? 'local';
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  if (row !== undefined) return { counts, next: { table: from.table, row } };
  return from.table + 1 < families.length ? { counts, next: { table: from.table + 1, row: 0 } } : { counts };
}
