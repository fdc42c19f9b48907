import { MRT_HEADER_OCTETS, type MrtRecord } from './framer.ts';

/** One record, freshly allocated. `microseconds` are written exactly when present (type BGP4MP_ET). RFC 6396 §2, §3. */
export function encodeMrt(record: MrtRecord): Uint8Array {
  const extra = record.microseconds === undefined ? 0 : 4;
  const octets = new Uint8Array(MRT_HEADER_OCTETS + extra + record.body.length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, record.timestamp);
  view.setUint16(4, record.type);
  view.setUint16(6, record.subtype);
  view.setUint32(8, extra + record.body.length);
  if (record.microseconds !== undefined) view.setUint32(MRT_HEADER_OCTETS, record.microseconds);
  octets.set(record.body, MRT_HEADER_OCTETS + extra);
  return octets;
}
