import * as z from 'zod';
import { lookingGlass, risLive } from './public-views.ts';
import {
  asn,
  bgpIdentifier,
  hostPort,
  integer,
  ipAddress,
  ipv4Address,
  key,
  logLevel,
  nonBlank,
  port,
  required,
} from './scalars.ts';

export const GLOBAL_DEFAULTS = {
  listen_addresses: ['0.0.0.0', '::'],
  ebgp_requires_policy: true,
  med: 'per-neighbor-as',
  runtime_state_dir: '/var/lib/tsbgpd',
  log_format: 'json',
  log_level: 'info',
  uds_mode: 0o600,
  access_mode: 'read_write',
  persist_changes: true,
} as const;
const D = GLOBAL_DEFAULTS;

const absolutePath = nonBlank.refine((text) => text.startsWith('/'), { error: 'must be an absolute path' });
const accessMode = z.enum(['read_write', 'read_only']);
const maxTier = z.enum(['read', 'sensitive_read', 'mutating', 'operator_only']);

const listener = {
  enabled: key(z.boolean(), 'Whether this listener runs.', true),
  access_mode: key(accessMode, '`read_only` refuses every call that changes something.', D.access_mode),
  token_file: key(nonBlank, 'File with the bearer token that clients must send.'),
  max_tier: key(maxTier, 'Highest tier of calls that this listener lets through.'),
  principal: key(nonBlank, 'Name of whoever uses this listener, for `[security.grpc.roles]`.'),
};

const telemetry = z.strictObject({
  log_format: key(z.enum(['json', 'pretty']), '`json`: one object per line; `pretty`: for a terminal.', D.log_format),
  log_level: key(logLevel, 'Least level that is logged.', D.log_level),
  prometheus_addr: key(hostPort, 'HTTP listener for `/metrics`; absent: none.'),
  looking_glass: key(lookingGlass, 'Read-only looking glass, in the form of birdwatcher; absent: none.'),
  ris_live: key(risLive, 'Live stream of what neighbors send, in the form of RIS Live; absent: none.'),
  grpc_uds: key(
    z.strictObject({
      path: key(absolutePath, 'The socket; absent: `grpc.sock` in `runtime_state_dir`.'),
      mode: key(integer(0, 0o777), 'Permission bits of the socket, such as 0o600.', D.uds_mode),
      ...listener,
    }),
    'API on a Unix socket. Also there when neither this table nor `grpc_tcp` is.',
  ),
  grpc_tcp: key(
    z.strictObject({
      address: key(hostPort, 'Address and port; required when enabled.'),
      ...listener,
      tls_cert_file: key(nonBlank, 'PEM certificate; all three TLS keys or none.'),
      tls_key_file: key(nonBlank, 'PEM private key.'),
      tls_client_ca_file: key(nonBlank, 'PEM authority that client certificates must come from.'),
    }),
    'API over TCP.',
  ),
});

export const globalSection = z.strictObject({
  asn: required(asn, 'Our AS.'),
  router_id: required(bgpIdentifier, 'Our BGP identifier, an IPv4 address.'),
  listen_port: required(port, 'TCP port for incoming sessions, usually 179.'),
  listen_addresses: key(
    z.array(ipAddress),
    'Addresses to listen on; `::` means IPv6 only. An empty list: no incoming sessions.',
    D.listen_addresses,
  ),
  cluster_id: key(ipv4Address, 'Route reflection cluster; absent: the router id.'),
  ebgp_requires_policy: key(
    z.boolean(),
    'RFC 8212: an external neighbor without an import (export) policy gets (sends) nothing.',
    D.ebgp_requires_policy,
  ),
  med: key(
    z.enum(['per-neighbor-as', 'always-compare']),
    'Compare MED within one neighboring AS (RFC 4271 §9.1.2.2 (c)), or across all.',
    D.med,
  ),
  runtime_state_dir: key(absolutePath, 'Directory for the API socket and other run-time files.', D.runtime_state_dir),
  persist_changes: key(
    z.boolean(),
    'Whether changes over the API are written to this file, so that they survive a restart.',
    D.persist_changes,
  ),
  dynamic_neighbor_limit: key(integer(1, 5000), 'Most neighbors that `[[dynamic_neighbors]]` may create.', 100),
  confederation_id: key(asn, 'The AS that the outside sees (RFC 5065); `asn` is then our member AS.'),
  confederation_members: key(z.array(asn), 'The other member ASes. With `confederation_id`.'),
  honor_graceful_shutdown: key(
    z.boolean(),
    'Routes of external neighbors with GRACEFUL_SHUTDOWN (65535:0) get LOCAL_PREF 0 on import (RFC 8326).',
    false,
  ),
  honor_blackhole: key(
    z.boolean(),
    'Routes of external neighbors with BLACKHOLE (65535:666) get NO_ADVERTISE on import (RFC 7999).',
    false,
  ),
  install_blackhole_discard: key(z.boolean(), 'Kernel discard routes for BLACKHOLE host prefixes.', false),
  allow_blackhole_broad_prefixes: key(z.boolean(), 'Also for prefixes shorter than a host route.', false),
  multipath_relax: key(z.boolean(), 'Multipath compares AS path lengths instead of paths.', false),
  telemetry: key(telemetry, 'Logs, metrics, API listeners.'),
});

export type GlobalSection = z.infer<typeof globalSection>;
export type TelemetrySection = z.infer<typeof telemetry>;
