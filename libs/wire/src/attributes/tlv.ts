import type { ByteWriter } from '../bytes/byte-writer.ts';
import { FLAG } from './codes.ts';

/**
 * Greatest canonical value of an attribute that edits may lengthen (AS_PATH, communities of every kind, CLUSTER_LIST).
 * An attribute holds 65,535 octets. A two-octet AS_PATH doubles when it becomes canonical, and policy prepends and adds
 * after that; without a margin a peer could make our own edit overflow. Routes beyond it are treated as withdrawn.
 */
export const MAX_LIST_OCTETS = 0xc000;

/**
 * ```text
 * +-----------+----------+-------------------------------+-------------+
 * | flags (1) | code (1) | length (1, or 2 if extended)  | value       |
 * +-----------+----------+-------------------------------+-------------+
 * ```
 * Canonical octets use the extended length exactly when the value needs it. @source RFC 4271 §4.3
 */
export function putTlv(
  out: ByteWriter,
  flags: number,
  code: number,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  const length = end - start;
  if (length > 255) {
    out.u8(flags | FLAG.EXTENDED_LENGTH);
    out.u8(code);
    out.u16(length);
  } else {
    out.u8(flags);
    out.u8(code);
    out.u8(length);
  }
  out.copy(source, start, end);
}

/** Opens an attribute whose length is not known yet; pass the result to `endTlv`. */
export function beginTlv(out: ByteWriter, flags: number, code: number): number {
  const offset = out.length;
  out.u8(flags);
  out.u8(code);
  out.u8(0);
  return offset;
}

/** Fills in the length; moves the value by one octet when it needs the extended form. */
export function endTlv(out: ByteWriter, offset: number): void {
  const length = out.length - offset - 3;
  if (length > 0xffff) throw new RangeError(`attribute ${out.octets[offset + 1]} grew to ${length} octets`); // our fault
  if (length <= 255) {
    out.octets[offset + 2] = length;
    return;
  }
  out.u8(0); // makes room
  out.octets.copyWithin(offset + 4, offset + 3, offset + 3 + length);
  out.octets[offset] = out.octets[offset]! | FLAG.EXTENDED_LENGTH;
  out.patchU16(offset + 2, length);
}
