import type { DynamicRange, PeerTemplate } from '@bgp/speaker';
import { formatIpPrefix, parseIpPrefix } from '@bgp/wire/net';
import { groupOf, toPeerConfig } from './neighbors.ts';
import type { PolicyBook } from './policies.ts';
import { defined } from './policy-source.ts';
import { acceptedAses, neighborOf, rangeKinds } from './range-kinds.ts';
import type { DynamicNeighborTable } from './schema/neighbor.ts';
import type { ConfigDocument } from './schema/root.ts';

/** What a neighbor of each kind gets that the range is for. The checks have passed. */
export function toDynamicRange(
  document: ConfigDocument,
  table: DynamicNeighborTable,
  policies: PolicyBook,
): DynamicRange {
  const prefix = parseIpPrefix(table.prefix);
  if (!prefix.ok) throw new Error(`config: "${table.prefix}" passed the checks and is no prefix`);
  const group = groupOf(document, table);
  const kinds = [...rangeKinds(table, group, document.global)];
  return defined<DynamicRange>({
    prefix: formatIpPrefix(prefix.value.octets, prefix.value.length),
    peerGroup: table.peer_group,
    remoteAses: acceptedAses(table),
    description: table.description,
    templates: Object.fromEntries(
      kinds.map(([kind, remoteAs]) => [kind, templateFor(document, table, remoteAs, policies)]),
    ),
  });
}

/** As a neighbor at the range's first address would be. Names and the rest of the identity come with each of them. */
function templateFor(
  document: ConfigDocument,
  table: DynamicNeighborTable,
  as: number,
  policies: PolicyBook,
): PeerTemplate {
  const neighbor = neighborOf(table, as);
  if (neighbor === undefined) throw new Error(`config: "${table.prefix}" passed the checks and is no prefix`);
  const {
    name: _name,
    address: _address,
    remoteAs: _as,
    peerGroup: _group,
    ...template
  } = toPeerConfig(document, neighbor, policies);
  return template;
}
