import { type Route, type RouteEvent, RouteEventType } from '@bgp/api-proto';
import { formatCommunity, formatFamily, ORIGINS } from '../values.ts';
import type { ListView } from './list.ts';
import { jsonNumber } from './output.ts';
import type { Palette } from './palette.ts';
import type { Cell, Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: 'Prefix' },
  { title: 'Next Hop' },
  { title: 'AS Path' },
  { title: 'LP', align: 'right' },
  { title: 'MED', align: 'right' },
  { title: 'Origin' },
  { title: 'PathID', align: 'right' },
  { title: 'Peer' },
  { title: 'RPKI' },
  { title: '' },
];

export function routeView(palette: Palette): ListView<Route> {
  return { columns: COLUMNS, row: (route) => routeRow(route, palette), json: routeJson, none: 'No routes' };
}

function routeRow(route: Route, palette: Palette): readonly (Cell | string)[] {
  return [
    route.best ? { text: '*>', paint: palette.good } : '',
    prefixOf(route),
    route.nextHop,
    pathOf(route),
    route.localPrefAttr === undefined ? '' : String(route.localPrefAttr),
    route.medAttr === undefined ? '' : String(route.medAttr),
    originOf(route),
    route.pathId === 0 ? '' : String(route.pathId),
    route.peerAddress,
    validityOf(route, palette),
    remarks(route, palette),
  ];
}

/** Only what somebody has said something about: `valid`, `invalid, path valid`. */
function validityOf({ validationState: origin, aspaState: path }: Route, palette: Palette): Cell {
  const said = [
    ...(origin === 'valid' || origin === 'invalid' ? [origin] : []),
    ...(path === 'valid' || path === 'invalid' ? [`path ${path}`] : []),
  ];
  const paint = origin === 'invalid' || path === 'invalid' ? palette.bad : palette.good;
  return { text: said.join(', '), paint };
}

function remarks(route: Route, palette: Palette): Cell {
  if (route.rejectedBy !== '') return { text: `rejected by ${route.rejectedBy}`, paint: palette.bad };
  return { text: route.isStale ? 'stale' : '', paint: palette.warn };
}

export function routeJson(route: Route) {
  return {
    prefix: prefixOf(route),
    next_hop: route.nextHop,
    as_path: route.asPath,
    local_pref: route.localPref,
    med: route.med,
    origin: originOf(route),
    best: route.best,
    peer_address: route.peerAddress,
    communities: route.communities.map(formatCommunity),
    large_communities: route.largeCommunities,
    ...(route.extendedCommunities.length === 0 ? {} : { extended_communities: route.extendedCommunities.map(String) }),
    ...(route.pathId === 0 ? {} : { path_id: route.pathId }),
    ...(route.validationState === '' ? {} : { validation_state: route.validationState }),
    ...(route.aspaState === '' ? {} : { aspa_state: route.aspaState }),
    ...(route.rejectedBy === '' ? {} : { rejected_by: route.rejectedBy }),
    ...(route.isStale ? { stale: true } : {}),
  };
}

export function prefixOf({ prefix, prefixLength }: { readonly prefix: string; readonly prefixLength: number }): string {
  return prefix === '' ? '' : `${prefix}/${prefixLength}`;
}

/** With the braces of AS_SETs; from a daemon that only has the flat list, that list. */
export function pathOf(route: Route): string {
  return route.asPathText === '' ? route.asPath.join(' ') : route.asPathText;
}

function originOf(route: Route): string {
  return ORIGINS[route.origin] ?? String(route.origin);
}

const EVENT_NAMES: Readonly<Record<number, string>> = {
  [RouteEventType.ADDED]: 'added',
  [RouteEventType.WITHDRAWN]: 'withdrawn',
  [RouteEventType.BEST_CHANGED]: 'best_changed',
  [RouteEventType.END_OF_INITIAL_DUMP]: 'end_of_initial_dump',
  [RouteEventType.LAGGED]: 'lagged',
};

export function eventJson(event: RouteEvent) {
  return {
    event_type: eventName(event),
    prefix: prefixOf(event),
    peer_address: event.peerAddress,
    afi_safi: formatFamily(event.afiSafi),
    timestamp: event.timestamp,
    ...(event.pathId === 0 ? {} : { path_id: event.pathId }),
    ...(event.previousPeerAddress === '' ? {} : { previous_peer_address: event.previousPeerAddress }),
    ...(event.route === undefined ? {} : { next_hop: event.route.nextHop, as_path: event.route.asPath }),
    ...(event.eventType === RouteEventType.LAGGED ? { lost: jsonNumber(event.lost) } : {}),
  };
}

/** `[12:00:01Z] added 192.0.2.0/24 from 10.0.0.2 via 10.0.0.2 path 65002`. */
export function eventLine(event: RouteEvent, palette: Palette): string {
  const time = `[${new Date(Number(event.timestamp) * 1000).toISOString().slice(0, 19)}Z]`;
  if (event.eventType === RouteEventType.END_OF_INITIAL_DUMP) return palette.faint(`${time} -- end of initial dump --`);
  if (event.eventType === RouteEventType.LAGGED) {
    return palette.bad(`${time} ${event.lost} events lost: this reader is too slow; list the table again`);
  }
  const name = eventName(event);
  const peer = event.peerAddress === '' ? event.previousPeerAddress : event.peerAddress;
  const before =
    event.peerAddress !== '' && event.previousPeerAddress !== '' ? ` (was ${event.previousPeerAddress})` : '';
  const route = event.route === undefined ? '' : ` via ${event.route.nextHop} path ${pathOf(event.route) || '(empty)'}`;
  const pathId = event.pathId === 0 ? '' : ` path_id=${event.pathId}`;
  const paint = event.eventType === RouteEventType.WITHDRAWN ? palette.bad : palette.good;
  return `${time} ${paint(name)} ${prefixOf(event)} from ${peer}${before}${route}${pathId}`;
}

function eventName(event: RouteEvent): string {
  return EVENT_NAMES[event.eventType] ?? `type_${event.eventType}`;
}
