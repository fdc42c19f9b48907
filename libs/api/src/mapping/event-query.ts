import { type AddressFamily, BgpEventType, EventCategory, PrefixMatch } from '@bgp/api-proto';
import { type Cursor, type EventFilter, type EventKind, type EventType, parseCursor } from '@bgp/event-log';
import { ok, type Result } from '@bgp/wire';
import { type RequestError, requestError } from '../errors.ts';
import { parsePrefix, parseRouteSource } from './address.ts';
import { EVENT_ROWS } from './event-table.ts';
import { parseAddressFamily } from './family.ts';

const KINDS: Readonly<Partial<Record<EventCategory, readonly EventKind[]>>> = {
  [EventCategory.ROUTE]: ['route'],
  [EventCategory.SESSION]: ['session', 'notification'],
  [EventCategory.POLICY]: ['policy'],
  [EventCategory.CONFIG]: ['config'],
  [EventCategory.LIMIT]: ['limit'],
  [EventCategory.PROCESS]: ['process'],
};
const { NOTIFICATION_SENT, NOTIFICATION_RECEIVED } = BgpEventType;
/** They are about the stream: every reader gets them. */
const MARKERS: ReadonlySet<BgpEventType> = new Set([BgpEventType.STREAM_LAGGED, BgpEventType.END_OF_SNAPSHOT]);

/** API type → types of the log. Both NOTIFICATION types are one there, with a direction. */
const TYPES = new Map<BgpEventType, EventType>();
for (const [type, row] of Object.entries(EVENT_ROWS) as [EventType, { readonly type: BgpEventType | (() => void) }][]) {
  if (typeof row.type !== 'function') TYPES.set(row.type, type);
}
for (const type of [NOTIFICATION_SENT, NOTIFICATION_RECEIVED]) TYPES.set(type, 'notification');
for (const type of MARKERS) TYPES.delete(type);

export interface EventQuery {
  readonly categories: readonly EventCategory[];
  readonly eventTypes: readonly BgpEventType[];
  readonly neighborAddress: string;
  readonly afiSafi: AddressFamily;
  readonly prefix: string;
  readonly prefixLength: number;
  readonly prefixMatch: PrefixMatch;
}

/** `defaults`: the kinds that are meant when the request names neither a category nor a type; absent: all. */
export function parseEventFilter(
  query: EventQuery,
  defaults: readonly EventKind[] | undefined,
): Result<EventFilter, RequestError> {
  const kinds = parseCategories(query.categories);
  if (!kinds.ok) return kinds;
  const types = parseTypes(query.eventTypes);
  if (!types.ok) return types;
  const peer =
    query.neighborAddress === '' ? ok(undefined) : parseRouteSource(query.neighborAddress, 'neighbor_address');
  if (!peer.ok) return peer;
  const family = parseAddressFamily(query.afiSafi, 'afi_safi');
  if (!family.ok) return family;
  const prefix = parsePrefixCondition(query);
  if (!prefix.ok) return prefix;
  const isOpen = query.categories.length + query.eventTypes.length === 0;
  const wanted = isOpen ? defaults : query.categories.length === 0 ? undefined : kinds.value;
  return ok({
    ...(wanted === undefined ? {} : { kinds: new Set(wanted) }),
    ...types.value,
    ...(peer.value === undefined ? {} : { peer: peer.value }),
    ...(family.value === undefined ? {} : { family: family.value }),
    ...prefix.value,
  });
}

/** Undefined: none was given. */
export function parseSince(text: string): Result<Cursor | undefined, RequestError> {
  if (text === '') return ok(undefined);
  const parsed = parseCursor(text);
  return parsed.ok ? parsed : requestError('cursor-invalid', 'since', parsed.error.message);
}

function parseCategories(categories: readonly EventCategory[]): Result<EventKind[], RequestError> {
  const kinds: EventKind[] = [];
  for (const category of categories) {
    const known = KINDS[category];
    if (known === undefined)
      return requestError('not-supported', 'categories', `${category} is not a category of events`);
    kinds.push(...known);
  }
  return ok(kinds);
}

function parseTypes(
  given: readonly BgpEventType[],
): Result<Pick<EventFilter, 'types' | 'notifications'>, RequestError> {
  if (given.length === 0) return ok({});
  const types = new Set<EventType>();
  for (const one of given) {
    const type = TYPES.get(one);
    if (type !== undefined) types.add(type);
    else if (!MARKERS.has(one)) return requestError('not-supported', 'event_types', `${one} is not a type of events`);
  }
  const [sent, received] = [given.includes(NOTIFICATION_SENT), given.includes(NOTIFICATION_RECEIVED)];
  return ok({ types, ...(sent === received ? {} : { notifications: sent ? 'sent' : 'received' }) });
}

function parsePrefixCondition(query: EventQuery): Result<Pick<EventFilter, 'prefix'>, RequestError> {
  const { UNSPECIFIED, LONGER, COVERING } = PrefixMatch;
  const known: readonly PrefixMatch[] = [UNSPECIFIED, LONGER, COVERING];
  if (!known.includes(query.prefixMatch)) {
    return requestError('value-out-of-range', 'prefix_match', `${query.prefixMatch} is not a way to match`);
  }
  if (query.prefix === '') {
    return query.prefixMatch === UNSPECIFIED
      ? ok({})
      : requestError('combination-invalid', 'prefix_match', 'needs prefix');
  }
  const parsed = parsePrefix(query.prefix, query.prefixLength, 'prefix');
  if (!parsed.ok) return parsed;
  const match = query.prefixMatch === LONGER ? 'longer' : query.prefixMatch === COVERING ? 'covering' : 'exact';
  return ok({ prefix: { prefix: parsed.value.prefix, match } });
}
