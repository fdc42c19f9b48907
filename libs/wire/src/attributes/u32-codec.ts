import { readU32 } from '../bytes/byte-reader.ts';
import type { WireError } from '../errors.ts';
import { type AttributeCodec, isUnsigned, MAX_U32 } from './codec.ts';

/** The row of an attribute that is one unsigned 32-bit number. */
export function u32Codec(
  code: number,
  name: string,
  flags: number,
  field: 'med' | 'localPref' | 'otc',
  lengthError: (length: number) => WireError,
): AttributeCodec {
  return {
    code,
    name,
    flags,
    check: (_octets, start, end) => (end - start === 4 ? undefined : lengthError(end - start)),
    decode(octets, start, _end, into) {
      into[field] = readU32(octets, start);
    },
    isPresent: (attributes) => attributes[field] !== undefined,
    encode(attributes, out) {
      const value = attributes[field] ?? 0;
      if (!isUnsigned(value, MAX_U32)) return { code: 'value-out-of-range', field, value };
      out.u32(value);
      return undefined;
    },
  };
}
