import { parseLargeCommunity } from '@bgp/wire';
import * as z from 'zod';
import { hostPort, integer, key, nonBlank, required } from './scalars.ts';

/** Listeners that anybody may ask, and nobody can change anything through. */
export const PUBLIC_VIEW_DEFAULTS = {
  show_descriptions: true,
  max_routes: 1_000_000,
  requests_per_second: 100,
  path: '/v1/ws/',
  max_clients: 16,
  max_subscriptions: 10_000,
  max_queue_octets: 8_388_608,
} as const;
const D = PUBLIC_VIEW_DEFAULTS;

const largeCommunity = z.string().refine((text) => parseLargeCommunity(text).ok, {
  error: 'must be a large community',
  params: { hint: 'three numbers, such as 65001:65666:3' },
});

export const lookingGlass = z.strictObject({
  addr: required(hostPort, 'HTTP listener of the looking glass.'),
  show_descriptions: key(z.boolean(), "Whether the neighbors' descriptions are shown.", D.show_descriptions),
  max_routes: key(integer(1, 100_000_000), 'Most routes in one answer; a cursor leads to the rest.', D.max_routes),
  requests_per_second: key(
    integer(0, 100_000),
    'Of one client address; faster ones wait, then are refused. 0: no limit.',
    D.requests_per_second,
  ),
  rejection_reasons: key(
    z.record(nonBlank, largeCommunity),
    'Large community that is shown on routes refused by `policy/statement`, for `[rejection_reasons]` of alice-lg.',
  ),
});

export const risLive = z.strictObject({
  addr: required(hostPort, 'WebSocket listener of the stream.'),
  path: key(
    z.string().regex(/^\/[A-Za-z0-9._~/-]*$/, 'must be a path such as /v1/ws/'),
    'Path that clients connect to, with or without a slash at its end.',
    D.path,
  ),
  host: key(nonBlank, 'Name of this collector in messages; absent: the router id.'),
  max_clients: key(integer(1, 10_000), 'Most connections.', D.max_clients),
  max_subscriptions: key(integer(1, 1_000_000), 'Most subscriptions of one connection.', D.max_subscriptions),
  max_queue_octets: key(
    integer(65_536, 1_073_741_824),
    'Octets that may wait for one client; one that reads more slowly is told so and let go.',
    D.max_queue_octets,
  ),
});
