import { parseLargeCommunity } from '@bgp/wire';
import * as z from 'zod';
import { hostPort, integer, key, nonBlank, required } from './scalars.ts';

/** Listeners that anybody may ask, and nobody can change anything through. */
export const PUBLIC_VIEW_DEFAULTS = {
  show_descriptions: true,
  max_routes: 1_000_000,
  requests_per_second: 100,
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
