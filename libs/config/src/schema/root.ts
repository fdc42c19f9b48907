import * as z from 'zod';
import { bmp } from './bmp.ts';
import { eventHistory } from './event-history.ts';
import { globalSection } from './global.ts';
import { bfdProfile, ethernetSegment, evpnInstance, evpnIpVrf, fibTable, security } from './later.ts';
import { mrt } from './mrt.ts';
import { dynamicNeighbor, neighbor, peerGroup } from './neighbor.ts';
import { policySection } from './policy.ts';
import { rpki } from './rpki.ts';
import { key, required } from './scalars.ts';

/** The whole file. Every table refuses keys that it does not know. */
export const configSchema = z.strictObject({
  global: required(globalSection, 'The router itself.'),
  neighbors: key(z.array(neighbor), 'One entry per neighbor; none is valid too.', []),
  peer_groups: key(z.record(z.string(), peerGroup), 'Values that neighbors share, by group name.'),
  dynamic_neighbors: key(z.array(dynamicNeighbor), 'Ranges from which neighbors may connect without an entry.', []),
  policy: key(policySection, 'Routing policy.'),
  rpki: key(
    rpki,
    'Origin validation (RFC 6811) and AS path verification (ASPA): where the data comes from, and what it does.',
  ),
  bmp: key(bmp, 'BGP monitoring: collectors that are told of sessions and tables.'),
  mrt: key(mrt, 'Table dumps.'),
  event_history: key(eventHistory, 'What happened: in memory, and on disk over restarts.'),
  fib_tables: key(z.array(fibTable), 'Kernel routing tables to fill.', []),
  bfd_profiles: key(z.array(bfdProfile), 'BFD timers by name.', []),
  evpn_instances: key(z.array(evpnInstance), 'EVPN layer 2 instances.', []),
  ethernet_segments: key(z.array(ethernetSegment), 'EVPN multihoming.', []),
  evpn_ip_vrfs: key(z.array(evpnIpVrf), 'EVPN layer 3 instances.', []),
  apply_bum_enforcement: key(z.boolean(), 'Only the designated forwarder passes flooded traffic.', true),
  security: key(security, 'Authorization.'),
});

export type ConfigDocument = z.infer<typeof configSchema>;
