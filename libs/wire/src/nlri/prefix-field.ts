import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { EncodeError, WireError } from '../errors.ts';
import type { Family } from '../family.ts';
import type { Nlri } from '../message/types.ts';
import { parseIpPrefix } from '../net/ip-prefix.ts';

/**
 * RFC 7606 §5.3 for every family whose NLRI is `length in bits, prefix`: each length is possible, and the last prefix ends
 * with the field.
 */
export function checkPrefixField(
  family: Family,
  maxLength: number,
  octets: Uint8Array,
  start: number,
  end: number,
  addPath: boolean,
): WireError | undefined {
  const lead = addPath ? 4 : 0;
  let position = start;
  while (position < end) {
    if (end - position <= lead) return { code: 'nlri-truncated', family, offset: position, length: 0 };
    const length = octets[position + lead]!;
    if (length > maxLength) return { code: 'nlri-length-invalid', family, offset: position, length, max: maxLength };
    const next = position + lead + 1 + ((length + 7) >>> 3);
    if (next > end) return { code: 'nlri-truncated', family, offset: position, length };
    position = next;
  }
  return undefined;
}

/** Appends one prefix, with its path id exactly when ADD-PATH is in use (RFC 7911 §3). */
export function encodePrefix(
  family: Family,
  addressOctets: 4 | 16,
  nlri: Nlri,
  addPath: boolean,
  out: ByteWriter,
): EncodeError | undefined {
  if ((nlri.pathId !== undefined) !== addPath) return { code: 'path-id-mismatch', family };
  const parsed = parseIpPrefix(nlri.prefix);
  if (!parsed.ok || parsed.value.octets.length !== addressOctets)
    return { code: 'address-invalid', field: 'nlri', value: nlri.prefix };
  if (nlri.pathId !== undefined) {
    if (!Number.isInteger(nlri.pathId) || nlri.pathId < 0 || nlri.pathId > 0xffff_ffff)
      return { code: 'value-out-of-range', field: 'pathId', value: nlri.pathId };
    out.u32(nlri.pathId);
  }
  const { octets, length } = parsed.value;
  out.u8(length);
  out.copy(octets, 0, (length + 7) >>> 3);
  return undefined;
}
