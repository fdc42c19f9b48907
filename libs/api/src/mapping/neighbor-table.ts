import type { NeighborConfig } from '@bgp/api-proto';
import { ok, type Result } from '@bgp/wire';
import { type RequestError, requestError } from '../errors.ts';

/**
 * The request as a `[[neighbors]]` table with the configuration file's keys. What the caller did not set is left out, so
 * that the file's groups and defaults decide; what the values may be is checked there and nowhere else.
 */
export function toNeighborTable(
  config: NeighborConfig | undefined,
): Result<Readonly<Record<string, unknown>>, RequestError> {
  if (config === undefined) return requestError('missing', 'config', 'the neighbor to add is needed');
  if (config.address === '') return requestError('missing', 'config.address', 'the address of the neighbor is needed');
  if (config.remoteAsn === 0)
    return requestError('missing', 'config.remote_asn', 'the AS number of the neighbor is needed');
  if (config.addPathReceive || config.addPathSend || config.addPathSendMax > 0) {
    // The file may ask for it and gets a warning; a caller who asks now must not believe that it happened.
    return requestError('not-supported', 'config.add_path_receive', 'Add-Path is not active in this version');
  }
  const entries: readonly (readonly [key: string, value: unknown])[] = [
    ['address', config.address],
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
    ['interface', config.interface],
    ['enabled', config.enabled],
    ['ebgp_requires_policy', config.ebgpRequiresPolicy],
    ['import_policy_chain', config.importPolicyChain.length === 0 ? undefined : [...config.importPolicyChain]],
    ['export_policy_chain', config.exportPolicyChain.length === 0 ? undefined : [...config.exportPolicyChain]],
  ];
  return ok(Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

function unlessZero(value: number): number | undefined {
  return value === 0 ? undefined : value;
}

function unlessEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}
