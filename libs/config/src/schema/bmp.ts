import * as z from 'zod';
import { hostPort, integer, key, nonBlank, positive, required } from './scalars.ts';

/** What is sent to a collector when its entry does not say: what the reference daemon sends. */
export const BMP_DEFAULTS = {
  sys_name: 'tsbgpd',
  statistics_interval: 60,
  reconnect_interval: 30,
  monitor: ['rib_in_pre'],
  mirror: 'none',
  buffer_bytes: 16_777_216,
} as const;
const D = BMP_DEFAULTS;

export const BMP_TABLES = ['rib_in_pre', 'rib_in_post', 'rib_out_post', 'loc_rib'] as const;

const collector = z.strictObject({
  address: required(hostPort, 'Collector.'),
  reconnect_interval: key(
    positive,
    'Longest wait in seconds between attempts to connect; the first comes after one second, and the wait doubles.',
    D.reconnect_interval,
  ),
  monitor: key(
    z.array(z.enum(BMP_TABLES)).min(1, 'must not be empty'),
    'Tables that it is told of: routes as received, after import policy, as sent (RFC 8671), best (RFC 9069).',
    [...D.monitor],
  ),
  mirror: key(
    z.enum(['none', 'errors', 'all']),
    'Messages of neighbors that it gets as they came (RFC 7854 §4.7): none, those with routes that were taken as withdrawn, or all.',
    D.mirror,
  ),
  buffer_bytes: key(
    integer(65_536, 4_294_967_296),
    'What may wait for it; when more would, all of it goes and the tables are sent again.',
    D.buffer_bytes,
  ),
});

export const bmp = z.strictObject({
  sys_name: key(nonBlank.max(255, 'must have at most 255 characters'), 'System name to announce.', D.sys_name),
  sys_descr: key(
    z.string().max(255, 'must have at most 255 characters'),
    'System description; absent: name and version.',
  ),
  statistics_interval: key(
    integer(0, 86_400),
    'Seconds between reports of statistics; 0: none.',
    D.statistics_interval,
  ),
  collectors: key(z.array(collector), 'BMP collectors (RFC 7854).', []),
});
