import type { NeighborSet, NumberRange, PolicyActions, PolicyMatch, PolicySource, PolicyStatement } from '@bgp/policy';
import { parseFamily } from '@bgp/wire';
import { formatIpAddress, parseIpAddress } from '@bgp/wire/net';
import type { PolicySection, Statement } from './schema/policy.ts';
import type { ConfigPath } from './toml/path.ts';

export type NeighborSets = NonNullable<PolicySection['neighbor_sets']>;

/** Statements of a file, as the policy library takes them. Neighbor sets are put in; a set must exist. */
export function toPolicySource(
  name: string,
  defaultAction: 'permit' | 'deny',
  statements: readonly Statement[],
  sets: NeighborSets,
): PolicySource {
  return { name, defaultAction, statements: statements.map((statement) => toStatement(statement, sets)) };
}

function toStatement(statement: Statement, sets: NeighborSets): PolicyStatement {
  const set = toActions(statement);
  return {
    ...(statement.name === undefined ? {} : { name: statement.name }),
    action: statement.action,
    match: toMatch(statement, sets),
    ...(Object.keys(set).length === 0 ? {} : { set }),
  };
}

function toMatch(statement: Statement, sets: NeighborSets): PolicyMatch {
  const { prefix, ge, le } = statement;
  const set = statement.match_neighbor_set === undefined ? undefined : sets[statement.match_neighbor_set];
  return defined<PolicyMatch>({
    prefixes: prefix === undefined ? undefined : [{ prefix, ...range(ge, le) }],
    families: statement.match_family?.flatMap((name) => parseFamily(name) ?? []),
    communities: statement.match_community,
    asPathLength: range(statement.match_as_path_length_ge, statement.match_as_path_length_le),
    localPref: range(statement.match_local_pref_ge, statement.match_local_pref_le),
    med: range(statement.match_med_ge, statement.match_med_le),
    nextHop: statement.match_next_hop,
    neighborSet: set === undefined ? undefined : toNeighborSet(set),
    routeType: statement.match_route_type,
  });
}

function toNeighborSet(set: NeighborSets[string]): NeighborSet {
  return defined<NeighborSet>({
    addresses: set.addresses?.map(canonical),
    remoteAs: set.remote_asns,
    peerGroups: set.peer_groups,
  });
}

function toActions(statement: Statement): PolicyActions {
  const prepend = statement.set_as_path_prepend;
  return defined<PolicyActions>({
    localPref: statement.set_local_pref,
    med: statement.set_med,
    nextHop: statement.set_next_hop,
    communitiesAdd: statement.set_community_add,
    communitiesRemove: statement.set_community_remove,
    prepend: prepend === undefined ? undefined : { as: prepend.asn, count: prepend.count },
  });
}

/** The file's path of something that the policy library names by its own path. */
export function statementPath(source: readonly (string | number)[]): ConfigPath {
  const [first, index, section, field, ...rest] = source;
  if (first === 'defaultAction') return ['default_action'];
  if (first !== 'statements' || index === undefined) return [];
  const statement: ConfigPath = ['statements', index];
  if (section === 'name' || section === 'action') return [...statement, section];
  const key = FILE_KEYS[`${section}.${field}`];
  if (key === undefined) return statement;
  const bound = rest.findLast((part) => part === 'ge' || part === 'le');
  if (field === 'prefixes') return [...statement, bound ?? key];
  if (RANGES.has(key)) return [...statement, `${key}_${bound ?? 'ge'}`];
  const place = rest.map((part) => (part === 'as' ? 'asn' : part));
  return [...statement, key, ...place];
}

const FILE_KEYS: Readonly<Record<string, string>> = {
  'match.prefixes': 'prefix',
  'match.families': 'match_family',
  'match.communities': 'match_community',
  'match.asPathLength': 'match_as_path_length',
  'match.localPref': 'match_local_pref',
  'match.med': 'match_med',
  'match.nextHop': 'match_next_hop',
  'match.neighborSet': 'match_neighbor_set',
  'match.routeType': 'match_route_type',
  'set.localPref': 'set_local_pref',
  'set.med': 'set_med',
  'set.nextHop': 'set_next_hop',
  'set.communitiesAdd': 'set_community_add',
  'set.communitiesRemove': 'set_community_remove',
  'set.prepend': 'set_as_path_prepend',
};
const RANGES: ReadonlySet<string> = new Set(['match_as_path_length', 'match_local_pref', 'match_med']);

function range(ge: number | undefined, le: number | undefined): NumberRange | undefined {
  return ge === undefined && le === undefined ? undefined : defined<NumberRange>({ ge, le });
}

/** Equal addresses become equal strings; the schema has refused what is none. */
export function canonical(address: string): string {
  const octets = parseIpAddress(address);
  return octets.ok ? formatIpAddress(octets.value) : address;
}

/** Without the keys that are undefined: under exactOptionalPropertyTypes an absent key has no value at all. */
export function defined<T extends object>(record: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T; // only keys of T
}
