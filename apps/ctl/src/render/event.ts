import { type BgpEvent, BgpEventSchema, BgpEventType, EventCategory, EventSeverity } from '@bgp/api-proto';
import { toJson } from '@bufbuild/protobuf';
import { formatFamily } from '../values.ts';
import { type Palette, printable } from './palette.ts';

/** As people write them, and as JSON shows them. */
export const CATEGORIES = [
  ['route', EventCategory.ROUTE],
  ['session', EventCategory.SESSION],
  ['policy', EventCategory.POLICY],
  ['config', EventCategory.CONFIG],
  ['limit', EventCategory.LIMIT],
  ['process', EventCategory.PROCESS],
] as const;

/** `session_lost` and so on. */
export const EVENT_TYPES: readonly (readonly [string, BgpEventType])[] = Object.entries(BgpEventType)
  .filter(([, type]) => type !== BgpEventType.UNSPECIFIED)
  .map(([name, type]) => [name.toLowerCase(), type]);

const SEVERITIES: Readonly<Record<number, string>> = {
  [EventSeverity.INFO]: 'info',
  [EventSeverity.WARNING]: 'warning',
  [EventSeverity.ERROR]: 'error',
};

/** The message with its own names; enumerations in lower case, prefixes whole, and nothing twice. */
export function eventJson(event: BgpEvent): Readonly<Record<string, unknown>> {
  const {
    category: _category,
    event_type: _type,
    severity: _severity,
    prefix_length: _length,
    prefix,
    afi_safi: family,
    ...rest
  } = toJson(BgpEventSchema, event, { useProtoFieldName: true }) as Record<string, unknown>;
  const { route, session, notification, ...others } = rest as Record<'route' | 'session' | 'notification', Message>;
  return {
    ...others,
    event_type: typeName(event),
    ...(event.category === EventCategory.UNSPECIFIED ? {} : { category: categoryName(event.category) }),
    severity: SEVERITIES[event.severity] ?? String(event.severity),
    ...(prefix === undefined ? {} : { prefix: `${event.prefix}/${event.prefixLength}` }),
    ...(family === undefined ? {} : { afi_safi: formatFamily(event.afiSafi) }),
    ...(route?.route === undefined ? {} : { route: route.route }),
    ...(session === undefined ? {} : { session: withoutCommon(session) }),
    ...(notification === undefined ? {} : { notification: withoutCommon(notification) }),
  };
}

type Message = Readonly<Record<string, unknown>> | undefined;

/** The seed's parts repeat what the event has. */
function withoutCommon(message: NonNullable<Message>): Readonly<Record<string, unknown>> {
  const { event_type: _type, peer_address: _peer, timestamp: _timestamp, ...rest } = message;
  return rest;
}

/** `2026-11-21 08:00:01.123Z session  10.0.0.2: session lost, …`. */
export function eventLine(event: BgpEvent, palette: Palette): string {
  const time = palette.faint(new Date(Number(event.timestampMs)).toISOString().replace('T', ' '));
  if (event.eventType === BgpEventType.END_OF_SNAPSHOT) return `${time} ${palette.faint('-- end of snapshot --')}`;
  const category = categoryName(event.category).padEnd(7);
  const unreported = event.unreported === 0 ? '' : palette.warn(` (${event.unreported} like it before)`);
  return `${time} ${category}  ${paint(event, palette)(printable(event.summary))}${unreported}`;
}

function paint({ eventType, severity }: BgpEvent, palette: Palette): (text: string) => string {
  if (severity === EventSeverity.ERROR || eventType === BgpEventType.ROUTE_WITHDRAWN) return palette.bad;
  if (severity === EventSeverity.WARNING) return palette.warn;
  const isGood = eventType === BgpEventType.SESSION_ESTABLISHED || eventType === BgpEventType.ROUTE_ADDED;
  return isGood ? palette.good : (text) => text;
}

function categoryName(category: EventCategory): string {
  if (category === EventCategory.UNSPECIFIED) return 'stream';
  return CATEGORIES.find(([, known]) => known === category)?.[0] ?? String(category);
}

function typeName({ eventType }: BgpEvent): string {
  return EVENT_TYPES.find(([, known]) => known === eventType)?.[0] ?? `type_${eventType}`;
}
