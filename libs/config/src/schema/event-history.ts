import * as z from 'zod';
import { integer, key } from './scalars.ts';

export const EVENT_HISTORY_DEFAULTS = {
  enabled: true,
  routes: false,
  max_bytes: 100_000_000,
  max_age: 2_592_000,
  synchronous: 'normal',
  memory_events: 4096,
  memory_bytes: 16_777_216,
} as const;
const D = EVENT_HISTORY_DEFAULTS;

export const eventHistory = z.strictObject({
  enabled: key(
    z.boolean(),
    'Whether events are kept in `events` of `runtime_state_dir`; else only in memory.',
    D.enabled,
  ),
  routes: key(
    z.boolean(),
    'Whether changes of best routes are kept there too; else they stay in memory, and only while somebody reads them.',
    D.routes,
  ),
  max_bytes: key(integer(1_000_000, 1_000_000_000_000), 'Octets on disk; the oldest events go first.', D.max_bytes),
  max_age: key(integer(60, 3_153_600_000), 'Seconds that events are kept on disk.', D.max_age),
  synchronous: key(
    z.enum(['off', 'normal', 'full']),
    'What survives a power cut: what the system wrote by itself, all but the last second, or all that is written.',
    D.synchronous,
  ),
  memory_events: key(integer(16, 100_000), 'Events in memory: of routes, and of everything else.', D.memory_events),
  memory_bytes: key(integer(65_536, 4_294_967_296), 'Memory of each of the two, about.', D.memory_bytes),
});
