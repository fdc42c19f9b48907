import * as z from 'zod';
import {
  family,
  identifier,
  integer,
  ipAddress,
  key,
  macAddress,
  nonBlank,
  positive,
  required,
  u32,
  unicastAddress,
} from './scalars.ts';

/*
 * Sections of functions that other libraries bring. They are checked like the rest, so that a file is either right or
 * refused, and each one that is used leads to a notice (not-yet-active.ts).
 */

const paths = integer(1, 256);

export const fibTable = z.strictObject({
  name: required(identifier, 'Unique label.'),
  table_id: required(
    u32.refine((id) => id !== 0 && (id < 252 || id > 255), {
      error: "must not be 0 or one of the system's tables 252 to 255",
    }),
    'Kernel routing table.',
  ),
  metric: required(u32, 'Kernel route priority.'),
  families: key(z.array(family).min(1, 'must not be empty'), 'Unicast families; absent: both.'),
  allowed_peer_groups: key(z.array(nonBlank), 'Only routes of neighbors in these groups.', []),
  allowed_neighbors: key(z.array(ipAddress), 'Only routes of these neighbors.', []),
  max_routes: key(positive, 'Most routes; absent: no limit.'),
  maximum_paths: key(paths, 'Paths per route.', 1),
  maximum_paths_ebgp: key(paths, 'For external paths; absent: `maximum_paths`.'),
  maximum_paths_ibgp: key(paths, 'For internal paths; absent: `maximum_paths`.'),
});

export const bfdProfile = z.strictObject({
  name: required(nonBlank, 'Unique name.'),
  min_tx_interval: key(integer(100, 0xffff_ffff), 'Milliseconds.', 300),
  min_rx_interval: key(integer(100, 0xffff_ffff), 'Milliseconds.', 300),
  multiplier: key(integer(2, 255), 'Lost packets until the neighbor counts as gone.', 3),
});

const vni = integer(1, 16_777_215);
const routeTargets = key(z.array(nonBlank), 'Explicit route targets.', []);
const autoDerive = key(z.boolean(), 'Adds the route target that follows from AS and VNI.', false);

export const evpnInstance = z.strictObject({
  vni: required(vni, 'L2 VNI, unique.'),
  rd: required(nonBlank, 'Route distinguisher, unique.'),
  route_targets: routeTargets,
  auto_derive_route_target: autoDerive,
  local_vtep_ip: required(unicastAddress, 'Our tunnel end.'),
  bridge: key(nonBlank, 'Bridge device; absent: control plane only.'),
  advertise_svi_mac: key(z.boolean(), "Announces the bridge's own MAC.", false),
  sticky_macs: key(z.array(macAddress), 'MAC addresses that never move.', []),
  ip_vrf: key(nonBlank, 'Name of an `[[evpn_ip_vrfs]]` entry.'),
  apply_aliasing_ecmp: key(z.boolean(), 'Several destinations per MAC.', true),
  duplicate_mac_detection: key(
    z.strictObject({
      action: key(z.enum(['detect', 'suppress_local']), 'What follows a detection.', 'detect'),
      window_seconds: key(positive, 'Seconds.', 180),
      threshold: key(positive, 'Moves.', 5),
      recovery_seconds: key(integer(1, 31_536_000), 'Seconds.', 540),
    }),
    'Duplicate MAC detection (RFC 7432 §15.1).',
  ),
});

export const ethernetSegment = z.strictObject({
  esi: required(
    z
      .string()
      .regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){9}$/, 'must be ten octets in hex with colons')
      .refine((text) => /[1-9a-fA-F]/.test(text), { error: 'must not be all zero' }),
    'Ethernet Segment Identifier.',
  ),
  member_vnis: required(z.array(vni), 'VNIs of configured instances.'),
  df_algorithm: key(
    z.enum(['default-modulo', 'highest-random-weight', 'highest-preference', 'lowest-preference']),
    'Designated forwarder election.',
    'default-modulo',
  ),
  df_preference: key(integer(0, 65_535), 'For the preference algorithms.', 32_768),
  df_dont_preempt: key(z.boolean(), 'For the preference algorithms.', false),
  redundancy_mode: key(z.enum(['all-active', 'single-active']), 'Who forwards.', 'all-active'),
  originator_ip: required(unicastAddress, "Originator of the segment's routes."),
});

export const evpnIpVrf = z.strictObject({
  name: required(identifier, 'Unique name.'),
  vni: required(vni, 'L3 VNI.'),
  rd: required(nonBlank, 'Route distinguisher.'),
  route_targets: routeTargets,
  auto_derive_route_target: autoDerive,
  local_vtep_ip: required(unicastAddress, 'Our tunnel end.'),
  router_mac: required(macAddress, 'Router MAC.'),
  vrf_device: required(nonBlank, 'VRF device.'),
  l3vxlan_device: required(nonBlank, 'L3 VXLAN device.'),
  table_id: required(positive, 'Kernel routing table.'),
});

export const security = z.strictObject({
  grpc: key(
    z.strictObject({
      enforcement: key(
        z.enum(['tier', 'legacy']),
        '`tier`: roles decide about each call; `legacy`: the listener alone does.',
        'tier',
      ),
      roles: key(z.record(z.string(), z.enum(['observer', 'automation', 'operator'])), 'Principal to role.'),
    }),
    'Authorization of API calls.',
  ),
});

export type Security = z.infer<typeof security>;
