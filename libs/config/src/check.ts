import { formatFamily } from '@bgp/wire';
import { checkLater } from './check-later.ts';
import { checkListeners } from './check-listeners.ts';
import { didYouMean } from './did-you-mean.ts';
import { ACTIVE_FAMILIES, effective, familiesOf, groupOf, neighborKind, peerName } from './neighbors.ts';
import type { PolicyBook } from './policies.ts';
import { canonical } from './policy-source.ts';
import type { Report } from './report.ts';
import type { ValidParts } from './salvage.ts';
import type { GlobalSection } from './schema/global.ts';
import type { NeighborTable, PeerGroupTable } from './schema/neighbor.ts';
import type { ConfigPath } from './toml/path.ts';

const MD5_OCTETS_MAX = 80;
const TCP_AO_OCTETS_MAX = 80;

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
      report.error('duplicate', [...path, 'address'], `duplicate neighbor address ${peerName(neighbor)}`, {
        hint: `neighbors[${first}] has it already; one entry per neighbor`,
      });
    }
    checkNeighbor(neighbor, path, parts, policies, report);
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
  if (id === asn)
    error('confederation_id', 'it is our member AS', 'asn is the member AS, confederation_id another one');
  if (members?.includes(id)) error('confederation_members', `it lists the confederation ${id} itself`, 'leave it out');
  if (members?.includes(asn))
    error('confederation_members', `it lists our own AS ${asn}`, 'only the others belong there');
}

export function checkNeighbor(
  neighbor: NeighborTable,
  path: ConfigPath,
  parts: Pick<ValidParts, 'global' | 'peer_groups'>,
  policies: PolicyBook,
  report: Report,
): void {
  policies.check(neighbor, path);
  checkOwnKeys(neighbor, path, report);
  if (neighbor.peer_group !== undefined) checkGroupExists(neighbor.peer_group, parts, [...path, 'peer_group'], report);
  checkInterface(neighbor, path, report);
  const group = groupOf(parts, neighbor);
  if (neighbor.tcp_ao !== undefined) checkTcpAo(neighbor, neighbor.tcp_ao, group, path, report);
  if (parts.global !== undefined) {
    checkKind(neighbor, group, path, parts.global, report);
    const localAs = effective(neighbor, group, 'local_as')?.asn;
    if (localAs === parts.global.asn) {
      report.error('conflict', placeOf(neighbor, 'local_as', path), 'invalid local_as: it is our AS already', {
        hint: 'leave local_as out',
      });
    }
  }
  const needs = (key: keyof PeerGroupTable, other: keyof PeerGroupTable): void => {
    const isSet = effective(neighbor, group, key) === true;
    const hasOther = effective(neighbor, group, other);
    if (!isSet || (hasOther !== undefined && hasOther !== false)) return;
    report.error('conflict', placeOf(neighbor, key, path), `${key} has no effect without ${other}`, {
      hint: `set ${other} too, or leave ${key} out`,
    });
  };
  needs('per_client_best', 'route_server_client');
  needs('strict_role', 'role');
  const localAddress = effective(neighbor, group, 'local_address');
  if (localAddress !== undefined && isIpv6(localAddress) !== isIpv6(neighbor.address)) {
    report.error(
      'conflict',
      placeOf(neighbor, 'local_address', path),
      'local_address and address are of different families',
      {
        hint: 'an IPv4 session needs an IPv4 local address, an IPv6 session an IPv6 one',
      },
    );
  }
  if (effective(neighbor, group, 'ttl_security') === true && effective(neighbor, group, 'multihop_ttl') !== undefined) {
    report.error(
      'conflict',
      placeOf(neighbor, 'multihop_ttl', path),
      'multihop_ttl and ttl_security are mutually exclusive',
      {
        on: 'key',
        hint: 'ttl_security is for directly connected neighbors (RFC 5082)',
      },
    );
  }
  checkFamilies(neighbor, group, path, report);
}

function checkTcpAo(
  neighbor: NeighborTable,
  { key, preferred, deprecated }: NonNullable<NeighborTable['tcp_ao']>,
  group: PeerGroupTable | undefined,
  path: ConfigPath,
  report: Report,
): void {
  if (effective(neighbor, group, 'md5_password') !== undefined) {
    report.error('conflict', [...path, 'tcp_ao'], 'tcp_ao and md5_password are mutually exclusive', {
      on: 'key',
      hint: "also when the password is the peer group's",
    });
  }
  const octets = new TextEncoder().encode(key).length;
  if (octets < 1 || octets > TCP_AO_OCTETS_MAX) {
    const message = `invalid tcp_ao key: ${octets} octets, it must have 1 to ${TCP_AO_OCTETS_MAX}`;
    report.error('invalid-value', [...path, 'tcp_ao', 'key'], message);
  }
  if (preferred === true && deprecated === true) {
    report.error('conflict', [...path, 'tcp_ao', 'deprecated'], 'a key cannot be preferred and deprecated at once');
  }
}

/** What one table says by itself, a group's or a neighbor's. */
function checkOwnKeys(table: PeerGroupTable, path: ConfigPath, report: Report): void {
  const password = table.md5_password;
  if (password !== undefined && new TextEncoder().encode(password).length > MD5_OCTETS_MAX) {
    report.error(
      'invalid-value',
      [...path, 'md5_password'],
      `invalid md5_password: longer than ${MD5_OCTETS_MAX} octets`,
      {
        hint: 'the kernel takes no longer key',
      },
    );
  }
  if (table.graceful_restart !== false && table.gr_restart_time === 0) {
    report.error(
      'invalid-value',
      [...path, 'gr_restart_time'],
      'invalid graceful restart config: gr_restart_time must be 1 to 4095',
      {
        hint: 'to switch graceful restart off, set graceful_restart = false',
      },
    );
  }
}

/** Internal and external neighbors have different keys; the value may come from the group. */
function checkKind(
  neighbor: NeighborTable,
  group: PeerGroupTable | undefined,
  path: ConfigPath,
  global: GlobalSection,
  report: Report,
): void {
  const kind = neighborKind(global, neighbor.remote_asn);
  const rule = (key: keyof PeerGroupTable, applies: boolean, wanted: string, label: string): void => {
    if (!applies || kind === wanted) return;
    report.error(
      'conflict',
      placeOf(neighbor, key, path),
      `${label}: ${key} is for ${wanted} neighbors, this one is ${kind}`,
      {
        hint: `remote_asn is ${neighbor.remote_asn}, [global] asn is ${global.asn}`,
      },
    );
  };
  rule(
    'route_reflector_client',
    effective(neighbor, group, 'route_reflector_client') === true,
    'internal',
    'invalid route reflector config',
  );
  rule(
    'route_server_client',
    effective(neighbor, group, 'route_server_client') === true,
    'external',
    'invalid route server config',
  );
  rule('role', effective(neighbor, group, 'role') !== undefined, 'external', 'invalid role config');
  rule('as_override', effective(neighbor, group, 'as_override') === true, 'external', 'invalid as_override config');
  rule('local_as', effective(neighbor, group, 'local_as') !== undefined, 'external', 'invalid local_as config');
  rule(
    'remove_private_as',
    effective(neighbor, group, 'remove_private_as') !== undefined,
    'external',
    'invalid remove_private_as config',
  );
}

function checkInterface(neighbor: NeighborTable, path: ConfigPath, report: Report): void {
  const isLinkLocal = /^fe[89ab]/.test(canonical(neighbor.address));
  if (isLinkLocal && neighbor.interface === undefined) {
    report.error(
      'missing-key',
      [...path, 'address'],
      'invalid neighbor address: a link-local address needs an interface',
      {
        hint: 'add interface = "eth0", or whatever it is called here',
      },
    );
  }
  if (!isLinkLocal && neighbor.interface !== undefined) {
    report.error('conflict', [...path, 'interface'], 'interface is only for link-local (fe80::/10) neighbors', {
      on: 'key',
    });
  }
}

function checkFamilies(
  neighbor: NeighborTable,
  group: PeerGroupTable | undefined,
  path: ConfigPath,
  report: Report,
): void {
  const families = familiesOf(neighbor, group);
  const inactive = families.filter((family) => !ACTIVE_FAMILIES.has(family)).map(formatFamily);
  if (inactive.length === 0) return;
  const place = placeOf(neighbor, 'families', path);
  if (inactive.length === families.length) {
    report.error('not-supported', place, `no family of this neighbor is supported yet: ${inactive.join(', ')}`, {
      hint: 'ipv4_unicast and ipv6_unicast are',
    });
  } else report.notice('not-yet-active', place, `not exchanged by this version: ${inactive.join(', ')}`);
}

function checkGroupExists(
  name: string,
  parts: Pick<ValidParts, 'peer_groups'>,
  path: ConfigPath,
  report: Report,
): void {
  const groups = Object.keys(parts.peer_groups);
  if (groups.includes(name)) return;
  const meant = didYouMean(name, groups);
  report.error('undefined-reference', path, `undefined peer_group "${name}"`, {
    hint: meant === undefined ? `define [peer_groups.${name}]` : `did you mean "${meant}"?`,
  });
}

/** Where the value stands: at the neighbor, or else, for a value of the group, at the line that names the group. */
function placeOf(neighbor: NeighborTable, key: keyof PeerGroupTable, path: ConfigPath): ConfigPath {
  return (neighbor as PeerGroupTable)[key] === undefined ? [...path, 'peer_group'] : [...path, key];
}

function isIpv6(address: string): boolean {
  return canonical(address).includes(':');
}
