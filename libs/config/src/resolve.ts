import { peerKind, type SpeakerConfig } from '@bgp/speaker';
import { adviseOnPolicies } from './advise-on-policies.ts';
import { resolveBmp } from './bmp.ts';
import { toDynamicRange } from './dynamic-range.ts';
import { resolveEventHistory } from './event-history.ts';
import { confederationOf, toPeerConfig } from './neighbors.ts';
import type { PolicyBook } from './policies.ts';
import { canonical, defined } from './policy-source.ts';
import { hostPort, resolveLookingGlass, resolveRisLive } from './public-views.ts';
import type { Report } from './report.ts';
import { adviseOnRpki, resolveRpki, validationOf } from './rpki.ts';
import { GLOBAL_DEFAULTS, type GlobalSection } from './schema/global.ts';
import { MRT_DEFAULTS, type MrtSection } from './schema/mrt.ts';
import type { ConfigDocument } from './schema/root.ts';
import { isOwnerOnly, isTiered, LOCAL_OPERATOR } from './tiers.ts';
import type {
  DaemonConfig,
  GrpcConfig,
  GrpcTcpConfig,
  GrpcUdsConfig,
  ListenerAccessConfig,
  LogConfig,
  MrtConfig,
  TlsFiles,
} from './types.ts';

type Telemetry = NonNullable<GlobalSection['telemetry']>;
type TcpListenerTable = NonNullable<Telemetry['grpc_tcp']>;
type ListenerTable = Pick<TcpListenerTable, 'access_mode' | 'token_file' | 'max_tier' | 'principal'>;

/** A checked document with everything filled in. */
export function resolveDocument(
  document: ConfigDocument,
  policies: PolicyBook,
  report: Report,
): Omit<DaemonConfig, 'prefixLists' | 'policyTests'> {
  const { global } = document;
  const runtimeStateDir = global.runtime_state_dir ?? GLOBAL_DEFAULTS.runtime_state_dir;
  const speaker = resolveSpeaker(document, policies);
  adviseOnPolicies(speaker, report);
  const grpc = resolveGrpc(document, runtimeStateDir);
  const withoutRole = speaker.peers.flatMap((peer, index) =>
    // Clients of a route server only send upwards.
    peer.role === undefined && !peer.routeServerClient && peerKind(speaker, peer) === 'external' ? [index] : [],
  );
  adviseOnRpki(document.rpki, withoutRole, report);
  const addresses = global.listen_addresses ?? GLOBAL_DEFAULTS.listen_addresses;
  return defined<Omit<DaemonConfig, 'prefixLists' | 'policyTests'>>({
    speaker,
    listen: { addresses: [...new Set(addresses.map(canonical))], port: global.listen_port },
    grpc,
    roles: resolveRoles(document, grpc),
    prometheus: hostPort(global.telemetry?.prometheus_addr),
    lookingGlass: resolveLookingGlass(global.telemetry?.looking_glass),
    mrt: resolveMrt(document.mrt),
    risLive: resolveRisLive(global.telemetry?.ris_live, canonical(global.router_id)),
    log: resolveLog(document, speaker),
    rpki: resolveRpki(document.rpki),
    runtimeStateDir,
    bmp: resolveBmp(document),
    eventHistory: resolveEventHistory(document),
    persistChanges: global.persist_changes ?? GLOBAL_DEFAULTS.persist_changes,
    notices: report.notices(),
    document,
  });
}

function resolveMrt(section: MrtSection | undefined): MrtConfig | undefined {
  if (section === undefined) return undefined;
  const updates = {
    intervalMs: (section.updates_interval ?? MRT_DEFAULTS.updates_interval) * 1000,
    filePrefix: section.updates_prefix ?? MRT_DEFAULTS.updates_prefix,
  };
  return {
    outputDir: section.output_dir,
    intervalMs: (section.dump_interval ?? MRT_DEFAULTS.dump_interval) * 1000,
    compress: section.compress ?? MRT_DEFAULTS.compress,
    filePrefix: section.file_prefix ?? MRT_DEFAULTS.file_prefix,
    ...((section.updates ?? MRT_DEFAULTS.updates) ? { updates } : {}),
  };
}

function resolveSpeaker(document: ConfigDocument, policies: PolicyBook): SpeakerConfig {
  const { global } = document;
  const peers = (document.neighbors ?? []).map((neighbor) => toPeerConfig(document, neighbor, policies));
  // RFC 4456 §8: a reflector has a cluster id, its router id unless several reflectors share one.
  const reflects = peers.some((peer) => peer.routeReflectorClient);
  return defined<SpeakerConfig>({
    asn: global.asn,
    routerId: canonical(global.router_id),
    clusterId: global.cluster_id ?? (reflects ? canonical(global.router_id) : undefined),
    ebgpRequiresPolicy: global.ebgp_requires_policy ?? GLOBAL_DEFAULTS.ebgp_requires_policy,
    med: global.med ?? GLOBAL_DEFAULTS.med,
    peers,
    ...confederationOf(global),
    dynamicNeighbors: document.dynamic_neighbors?.map((range) => toDynamicRange(document, range, policies)),
    dynamicNeighborLimit: global.dynamic_neighbor_limit,
    ...validationOf(document.rpki),
  });
}

/** Without either table: the Unix socket. With only `grpc_tcp`: only TCP. */
function resolveGrpc({ global, security }: ConfigDocument, runtimeStateDir: string): GrpcConfig {
  const { grpc_uds: uds, grpc_tcp: tcp } = global.telemetry ?? {};
  const udsWanted = uds === undefined ? tcp === undefined : uds.enabled !== false;
  const address = tcp === undefined || tcp.enabled === false ? undefined : hostPort(tcp.address);
  return defined<GrpcConfig>({
    uds: udsWanted
      ? defined<GrpcUdsConfig>({
          path: uds?.path ?? `${runtimeStateDir}/grpc.sock`,
          mode: uds?.mode ?? GLOBAL_DEFAULTS.uds_mode,
          ...accessOf(uds),
          // Who can open an owner-only socket could as well change the file.
          principal: uds?.principal ?? (isTiered(security) && isOwnerOnly(uds?.mode) ? LOCAL_OPERATOR : undefined),
        })
      : undefined,
    tcp:
      address === undefined
        ? undefined
        : defined<GrpcTcpConfig>({
            ...address,
            ...accessOf(tcp),
            tls: tlsOf(tcp),
          }),
  });
}

function accessOf(
  listener: ListenerTable | undefined,
): { [K in keyof ListenerAccessConfig]: ListenerAccessConfig[K] | undefined } & Pick<
  ListenerAccessConfig,
  'accessMode'
> {
  return {
    accessMode: listener?.access_mode ?? GLOBAL_DEFAULTS.access_mode,
    tokenFile: listener?.token_file,
    maxTier: listener?.max_tier,
    principal: listener?.principal,
  };
}

/** The check has seen that it is all three or none. */
function tlsOf(tcp: TcpListenerTable | undefined): TlsFiles | undefined {
  const { tls_cert_file: certFile, tls_key_file: keyFile, tls_client_ca_file: clientCaFile } = tcp ?? {};
  if (certFile === undefined || keyFile === undefined || clientCaFile === undefined) return undefined;
  return { certFile, keyFile, clientCaFile };
}

function resolveRoles({ security }: ConfigDocument, { uds }: GrpcConfig): DaemonConfig['roles'] {
  if (!isTiered(security)) return undefined;
  const implicit = uds?.principal === LOCAL_OPERATOR ? { [LOCAL_OPERATOR]: 'operator' as const } : {};
  return { ...security?.grpc?.roles, ...implicit };
}

function resolveLog(document: ConfigDocument, speaker: SpeakerConfig): LogConfig {
  const { telemetry } = document.global;
  const levels = (document.neighbors ?? []).flatMap((neighbor, index) => {
    const level = neighbor.log_level ?? document.peer_groups?.[neighbor.peer_group ?? '']?.log_level;
    const peer = speaker.peers[index];
    return level === undefined || peer === undefined ? [] : [[peer.name, level] as const];
  });
  return {
    format: telemetry?.log_format ?? GLOBAL_DEFAULTS.log_format,
    level: telemetry?.log_level ?? GLOBAL_DEFAULTS.log_level,
    levelByPeer: Object.fromEntries(levels),
  };
}
