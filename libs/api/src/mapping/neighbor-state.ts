import {
  type NeighborConfig,
  NeighborConfigSchema,
  type NeighborState,
  NeighborStateSchema,
  SessionState,
} from '@bgp/api-proto';
import type { FamilyCounts, PeerConfig, PeerCounters, PeerStatus, PrefixLimitStatus } from '@bgp/speaker';
import { formatFamily } from '@bgp/wire';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { formatCapability } from './capability.ts';

const STATES = {
  Idle: SessionState.IDLE,
  Connect: SessionState.CONNECT,
  Active: SessionState.ACTIVE,
  OpenSent: SessionState.OPEN_SENT,
  OpenConfirm: SessionState.OPEN_CONFIRM,
  Established: SessionState.ESTABLISHED,
} as const satisfies Record<PeerStatus['state'], SessionState>;

export function toNeighborState(status: PeerStatus): NeighborState {
  const { counters } = status;
  return create(NeighborStateSchema, {
    config: toNeighborConfig(status.config),
    state: STATES[status.state],
    uptimeSeconds: whole(status.uptimeSeconds),
    sinceSeconds: whole(status.sinceMs / 1000),
    prefixesReceived: sum(status.prefixes, 'received'),
    prefixesSent: sum(status.prefixes, 'sent'),
    updatesReceived: whole(counters.messagesReceived.update),
    updatesSent: whole(counters.messagesSent.update),
    notificationsReceived: whole(counters.messagesReceived.notification),
    notificationsSent: whole(counters.messagesSent.notification),
    messagesReceived: toMessageCounts(counters.messagesReceived),
    messagesSent: toMessageCounts(counters.messagesSent),
    octetsReceived: whole(counters.octetsReceived),
    octetsSent: whole(counters.octetsSent),
    flapCount: whole(counters.flaps),
    establishedCount: whole(counters.established),
    asPathLoops: whole(counters.asPathLoops),
    reflectionLoops: whole(counters.reflectionLoops),
    lastError: status.lastError ?? '',
    isDynamic: status.isDynamic,
    families: status.prefixes.map(toFamilyPrefixes),
    missingPolicy: [...status.missingPolicy],
    remoteRouterId: status.remoteRouterId ?? '',
    localEndpoint: endpoint(status.local),
    remoteEndpoint: endpoint(status.remote),
    foundAddress: status.config.address === undefined ? (status.address ?? '') : '',
    queuedOctets: whole(status.queuedOctets),
    gracefulShutdown: status.gracefulShutdown,
    prefixLimits: status.prefixLimits.map(toPrefixLimit),
    ...(status.restartsInSeconds === undefined ? {} : { restartsInSeconds: status.restartsInSeconds }),
    ...toGracefulRestart(status.gracefulRestart),
    ...toNegotiated(status.negotiated),
  });
}

/** The values in force. Keys never leave. */
export function toNeighborConfig(config: PeerConfig): NeighborConfig {
  return create(NeighborConfigSchema, {
    address: config.name,
    remoteAsn: config.remoteAs,
    description: config.description ?? '',
    holdTime: config.holdTime,
    disableHoldTimer: config.holdTime === 0,
    maxPrefixes: config.maxPrefixes ?? 0,
    families: config.families.map(formatFamily),
    removePrivateAs: config.removePrivateAs ?? '',
    peerGroup: config.peerGroup ?? '',
    routeServerClient: config.routeServerClient,
    hasMd5Password: config.md5Password !== undefined,
    hasTcpAo: config.tcpAo !== undefined,
    ttlSecurity: config.ttlSecurity,
    passive: config.passive,
    remotePort: config.remotePort,
    connectRetryTime: config.connectRetryTime,
    delayOpenTime: config.delayOpenTime,
    gracefulRestart: config.gracefulRestart,
    grRestartTime: config.grRestartTime,
    routeReflectorClient: config.routeReflectorClient,
    nextHopSelf: config.nextHopSelf,
    enforceFirstAs: config.enforceFirstAs,
    enabled: config.enabled,
    importPolicyChain: config.importChain?.map((policy) => policy.name) ?? [],
    exportPolicyChain: config.exportChain?.map((policy) => policy.name) ?? [],
    ...toSessionFeatures(config),
    ...(config.multihopTtl === undefined ? {} : { multihopTtl: config.multihopTtl }),
    ...(config.localAddress === undefined ? {} : { localAddress: config.localAddress }),
    ...(config.localPort === undefined ? {} : { localPort: config.localPort }),
    ...(config.localIpv6NextHop === undefined ? {} : { localIpv6Nexthop: config.localIpv6NextHop }),
    ...(config.interface === undefined ? {} : { interface: config.interface }),
  });
}

/** ADD-PATH, graceful restart, roles, AS numbers and prefix limits. */
function toSessionFeatures(config: PeerConfig): MessageInitShape<typeof NeighborConfigSchema> {
  const { addPath, localAs } = config;
  return {
    addPathReceive: addPath?.receive ?? false,
    addPathSend: addPath?.send ?? false,
    addPathSendMax: addPath?.sendMax ?? 0,
    addPathFamilies: addPath?.families?.map(formatFamily) ?? [],
    grStaleRoutesTime: config.grStaleRoutesTime,
    llgrStaleTime: config.llgrStaleTime,
    role: config.role ?? '',
    strictRole: config.strictRole,
    allowOwnAs: config.allowOwnAs,
    asOverride: config.asOverride,
    perClientBest: config.perClientBest,
    flowspecValidation: config.flowSpecValidation,
    maxPrefixesPerFamily: Object.fromEntries(
      config.maxPrefixesByFamily?.map(({ family, max }) => [formatFamily(family), max]) ?? [],
    ),
    maxPrefixesAction: config.maxPrefixesAction,
    ...(localAs === undefined
      ? {}
      : { localAs: { asn: localAs.as, prependInbound: localAs.prependInbound, replaceAs: localAs.replaceAs } }),
    ...(config.maxPrefixesWarning === undefined ? {} : { maxPrefixesWarning: config.maxPrefixesWarning }),
    ...(config.maxPrefixesRestartTime === undefined ? {} : { maxPrefixesRestartTime: config.maxPrefixesRestartTime }),
    ...(config.maxPrefixesOut === undefined ? {} : { maxPrefixesOut: config.maxPrefixesOut }),
  };
}

function toGracefulRestart(restart: PeerStatus['gracefulRestart']) {
  if (restart === undefined) return {};
  const { state, staleRoutes, secondsLeft, families } = restart;
  return {
    gracefulRestart: { state, staleRoutes: whole(staleRoutes), secondsLeft, families: families.map(formatFamily) },
  };
}

function toNegotiated(negotiated: PeerStatus['negotiated']) {
  if (negotiated === undefined) return {};
  return {
    negotiated: {
      holdTime: negotiated.holdTime,
      keepaliveTime: negotiated.keepaliveTime,
      families: negotiated.families.map(formatFamily),
      fourOctetAs: negotiated.fourOctetAs,
      maxMessageOctets: negotiated.maxMessageOctets,
      localCapabilities: negotiated.localCapabilities.map(formatCapability),
      addPath: [...negotiated.addPath].map(([family, way]) => ({ family: formatFamily(family), ...way })),
      remoteRole: negotiated.remoteRole ?? '',
      remoteCapabilities: negotiated.remoteCapabilities.map(formatCapability),
    },
  };
}

function toFamilyPrefixes({ family, received, accepted, stale, sent }: FamilyCounts) {
  return {
    family: formatFamily(family),
    received: whole(received),
    accepted: whole(accepted),
    stale: whole(stale),
    sent: whole(sent),
  };
}

function toPrefixLimit({ family, max, received, level }: PrefixLimitStatus) {
  return { family: family === undefined ? '' : formatFamily(family), limit: max, received: whole(received), level };
}

function toMessageCounts(counts: PeerCounters['messagesSent']) {
  return {
    open: whole(counts.open),
    update: whole(counts.update),
    notification: whole(counts.notification),
    keepalive: whole(counts.keepalive),
    routeRefresh: whole(counts.route_refresh),
  };
}

function sum(families: readonly FamilyCounts[], what: 'received' | 'sent'): bigint {
  return whole(families.reduce((total, counts) => total + counts[what], 0));
}

function endpoint(at: PeerStatus['local']): string {
  if (at === undefined) return '';
  const zone = at.interface === undefined ? '' : `%${at.interface}`;
  return at.address.includes(':') ? `[${at.address}${zone}]:${at.port}` : `${at.address}:${at.port}`;
}

function whole(value: number): bigint {
  return BigInt(Math.max(0, Math.floor(value)));
}
