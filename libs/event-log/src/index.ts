export {
  type Cursor,
  type CursorError,
  comparePlaces,
  type DurablePlace,
  formatCursor,
  parseCursor,
} from './cursor.ts';
export { Dampener } from './dampener.ts';
export {
  type ConfigBody,
  EVENT_KINDS,
  type EventBody,
  type EventKind,
  type EventRecord,
  type EventType,
  isEventType,
  KIND_OF_TYPE,
  kindOf,
  type PolicyBody,
  type ProcessBody,
  type RouteBody,
  type RouteFacts,
  type SpeakerBody,
} from './event.ts';
export { compareRecords, EventLog, type EventLogOptions } from './event-log.ts';
export { EventReader, type EventSource } from './event-reader.ts';
export { compileFilter, type EventFilter, type EventPredicate, type PrefixCondition, wantsRoutes } from './filter.ts';
export { fromRouteEvent, fromSpeakerEvent, routeFacts } from './from-speaker.ts';
export type { LaneBounds } from './lane.ts';
export {
  expiredSegments,
  parseSegmentName,
  type Retention,
  type SegmentInfo,
  segmentName,
  segmentOctets,
} from './retention.ts';
export { encodeLine, SegmentReader, type SegmentTail } from './segment.ts';
export type { Lagged, LagReason, ReadResult, StreamItem, Subscription } from './subscription.ts';
