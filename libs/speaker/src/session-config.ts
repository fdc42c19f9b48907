import type { FsmConfig } from '@bgp/fsm';
import { type Capability, type Family, IPV4_UNICAST, IPV6_UNICAST, safiOf } from '@bgp/wire';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import { ROLE_VALUE } from './only-to-customer.ts';
import { knownKind, peerKind, sessionAs } from './peer-kind.ts';
import type { TcpSecurity } from './ports.ts';

/** RFC 5082 §3: a directly connected neighbor's packets arrive with the TTL they left with. */
const MAX_TTL = 255;
/** What the reference accepts, and what a path over one forwarding hop of a firewall leaves. */
const MIN_GTSM_TTL = 254;

/** What a session says about its past. */
export interface RestartState {
  /** This process follows one that said it would be back. */
  readonly hasRestarted: boolean;
  /** Routes that the neighbor has from an earlier session still lead where they led: see ADR 0014. */
  readonly isForwardingPreserved: boolean;
}

export function sessionConfig(speaker: SpeakerConfig, peer: PeerConfig, restart: RestartState): FsmConfig {
  const kind = peerKind(speaker, peer);
  const known = knownKind(speaker, peer);
  const capabilities: Capability[] = [
    ...restartCapabilities(peer, restart),
    ...addPathCapability(peer),
    // RFC 9234 §4.1, §5: on external sessions, and not inside a confederation.
    ...(peer.role !== undefined && kind === 'external' ? [{ type: 'role', role: ROLE_VALUE[peer.role] } as const] : []),
    { type: 'route-refresh' },
    { type: 'enhanced-route-refresh' },
    { type: 'extended-message' },
  ];
  // RFC 8950: worth offering where IPv4 routes meet IPv6 ones on one session, or the session itself is an IPv6 one.
  const hasIpv6 = peer.families.includes(IPV6_UNICAST) || peer.address === undefined || peer.address.includes(':');
  if (peer.families.includes(IPV4_UNICAST) && hasIpv6) {
    capabilities.push({ type: 'extended-next-hop', entries: [{ family: IPV4_UNICAST, nextHopAfi: 2 }] });
  }
  return {
    localAs: sessionAs(speaker, peer),
    remoteAs: peer.remoteAs,
    // A neighbor of a range may be what its OPEN says.
    ...(known === undefined ? {} : { peerKind: known }),
    strictRole: peer.strictRole,
    routerId: speaker.routerId,
    holdTime: peer.holdTime,
    connectRetryTime: peer.connectRetryTime,
    passive: peer.passive,
    delayOpenTime: peer.delayOpenTime,
    dampPeerOscillations: true,
    families: peer.families,
    capabilities,
    sendNotificationWithoutOpen: true,
  };
}

function restartCapabilities(peer: PeerConfig, restart: RestartState): Capability[] {
  if (!peer.gracefulRestart) return [];
  const forwardingState = restart.isForwardingPreserved;
  const capabilities: Capability[] = [
    {
      type: 'graceful-restart',
      restartState: restart.hasRestarted,
      notification: true, // RFC 8538 §2
      restartTime: peer.grRestartTime,
      families: peer.families.map((family) => ({ family, forwardingState })),
    },
  ];
  if (peer.llgrStaleTime > 0) {
    const staleTime = peer.llgrStaleTime;
    capabilities.push({
      type: 'long-lived-graceful-restart',
      families: peer.families.map((family) => ({ family, forwardingState, staleTime })),
    });
  }
  return capabilities;
}

const RECEIVE = 1; // RFC 7911 §4
const SEND = 2;

function addPathCapability({ addPath, families }: PeerConfig): Capability[] {
  const sendReceive = (addPath?.receive === true ? RECEIVE : 0) | (addPath?.send === true ? SEND : 0);
  if (addPath === undefined || sendReceive === 0) return [];
  const wanted = families.filter((family) => addPath.families?.includes(family) ?? hasPrefixes(family));
  return wanted.length === 0 ? [] : [{ type: 'add-path', entries: wanted.map((family) => ({ family, sendReceive })) }];
}

/** Unicast and multicast: where several paths to one destination make sense. */
function hasPrefixes(family: Family): boolean {
  return safiOf(family) <= 2;
}

/** What the neighbor's connections must have, in both directions. */
export function connectionSecurity(
  speaker: Pick<SpeakerConfig, 'asn' | 'confederation'>,
  peer: PeerConfig,
): TcpSecurity {
  const keys = {
    ...(peer.md5Password === undefined ? {} : { md5Password: peer.md5Password }),
    ...(peer.tcpAo === undefined ? {} : { tcpAo: peer.tcpAo }),
  };
  if (peer.ttlSecurity) return { ttl: MAX_TTL, minTtl: MIN_GTSM_TTL, ...keys };
  if (peer.multihopTtl !== undefined && peerKind(speaker, peer) !== 'internal')
    return { ttl: peer.multihopTtl, ...keys };
  return keys;
}
