import * as z from 'zod';
import { family, integer, ipAddress, key, nonBlank, prefix, required, u32 } from './scalars.ts';

/** One statement, the same in files and in the API. The policy compiler checks what a value means. */
export const statement = z.strictObject({
  name: key(nonBlank, 'Shown where this statement decided; absent: its number.'),
  action: required(z.enum(['permit', 'deny']), 'What happens to a route that meets all conditions.'),
  prefix: key(prefix, 'The route is this prefix; with `ge` or `le`, inside it and of such a length.'),
  ge: key(integer(0, 128), 'Least prefix length; only with `prefix`.'),
  le: key(integer(0, 128), 'Greatest prefix length; only with `prefix`.'),
  match_family: key(
    z.array(family).min(1, 'must not be empty'),
    'Of one of these families; with all of them it is the condition that every route meets.',
  ),
  match_community: key(
    z.array(z.string()).min(1, 'must not be empty'),
    'Carries any of these: `65000:1`, `NO_EXPORT`, `RT:65000:1`, `RO:65000:1`, `LC:65000:1:2`.',
  ),
  match_as_path: key(z.string(), 'Regular expression over the AS path; `_` is a border between AS numbers.'),
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
  match_evpn_route_type: key(integer(1, 5), 'EVPN route type.'),
  set_local_pref: key(u32, 'Sets LOCAL_PREF.'),
  set_med: key(u32, 'Sets MED.'),
  set_next_hop: key(
    z.string().refine((text) => text === 'self' || ipAddress.safeParse(text).success, {
      error: 'must be "self" or an IP address',
    }),
    "Sets the next hop: an address, or `self` for the session's own.",
  ),
  set_community_add: key(z.array(z.string()), 'Adds communities, written as in `match_community`.'),
  set_community_remove: key(z.array(z.string()), 'Removes communities.'),
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
});

const names = z.array(nonBlank);

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
      }),
    ),
    'Policies by name, for chains.',
  ),
  neighbor_sets: key(
    z.record(
      z.string(),
      z.strictObject({
        addresses: key(z.array(ipAddress), 'Neighbor addresses.', []),
        remote_asns: key(z.array(u32), 'AS numbers of neighbors.', []),
        peer_groups: key(names, 'Groups, which must exist.', []),
      }),
    ),
    'Sets of neighbors by name, for `match_neighbor_set`. A neighbor is in it by any of the lists.',
  ),
});

export type Statement = z.infer<typeof statement>;
export type PolicySection = z.infer<typeof policySection>;
