import { setImmediate } from 'node:timers/promises';
import type { BgpEvent, WatchEventsRequest } from '@bgp/api-proto';
import { EventReader, type StreamItem } from '@bgp/event-log';
import type { ApiDependencies, ApiEvents } from '../dependencies.ts';
import { requestError, valueOrThrow } from '../errors.ts';
import { toBgpEvent, toLagEvent, toSnapshotEnd } from '../mapping/event.ts';
import { parseEventFilter, parseSince } from '../mapping/event-query.ts';
import { snapshot } from './event-snapshot.ts';

/** Events made ready at once; the rest stays where it is until the client's connection takes them. */
const BATCH = 64;

/** Ends without an error when the client goes away or the process stops. */
export async function* watchEvents(
  { speaker, events, control }: Pick<ApiDependencies, 'speaker' | 'events' | 'control'>,
  request: WatchEventsRequest,
  signal: AbortSignal,
): AsyncGenerator<BgpEvent> {
  const filter = valueOrThrow(parseEventFilter(request, ['route', 'session', 'notification']));
  const since = valueOrThrow(parseSince(request.since));
  if (since !== undefined && request.snapshot) {
    valueOrThrow(requestError('combination-invalid', 'snapshot', 'not together with since'));
  }
  const opened = EventReader.open(events, filter, since ?? 'head');
  const reader = valueOrThrow(opened.ok ? opened : requestError('cursor-invalid', 'since', opened.error.message));
  const onAbort = () => reader.close();
  signal.addEventListener('abort', onAbort);
  try {
    if (request.snapshot) {
      for (const piece of snapshot(speaker, filter, control.wallMs)) {
        if (signal.aborted) return;
        yield* piece;
        await setImmediate();
        // What changed meanwhile comes in between. It may tell again what a piece has already, and the last word on each thing is right.
        for (let isAtEnd = false; !isAtEnd && !signal.aborted; ) {
          const part = await reader.read(BATCH);
          for (const item of part.items) yield { ...toEvent(events, item, control.wallMs()), cursor: '' };
          isAtEnd = part.isAtEnd;
          if (!isAtEnd) await setImmediate();
        }
      }
      yield toSnapshotEnd(control.wallMs(), reader.cursor);
    }
    while (!signal.aborted) {
      const { items, isAtEnd } = await reader.read(BATCH);
      for (const item of items) yield toEvent(events, item, control.wallMs());
      if (isAtEnd) await reader.wait();
      else await setImmediate();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    reader.close();
  }
}

/** `nowMs`: a loss has no time of its own. */
export function toEvent(events: ApiEvents, item: StreamItem, nowMs: number): BgpEvent {
  if (item.type === 'event') return toBgpEvent(item.record, item.cursor);
  events.noteLagged(item.lagged.lost);
  return toLagEvent(item.lagged, nowMs, item.cursor);
}
