import type {
  NeighborSet,
  NumberRange,
  PolicyActions,
  PolicyMatch,
  PolicySource,
  PolicyStatement,
  PrefixRange,
} from '@bgp/policy';
import { parseFamily } from '@bgp/wire';
import { formatIpAddress, parseIpAddress } from '@bgp/wire/net';
import type { MatchTable, PolicySection, Statement } from './schema/policy.ts';
import type { ConfigPath } from './toml/path.ts';

export type NeighborSets = NonNullable<PolicySection['neighbor_sets']>;

/** What statements name instead of writing it out; everything that is named must exist. */
export interface Named {
  readonly sets: NeighborSets;
  readonly prefixLists: ReadonlyMap<string, readonly PrefixRange[]>;
}

/** Statements of a file, as the policy library takes them, with what they name put in. */
export function toPolicySource(
  name: string,
  defaultAction: 'permit' | 'deny',
  statements: readonly Statement[],
  from: Named,
): PolicySource {
  return { name, defaultAction, statements: statements.map((statement) => toStatement(statement, from)) };
}

function toStatement(statement: Statement, from: Named): PolicyStatement {
  const set = toActions(statement);
  return {
    ...(statement.name === undefined ? {} : { name: statement.name }),
    action: statement.action,
    match: toMatch(statement, from),
    ...(Object.keys(set).length === 0 ? {} : { set }),
  };
}

function toMatch(table: MatchTable, from: Named): PolicyMatch {
  const { prefix, ge, le, prefix_list: lists } = table;
  const set = table.match_neighbor_set === undefined ? undefined : from.sets[table.match_neighbor_set];
  const single = prefix === undefined ? [] : [{ prefix, ...range(ge, le) }];
  const listed = (lists ?? []).map((name) => from.prefixLists.get(name) ?? []);
  // With both keys both hold; the single prefix then stands in a group of its own.
  const isBoth = prefix !== undefined && lists !== undefined;
  const all = [...(table.match_all ?? []).map((one) => toMatch(one, from)), ...(isBoth ? [{ prefixes: single }] : [])];
  return defined<PolicyMatch>({
    prefixes:
      lists !== undefined
        ? listed.length === 1
          ? listed[0]
          : listed.flat()
        : prefix === undefined
          ? undefined
          : single,
    families: table.match_family?.flatMap((name) => parseFamily(name) ?? []),
    communities: table.match_community,
    asPath: table.match_as_path,
    asPathLength: range(table.match_as_path_length_ge, table.match_as_path_length_le),
    localPref: range(table.match_local_pref_ge, table.match_local_pref_le),
    med: range(table.match_med_ge, table.match_med_le),
    nextHop: table.match_next_hop,
    originAs: table.match_origin_asn,
    neighborAs: table.match_neighbor_asn,
    neighborSet: set === undefined ? undefined : toNeighborSet(set),
    routeType: table.match_route_type,
    originValidity: table.match_rpki_validation === 'not_found' ? 'not-found' : table.match_rpki_validation,
    aspaState: table.match_aspa_validation,
    all: all.length === 0 ? undefined : all,
    any: table.match_any?.map((one) => toMatch(one, from)),
    not: table.match_not === undefined ? undefined : toMatch(table.match_not, from),
  });
}

function toNeighborSet(set: NeighborSets[string]): NeighborSet {
  return defined<NeighborSet>({
    addresses: set.addresses?.map(canonicalName),
    remoteAs: set.remote_asns,
    peerGroups: set.peer_groups,
  });
}

export const ORIGINS = { igp: 0, egp: 1, incomplete: 2 } as const; // RFC 4271 §5.1.1

function toActions(statement: Statement): PolicyActions {
  const { set_as_path_prepend: prepend, set_as_path_replace: replace } = statement;
  return defined<PolicyActions>({
    localPref: statement.set_local_pref,
    med: statement.set_med,
    medAdd: statement.set_med_add,
    origin: statement.set_origin === undefined ? undefined : ORIGINS[statement.set_origin],
    nextHop: statement.set_next_hop,
    communitiesSet: statement.set_community,
    communitiesAdd: statement.set_community_add,
    communitiesRemove: statement.set_community_remove,
    prepend: prepend === undefined ? undefined : { as: prepend.asn, count: prepend.count },
    prependFirstAs: statement.set_as_path_prepend_first,
    replaceAs: replace === undefined ? undefined : { as: replace.asn, by: replace.by },
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
  if (NESTED.has(key)) return [...statement, key];
  if (RANGES.has(key)) return [...statement, `${key}_${bound ?? 'ge'}`];
  const place = rest.map((part) => (part === 'as' ? 'asn' : part));
  return [...statement, key, ...place];
}

const FILE_KEYS: Readonly<Record<string, string>> = {
  'match.prefixes': 'prefix',
  'match.families': 'match_family',
  'match.communities': 'match_community',
  'match.asPath': 'match_as_path',
  'match.originAs': 'match_origin_asn',
  'match.neighborAs': 'match_neighbor_asn',
  'match.originValidity': 'match_rpki_validation',
  'match.aspaState': 'match_aspa_validation',
  'match.any': 'match_any',
  'match.all': 'match_all',
  'match.not': 'match_not',
  'match.asPathLength': 'match_as_path_length',
  'match.localPref': 'match_local_pref',
  'match.med': 'match_med',
  'match.nextHop': 'match_next_hop',
  'match.neighborSet': 'match_neighbor_set',
  'match.routeType': 'match_route_type',
  'set.localPref': 'set_local_pref',
  'set.med': 'set_med',
  'set.medAdd': 'set_med_add',
  'set.origin': 'set_origin',
  'set.communitiesSet': 'set_community',
  'set.prependFirstAs': 'set_as_path_prepend_first',
  'set.replaceAs': 'set_as_path_replace',
  'set.nextHop': 'set_next_hop',
  'set.communitiesAdd': 'set_community_add',
  'set.communitiesRemove': 'set_community_remove',
  'set.prepend': 'set_as_path_prepend',
};
/** The place of a mistake further inside is the table's. */
const NESTED: ReadonlySet<string> = new Set(['match_any', 'match_all', 'match_not']);
const RANGES: ReadonlySet<string> = new Set(['match_as_path_length', 'match_local_pref', 'match_med']);

function range(ge: number | undefined, le: number | undefined): NumberRange | undefined {
  return ge === undefined && le === undefined ? undefined : defined<NumberRange>({ ge, le });
}

/** Equal addresses become equal strings; the schema has refused what is none. */
export function canonical(address: string): string {
  const octets = parseIpAddress(address);
  return octets.ok ? formatIpAddress(octets.value) : address;
}

/** The same for the name of a neighbor, with or without its interface. */
export function canonicalName(name: string): string {
  const [address = '', link] = name.split('%', 2);
  return link === undefined ? canonical(name) : `${canonical(address)}%${link}`;
}

/** Without the keys that are undefined: under exactOptionalPropertyTypes an absent key has no value at all. */
export function defined<T extends object>(record: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T; // only keys of T
}
