import type { NeighborConfig } from '@bgp/api-proto';
import { isInterfaceName, ok, type Result } from '@bgp/wire';
import { type RequestError, requestError } from '../errors.ts';

/**
 * The request as a `[[neighbors]]` table with the configuration file's keys. What the caller did not set is left out, so
 * that the file's groups and defaults decide; what the values may be is checked there and nowhere else.
 */
export function toNeighborTable(
  config: NeighborConfig | undefined,
): Result<Readonly<Record<string, unknown>>, RequestError> {
  if (config === undefined) return requestError('missing', 'config', 'the neighbor to add is needed');
  if (config.address === '' && config.interface === undefined)
    return requestError('missing', 'config.address', 'the address of the neighbor is needed');
  if (config.remoteAsn === 0)
    return requestError('missing', 'config.remote_asn', 'the AS number of the neighbor is needed');
  const { address, link } = placeOf(config.address);
  if (link !== undefined && config.interface !== undefined && config.interface !== link)
    return requestError('combination-invalid', 'config.interface', `the address says interface ${link}`);
  const incomplete = withoutEffect(config);
  if (incomplete !== undefined) return incomplete;
  const entries: readonly (readonly [key: string, value: unknown])[] = [
    ['address', address],
    ['remote_asn', config.remoteAsn],
    ['description', unlessEmpty(config.description)],
    ['hold_time', config.disableHoldTimer ? 0 : unlessZero(config.holdTime)],
    ['max_prefixes', unlessZero(config.maxPrefixes)],
    ['families', config.families.length === 0 ? undefined : [...config.families]],
    ['remove_private_as', unlessEmpty(config.removePrivateAs)],
    ['peer_group', unlessEmpty(config.peerGroup)],
    ['route_server_client', config.routeServerClient || undefined],
    ['md5_password', config.md5Password],
    ['ttl_security', config.ttlSecurity],
    ['multihop_ttl', config.multihopTtl],
    ['passive', config.passive],
    ['local_address', config.localAddress],
    ['local_port', config.localPort],
    ['remote_port', config.remotePort],
    ['connect_retry_time', config.connectRetryTime],
    ['delay_open_time', config.delayOpenTime],
    ['graceful_restart', config.gracefulRestart],
    ['gr_restart_time', config.grRestartTime],
    ['local_ipv6_nexthop', config.localIpv6Nexthop],
    ['route_reflector_client', config.routeReflectorClient],
    ['next_hop_self', config.nextHopSelf],
    ['enforce_first_as', config.enforceFirstAs],
    ['interface', link ?? config.interface],
    ['enabled', config.enabled],
    ['ebgp_requires_policy', config.ebgpRequiresPolicy],
    ['add_path', toAddPath(config)],
    ['gr_stale_routes_time', config.grStaleRoutesTime],
    ['llgr_stale_time', config.llgrStaleTime],
    ['role', unlessEmpty(config.role)],
    ['strict_role', config.strictRole],
    ['allow_own_as', config.allowOwnAs],
    ['as_override', config.asOverride],
    ['local_as', toLocalAs(config.localAs)],
    ['per_client_best', config.perClientBest],
    ['flowspec_validation', config.flowspecValidation],
    ['max_prefixes_per_family', unlessNone(config.maxPrefixesPerFamily)],
    ['max_prefixes_warning', config.maxPrefixesWarning],
    ['max_prefixes_action', unlessEmpty(config.maxPrefixesAction)],
    ['max_prefixes_restart_time', config.maxPrefixesRestartTime],
    ['max_prefixes_out', config.maxPrefixesOut],
    ['import_policy_chain', config.importPolicyChain.length === 0 ? undefined : [...config.importPolicyChain]],
    ['export_policy_chain', config.exportPolicyChain.length === 0 ? undefined : [...config.exportPolicyChain]],
  ];
  return ok(Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

/** What would be lost without a word: keys are never in an answer, so that an answer sent back has none. */
function withoutEffect(config: NeighborConfig): Result<never, RequestError> | undefined {
  const isAddPath = config.addPathReceive || config.addPathSend;
  const refuse = (field: string, why: string) => requestError('combination-invalid', `config.${field}`, why);
  if (config.addPathFamilies.length > 0 && !isAddPath)
    return refuse('add_path_families', 'needs add_path_receive or add_path_send');
  if (config.addPathSendMax > 0 && !config.addPathSend) return refuse('add_path_send_max', 'needs add_path_send');
  if (config.hasMd5Password && config.md5Password === undefined)
    return refuse('has_md5_password', 'needs the key itself, in md5_password');
  if (config.hasTcpAo) return refuse('has_tcp_ao', 'a TCP-AO key is set in the configuration file only');
  return undefined;
}

/** As listings show it: an address, `fe80::1%eth0`, or `eth0` alone. */
function placeOf(text: string): { readonly address?: string; readonly link?: string } {
  if (text === '') return {};
  if (isInterfaceName(text)) return { link: text };
  const [address, link] = text.split('%', 2);
  return { ...(address === undefined ? {} : { address }), ...(link === undefined ? {} : { link }) };
}

/** Absent unless something was asked for, so that a group's table can apply. */
function toAddPath({ addPathReceive, addPathSend, addPathSendMax, addPathFamilies }: NeighborConfig) {
  if (!addPathReceive && !addPathSend) return undefined;
  return {
    receive: addPathReceive,
    send: addPathSend,
    send_max: addPathSendMax,
    ...(addPathFamilies.length === 0 ? {} : { families: [...addPathFamilies] }),
  };
}

function toLocalAs(localAs: NeighborConfig['localAs']) {
  if (localAs === undefined) return undefined;
  const { asn, prependInbound, replaceAs } = localAs;
  return { asn, replace_as: replaceAs, ...(prependInbound === undefined ? {} : { prepend_inbound: prependInbound }) };
}

function unlessNone(record: Readonly<Record<string, number>>): Readonly<Record<string, number>> | undefined {
  return Object.keys(record).length === 0 ? undefined : { ...record };
}

function unlessZero(value: number): number | undefined {
  return value === 0 ? undefined : value;
}

function unlessEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}
