import { defaultPeerConfig, type PeerConfig, type PeerStatus } from '@bgp/speaker';
import { IPV4_UNICAST } from '@bgp/wire';

const messages = { open: 1, update: 2, notification: 3, keepalive: 4, route_refresh: 5 };

const config: PeerConfig = { ...defaultPeerConfig('10.0.0.2', 65002), gracefulRestart: false };

/** An established neighbor whose every number is different, so that a swapped column shows. */
export function peerStatus(name: string, changes: Partial<PeerStatus> = {}): PeerStatus {
  return {
    config: { ...config, name, address: name },
    state: 'Established',
    sinceMs: 1000,
    uptimeSeconds: 61,
    isDynamic: false,
    gracefulShutdown: false,
    counters: {
      messagesReceived: messages,
      messagesSent: { open: 11, update: 12, notification: 13, keepalive: 14, route_refresh: 15 },
      octetsReceived: 101,
      octetsSent: 102,
      established: 21,
      flaps: 20,
      asPathLoops: 31,
      reflectionLoops: 32,
      updateErrors: { 'treat-as-withdraw': 41 },
      judged: {
        rejectedByPolicy: 0,
        duplicateAnnouncements: 0,
        duplicateWithdrawals: 0,
        duplicateUpdates: 0,
        asPathLoops: 0,
        confederationLoops: 0,
        clusterListLoops: 0,
        originatorIdLoops: 0,
        treatedUpdates: 0,
        treatedRoutes: 0,
      },
    },
    prefixes: [{ family: IPV4_UNICAST, received: 51, accepted: 52, stale: 0, sent: 53 }],
    missingPolicy: [],
    queuedOctets: 71,
    prefixLimits: [],
    ...changes,
  };
}
