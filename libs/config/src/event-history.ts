import { EVENT_HISTORY_DEFAULTS } from './schema/event-history.ts';
import type { ConfigDocument } from './schema/root.ts';
import type { EventHistoryConfig } from './types.ts';

/** `[event_history]` with everything filled in. */
export function resolveEventHistory({ event_history: given = {} }: ConfigDocument): EventHistoryConfig {
  return {
    enabled: given.enabled ?? EVENT_HISTORY_DEFAULTS.enabled,
    routes: given.routes ?? EVENT_HISTORY_DEFAULTS.routes,
    maxBytes: given.max_bytes ?? EVENT_HISTORY_DEFAULTS.max_bytes,
    maxAgeSeconds: given.max_age ?? EVENT_HISTORY_DEFAULTS.max_age,
    synchronous: given.synchronous ?? EVENT_HISTORY_DEFAULTS.synchronous,
    memoryEvents: given.memory_events ?? EVENT_HISTORY_DEFAULTS.memory_events,
    memoryBytes: given.memory_bytes ?? EVENT_HISTORY_DEFAULTS.memory_bytes,
  };
}
