import type { SpeakerConfig } from './config.ts';
import { DynamicNeighbors } from './dynamic-neighbors.ts';
import { FlowSpecValidation } from './flowspec-validation.ts';
import { OpenConnections } from './open-connections.ts';
import { Outbound } from './outbound.ts';
import { PeerSet } from './peer-set.ts';
import { PolicyCache } from './policies.ts';
import type { Ports } from './ports.ts';
import type { RouteSource } from './routes.ts';
import { Scheduler } from './scheduler.ts';
import { SelectionDeferral } from './selection-deferral.ts';
import type { Shared } from './shared.ts';
import { createTables, TABLE_FAMILIES } from './tables.ts';
import { Taps } from './taps.ts';
import { Validation } from './validation.ts';
import { RouteWatch } from './watch.ts';

/** What a speaker is made of. */
export interface SpeakerParts {
  /** The same object that neighbors read: whoever sets `config` puts it in force. */
  readonly shared: Omit<Shared, 'config'> & { config: SpeakerConfig };
  readonly peers: PeerSet;
  readonly ranges: DynamicNeighbors;
  readonly source: RouteSource;
  readonly watch: RouteWatch;
  readonly connections: OpenConnections;
}

/** The parts of a speaker that has no neighbors yet, joined. Throws for what the config library would not have let through. */
export function joinParts(config: SpeakerConfig, ports: Ports): SpeakerParts {
  const { clock } = ports;
  const peers = new PeerSet();
  const connections = new OpenConnections();
  const validation = new Validation(
    ports.validation,
    () => shared.config,
    (name) => peers.named(name)?.config,
  );
  const { rib, localPeer, clusterId } = createTables(config, validation);
  rib.onEncodeFailure(({ group, error }) => {
    for (const index of group.members) peers.at(index)?.notEncodable(group.spec.family, error.code);
  });
  rib.onPrefixLimit(({ members, spec }) => {
    for (const index of members) peers.at(index)?.outboundLimit(spec.family, spec.maxPrefixes);
  });
  const outbound = new Outbound(clock, () => scheduler.wake());
  const source: RouteSource = {
    rib,
    families: TABLE_FAMILIES,
    localPeer,
    peerNamed: (name) => peers.named(name),
    peerAt: (index) => peers.at(index),
    groupOf: (peer, family) => outbound.groupsOf(peer).findLast((group) => group.spec.family === family),
  };
  const taps = new Taps(source, clock, () => scheduler);
  const scheduler: Scheduler = new Scheduler(
    clock,
    rib,
    (budget) => outbound.drain(budget),
    (budget) => taps.drain(budget),
    () => {
      watch.flush();
      for (const peer of peers) peer.resumeReading();
    },
    ports.slice,
  );
  const watch = new RouteWatch(source, clock, scheduler);
  const shared: SpeakerParts['shared'] = {
    config,
    ports,
    rib,
    scheduler,
    outbound,
    policies: new PolicyCache(),
    taps,
    flowSpec: new FlowSpecValidation(rib, clock, scheduler, () => peers.indexes()),
    validation,
    clusterId,
    localPeer,
    deferral: new SelectionDeferral(clock, scheduler, peers),
    connectionCount: (change) => connections.changed(change),
  };
  const ranges = new DynamicNeighbors(config, config.dynamicNeighbors ?? [], config.dynamicNeighborLimit);
  return { shared, peers, ranges, source, watch, connections };
}
