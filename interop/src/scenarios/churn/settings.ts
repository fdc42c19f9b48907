import { neighborToml } from '../../dut.ts';
import type { PathSeen } from './path-seen.ts';
import type { Place } from './peer.ts';

/** What reloads change about one neighbor: while its session stays up, but for the last two, which end it. */
export interface Settings {
  readonly importChain: readonly string[];
  readonly exportChain: readonly string[];
  readonly removePrivateAs: 'no' | 'remove' | 'all' | 'replace';
  readonly asOverride: boolean;
  /** 0: no limit; `maxPrefixes` too. */
  readonly maxPrefixesOut: number;
  readonly maxPrefixes: number;
  readonly enforceFirstAs: boolean;
}

export const FIRST_SETTINGS: Settings = {
  importChain: [],
  exportChain: [],
  removePrivateAs: 'no',
  asOverride: false,
  maxPrefixesOut: 0,
  maxPrefixes: 0,
  enforceFirstAs: true,
};

/** Changes every route: a statement has a condition, and of one of its families is each of them. */
const EVERY = 'action = "next"\nmatch_family = ["ipv4_unicast", "ipv6_unicast"]';

/** One statement, and what it makes of a path; undefined: refuses it. */
interface ImportPolicy {
  readonly statement: string;
  judge(path: PathSeen): PathSeen | undefined;
}

const lengthOf = ({ asPath }: PathSeen): number => asPath.split(' ').length;

/** A route that one does not refuse goes on to the next policy of the chain. */
const IMPORT: Readonly<Record<string, ImportPolicy>> = {
  'mark-in': {
    statement: `${EVERY}\nset_community_add = ["64500:100", "LC:64500:1:1"]`,
    judge: (path) => ({
      ...path,
      communities: [...path.communities, '64500:100'],
      largeCommunities: [...path.largeCommunities, '64500:1:1'],
    }),
  },
  'med-in': { statement: `${EVERY}\nset_med = 33`, judge: (path) => ({ ...path, med: 33 }) },
  'prefer-long': {
    statement: 'action = "next"\nmatch_as_path_length_ge = 2\nset_local_pref = 200',
    judge: (path) => path,
  },
  'refuse-long': {
    statement: 'action = "deny"\nmatch_as_path_length_ge = 3',
    judge: (path) => (lengthOf(path) >= 3 ? undefined : path),
  },
  'refuse-marked': {
    statement: 'action = "deny"\nmatch_community = ["64512:1"]',
    judge: (path) => (path.communities.includes('64512:1') ? undefined : path),
  },
  'refuse-shared': {
    statement: 'action = "deny"\nprefix = "192.168.0.0/20"\nle = 24',
    judge: (path) => (path.prefix.startsWith('192.168.') ? undefined : path),
  },
};

/**
 * A path as our listing has it: after import policy, unless that refuses it, and marked while graceful shutdown is on (RFC 8326).
 */
export function afterImport(path: PathSeen, chain: readonly string[], isShuttingDown: boolean): PathSeen {
  let judged: PathSeen | undefined = path;
  for (const name of chain) judged = judged && IMPORT[name]?.judge(judged);
  if (judged === undefined) return path;
  return isShuttingDown ? { ...judged, communities: [...judged.communities, '65535:0'] } : judged;
}

const EXPORT: Readonly<Record<string, string>> = {
  prepend: `${EVERY}\nset_as_path_prepend = { asn = 64500, count = 2 }`,
  'med-out': `${EVERY}\nset_med = 77`,
  strip: `${EVERY}\nset_community_remove = ["64512:*", "LC:64512:*:*"]`,
  'mark-out': `${EVERY}\nset_community_add = ["64500:200"]`,
  'hide-marked': 'action = "deny"\nmatch_community = ["64512:2"]',
  'hide-ipv6': 'action = "deny"\nmatch_family = ["ipv6_unicast"]',
  'hide-shared': 'action = "deny"\nprefix = "192.168.0.0/20"\nle = 24',
  'only-short': 'action = "deny"\nmatch_as_path_length_ge = 2',
};

export const IMPORT_POLICIES: readonly string[] = Object.keys(IMPORT);
export const EXPORT_POLICIES: readonly string[] = Object.keys(EXPORT);

const statements = [
  ...Object.entries(IMPORT).map(([name, { statement }]) => [name, statement]),
  ...Object.entries(EXPORT),
];
const definitions = statements
  .map(
    ([name, statement]) =>
      `[policy.definitions.${name}]\ndefault_action = "permit"\n[[policy.definitions.${name}.statements]]\n${statement}\n`,
  )
  .join('\n');

/** The file after `[global]`. */
export function configToml(
  neighbors: readonly (Place & { readonly hasAddPath: boolean; readonly us6: string; readonly settings: Settings })[],
): string {
  const tables = neighbors.map(({ address, asn, us6, hasAddPath, settings }) =>
    neighborToml(address, asn, [
      'families = ["ipv4_unicast", "ipv6_unicast"]',
      `local_ipv6_nexthop = "${us6}"`,
      ...(hasAddPath ? ['add_path = { receive = true, send = true }'] : []),
      ...settingLines(settings),
    ]),
  );
  return `${tables.join('\n')}\n${definitions}`;
}

function settingLines(settings: Settings): string[] {
  const { importChain, exportChain, removePrivateAs, asOverride, maxPrefixesOut, maxPrefixes, enforceFirstAs } =
    settings;
  return [
    `import_policy_chain = ${JSON.stringify(importChain)}`,
    `export_policy_chain = ${JSON.stringify(exportChain)}`,
    `as_override = ${asOverride}`,
    `enforce_first_as = ${enforceFirstAs}`,
    ...(removePrivateAs === 'no' ? [] : [`remove_private_as = "${removePrivateAs}"`]),
    ...(maxPrefixesOut === 0 ? [] : [`max_prefixes_out = ${maxPrefixesOut}`]),
    // Down until it is enabled again.
    ...(maxPrefixes === 0 ? [] : [`max_prefixes = ${maxPrefixes}`, 'max_prefixes_restart_time = 0']),
  ];
}
