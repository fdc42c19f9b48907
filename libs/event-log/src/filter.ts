import { type Family, type IpPrefix, parseIpPrefix } from '@bgp/wire';
import { type EventKind, type EventRecord, type EventType, kindOf } from './event.ts';

/** Conditions of different kinds must all hold. Family and prefix hold for route events only, so with them there are no others. */
export interface EventFilter {
  /** Absent: every kind. */
  readonly kinds?: ReadonlySet<EventKind>;
  /** Absent: every type. */
  readonly types?: ReadonlySet<EventType>;
  /** Of NOTIFICATION messages only these. */
  readonly notifications?: 'sent' | 'received';
  /** Also events that take a route away from this neighbor. */
  readonly peer?: string;
  readonly family?: Family;
  readonly prefix?: PrefixCondition;
}

export interface PrefixCondition {
  readonly prefix: IpPrefix;
  /** `longer`: it and everything inside it; `covering`: it and everything that contains it. */
  readonly match: 'exact' | 'longer' | 'covering';
}

export type EventPredicate = (event: EventRecord) => boolean;

/** The filter as one function. A prefix that is none matches nothing. */
export function compileFilter(filter: EventFilter): EventPredicate {
  const { peer, family, notifications } = filter;
  const matchesPrefix = filter.prefix === undefined ? undefined : prefixMatcher(filter.prefix);
  const isAboutRoutes = family !== undefined || matchesPrefix !== undefined;
  return (event) => {
    if (!wantsType(filter, event.type)) return false;
    // It says that something is missing, whatever that was.
    if (event.type === 'routes-missing') return true;
    if (notifications !== undefined && event.type === 'notification' && event.direction !== notifications) return false;
    if (peer !== undefined && !concerns(event, peer)) return false;
    if (!isAboutRoutes) return true;
    if (!('prefix' in event)) return false;
    return (family === undefined || event.family === family) && (matchesPrefix?.(event.prefix) ?? true);
  };
}

/** Whether any event of this type can match. */
export function wantsType({ kinds, types, family, prefix }: EventFilter, type: EventType): boolean {
  const kind = kindOf(type);
  if ((family !== undefined || prefix !== undefined) && kind !== 'route') return false;
  if (type === 'routes-missing') return wantsRoutes({ ...(kinds && { kinds }), ...(types && { types }) });
  return (kinds?.has(kind) ?? true) && (types?.has(type) ?? true);
}

/** Whether the filter lets any route event through, so that they are worth making. */
export function wantsRoutes({ kinds, types }: EventFilter): boolean {
  const isWanted = (type: EventType) => types?.has(type) ?? true;
  return (
    (kinds?.has('route') ?? true) &&
    (isWanted('route-added') || isWanted('route-withdrawn') || isWanted('route-best-changed'))
  );
}

function concerns(event: EventRecord, peer: string): boolean {
  if ('peer' in event && event.peer === peer) return true;
  if ('previousPeer' in event && event.previousPeer === peer) return true;
  if (event.type !== 'config-applied') return false;
  return [event.added, event.removed, event.live, event.reset].some((peers) => peers.includes(peer));
}

function prefixMatcher({ prefix, match }: PrefixCondition): (text: IpPrefix) => boolean {
  if (match === 'exact') return (text) => text === prefix;
  const wanted = parseIpPrefix(prefix);
  if (!wanted.ok) return () => false;
  return (text) => {
    const parsed = parseIpPrefix(text);
    if (!parsed.ok || parsed.value.octets.length !== wanted.value.octets.length) return false;
    const [outer, inner] = match === 'longer' ? [wanted.value, parsed.value] : [parsed.value, wanted.value];
    return outer.length <= inner.length && areEqual(outer.octets, inner.octets, outer.length);
  };
}

function areEqual(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  const whole = bits >> 3;
  for (let index = 0; index < whole; index++) if (a[index] !== b[index]) return false;
  const rest = bits & 7;
  return rest === 0 || ((a[whole] ?? 0) ^ (b[whole] ?? 0)) >> (8 - rest) === 0;
}
