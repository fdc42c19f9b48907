import { type AttributeCodec, isUnsigned } from './codec.ts';
import { ATTRIBUTE, WELL_KNOWN } from './codes.ts';

/** RFC 4271 §5.1.1, errors RFC 7606 §7.1. */
export const origin: AttributeCodec = {
  code: ATTRIBUTE.ORIGIN,
  name: 'ORIGIN',
  flags: WELL_KNOWN,
  check(octets, start, end) {
    if (end - start !== 1) return { code: 'origin-length-invalid', length: end - start };
    const value = octets[start]!;
    return value > 2 ? { code: 'origin-value-invalid', origin: value } : undefined;
  },
  decode(octets, start, _end, into) {
    into.origin = octets[start]!;
  },
  isPresent: (attributes) => attributes.origin !== undefined,
  encode(attributes, out) {
    const value = attributes.origin ?? 0;
    if (!isUnsigned(value, 2)) return { code: 'value-out-of-range', field: 'origin', value };
    out.u8(value);
    return undefined;
  },
};
