import type { RouteEvent, SpeakerEvent } from '@bgp/speaker';
import { formatLargeCommunity } from '@bgp/wire';
import type { NotRecorded, RouteBody, RouteFacts, SpeakerBody } from './event.ts';

const NOT_RECORDED = {
  'connect-failed': true,
  'connection-refused': true,
  'speaker-started': true,
  'speaker-stopping': true,
  'speaker-stopped': true,
} as const satisfies Record<NotRecorded, true>;

/** An event of the speaker as plain data; undefined: it is not recorded, see `NotRecorded`. */
export function fromSpeakerEvent(event: SpeakerEvent): SpeakerBody | undefined {
  if (isNotRecorded(event)) return undefined;
  const { atMs: _atMs, ...body } = event;
  if (body.type === 'notification') return { ...body, data: hex(body.data) };
  return body;
}

function isNotRecorded(event: SpeakerEvent): event is Extract<SpeakerEvent, { readonly type: NotRecorded }> {
  return Object.hasOwn(NOT_RECORDED, event.type);
}

/** A change of a best path; undefined for the end of a dump, which is no change. */
export function fromRouteEvent(event: RouteEvent): RouteBody | undefined {
  const { type, family, prefix, peer, previousPeer, route, lost } = event;
  if (type === 'end-of-initial-dump') return undefined;
  if (type === 'lagged') return { type: 'routes-missing', ...(lost === undefined ? {} : { lost }) };
  return {
    type: `route-${type}`,
    family,
    prefix,
    peer,
    ...(previousPeer === undefined ? {} : { previousPeer }),
    ...(route === undefined ? {} : { route: routeFacts(route) }),
  };
}

/** What of a path goes into an event. */
export function routeFacts(row: NonNullable<RouteEvent['route']>): RouteFacts {
  const { pathId, nextHop, attributes, originValidity, aspaState } = row;
  const { origin, asPath, med, localPref, communities, extendedCommunities, largeCommunities } = attributes;
  return {
    pathId,
    nextHop,
    originValidity,
    aspaState,
    ...(origin === undefined ? {} : { origin }),
    ...(asPath === undefined ? {} : { asPath }),
    ...(med === undefined ? {} : { med }),
    ...(localPref === undefined ? {} : { localPref }),
    ...(communities === undefined ? {} : { communities }),
    ...(extendedCommunities === undefined
      ? {}
      : { extendedCommunities: extendedCommunities.map(({ octets }) => hex(octets)) }),
    ...(largeCommunities === undefined ? {} : { largeCommunities: largeCommunities.map(formatLargeCommunity) }),
  };
}

function hex(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += octet.toString(16).padStart(2, '0');
  return text;
}
