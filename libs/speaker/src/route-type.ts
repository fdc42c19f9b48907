import type { RibPeer } from '@bgp/rib';

/** How policies call a route by where it came from. Routes from the own confederation count as internal. */
export function routeTypeOf(source: RibPeer): 'local' | 'internal' | 'external' {
  if (source.kind === 'local') return 'local';
  return source.kind === 'external' ? 'external' : 'internal';
}
