import { AttributeFlag } from './attribute-columns.ts';
import type { ExportRefusal, RibPeer, UpdateGroupSpec } from './types.ts';

/**
 * Whether a route may go to a group's members at all: by its sender, by who they are, and by the well-known communities it carries.
 * Undefined: it may.
 */
export function exportRefusal(source: RibPeer, flags: number, spec: UpdateGroupSpec): ExportRefusal | undefined {
  // RFC 1997: NO_ADVERTISE to nobody; NO_EXPORT within the AS or confederation; NO_EXPORT_SUBCONFED within the member AS.
  if ((flags & AttributeFlag.noAdvertise) !== 0) return 'no_advertise';
  // RFC 9494 §4.3: only to those who know what that means; §4.6 lets internal ones be told with care, which is the session's edit.
  if (spec.kind === 'external' && (flags & AttributeFlag.longLivedStale) !== 0 && !spec.longLivedStale)
    return 'long_lived_stale';
  // RFC 7947 §2.2.4: what one client of a route server says to another is not for the server, which is in neither's AS. NO_ADVERTISE
  // is obeyed all the same: it is what `honor_blackhole` sets here, and whoever else says it wants nobody to have the route.
  if (spec.routeServerClient && source.routeServerClient) return undefined;
  if (spec.kind === 'external' && (flags & AttributeFlag.noExport) !== 0) return 'no_export';
  if (spec.kind !== 'internal')
    return (flags & AttributeFlag.noExportSubconfed) === 0 ? undefined : 'no_export_subconfed';
  // RFC 4271 §9.2: what an internal peer sent does not go to another one; RFC 4456 §6 lets a reflector pass it on when
  // either side is a client.
  if (source.kind !== 'internal' || source.routeReflectorClient || spec.routeReflectorClient) return undefined;
  return 'ibgp_split_horizon';
}
