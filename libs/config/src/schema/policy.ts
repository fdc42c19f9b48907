import * as z from 'zod';
import { family, integer, ipAddress, key, neighborName, nonBlank, prefix, required, u32 } from './scalars.ts';

/** One statement, the same in files and in the API. The policy compiler checks what a value means. */
const conditions = {
  prefix: key(prefix, 'The route is this prefix; with `ge` or `le`, inside it and of such a length.'),
  ge: key(integer(0, 128), 'Least prefix length; only with `prefix`.'),
  le: key(integer(0, 128), 'Greatest prefix length; only with `prefix`.'),
  match_family: key(
    z.array(family).min(1, 'must not be empty'),
    'Of one of these families; with all of them it is the condition that every route meets.',
  ),
  match_community: key(
    z.array(z.string()).min(1, 'must not be empty'),
    'Carries any of these: `65000:1`, `NO_EXPORT`, `RT:65000:1`, `RO:65000:1`, `LC:65000:1:2`; `*` for any number, `1-9` for a range.',
  ),
  prefix_list: key(
    z.array(nonBlank).min(1, 'must not be empty'),
    'The route is in one of these `policy.prefix_lists`.',
  ),
  match_origin_asn: key(
    z.array(u32).min(1, 'must not be empty'),
    'The route was originated by one of these AS numbers.',
  ),
  match_neighbor_asn: key(
    z.array(u32).min(1, 'must not be empty'),
    'The neighbor has one of these AS numbers: sender on import, receiver on export.',
  ),
  match_as_path: key(
    z.string(),
    'Regular expression over the AS path as text, `65001 65002 {65003}`; `_` is a border between AS numbers.',
  ),
  match_as_path_length_ge: key(u32, 'Least AS path length; a set counts 1.'),
  match_as_path_length_le: key(u32, 'Greatest AS path length.'),
  match_local_pref_ge: key(u32, 'Least LOCAL_PREF; an absent one counts as 100.'),
  match_local_pref_le: key(u32, 'Greatest LOCAL_PREF.'),
  match_med_ge: key(u32, 'Least MED; an absent one counts as 0.'),
  match_med_le: key(u32, 'Greatest MED.'),
  match_next_hop: key(ipAddress, 'The next hop is this address.'),
  match_neighbor_set: key(
    nonBlank,
    'The neighbor is in this `policy.neighbor_sets` entry: sender on import, receiver on export.',
  ),
  match_route_type: key(z.enum(['local', 'internal', 'external']), 'Injected here, learned by IBGP, or by EBGP.'),
  match_rpki_validation: key(z.enum(['valid', 'invalid', 'not_found']), 'Origin validation state (RFC 6811).'),
  match_aspa_validation: key(z.enum(['valid', 'invalid', 'unknown']), 'Path validation state (ASPA).'),
} as const;

/** Conditions without an action. They nest once more, which says all that can be said. */
const innerMatch = z.strictObject(conditions);
const matchTable = z.strictObject({
  ...conditions,
  match_any: key(z.array(innerMatch).min(1, 'must not be empty'), 'At least one of these tables holds.'),
  match_all: key(z.array(innerMatch).min(1, 'must not be empty'), 'Each of these tables holds.'),
  match_not: key(innerMatch, 'This table does not hold.'),
});

export const statement = z.strictObject({
  name: key(nonBlank, 'Shown where this statement decided; absent: its number.'),
  action: required(
    z.enum(['permit', 'deny', 'next']),
    'What happens to a route that meets all conditions; `next`: it is changed and the next statement is tried.',
  ),
  ...conditions,
  match_evpn_route_type: key(integer(1, 5), 'EVPN route type.'),
  match_any: key(z.array(matchTable).min(1, 'must not be empty'), 'At least one of these tables of conditions holds.'),
  match_all: key(z.array(matchTable).min(1, 'must not be empty'), 'Each of these tables of conditions holds.'),
  match_not: key(matchTable, 'This table of conditions does not hold.'),
  set_local_pref: key(u32, 'Sets LOCAL_PREF.'),
  set_med: key(u32, 'Sets MED.'),
  set_med_add: key(integer(-0xffff_ffff, 0xffff_ffff), 'Added to the MED, within its bounds; negative: subtracted.'),
  set_origin: key(z.enum(['igp', 'egp', 'incomplete']), 'Sets ORIGIN.'),
  set_next_hop: key(
    z.string().refine((text) => text === 'self' || text === 'unchanged' || ipAddress.safeParse(text).success, {
      error: 'must be "self", "unchanged" or an IP address',
    }),
    "Sets the next hop: an address, or `self` for the session's own; `unchanged` keeps an external session from setting its own.",
  ),
  set_community: key(
    z.array(z.string()),
    'Replaces the communities of each kind that it names; empty: no standard ones.',
  ),
  set_community_add: key(
    z.array(z.string()),
    'Adds single communities, written as in `match_community`; also such as a pattern of `set_community_remove` means.',
  ),
  set_community_remove: key(
    z.array(z.string()),
    'Removes communities, all that `match_community` can describe: `65000:*`, `LC:65000:1-9:*`, `RT:65000:*`.',
  ),
  set_as_path_prepend: key(
    z.strictObject({
      asn: required(integer(1, 0xffff_ffff), 'The AS to prepend.'),
      count: required(
        z.int('count must be 1-10').min(1, 'count must be 1-10').max(10, 'count must be 1-10'),
        'How many times, 1 to 10.',
      ),
    }),
    'Prepends an AS to the path.',
  ),
  set_as_path_prepend_first: key(
    z.int('count must be 1-10').min(1, 'count must be 1-10').max(10, 'count must be 1-10'),
    'Prepends the leftmost AS of the path this many times more.',
  ),
  set_as_path_replace: key(
    z.strictObject({
      asn: required(integer(1, 0xffff_ffff), 'The AS to replace, wherever it is in the path.'),
      by: required(integer(1, 0xffff_ffff), 'What it becomes.'),
    }),
    'Replaces an AS in the path.',
  ),
});

const names = z.array(nonBlank);

/** What a route may have, in the words of the statements. */
const attributesOfTest = {
  as_path: key(z.string(), 'AS path as text, `65001 65002 {65003}`; absent: empty.'),
  next_hop: key(ipAddress, 'Next hop.'),
  local_pref: key(u32, 'LOCAL_PREF.'),
  med: key(u32, 'MED.'),
  origin: key(z.enum(['igp', 'egp', 'incomplete']), 'ORIGIN; absent: `igp`.'),
  communities: key(z.array(z.string()), 'Communities of every kind, written as in `match_community`.'),
} as const;

const policyTest = {
  name: required(nonBlank, 'What it shows; appears when it fails.'),
  route: required(
    z.strictObject({
      prefix: required(prefix, 'The prefix.'),
      ...attributesOfTest,
      route_type: key(z.enum(['local', 'internal', 'external']), 'Where it comes from.', 'external'),
      rpki_validation: key(z.enum(['valid', 'invalid', 'not_found']), 'Origin validation state.', 'not_found'),
      aspa_validation: key(z.enum(['valid', 'invalid', 'unknown']), 'Path validation state.', 'unknown'),
    }),
    'The route that comes in.',
  ),
  expect: required(z.enum(['permit', 'deny']), 'What the policy is to say.'),
  by: key(nonBlank, 'The statement that is to decide, or `default`.'),
  result: key(
    z.strictObject({
      ...attributesOfTest,
      next_hop: key(
        z.string().refine((text) => text === 'self' || text === 'unchanged' || ipAddress.safeParse(text).success, {
          error: 'must be "self", "unchanged" or an IP address',
        }),
        'Next hop, or the word that `set_next_hop` has.',
      ),
    }),
    'How the route is to come out; only what is named is compared, communities as a whole.',
  ),
} as const;

const definitionTest = z.strictObject({
  ...policyTest,
  neighbor: key(
    z.strictObject({
      address: key(ipAddress, 'Its address.'),
      remote_asn: key(u32, 'Its AS; absent: the leftmost of the path.'),
      peer_group: key(nonBlank, 'Its group.'),
    }),
    'The neighbor at the other end.',
  ),
});

const chainTest = z.strictObject({
  ...policyTest,
  import_from: key(nonBlank, 'Runs what is run on import from this neighbor, by its name: the address.'),
  export_to: key(nonBlank, 'Runs what is run on export to this neighbor.'),
});

const listedPrefix = z
  .string()
  .regex(/^\S+( ge \d{1,3})?( le \d{1,3})?$/, { error: 'must be a prefix, with ge N and le N behind it if wanted' });

export const policySection = z.strictObject({
  import: key(z.array(statement), 'Global import statements, for neighbors that nothing nearer applies to.'),
  export: key(z.array(statement), 'Global export statements.'),
  import_chain: key(names, 'Names of definitions to run instead of `import`.'),
  export_chain: key(names, 'Names of definitions to run instead of `export`.'),
  definitions: key(
    z.record(
      z.string(),
      z.strictObject({
        default_action: key(z.enum(['permit', 'deny']), 'For a route that no statement decided.', 'permit'),
        statements: key(z.array(statement), 'In order; the first that matches decides.', []),
        tests: key(
          z.array(definitionTest),
          'What this policy is to make of routes; the file is refused if one fails.',
          [],
        ),
      }),
    ),
    'Policies by name, for chains.',
  ),
  tests: key(z.array(chainTest), 'What neighbors run is to make of routes; the file is refused if one fails.'),
  prefix_lists: key(
    z.record(
      z.string(),
      z
        .strictObject({
          prefixes: key(z.array(listedPrefix), 'Written `192.0.2.0/24`, or `10.0.0.0/8 ge 9 le 24`.', []),
          file: key(
            nonBlank,
            'More of them: a file that `bgpq4 -j` wrote, beside this one unless the path is absolute.',
          ),
        })
        .refine(({ prefixes = [], file }) => prefixes.length > 0 || file !== undefined, {
          error: 'needs prefixes or a file',
        }),
    ),
    'Lists of prefixes by name, for `prefix_list`.',
  ),
  neighbor_sets: key(
    z.record(
      z.string(),
      z.strictObject({
        addresses: key(
          z.array(neighborName),
          'Neighbor addresses; `fe80::1%eth0` for a link-local one, `eth0` for one without an address.',
          [],
        ),
        remote_asns: key(z.array(u32), 'AS numbers of neighbors.', []),
        peer_groups: key(names, 'Groups, which must exist.', []),
      }),
    ),
    'Sets of neighbors by name, for `match_neighbor_set`. A neighbor is in it by any of the lists.',
  ),
});

export type DefinitionTest = z.infer<typeof definitionTest>;
export type ChainTest = z.infer<typeof chainTest>;
export type Statement = z.infer<typeof statement>;
export type MatchTable = z.infer<typeof matchTable>;
export type PolicySection = z.infer<typeof policySection>;
