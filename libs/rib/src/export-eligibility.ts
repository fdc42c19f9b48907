import { AttributeFlag } from './attribute-columns.ts';
import type { RibPeer, UpdateGroupSpec } from './types.ts';

/**
 * Whether a route may go to a group's members at all, before any policy: by its sender, by who they are, and by the well-known
 * communities it carries.
 */
export function mayExport(source: RibPeer, flags: number, spec: UpdateGroupSpec): boolean {
  // RFC 1997: NO_ADVERTISE to nobody; NO_EXPORT within the AS or confederation; NO_EXPORT_SUBCONFED within the member AS.
  if ((flags & AttributeFlag.noAdvertise) !== 0) return false;
  // RFC 9494 §4.3: only to those who know what that means; §4.6 lets internal ones be told with care, which is the session's edit.
  if (spec.kind === 'external' && (flags & AttributeFlag.longLivedStale) !== 0 && !spec.longLivedStale) return false;
  if (spec.kind === 'external') return (flags & (AttributeFlag.noExport | AttributeFlag.noExportSubconfed)) === 0;
  if (spec.kind === 'confederation') return (flags & AttributeFlag.noExportSubconfed) === 0;
  // RFC 4271 §9.2: what an internal peer sent does not go to another one; RFC 4456 §6 lets a reflector pass it on when
  // either side is a client.
  if (source.kind !== 'internal') return true;
  return source.routeReflectorClient || spec.routeReflectorClient;
}
