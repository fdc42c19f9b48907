import type { PeerKind } from '@bgp/wire';
import { formatIpAddress, parseIpPrefix } from '@bgp/wire/net';
import { checkSession } from './check-session.ts';
import { neighborKind } from './neighbors.ts';
import type { GlobalSection } from './schema/global.ts';
import type { DynamicNeighborTable, NeighborTable, PeerGroupTable } from './schema/neighbor.ts';
import type { SessionTables } from './session-finding.ts';

/** The first of RFC 6996 §5; any that is nobody's here would do. */
const FIRST_PRIVATE_AS = 64_512;

/** Whom the range accepts, without duplicates; empty: any AS. */
export function acceptedAses({ remote_asn: one, remote_asns: several = [] }: DynamicNeighborTable): number[] {
  return one ? [one] : [...new Set(several)];
}

/** Undefined for a prefix that is none. */
export function neighborOf(table: DynamicNeighborTable, remoteAs: number): NeighborTable | undefined {
  const prefix = parseIpPrefix(table.prefix);
  if (!prefix.ok) return undefined;
  const address = formatIpAddress(prefix.value.octets);
  return { address, remote_asn: remoteAs, peer_group: table.peer_group };
}

/**
 * The kinds of neighbors that a range is for, each with one AS of that kind. A range that names no AS takes every kind that its group's
 * values can be for; in a confederation only external neighbors, since the OPEN that we send says by which AS we are known before the
 * neighbor has said who it is (RFC 5065 §4).
 */
export function rangeKinds(
  table: DynamicNeighborTable,
  group: PeerGroupTable | undefined,
  global: GlobalSection,
): ReadonlyMap<PeerKind, number> {
  const listed = acceptedAses(table);
  const samples = listed.length > 0 ? listed : anyAses(group, global);
  const kinds = new Map<PeerKind, number>();
  for (const remoteAs of samples) {
    const kind = neighborKind(global, remoteAs);
    const neighbor = neighborOf(table, remoteAs);
    if (kinds.has(kind) || neighbor === undefined) continue;
    const session: SessionTables = { neighbor, group, global };
    if (listed.length === 0 && checkSession(session).some(({ isOfKind }) => isOfKind)) continue;
    kinds.set(kind, remoteAs);
  }
  return kinds;
}

function anyAses(group: PeerGroupTable | undefined, global: GlobalSection): number[] {
  const { asn, confederation_id: confederationId, confederation_members: members = [] } = global;
  const taken = new Set([asn, confederationId, ...members, group?.local_as?.asn]);
  let external = FIRST_PRIVATE_AS;
  while (taken.has(external)) external++;
  return confederationId === undefined || isInternalOnly(group) ? [external, asn] : [external];
}

function isInternalOnly(group: PeerGroupTable | undefined): boolean {
  return group?.route_reflector_client === true;
}
