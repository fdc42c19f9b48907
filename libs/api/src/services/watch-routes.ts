import type { RouteEvent, WatchRoutesRequest } from '@bgp/api-proto';
import type { RouteEvent as SpeakerRouteEvent, WatchQuery } from '@bgp/speaker';
import { ok, type Result } from '@bgp/wire';
import type { ApiSpeaker } from '../dependencies.ts';
import { type RequestError, valueOrThrow } from '../errors.ts';
import { parseRouteSource } from '../mapping/address.ts';
import { parseAddressFamily } from '../mapping/family.ts';
import { toRouteEvent } from '../mapping/route-event.ts';

/** Events that wait for the client's connection; beyond that the speaker keeps them and, at its own limit, counts. */
const MAX_WAITING = 4096;

/** Ends without an error when the client goes away or the process stops. */
export async function* watchRoutes(
  speaker: ApiSpeaker,
  request: WatchRoutesRequest,
  signal: AbortSignal,
): AsyncGenerator<RouteEvent> {
  const query = valueOrThrow(parseWatchQuery(request));
  let waiting: SpeakerRouteEvent[] = [];
  let wake: () => void = () => undefined;
  const push = (events: readonly SpeakerRouteEvent[]): boolean => {
    if (waiting.length >= MAX_WAITING) return false;
    waiting.push(...events);
    wake();
    return true;
  };
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  const stop = speaker.watchRoutes(query, push);
  try {
    while (!signal.aborted) {
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const batch = waiting;
      waiting = [];
      for (const event of batch) {
        if (request.liveOnly && event.type === 'end-of-initial-dump') continue;
        yield toRouteEvent(event);
      }
    }
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}

function parseWatchQuery(request: WatchRoutesRequest): Result<WatchQuery, RequestError> {
  const family = parseAddressFamily(request.afiSafi, 'afi_safi');
  if (!family.ok) return family;
  const peer =
    request.neighborAddress === '' ? ok(undefined) : parseRouteSource(request.neighborAddress, 'neighbor_address');
  if (!peer.ok) return peer;
  return ok({
    initialDump: !request.liveOnly,
    ...(family.value === undefined ? {} : { family: family.value }),
    ...(peer.value === undefined ? {} : { peer: peer.value }),
  });
}
