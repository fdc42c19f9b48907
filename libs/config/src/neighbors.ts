import type { PolicySource } from '@bgp/policy';
import {
  type AddPathConfig,
  type LocalAs,
  type LocalRole,
  type PeerConfig,
  type PrefixLimit,
  peerKind,
  type SpeakerConfig,
  type TcpAoKey,
} from '@bgp/speaker';
import { type Family, IPV4_UNICAST, IPV6_UNICAST, parseFamily } from '@bgp/wire';
import { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from '@bgp/wire/flowspec';
import type { Direction, PolicyBook } from './policies.ts';
import { canonical, defined } from './policy-source.ts';
import type { GlobalSection } from './schema/global.ts';
import { NEIGHBOR_DEFAULTS, type NeighborTable, type PeerGroupTable } from './schema/neighbor.ts';
import type { ConfigDocument } from './schema/root.ts';

/** Families whose routes the speaker carries; others are accepted by the schema and reported. */
export const ACTIVE_FAMILIES: ReadonlySet<Family> = new Set([IPV4_UNICAST, IPV6_UNICAST, IPV4_FLOWSPEC, IPV6_FLOWSPEC]);

/** What `ebgp_requires_policy` means where it differs from the global word. */
export const RFC_8212_REJECT: PolicySource = { name: 'ebgp_requires_policy', defaultAction: 'deny', statements: [] };
const RFC_8212_OFF: PolicySource = { name: 'ebgp_requires_policy', defaultAction: 'permit', statements: [] };

export function groupOf(
  document: Pick<ConfigDocument, 'peer_groups'>,
  neighbor: Pick<NeighborTable, 'peer_group'>,
): PeerGroupTable | undefined {
  const name = neighbor.peer_group;
  const groups = document.peer_groups ?? {};
  return name !== undefined && Object.hasOwn(groups, name) ? groups[name] : undefined;
}

/** The neighbor's value, else the group's; an empty list counts as not set. */
export function effective<K extends keyof PeerGroupTable>(
  neighbor: NeighborTable,
  group: PeerGroupTable | undefined,
  key: K,
): PeerGroupTable[K] {
  const own = (neighbor as PeerGroupTable)[key]; // a neighbor has every key of a group
  return own === undefined || (Array.isArray(own) && own.length === 0) ? group?.[key] : own;
}

/** Address, address and interface, or interface alone. */
export function peerName({ address, interface: link }: Pick<NeighborTable, 'address' | 'interface'>): string {
  if (address === undefined) return link ?? '';
  return link === undefined ? canonical(address) : `${canonical(address)}%${link}`;
}

/** By AS alone: a local-as is for external neighbors anyway. */
export function neighborKind(global: GlobalSection, remoteAs: number): ReturnType<typeof peerKind> {
  return peerKind({ asn: global.asn, ...confederationOf(global) }, { remoteAs });
}

/** 0 is any AS that makes the neighbor an external one. */
export function remoteAsOf(global: GlobalSection, { remote_asn: remoteAs }: NeighborTable): number {
  if (remoteAs === 'internal') return global.asn;
  return remoteAs === 'external' ? 0 : remoteAs;
}

export function confederationOf(global: GlobalSection): Pick<SpeakerConfig, 'confederation'> {
  const { confederation_id: id, confederation_members: members = [] } = global;
  return id === undefined ? {} : { confederation: { id, members } };
}

/** One neighbor with group, global values and defaults merged in. The checks have passed. */
export function toPeerConfig(document: ConfigDocument, neighbor: NeighborTable, policies: PolicyBook): PeerConfig {
  const group = groupOf(document, neighbor);
  const get = <K extends keyof PeerGroupTable>(key: K): PeerGroupTable[K] => effective(neighbor, group, key);
  const isExternal = neighborKind(document.global, remoteAsOf(document.global, neighbor)) === 'external';
  const globallyRequired = document.global.ebgp_requires_policy ?? true;
  const required = isExternal && (get('ebgp_requires_policy') ?? globallyRequired);
  const chain = (direction: Direction): readonly PolicySource[] | undefined =>
    policies.chainFor(neighbor, group, direction, { isExternal, requiresPolicy: required }) ??
    chainWithoutPolicy(isExternal, required, globallyRequired);
  const localAddress = get('local_address');
  const ipv6NextHop = get('local_ipv6_nexthop');
  return defined<PeerConfig>({
    name: peerName(neighbor),
    address: neighbor.address === undefined ? undefined : canonical(neighbor.address),
    interface: neighbor.interface,
    remoteAs: remoteAsOf(document.global, neighbor),
    description: neighbor.description,
    peerGroup: neighbor.peer_group,
    enabled: get('enabled') ?? NEIGHBOR_DEFAULTS.enabled,
    passive: get('passive') ?? NEIGHBOR_DEFAULTS.passive,
    localAddress: localAddress === undefined ? undefined : canonical(localAddress),
    localPort: get('local_port'),
    remotePort: get('remote_port') ?? NEIGHBOR_DEFAULTS.remote_port,
    holdTime: get('hold_time') ?? NEIGHBOR_DEFAULTS.hold_time,
    connectRetryTime: get('connect_retry_time') ?? NEIGHBOR_DEFAULTS.connect_retry_time,
    delayOpenTime: get('delay_open_time') ?? NEIGHBOR_DEFAULTS.delay_open_time,
    families: familiesOf(neighbor, group).filter((family) => ACTIVE_FAMILIES.has(family)),
    multihopTtl: get('multihop_ttl'),
    ttlSecurity: get('ttl_security') ?? NEIGHBOR_DEFAULTS.ttl_security,
    md5Password: get('md5_password'),
    tcpAo: toTcpAo(neighbor.tcp_ao),
    nextHopSelf: get('next_hop_self') ?? NEIGHBOR_DEFAULTS.next_hop_self,
    localIpv6NextHop: ipv6NextHop === undefined ? undefined : canonical(ipv6NextHop),
    routeReflectorClient: get('route_reflector_client') ?? NEIGHBOR_DEFAULTS.route_reflector_client,
    routeServerClient: get('route_server_client') ?? NEIGHBOR_DEFAULTS.route_server_client,
    removePrivateAs: get('remove_private_as'),
    enforceFirstAs: get('enforce_first_as') ?? NEIGHBOR_DEFAULTS.enforce_first_as,
    maxPrefixes: get('max_prefixes'),
    gracefulRestart: get('graceful_restart') ?? NEIGHBOR_DEFAULTS.graceful_restart,
    grRestartTime: get('gr_restart_time') ?? NEIGHBOR_DEFAULTS.gr_restart_time,
    grStaleRoutesTime: get('gr_stale_routes_time') ?? NEIGHBOR_DEFAULTS.gr_stale_routes_time,
    llgrStaleTime: get('llgr_stale_time') ?? NEIGHBOR_DEFAULTS.llgr_stale_time,
    maxPrefixesByFamily: perFamily(get('max_prefixes_per_family')),
    maxPrefixesWarning: get('max_prefixes_warning'),
    maxPrefixesAction: get('max_prefixes_action') ?? NEIGHBOR_DEFAULTS.max_prefixes_action,
    maxPrefixesRestartTime: get('max_prefixes_restart_time'),
    maxPrefixesOut: get('max_prefixes_out'),
    addPath: toAddPath(get('add_path')),
    role: toRole(get('role')),
    strictRole: get('strict_role') ?? NEIGHBOR_DEFAULTS.strict_role,
    allowOwnAs: get('allow_own_as') ?? NEIGHBOR_DEFAULTS.allow_own_as,
    asOverride: get('as_override') ?? NEIGHBOR_DEFAULTS.as_override,
    localAs: toLocalAs(get('local_as')),
    flowSpecValidation: get('flowspec_validation') ?? NEIGHBOR_DEFAULTS.flowspec_validation,
    perClientBest: get('per_client_best') ?? NEIGHBOR_DEFAULTS.per_client_best,
    importChain: chain('import'),
    exportChain: chain('export'),
  });
}

function perFamily(limits: PeerGroupTable['max_prefixes_per_family']): PrefixLimit[] | undefined {
  if (limits === undefined) return undefined;
  return Object.entries(limits).flatMap(([name, max]) => {
    const family = parseFamily(name);
    return family === undefined || max === undefined ? [] : [{ family, max }];
  });
}

function toAddPath(table: PeerGroupTable['add_path']): AddPathConfig | undefined {
  if (table === undefined || !(table.receive || table.send)) return undefined;
  const { receive = false, send = false, send_max: sendMax = 0, families } = table;
  return defined<AddPathConfig>({
    receive,
    send,
    sendMax: sendMax === 0 ? undefined : sendMax,
    // Like every list of a file: an empty one says nothing.
    families: families?.length ? families.flatMap((name) => parseFamily(name) ?? []) : undefined,
  });
}

/** FRR's words beside those of RFC 9234. */
function toRole(name: PeerGroupTable['role']): LocalRole | undefined {
  if (name === 'rs') return 'route-server';
  return name === 'rs-client' ? 'route-server-client' : name;
}

function toTcpAo(table: NeighborTable['tcp_ao']): TcpAoKey | undefined {
  if (table === undefined) return undefined;
  const { key = '', send_id: sendId, recv_id: recvId, algorithm } = table; // never absent: the checks have passed
  return { key, sendId, recvId, algorithm };
}

function toLocalAs(table: PeerGroupTable['local_as']): LocalAs | undefined {
  if (table === undefined) return undefined;
  const { asn: as, prepend_inbound: prependInbound = true, replace_as: replaceAs = false } = table;
  return { as, prependInbound, replaceAs };
}

/** The neighbor's own word on RFC 8212 where it differs from the global one: an explicit chain that says the same. */
function chainWithoutPolicy(
  isExternal: boolean,
  required: boolean,
  globally: boolean,
): readonly PolicySource[] | undefined {
  if (!isExternal || required === globally) return undefined;
  return [required ? RFC_8212_REJECT : RFC_8212_OFF];
}

/** Without a word on it: IPv4, and for a session over IPv6 both. Duplicates go, the order stays. */
export function familiesOf(neighbor: NeighborTable, group: PeerGroupTable | undefined): Family[] {
  const named = effective(neighbor, group, 'families');
  if (named !== undefined) return [...new Set(named.flatMap((name) => parseFamily(name) ?? []))];
  return isOverIpv6(neighbor) ? [IPV4_UNICAST, IPV6_UNICAST] : [IPV4_UNICAST];
}

/** What is found on an interface is an IPv6 link-local address. */
export function isOverIpv6({ address }: NeighborTable): boolean {
  return address === undefined || canonical(address).includes(':');
}
