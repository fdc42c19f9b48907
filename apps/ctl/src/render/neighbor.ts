import { type LocalAs, type NegotiatedAddPath, type NeighborState, SessionState } from '@bgp/api-proto';
import { STATE_NAMES } from '../values.ts';
import { formatDuration } from './duration.ts';
import { type Palette, printable } from './palette.ts';
import { type Cell, type Column, properties } from './table.ts';

export const NEIGHBOR_COLUMNS: readonly Column[] = [
  { title: 'Neighbor' },
  { title: 'AS', align: 'right' },
  { title: 'State' },
  { title: 'Uptime', align: 'right' },
  { title: 'Rx Pfx', align: 'right' },
  { title: 'Tx Pfx', align: 'right' },
  { title: 'Description' },
];

export function neighborRow(state: NeighborState, palette: Palette): readonly (Cell | string)[] {
  const isUp = state.state === SessionState.ESTABLISHED;
  return [
    state.config?.address ?? '',
    String(state.config?.remoteAsn ?? 0),
    stateCell(state, palette),
    isUp ? formatDuration(state.uptimeSeconds) : '-',
    prefixCell(state.prefixesReceived, state.missingPolicy.includes('import'), palette),
    prefixCell(state.prefixesSent, state.missingPolicy.includes('export'), palette),
    printable(state.config?.description ?? ''),
  ];
}

/** What is wrong with a neighbor that looks fine, and what to do about it. */
export function missingPolicyNotice(state: NeighborState): string | undefined {
  if (state.missingPolicy.length === 0) return undefined;
  const effects = { import: 'nothing it sends is used', export: 'nothing is announced to it' };
  const lost = state.missingPolicy.map((direction) => (direction === 'import' ? effects.import : effects.export));
  const keys = state.missingPolicy.map((direction) => `${direction}_policy`).join(' and ');
  return (
    `${state.config?.address}: no ${state.missingPolicy.join(' and no ')} policy, so ${lost.join(' and ')} (RFC 8212). ` +
    `Give it ${keys}, or set ebgp_requires_policy = false in [global] to allow everything.`
  );
}

export function neighborDetail(state: NeighborState, palette: Palette): string {
  const { config, negotiated } = state;
  const uptime = state.state === SessionState.ESTABLISHED ? formatDuration(state.uptimeSeconds) : '-';
  const cell = stateCell(state, palette);
  const text = properties([
    ['Neighbor', config?.address],
    ['Found At', state.foundAddress],
    ['Remote ASN', String(config?.remoteAsn ?? 0)],
    ['Description', printable(config?.description ?? '')],
    ['State', (cell.paint ?? String)(cell.text)],
    ['Enabled', config?.enabled === false ? 'no' : undefined],
    ['Uptime', uptime],
    ['Hold Time', holdTime(state)],
    ['Families', config?.families.join(', ')],
    ['Negotiated Families', negotiated?.families.join(', ')],
    ['Remote Router ID', state.remoteRouterId],
    ['Local Endpoint', state.localEndpoint],
    ['Remote Endpoint', state.remoteEndpoint],
    ['Peer Group', config?.peerGroup],
    ['Route Server Client', yesNo(config?.routeServerClient)],
    ['Route Reflector Client', config?.routeReflectorClient ? 'yes' : undefined],
    ['Add-Path Receive', config?.addPathReceive ? 'yes' : undefined],
    ['Add-Path Send', config?.addPathSend ? 'yes' : undefined],
    ['Add-Path Send Max', config?.addPathSendMax ? String(config.addPathSendMax) : undefined],
    ['Add-Path Negotiated', negotiated?.addPath.map(addPathText).join(', ')],
    ['Best Path Per Client', config?.perClientBest ? 'yes' : undefined],
    ['Role', roleText(state)],
    ['Local AS', localAsText(config?.localAs)],
    ['AS Override', config?.asOverride ? 'yes' : undefined],
    ['Allow Own AS', config?.allowOwnAs ? String(config.allowOwnAs) : undefined],
    ['Graceful Restart', gracefulRestartText(state)],
    ['Graceful Shutdown', state.gracefulShutdown ? 'yes: its routes are the last resort' : undefined],
    ['Dynamic', state.isDynamic ? 'yes' : undefined],
    ['Max Prefixes', maxPrefixesText(state)],
    ['Max Prefixes Out', config?.maxPrefixesOut ? `${config.maxPrefixesOut} of each family` : undefined],
    ['FlowSpec Validation', flowSpecValidation(state)],
    ['MD5', config?.hasMd5Password ? 'yes' : undefined],
    ['TCP-AO', config?.hasTcpAo ? 'yes' : undefined],
    ['TTL Security', config?.ttlSecurity ? 'yes' : undefined],
    ['Import Policy', config?.importPolicyChain.join(', ')],
    ['Export Policy', config?.exportPolicyChain.join(', ')],
    ['Prefixes Received', `${state.prefixesReceived}${perFamily(state, 'received')}`],
    ['Prefixes Accepted', `${state.families.reduce((total, family) => total + family.accepted, 0n)}`],
    ['Prefixes Stale', staleText(state)],
    ['Prefixes Sent', `${state.prefixesSent}${perFamily(state, 'sent')}`],
    ['Updates Received', String(state.updatesReceived)],
    ['Updates Sent', String(state.updatesSent)],
    ['Notifications Received', String(state.notificationsReceived)],
    ['Notifications Sent', String(state.notificationsSent)],
    ['Octets Received', String(state.octetsReceived)],
    ['Octets Sent', String(state.octetsSent)],
    ['Octets Waiting', state.queuedOctets > 0n ? String(state.queuedOctets) : undefined],
    ['Flap Count', String(state.flapCount)],
    ['AS Path Loops', state.asPathLoops > 0n ? String(state.asPathLoops) : undefined],
    ['Capabilities Sent', negotiated?.localCapabilities.join(' · ')],
    ['Capabilities Received', negotiated?.remoteCapabilities.join(' · ')],
    ['Last Error', printable(state.lastError)],
  ]);
  const notice = missingPolicyNotice(state);
  return notice === undefined ? text : `${text}\n${palette.warn(notice)}\n`;
}

function addPathText({ family, receive, send }: NegotiatedAddPath): string {
  return `${family} ${[receive ? 'receive' : '', send ? 'send' : ''].filter((way) => way !== '').join('+')}`;
}

function roleText({ config, negotiated }: NeighborState): string | undefined {
  if (!config?.role) return undefined;
  const own = config.strictRole ? `${config.role} (strict)` : config.role;
  return negotiated?.remoteRole ? `${own}, the neighbor is ${negotiated.remoteRole}` : own;
}

function localAsText(localAs: LocalAs | undefined): string | undefined {
  if (localAs === undefined) return undefined;
  const ways = [
    ...(localAs.prependInbound === false ? ['not in received paths'] : []),
    ...(localAs.replaceAs ? ['alone in what we send'] : []),
  ];
  return [String(localAs.asn), ...ways].join(', ');
}

/** Worth a word only where it is off and would matter. */
function flowSpecValidation({ config }: NeighborState): string | undefined {
  const hasRules = config?.families.some((family) => family.endsWith('_flowspec')) === true;
  return hasRules && config.flowspecValidation === false ? 'off: rules are used whoever sent them' : undefined;
}

function staleText({ families }: NeighborState): string | undefined {
  const stale = families.filter((family) => family.stale > 0n);
  return stale.length === 0 ? undefined : stale.map(({ family, stale: count }) => `${family} ${count}`).join(', ');
}

function gracefulRestartText({ gracefulRestart }: NeighborState): string | undefined {
  if (gracefulRestart === undefined) return undefined;
  const { state, staleRoutes, secondsLeft, families } = gracefulRestart;
  return `${state}: ${staleRoutes} stale routes (${families.join(', ')}), ${secondsLeft} s left`;
}

function maxPrefixesText({ config, prefixLimits, restartsInSeconds }: NeighborState): string | undefined {
  const limits = prefixLimits.map(({ family, limit, received, level }) => {
    const reached = level === 'within' ? '' : ` (${level}: ${received} received)`;
    return `${family === '' ? '' : `${family} `}${limit}${reached}`;
  });
  if (limits.length === 0) return undefined;
  const warning = config?.maxPrefixesWarning ? [`warns at ${config.maxPrefixesWarning} %`] : [];
  const action = config?.maxPrefixesAction === 'warn' ? ['the session stays'] : [];
  const waits = restartsInSeconds === undefined ? [] : [`exceeded: the session starts again in ${restartsInSeconds} s`];
  return [...limits, ...warning, ...action, ...waits].join(', ');
}

function stateCell(state: NeighborState, palette: Palette): Cell {
  const text = STATE_NAMES[state.state] ?? 'Unknown';
  if (state.config?.enabled === false) return { text: `${text} (disabled)`, paint: palette.faint };
  switch (state.state) {
    case SessionState.ESTABLISHED:
      return { text, paint: palette.good };
    case SessionState.CONNECT:
    case SessionState.OPEN_SENT:
    case SessionState.OPEN_CONFIRM:
      return { text, paint: palette.warn };
    default:
      return { text, paint: palette.bad };
  }
}

function prefixCell(count: bigint, isPolicyMissing: boolean, palette: Palette): Cell {
  return isPolicyMissing ? { text: `${count} (no policy)`, paint: palette.warn } : { text: String(count) };
}

function perFamily(state: NeighborState, what: 'received' | 'sent'): string {
  if (state.families.length < 2) return '';
  return ` (${state.families.map((family) => `${family.family} ${family[what]}`).join(', ')})`;
}

function holdTime({ config, negotiated }: NeighborState): string {
  const configured = `${config?.holdTime ?? 0} s`;
  return negotiated === undefined ? configured : `${negotiated.holdTime} s (configured ${configured})`;
}

function yesNo(value: boolean | undefined): string {
  return value ? 'yes' : 'no';
}
