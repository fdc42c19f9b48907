import { err, ok, type Result } from '@bgp/wire';
import { MRT_TYPE } from './codes.ts';
import { type MrtEncodeError, outOfRange } from './encode-error.ts';
import { MRT_HEADER_OCTETS, type MrtRecord } from './framer.ts';

/** One record, freshly allocated. `microseconds` are there exactly in BGP4MP_ET. RFC 6396 §2, §3. */
export function encodeMrt(record: MrtRecord): Result<Uint8Array, MrtEncodeError> {
  const { timestamp, type, subtype, body, microseconds } = record;
  const extra = type === MRT_TYPE.BGP4MP_ET ? 4 : 0;
  const error = outOfRange([
    ['timestamp', timestamp, 32],
    ['type', type, 16],
    ['subtype', subtype, 16],
    ['length', body.length + extra, 32],
  ]);
  if (error !== undefined) return err(error);
  // Below 1 000 000 there, and absent (-1) elsewhere.
  const field = microseconds ?? -1;
  if (extra === 4 ? field < 0 || field > 999_999 || !Number.isInteger(field) : field !== -1)
    return err({ code: 'value-out-of-range', field: 'microseconds', value: field });
  const octets = new Uint8Array(MRT_HEADER_OCTETS + extra + body.length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, timestamp);
  view.setUint16(4, type);
  view.setUint16(6, subtype);
  view.setUint32(8, extra + body.length);
  if (extra === 4) view.setUint32(MRT_HEADER_OCTETS, field);
  octets.set(body, MRT_HEADER_OCTETS + extra);
  return ok(octets);
}
