import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  type BgpEvent,
  BgpEventType,
  EventCategory,
  type EventService,
  type ListEventsRequest,
  PrefixMatch,
} from '@bgp/api-proto';
import {
  type Cursor,
  compileFilter,
  type EventFilter,
  EventReader,
  type EventRecord,
  formatCursor,
  parseCursor,
} from '@bgp/event-log';
import { ok, type Result } from '@bgp/wire';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';
import { type RequestError, requestError, valueOrThrow } from '../errors.ts';
import { parsePeerName } from '../mapping/address.ts';
import { eventTypeOf, toBgpEvent } from '../mapping/event.ts';
import { type EventQuery, parseEventFilter, parseSince } from '../mapping/event-query.ts';
import { pageSize } from '../mapping/route-query.ts';
import { PageTokens } from '../page-tokens.ts';
import { toEvent, watchEvents } from './event-stream.ts';

/** What one turn of the event loop makes ready. */
const SLICE_EVENTS = 256;
/** The seed's rings have so many. */
const RING_EVENTS = 4096;

/** What the seed's ListSessionEvents knows. */
const LIFECYCLE: readonly BgpEventType[] = [
  BgpEventType.SESSION_STATE_CHANGED,
  BgpEventType.SESSION_ESTABLISHED,
  BgpEventType.SESSION_LOST,
  BgpEventType.PEER_ENABLED,
  BgpEventType.PEER_DISABLED,
];

export function eventService(dependencies: ApiDependencies): ServiceImpl<typeof EventService> {
  const { events, control } = dependencies;
  const tokens = new PageTokens();

  /** The seed's rings: what is in memory, the latest `limit`, 0 for all. */
  async function ring(
    request: { readonly neighborAddress: string; readonly eventTypes: readonly BgpEventType[]; readonly limit: number },
    category: EventCategory,
    known: readonly BgpEventType[],
  ) {
    for (const type of request.eventTypes) {
      if (known.includes(type)) continue;
      const message = `type ${type} is not among them; use ListEvents`;
      valueOrThrow(requestError('not-supported', 'event_types', message));
    }
    const types = new Set(request.eventTypes.length === 0 ? known : request.eventTypes);
    const peer =
      request.neighborAddress === ''
        ? undefined
        : valueOrThrow(parsePeerName(request.neighborAddress, 'neighbor_address'));
    const filter = valueOrThrow(parseEventFilter({ ...OPEN, categories: [category] }, undefined));
    const matches = compileFilter(peer === undefined ? filter : { ...filter, peer });
    const limit = request.limit === 0 ? RING_EVENTS : Math.min(request.limit, RING_EVENTS);
    const found = events.latestInMemory(limit, (record) => matches(record) && types.has(eventTypeOf(record)));
    return { events: await toEvents(found) };
  }

  async function list(request: ListEventsRequest, signal: AbortSignal) {
    const filter = valueOrThrow(parseEventFilter(request, undefined));
    const isInTime = valueOrThrow(timeCondition(request));
    const limit = pageSize(request.pageSize);
    if (request.latest) {
      if (request.since !== '' || request.pageToken !== '') {
        valueOrThrow(requestError('combination-invalid', 'latest', 'not together with since or page_token'));
      }
      const matches = compileFilter(filter);
      const found = await events.latest(limit, (record) => isInTime(record) && matches(record));
      return { events: await toEvents(found) };
    }
    const question = questionOf(request);
    const start = valueOrThrow(placeOf(question, request));
    const { found, cursor } = await page(filter, start.from, request, isInTime, limit, signal);
    const nextPageToken = cursor === undefined ? '' : tokens.issue(question, start.offset + found.length, cursor);
    return { events: found, nextPageToken };
  }

  function placeOf(
    question: string,
    { pageToken, since }: ListEventsRequest,
  ): Result<{ readonly from: Cursor | 'oldest'; readonly offset: number }, RequestError> {
    if (pageToken === '') {
      const cursor = parseSince(since);
      return cursor.ok ? ok({ from: cursor.value ?? 'oldest', offset: 0 }) : cursor;
    }
    const place = tokens.find(question, pageToken);
    const cursor = place && parseCursor(place.cursor);
    if (place !== undefined && cursor?.ok === true) return ok({ from: cursor.value, offset: place.offset });
    const message = `"${pageToken}" is not a token of this question, or it is too old; begin again without one`;
    return requestError('page-token-invalid', 'page_token', message);
  }

  /** `cursor`: where the next page begins; absent: there is nothing more. */
  async function page(
    filter: EventFilter,
    from: Cursor | 'oldest',
    { fromTime }: ListEventsRequest,
    isInTime: (record: EventRecord) => boolean,
    limit: number,
    signal: AbortSignal,
  ) {
    const notBeforeMs = Number(fromTime) * 1000;
    const opened = EventReader.open(events, filter, from, {
      purpose: 'past',
      // From a cursor on, what was left out would look like a loss.
      ...(from === 'oldest' && fromTime > 0n ? { notBeforeMs } : {}),
    });
    const reader = valueOrThrow(opened.ok ? opened : requestError('cursor-invalid', 'since', opened.error.message));
    try {
      const found = [];
      for (;;) {
        signal.throwIfAborted();
        const { items, isAtEnd } = await reader.read(Math.min(SLICE_EVENTS, limit - found.length));
        for (const item of items) {
          if (item.type === 'event' && !isInTime(item.record)) continue;
          found.push(toEvent(events, item, control.wallMs()));
        }
        if (found.length >= limit) return { found, cursor: formatCursor(reader.cursor) };
        if (isAtEnd) return { found };
        await setImmediate();
      }
    } finally {
      reader.close();
    }
  }

  return {
    watchEvents: (request, context) =>
      watchEvents(dependencies, request, AbortSignal.any([context.signal, control.stopping])),
    listSessionEvents: (request) => ring(request, EventCategory.SESSION, LIFECYCLE),
    listPolicyEvents: (request) => ring(request, EventCategory.POLICY, [BgpEventType.POLICY_CHANGED]),
    listEvents: (request, context) => list(request, context.signal),
    getEventLog() {
      const { subscribers, disk, areRoutesRecorded } = events.reading();
      return {
        cursor: formatCursor(events.head),
        isDurable: disk !== undefined,
        octets: BigInt(disk?.octets ?? 0),
        segments: disk?.segments ?? 0,
        writtenEvents: BigInt(disk?.written ?? 0),
        lostEvents: BigInt(disk?.lost ?? 0),
        waitingEvents: BigInt(disk?.waiting ?? 0),
        isFailing: disk?.isFailing ?? false,
        subscribers: subscribers.all,
        recordsRoutes: areRoutesRecorded,
      };
    },
  };
}

/** A long list in slices: sessions have their turn in between. */
async function toEvents(records: readonly EventRecord[]): Promise<BgpEvent[]> {
  const events: BgpEvent[] = [];
  for (let at = 0; at < records.length; at += SLICE_EVENTS) {
    if (at > 0) await setImmediate();
    events.push(...records.slice(at, at + SLICE_EVENTS).map((record) => toBgpEvent(record, record)));
  }
  return events;
}

const OPEN: EventQuery = {
  categories: [],
  eventTypes: [],
  neighborAddress: '',
  afiSafi: 0,
  prefix: '',
  prefixLength: 0,
  prefixMatch: PrefixMatch.UNSPECIFIED,
};

function timeCondition({
  fromTime,
  toTime,
}: ListEventsRequest): Result<(record: EventRecord) => boolean, RequestError> {
  if (toTime > 0n && toTime < fromTime) return requestError('combination-invalid', 'to_time', 'is before from_time');
  const [first, last] = [
    Number(fromTime) * 1000,
    toTime === 0n ? Number.POSITIVE_INFINITY : Number(toTime) * 1000 + 999,
  ];
  return ok(({ atMs }) => atMs >= first && atMs <= last);
}

/** Everything but the place and the page size, which may change from page to page. */
function questionOf({ pageSize: _size, pageToken: _token, fromTime, toTime, ...question }: ListEventsRequest): string {
  const whole = { ...question, fromTime: String(fromTime), toTime: String(toTime) };
  return createHash('sha1').update(JSON.stringify(whole)).digest('base64');
}
