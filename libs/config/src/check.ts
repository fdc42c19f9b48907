import { isInterfaceName } from '@bgp/wire/net';
import { checkLater } from './check-later.ts';
import { checkListeners } from './check-listeners.ts';
import { checkGroupExists, checkNeighbor, checkOwnKeys } from './check-neighbor.ts';
import { didYouMean } from './did-you-mean.ts';
import { peerName } from './neighbors.ts';
import type { PolicyBook } from './policies.ts';
import type { Report } from './report.ts';
import type { ValidParts } from './salvage.ts';
import type { GlobalSection } from './schema/global.ts';
import type { NeighborTable } from './schema/neighbor.ts';
import type { ConfigPath } from './toml/path.ts';

/** Everything that a schema of single tables cannot see: references, duplicates, keys that exclude each other. */
export function checkDocument(parts: ValidParts, document: unknown, policies: PolicyBook, report: Report): void {
  policies.checkGlobal();
  for (const [name, set] of Object.entries(parts.policy.neighbor_sets ?? {})) {
    const path = ['policy', 'neighbor_sets', name];
    if (report.hasErrorIn(path)) continue;
    if (!set.addresses?.length && !set.remote_asns?.length && !set.peer_groups?.length) {
      report.error('invalid-value', path, `invalid neighbor set: "${name}" is empty`, {
        hint: 'name at least one of addresses, remote_asns, peer_groups',
      });
    }
    for (const [index, group] of set.peer_groups?.entries() ?? []) {
      checkGroupExists(group, parts, [...path, 'peer_groups', index], report);
    }
    for (const [index, neighbor] of set.addresses?.entries() ?? []) {
      if (isInterfaceName(neighbor)) checkInterfaceHasNeighbor(neighbor, parts, [...path, 'addresses', index], report);
    }
  }
  for (const [name, group] of Object.entries(parts.peer_groups)) {
    const path = ['peer_groups', name];
    policies.check(group, path);
    checkOwnKeys(group, path, report);
  }
  const seen = new Map<string, number>();
  parts.neighbors.forEach((neighbor, index) => {
    if (neighbor === undefined) return;
    const path = ['neighbors', index];
    const first = seen.get(peerName(neighbor));
    if (first === undefined) seen.set(peerName(neighbor), index);
    else {
      report.error(
        'duplicate',
        [...path, neighbor.address === undefined ? 'interface' : 'address'],
        `duplicate neighbor address ${peerName(neighbor)}`,
        {
          hint: `neighbors[${first}] has it already; one entry per neighbor`,
        },
      );
    }
    checkNeighbor(neighbor, path, parts, policies, report);
    checkOnlyOneOnInterface(neighbor, path, parts.neighbors, report);
  });
  if (parts.global !== undefined) checkConfederation(parts.global, report);
  checkListeners(parts, document, report);
  checkLater(parts, document, report);
}

/** RFC 5065 §4: the number that the outside sees is none of the members'. */
function checkConfederation(global: GlobalSection, report: Report): void {
  const { asn, confederation_id: id, confederation_members: members } = global;
  const error = (key: string, message: string, hint: string) =>
    report.error('conflict', ['global', key], `invalid confederation config: ${message}`, { hint });
  if (id === undefined) {
    if (members !== undefined)
      error('confederation_members', 'there is no confederation_id', 'set confederation_id too');
    return;
  }
  for (const [index, member] of members?.entries() ?? []) {
    if (members?.indexOf(member) === index) continue;
    report.notice('advice', ['global', 'confederation_members', index], `AS ${member} is listed twice`);
  }
  if (id === asn)
    error('confederation_id', 'it is our member AS', 'asn is the member AS, confederation_id another one');
  if (members?.includes(id)) error('confederation_members', `it lists the confederation ${id} itself`, 'leave it out');
  if (members?.includes(asn))
    error('confederation_members', `it lists our own AS ${asn}`, 'only the others belong there');
}

/** An address may be one of a range; an interface that nobody is looked for on is a mistyped address. */
function checkInterfaceHasNeighbor(
  link: string,
  parts: Pick<ValidParts, 'neighbors'>,
  path: ConfigPath,
  report: Report,
): void {
  const links = parts.neighbors.flatMap((one) => (one?.address === undefined ? (one?.interface ?? []) : []));
  if (links.includes(link)) return;
  const meant = didYouMean(link, links);
  report.error('undefined-reference', path, `no neighbor is configured by the interface "${link}" alone`, {
    hint: meant === undefined ? 'an address, or the interface of such a neighbor' : `did you mean "${meant}"?`,
  });
}

/** Whoever is found on an interface could be the one that is configured there too. */
function checkOnlyOneOnInterface(
  neighbor: NeighborTable,
  path: ConfigPath,
  neighbors: ValidParts['neighbors'],
  report: Report,
): void {
  if (neighbor.address !== undefined || neighbor.interface === undefined) return;
  const other = neighbors.findIndex((one) => one?.address !== undefined && one.interface === neighbor.interface);
  if (other < 0) return;
  report.error('conflict', [...path, 'interface'], `${neighbor.interface} has another neighbor, with an address`, {
    hint: `neighbors[${other}]; a neighbor without an address is the only one on its interface`,
  });
}
