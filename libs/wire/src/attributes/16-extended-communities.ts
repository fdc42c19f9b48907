import type { AttributeCodec } from './codec.ts';
import { ATTRIBUTE, OPTIONAL_TRANSITIVE } from './codes.ts';
import type { ExtendedCommunity } from './types.ts';
import { copyUniqueUnits, isUnitList } from './unit-list.ts';

/** RFC 4360, errors RFC 7606 §7.14: an unknown type or sub-type is no error. */
export const extendedCommunities: AttributeCodec = {
  code: ATTRIBUTE.EXTENDED_COMMUNITIES,
  name: 'EXTENDED_COMMUNITIES',
  flags: OPTIONAL_TRANSITIVE,
  check: (_octets, start, end) =>
    isUnitList(start, end, 8) ? undefined : { code: 'extended-communities-length-invalid', length: end - start },
  canonicalize: (octets, start, end, _ctx, out) => copyUniqueUnits(octets, start, end, 8, out),
  decode(octets, start, end, into) {
    const list: ExtendedCommunity[] = [];
    for (let offset = start; offset < end; offset += 8) list.push({ octets: octets.slice(offset, offset + 8) });
    into.extendedCommunities = list;
  },
  isPresent: (attributes) => attributes.extendedCommunities !== undefined && attributes.extendedCommunities.length > 0,
  encode(attributes, out) {
    const joined = new Uint8Array((attributes.extendedCommunities?.length ?? 0) * 8);
    for (const [index, community] of (attributes.extendedCommunities ?? []).entries()) {
      if (community.octets.length !== 8)
        return { code: 'value-out-of-range', field: 'extendedCommunities', value: community.octets.length };
      joined.set(community.octets, index * 8);
    }
    copyUniqueUnits(joined, 0, joined.length, 8, out);
    return undefined;
  },
};
