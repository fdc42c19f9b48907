import { readU16, readU32 } from '../bytes/byte-reader.ts';
import type { AttributeCodec } from './codec.ts';
import { ATTRIBUTE, OPTIONAL_NON_TRANSITIVE } from './codes.ts';

const AIGP_TLV = 1;
const AIGP_TLV_OCTETS = 11;
const MAX_METRIC = 0xffff_ffff_ffff_ffffn;

/**
 * Accumulated IGP metric, RFC 7311 §3: TLVs of type (1), length with header (2), value. Unknown TLVs and further AIGP TLVs
 * are kept (§3), only the first AIGP TLV counts.
 */
export const aigp: AttributeCodec = {
  code: ATTRIBUTE.AIGP,
  name: 'AIGP',
  flags: OPTIONAL_NON_TRANSITIVE,
  // RFC 7311 §3.2: with the Transitive bit it is malformed, which means discarded, not treat-as-withdraw.
  flagsError: { code: 'aigp-malformed' },
  check(octets, start, end) {
    const value = findMetric(octets, start, end);
    if (value === undefined) return { code: 'aigp-malformed' };
    // RFC 7311 §3.2: the greatest metric cannot grow and is of no use.
    if (value >= 0 && readU32(octets, value) === 0xffff_ffff && readU32(octets, value + 4) === 0xffff_ffff)
      return { code: 'aigp-malformed' };
    return undefined;
  },
  decode(octets, start, end, into) {
    const value = findMetric(octets, start, end);
    if (value !== undefined && value >= 0)
      into.aigp = (BigInt(readU32(octets, value)) << 32n) | BigInt(readU32(octets, value + 4));
  },
  isPresent: (attributes) => attributes.aigp !== undefined,
  encode(attributes, out) {
    const metric = attributes.aigp ?? 0n;
    if (metric < 0n || metric >= MAX_METRIC) return { code: 'value-out-of-range', field: 'aigp', value: metric };
    out.u8(AIGP_TLV);
    out.u16(AIGP_TLV_OCTETS);
    out.u32(Number(metric >> 32n));
    out.u32(Number(metric & 0xffff_ffffn));
    return undefined;
  },
};

/** Offset of the first AIGP TLV's metric, -1 when there is no such TLV, `undefined` when the TLVs do not fit together. */
function findMetric(octets: Uint8Array, start: number, end: number): number | undefined {
  let found = -1;
  let position = start;
  while (position < end) {
    if (end - position < 3) return undefined;
    const length = readU16(octets, position + 1);
    if (length < 3 || position + length > end) return undefined;
    if (octets[position] === AIGP_TLV) {
      if (length !== AIGP_TLV_OCTETS) return undefined;
      if (found < 0) found = position + 3;
    }
    position += length;
  }
  return position === start ? undefined : found;
}
