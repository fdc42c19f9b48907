import type { FsmConfig } from '@bgp/fsm';
import { type Capability, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import type { PeerConfig, SpeakerConfig } from './config.ts';

/** Only what this speaker does is advertised; multiprotocol and four-octet AS numbers are added by the state machine. */
function capabilities(peer: PeerConfig): readonly Capability[] {
  const offered: Capability[] = [{ type: 'route-refresh' }, { type: 'extended-message' }];
  // RFC 8950 §4: we can send and take IPv4 routes with an IPv6 next hop wherever both families are spoken.
  if (peer.families.includes(IPV4_UNICAST) && peer.families.includes(IPV6_UNICAST)) {
    offered.push({ type: 'extended-next-hop', entries: [{ family: IPV4_UNICAST, nextHopAfi: 2 }] });
  }
  return offered;
}

export function fsmConfig(speaker: SpeakerConfig, peer: PeerConfig): FsmConfig {
  return {
    localAs: speaker.asn,
    remoteAs: peer.remoteAs,
    routerId: speaker.routerId,
    holdTime: peer.holdTime,
    connectRetryTime: peer.connectRetryTime,
    passive: peer.passive,
    delayOpenTime: peer.delayOpenTime,
    dampPeerOscillations: true,
    families: peer.families,
    capabilities: capabilities(peer),
    sendNotificationWithoutOpen: true,
  };
}
