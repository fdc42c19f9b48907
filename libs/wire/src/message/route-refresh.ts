import { isUint, outOfRange } from '../capability/codec.ts';
import type { CodecContext } from '../context.ts';
import type { EncodeError, WireError } from '../errors.ts';
import { afiOf, safiOf, toFamily } from '../family.ts';
import { err, ok, type Result } from '../result.ts';
import { HEADER_OCTETS, MESSAGE_TYPE } from './framer.ts';
import { beginMessage, endMessage } from './header.ts';
import type { RouteRefresh } from './types.ts';

/** RFC 7313 §3.2. */
export const ROUTE_REFRESH_SUBTYPE = { request: 0, beginning: 1, end: 2 } as const;

const FIXED_OCTETS = HEADER_OCTETS + 4;

/**
 * ```text
 * | AFI (2) | subtype (1) | SAFI (1) |  for subtype 0 an ORF of RFC 5291 may follow
 * ```
 * @returns `route-refresh-length-invalid` when something follows a BoRR or EoRR.
 * @source RFC 2918 §3, RFC 7313 §3.2, §5
 */
export function decodeRouteRefresh(frame: Uint8Array): Result<RouteRefresh, WireError> {
  const afi = ((frame[HEADER_OCTETS] ?? 0) << 8) | (frame[HEADER_OCTETS + 1] ?? 0);
  const subtype = frame[HEADER_OCTETS + 2] ?? 0;
  const family = toFamily(afi, frame[HEADER_OCTETS + 3] ?? 0);
  const isMarker = subtype === ROUTE_REFRESH_SUBTYPE.beginning || subtype === ROUTE_REFRESH_SUBTYPE.end;
  if (isMarker && frame.length !== FIXED_OCTETS)
    return err({ code: 'route-refresh-length-invalid', data: frame.slice() });
  const trailing = frame.slice(FIXED_OCTETS);
  return ok({ type: 'ROUTE-REFRESH', family, subtype, ...(trailing.length === 0 ? {} : { trailing }) });
}

export function encodeRouteRefresh(refresh: RouteRefresh, ctx: CodecContext): Result<Uint8Array, EncodeError> {
  if (!isUint(refresh.subtype, 8)) return err(outOfRange('subtype', refresh.subtype));
  const writer = beginMessage(MESSAGE_TYPE.ROUTE_REFRESH);
  writer.u16(afiOf(refresh.family));
  writer.u8(refresh.subtype);
  writer.u8(safiOf(refresh.family));
  if (refresh.trailing !== undefined) writer.copy(refresh.trailing);
  return endMessage(writer, ctx.maxMessageOctets);
}
