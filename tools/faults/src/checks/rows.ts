import type { RouteQuery, RouteRow } from '@bgp/speaker';
import {
  type Family,
  formatAsPath,
  formatCommunity,
  formatLargeCommunity,
  IPV4_UNICAST,
  IPV6_UNICAST,
} from '@bgp/wire';
import { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from '@bgp/wire/flowspec';
import type { Life, WorldNode } from '../world/world.ts';

export const FAMILIES: readonly Family[] = [IPV4_UNICAST, IPV6_UNICAST, IPV4_FLOWSPEC, IPV6_FLOWSPEC];

/** A whole table; empty for a node that is down. Read once at an instant: checks change nothing. */
export function tableOf({ life }: WorldNode, query: Omit<RouteQuery, 'limit' | 'cursor'>): readonly RouteRow[] {
  if (life === undefined) return [];
  const atMs = life.host.ports.clock.nowMs();
  if (life.listed.atMs !== atMs) life.listed = { atMs, tables: new Map() };
  const key = `${query.table} ${query.peer} ${query.family}`;
  let rows = life.listed.tables.get(key);
  if (rows === undefined) {
    rows = readTable(life, query);
    life.listed.tables.set(key, rows);
  }
  return rows;
}

function readTable(life: Life, query: Omit<RouteQuery, 'limit' | 'cursor'>): RouteRow[] {
  const rows: RouteRow[] = [];
  let cursor: string | undefined;
  do {
    const page = life.speaker.listRoutes({ ...query, limit: 10_000, ...(cursor === undefined ? {} : { cursor }) });
    if (!page.ok) throw new Error(page.error.message);
    rows.push(...page.value.routes);
    cursor = page.value.nextCursor;
  } while (cursor !== undefined);
  return rows;
}

export function asnsOf({ attributes }: RouteRow): number[] {
  return (attributes.asPath ?? []).flatMap(({ asns }) => asns);
}

export function keyOf({ family, prefix, pathId }: RouteRow): string {
  return `${family} ${prefix} ${pathId}`;
}

/** One line that has everything that two ends of a session must agree on. */
export function rowText({ prefix, pathId, nextHop, attributes, stale }: RouteRow): string {
  const {
    asPath = [],
    origin,
    med,
    localPref,
    communities = [],
    originatorId,
    clusterList,
    largeCommunities = [],
  } = attributes;
  const parts = [
    `${prefix}${pathId === 0 ? '' : `#${pathId}`} via ${nextHop.join('+')} path [${formatAsPath(asPath)}] origin ${origin}`,
    med === undefined ? '' : `med ${med}`,
    localPref === undefined ? '' : `pref ${localPref}`,
    communities.length === 0 ? '' : `communities ${communities.map(formatCommunity).join(',')}`,
    largeCommunities.map(formatLargeCommunity).join(','),
    originatorId === undefined ? '' : `originator ${originatorId}`,
    clusterList === undefined ? '' : `clusters ${clusterList.join(',')}`,
    stale ? 'STALE' : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}
