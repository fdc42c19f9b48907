import { readU32 } from '../bytes/byte-reader.ts';
import { type AttributeCodec, isUnsigned, MAX_U32 } from './codec.ts';
import { ATTRIBUTE, OPTIONAL_TRANSITIVE } from './codes.ts';
import { copyUniqueUnits, isUnitList } from './unit-list.ts';

/** RFC 1997, errors RFC 7606 §7.8. */
export const communities: AttributeCodec = {
  code: ATTRIBUTE.COMMUNITIES,
  name: 'COMMUNITIES',
  flags: OPTIONAL_TRANSITIVE,
  check: (_octets, start, end) =>
    isUnitList(start, end, 4) ? undefined : { code: 'communities-length-invalid', length: end - start },
  canonicalize: (octets, start, end, _ctx, out) => copyUniqueUnits(octets, start, end, 4, out),
  decode(octets, start, end, into) {
    const list: number[] = [];
    for (let offset = start; offset < end; offset += 4) list.push(readU32(octets, offset));
    into.communities = list;
  },
  isPresent: (attributes) => attributes.communities !== undefined && attributes.communities.length > 0,
  encode(attributes, out) {
    for (const value of new Set(attributes.communities)) {
      if (!isUnsigned(value, MAX_U32)) return { code: 'value-out-of-range', field: 'communities', value };
      out.u32(value);
    }
    return undefined;
  },
};
