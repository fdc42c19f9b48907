import type { PeerGroupService } from '@bgp/api-proto';
import {
  type Document,
  neighborsOf,
  restoreSecrets,
  tableAt,
  usersOf,
  withNeighborChanged,
  withValue,
} from '@bgp/lifecycle';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';
import { changeOrThrow, requestError, valueOrThrow, withDetail } from '../errors.ts';
import { parsePeerName } from '../mapping/address.ts';
import { toGroupTable, toPeerGroupDefinition } from '../mapping/peer-group-definition.ts';
import { deleteUnused, namedOrThrow, requireName, tablesBelow } from './named-tables.ts';

const GROUPS = ['peer_groups'] as const;

export function peerGroupService({ lifecycle }: ApiDependencies): ServiceImpl<typeof PeerGroupService> {
  const groupOf = (name: string, table: Document) => ({
    name,
    definition: toPeerGroupDefinition(table),
    usedBy: usersOf(lifecycle.document, 'peer-group', name),
  });
  const setGroupOf = (address: string, group: string | undefined) => {
    const name = valueOrThrow(parsePeerName(address, 'address'));
    if (!neighborsOf(lifecycle.document).some((neighbor) => neighbor.name === name)) {
      throw withDetail(Code.NotFound, `there is no neighbor ${name}`, 'peer-not-found', 'address');
    }
    const edit = (document: Document) =>
      withNeighborChanged(document, name, (table) => withValue(table, ['peer_group'], group));
    const applied = changeOrThrow(
      lifecycle.change(edit, `${name} ${group === undefined ? 'in no group' : `in ${group}`}`),
    );
    return { revision: BigInt(applied.revision) };
  };
  return {
    listPeerGroups() {
      return { peerGroups: tablesBelow(lifecycle.document, GROUPS).map(([name, table]) => groupOf(name, table)) };
    },
    getPeerGroup({ name }) {
      return groupOf(name, namedOrThrow(lifecycle.document, GROUPS, name, 'peer-group'));
    },
    setPeerGroup({ name, definition }) {
      requireName(name);
      const present = tableAt(lifecycle.document, ...GROUPS, name);
      const table = restoreSecrets(valueOrThrow(toGroupTable(definition, present)), present ?? {});
      if (!table.ok) {
        const message = `${table.error} says "<redacted>", and there is no such secret now; write it out`;
        return valueOrThrow(requestError('combination-invalid', 'definition.toml', message));
      }
      const edit = (document: Document) => withValue(document, [...GROUPS, name], table.value);
      return { revision: BigInt(changeOrThrow(lifecycle.change(edit, `peer group ${name}`)).revision) };
    },
    deletePeerGroup({ name }) {
      return deleteUnused(lifecycle, GROUPS, name, 'peer-group');
    },
    setNeighborPeerGroup({ address, peerGroup }) {
      if (peerGroup === '')
        return valueOrThrow(requestError('missing', 'peer_group', 'a group is needed; to leave it, clear it'));
      return setGroupOf(address, peerGroup);
    },
    clearNeighborPeerGroup({ address }) {
      return setGroupOf(address, undefined);
    },
  };
}
