import { readU32 } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { type AttributeCodec, isUnsigned, MAX_U32 } from './codec.ts';
import { ATTRIBUTE, OPTIONAL_TRANSITIVE } from './codes.ts';
import type { LargeCommunity } from './types.ts';
import { copyUniqueUnits, isUnitList } from './unit-list.ts';

/** RFC 8092 §3 (duplicates must be removed), errors §6. */
export const largeCommunities: AttributeCodec = {
  code: ATTRIBUTE.LARGE_COMMUNITIES,
  name: 'LARGE_COMMUNITY',
  flags: OPTIONAL_TRANSITIVE,
  check: (_octets, start, end) =>
    isUnitList(start, end, 12) ? undefined : { code: 'large-communities-length-invalid', length: end - start },
  canonicalize: (octets, start, end, _ctx, out) => copyUniqueUnits(octets, start, end, 12, out),
  decode(octets, start, end, into) {
    const list: LargeCommunity[] = [];
    for (let offset = start; offset < end; offset += 12) {
      list.push({
        globalAdministrator: readU32(octets, offset),
        localData1: readU32(octets, offset + 4),
        localData2: readU32(octets, offset + 8),
      });
    }
    into.largeCommunities = list;
  },
  isPresent: (attributes) => attributes.largeCommunities !== undefined && attributes.largeCommunities.length > 0,
  encode(attributes, out) {
    const joined = new ByteWriter();
    for (const { globalAdministrator, localData1, localData2 } of attributes.largeCommunities ?? []) {
      for (const value of [globalAdministrator, localData1, localData2]) {
        if (!isUnsigned(value, MAX_U32)) return { code: 'value-out-of-range', field: 'largeCommunities', value };
        joined.u32(value);
      }
    }
    copyUniqueUnits(joined.octets, 0, joined.length, 12, out);
    return undefined;
  },
};
