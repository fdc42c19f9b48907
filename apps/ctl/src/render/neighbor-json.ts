import type { LocalAs, NeighborState } from '@bgp/api-proto';
import { STATE_NAMES } from '../values.ts';
import { jsonNumber } from './output.ts';

export function neighborJson(state: NeighborState) {
  return {
    address: state.config?.address ?? '',
    remote_asn: state.config?.remoteAsn ?? 0,
    state: STATE_NAMES[state.state],
    uptime_seconds: jsonNumber(state.uptimeSeconds),
    prefixes_received: jsonNumber(state.prefixesReceived),
    prefixes_sent: jsonNumber(state.prefixesSent),
    description: state.config?.description ?? '',
    ...(state.missingPolicy.length === 0 ? {} : { missing_policy: state.missingPolicy }),
  };
}

export function neighborDetailJson(state: NeighborState) {
  const { config } = state;
  return {
    ...neighborJson(state),
    updates_received: jsonNumber(state.updatesReceived),
    updates_sent: jsonNumber(state.updatesSent),
    notifications_received: jsonNumber(state.notificationsReceived),
    notifications_sent: jsonNumber(state.notificationsSent),
    flap_count: jsonNumber(state.flapCount),
    last_error: state.lastError,
    hold_time: config?.holdTime ?? 0,
    families: config?.families ?? [],
    ...(config?.peerGroup ? { peer_group: config.peerGroup } : {}),
    route_server_client: config?.routeServerClient ?? false,
    ...(state.isDynamic ? { is_dynamic: true } : {}),
    ...(state.gracefulShutdown ? { graceful_shutdown: true } : {}),
    ...(state.restartsInSeconds === undefined ? {} : { restarts_in_seconds: state.restartsInSeconds }),
    ...(state.gracefulRestart === undefined
      ? {}
      : {
          graceful_restart: {
            state: state.gracefulRestart.state,
            stale_routes: jsonNumber(state.gracefulRestart.staleRoutes),
            seconds_left: state.gracefulRestart.secondsLeft,
            families: state.gracefulRestart.families,
          },
        }),
    ...(config?.role ? { role: config.role, strict_role: config.strictRole ?? false } : {}),
    ...(state.negotiated?.remoteRole ? { remote_role: state.negotiated.remoteRole } : {}),
    add_path_receive: config?.addPathReceive ?? false,
    add_path_send: config?.addPathSend ?? false,
    ...(config?.addPathSendMax ? { add_path_send_max: config.addPathSendMax } : {}),
    ...(config?.addPathFamilies.length ? { add_path_families: config.addPathFamilies } : {}),
    ...(state.negotiated === undefined
      ? {}
      : {
          add_path_negotiated: state.negotiated.addPath.map(({ family, receive, send }) => ({ family, receive, send })),
        }),
    ...(config?.localAs === undefined ? {} : { local_as: localAsJson(config.localAs) }),
    as_override: config?.asOverride ?? false,
    allow_own_as: config?.allowOwnAs ?? 0,
    per_client_best: config?.perClientBest ?? false,
    flowspec_validation: config?.flowspecValidation ?? true,
    has_md5_password: config?.hasMd5Password ?? false,
    has_tcp_ao: config?.hasTcpAo ?? false,
    ...prefixLimitsJson(state),
    enabled: config?.enabled ?? true,
    remote_router_id: state.remoteRouterId,
    prefixes: state.families.map(({ family, received, accepted, stale, sent }) => ({
      family,
      received: jsonNumber(received),
      accepted: jsonNumber(accepted),
      stale: jsonNumber(stale),
      sent: jsonNumber(sent),
    })),
  };
}

function localAsJson({ asn, prependInbound, replaceAs }: LocalAs) {
  return { asn, prepend_inbound: prependInbound ?? true, replace_as: replaceAs };
}

/** `max_prefixes` as configured, `prefix_limits` as they stand. */
function prefixLimitsJson({ config, prefixLimits }: NeighborState) {
  return {
    ...(config?.maxPrefixes ? { max_prefixes: config.maxPrefixes } : {}),
    ...(config?.maxPrefixesWarning === undefined ? {} : { max_prefixes_warning: config.maxPrefixesWarning }),
    ...(config?.maxPrefixesRestartTime === undefined
      ? {}
      : { max_prefixes_restart_time: config.maxPrefixesRestartTime }),
    ...(config?.maxPrefixesOut === undefined ? {} : { max_prefixes_out: config.maxPrefixesOut }),
    ...(prefixLimits.length === 0
      ? {}
      : {
          max_prefixes_action: config?.maxPrefixesAction ?? '',
          prefix_limits: prefixLimits.map(({ family, limit, received, level }) => ({
            ...(family === '' ? {} : { family }),
            limit,
            received: jsonNumber(received),
            level,
          })),
        }),
  };
}
