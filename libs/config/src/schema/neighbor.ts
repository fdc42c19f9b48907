import * as z from 'zod';
import { statement } from './policy.ts';
import {
  asn,
  family,
  globalIpv6Address,
  integer,
  interfaceName,
  key,
  logLevel,
  nonBlank,
  port,
  prefix,
  required,
  secret,
  u16,
  u32,
  unicastAddress,
} from './scalars.ts';

/** Values of keys that are absent from the neighbor and from its group. Here once, for the code and for the reference. */
export const NEIGHBOR_DEFAULTS = {
  enabled: true,
  passive: false,
  remote_port: 179,
  hold_time: 90,
  connect_retry_time: 5,
  delay_open_time: 0,
  ttl_security: false,
  next_hop_self: false,
  route_reflector_client: false,
  route_server_client: false,
  enforce_first_as: true,
  graceful_restart: true,
  gr_restart_time: 120,
  gr_stale_routes_time: 360,
  llgr_stale_time: 0,
  strict_role: false,
  allow_own_as: 0,
  as_override: false,
  max_prefixes_action: 'reset',
  per_client_best: false,
  flowspec_validation: true,
} as const;
const D = NEIGHBOR_DEFAULTS;

const statements = z.array(statement);
const chain = z.array(nonBlank);

/** What a neighbor and a group can both say. */
const shared = {
  hold_time: key(
    u16.refine((value) => value === 0 || value >= 3, {
      error: 'must be 0 or >= 3',
      params: { hint: '0 sends no keepalives; 90 is usual' },
    }),
    'Seconds until a silent neighbor counts as gone; 0: never.',
    D.hold_time,
  ),
  connect_retry_time: key(
    integer(1, 65_535),
    'Seconds between attempts to connect; grows after failures.',
    D.connect_retry_time,
  ),
  delay_open_time: key(
    integer(0, 65_535),
    "Seconds to wait for the neighbor's OPEN before ours (RFC 4271 §8.1.1); 0: off.",
    D.delay_open_time,
  ),
  enabled: key(z.boolean(), 'Whether the session starts with the daemon.', D.enabled),
  passive: key(z.boolean(), 'Never dials, only waits.', D.passive),
  local_address: key(unicastAddress, 'Our end of the session; absent: the system chooses.'),
  local_port: key(port, 'Source port of connections that we open; absent: the system chooses.'),
  remote_port: key(port, 'TCP port of the neighbor.', D.remote_port),
  multihop_ttl: key(integer(1, 255), 'TTL of what we send, for neighbors that are not directly connected.'),
  ttl_security: key(
    z.boolean(),
    'Only accepts packets from directly connected systems (GTSM, RFC 5082). Linux.',
    D.ttl_security,
  ),
  md5_password: secret('TCP MD5 key (RFC 2385), 1 to 80 octets. Linux.'),
  families: key(
    z.array(family),
    'Address families, in order of preference. Absent: ipv4_unicast, and for an IPv6 neighbor ipv6_unicast too.',
  ),
  max_prefixes: key(
    integer(1, 0xffff_ffff),
    'More received paths than this end the session (RFC 4486); absent: no limit.',
  ),
  max_prefixes_per_family: key(
    z.partialRecord(family, integer(1, 0xffff_ffff)),
    'The same for single families: `{ ipv4_unicast = 1000 }`. Both limits hold.',
  ),
  max_prefixes_warning: key(integer(1, 100), 'Per cent of a limit from which a warning is logged; absent: none.'),
  max_prefixes_action: key(
    z.enum(['reset', 'warn']),
    '`reset` ends the session; `warn` logs and counts only.',
    D.max_prefixes_action,
  ),
  max_prefixes_restart_time: key(
    integer(0, 86_400),
    'Seconds until the session starts again after too many prefixes; 0: only when somebody enables it. Absent: like after any failure.',
  ),
  max_prefixes_out: key(
    integer(1, 0xffff_ffff),
    'Most prefixes per family to advertise; what comes later waits until one is withdrawn. Absent: no limit.',
  ),
  next_hop_self: key(z.boolean(), 'Sends our own address as next hop to an internal neighbor.', D.next_hop_self),
  local_ipv6_nexthop: key(globalIpv6Address, 'IPv6 next hop for what we send; absent: our address of the session.'),
  route_reflector_client: key(
    z.boolean(),
    'Reflects routes to and from this internal neighbor (RFC 4456).',
    D.route_reflector_client,
  ),
  route_server_client: key(
    z.boolean(),
    'Neither our AS nor our next hop is added (RFC 7947). External neighbors only.',
    D.route_server_client,
  ),
  per_client_best: key(
    z.boolean(),
    'The best path among those that this client may get, so that its own path or its policy hides no other (RFC 7947 §2.3.2). With `route_server_client`.',
    D.per_client_best,
  ),
  flowspec_validation: key(
    z.boolean(),
    'Uses FlowSpec rules only from whoever the best route to their destination comes from (RFC 8955 §6).',
    D.flowspec_validation,
  ),
  role: key(
    z.enum(['provider', 'rs', 'rs-client', 'customer', 'peer', 'route-server', 'route-server-client']),
    'What we are on the session (RFC 9234): leaks are refused and marked with OTC. External neighbors only.',
  ),
  strict_role: key(z.boolean(), 'No session with a neighbor that does not say its role. With `role`.', D.strict_role),
  allow_own_as: key(
    integer(0, 10),
    'How often our AS may stand in the path of a received route; 0: a loop (RFC 4271 §9.1.2).',
    D.allow_own_as,
  ),
  as_override: key(
    z.boolean(),
    "Writes our AS over the neighbor's own in what we send, for customers with several sites. External neighbors only.",
    D.as_override,
  ),
  local_as: key(
    z.strictObject({
      asn: required(asn, 'The AS that this neighbor knows us by.'),
      prepend_inbound: key(z.boolean(), 'Puts it in front of received paths.', true),
      replace_as: key(z.boolean(), 'Shows it alone, without our AS behind it.', false),
    }),
    'Another AS of ours towards this neighbor, while a network changes its number. External neighbors only.',
  ),
  remove_private_as: key(
    z.enum(['remove', 'all', 'replace']),
    '`remove`: only if the whole path is private; `all`: each private AS; `replace`: by our AS. External neighbors only.',
  ),
  enforce_first_as: key(
    z.boolean(),
    "Refuses external paths that do not begin with the neighbor's AS (RFC 4271 §6.3).",
    D.enforce_first_as,
  ),
  ebgp_requires_policy: key(z.boolean(), 'As in `[global]`, for this neighbor; absent: the global value.'),
  graceful_restart: key(z.boolean(), 'Graceful Restart capability (RFC 4724).', D.graceful_restart),
  gr_restart_time: key(integer(0, 4095), 'Seconds that a neighbor should wait for our restart.', D.gr_restart_time),
  gr_stale_routes_time: key(
    integer(1, 3600),
    'Seconds to keep stale routes of a restarting neighbor.',
    D.gr_stale_routes_time,
  ),
  llgr_stale_time: key(
    integer(0, 16_777_215),
    'Seconds of long-lived stale routes (RFC 9494); 0: off.',
    D.llgr_stale_time,
  ),
  add_path: key(
    z.strictObject({
      receive: key(z.boolean(), 'Accept several paths per prefix.', false),
      send: key(z.boolean(), 'Send several paths per prefix.', false),
      send_max: key(u32, 'At most this many; 0 or absent: all.'),
      families: key(z.array(family), 'Absent or empty: every unicast and multicast family of the session.'),
    }),
    "Several paths per prefix (RFC 7911). A neighbor's table replaces the group's.",
  ),
  log_level: key(logLevel, 'Log level for this neighbor; absent: the global one.'),
  import_policy: key(statements, 'Import statements. Not together with `import_policy_chain`.'),
  export_policy: key(statements, 'Export statements. Not together with `export_policy_chain`.'),
  import_policy_chain: key(chain, 'Names of `policy.definitions` to run on received routes, in order.'),
  export_policy_chain: key(chain, 'Names of `policy.definitions` to run on sent routes, in order.'),
  bfd: key(
    z.strictObject({
      profile: required(nonBlank, 'Name of a `[[bfd_profiles]]` entry.'),
      enabled: key(z.boolean(), 'Whether BFD runs.', true),
      strict: key(z.boolean(), 'BGP waits until BFD is up.', false),
    }),
    'Liveness detection (RFC 5882).',
  ),
};

export const peerGroup = z.strictObject(shared);

export const neighbor = z.strictObject({
  address: key(
    unicastAddress,
    "The neighbor's address; one entry per address (and interface). Without it the neighbor is the router that is found on `interface`.",
  ),
  interface: key(
    interfaceName,
    'Interface of a link-local (fe80::/10) address; required for those, refused for others. Without `address`: where the neighbor is.',
  ),
  remote_asn: required(
    z.union([asn, z.enum(['external', 'internal'])]),
    "The neighbor's AS; `external`: any but ours, `internal`: ours.",
  ),
  description: key(z.string(), 'Shown in logs and listings.'),
  peer_group: key(nonBlank, 'Group whose values apply where this entry has none.'),
  ...shared,
  tcp_ao: key(
    z.strictObject({
      key: secret('1 to 80 octets.'),
      send_id: required(integer(0, 255), 'Identifier of the key that we send with.'),
      recv_id: required(integer(0, 255), 'Identifier of the key that the neighbor sends with.'),
      algorithm: required(z.enum(['hmac(sha1)', 'hmac(sha256)', 'cmac(aes128)']), 'MAC algorithm.'),
      preferred: key(z.boolean(), 'Metadata.', false),
      deprecated: key(z.boolean(), 'Metadata.', false),
    }),
    'TCP Authentication Option (RFC 5925). Not together with `md5_password`.',
  ),
});

export const dynamicNeighbor = z.strictObject({
  prefix: required(prefix, 'Neighbors in this range may connect.'),
  peer_group: required(nonBlank, 'Group that they belong to.'),
  remote_asn: key(u32, 'Their AS; 0 accepts any whose kind the values of the group are for.', 0),
  remote_asns: key(z.array(asn), 'Several that are accepted. Not together with `remote_asn`.', []),
  description: key(z.string(), 'Copied to each neighbor.'),
});

export type DynamicNeighborTable = z.infer<typeof dynamicNeighbor>;
export type NeighborTable = z.infer<typeof neighbor>;
export type PeerGroupTable = z.infer<typeof peerGroup>;
