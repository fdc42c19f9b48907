import { type RouteEvent, RouteEventSchema, RouteEventType } from '@bgp/api-proto';
import type { RouteEvent as SpeakerRouteEvent } from '@bgp/speaker';
import { create } from '@bufbuild/protobuf';
import { splitPrefix, toPeerAddress } from './address.ts';
import { toAddressFamily } from './family.ts';
import { toRoute } from './route.ts';

const TYPES = {
  added: RouteEventType.ADDED,
  withdrawn: RouteEventType.WITHDRAWN,
  'best-changed': RouteEventType.BEST_CHANGED,
  'end-of-initial-dump': RouteEventType.END_OF_INITIAL_DUMP,
  lagged: RouteEventType.LAGGED,
} as const satisfies Record<SpeakerRouteEvent['type'], RouteEventType>;

export function toRouteEvent(event: SpeakerRouteEvent): RouteEvent {
  // The two markers are about the stream; the place they carry in the speaker's type means nothing.
  const isMarker = event.type === 'end-of-initial-dump' || event.type === 'lagged';
  return create(RouteEventSchema, {
    eventType: TYPES[event.type],
    timestamp: String(Math.floor(event.atMs / 1000)),
    ...(isMarker ? {} : place(event)),
    ...(event.route === undefined ? {} : { route: toRoute(event.route), pathId: event.route.pathId }),
    ...(event.lost === undefined ? {} : { lost: BigInt(event.lost) }),
  });
}

function place(event: SpeakerRouteEvent) {
  return {
    ...splitPrefix(event.prefix),
    afiSafi: toAddressFamily(event.family),
    // As in the seed, a withdrawal names the neighbor that lost the route as the previous one only.
    peerAddress: event.type === 'withdrawn' ? '' : toPeerAddress(event.peer),
    previousPeerAddress: toPeerAddress(event.previousPeer ?? (event.type === 'withdrawn' ? event.peer : '')),
  };
}
